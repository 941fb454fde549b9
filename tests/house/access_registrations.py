"""Registrations of the world of the walk: each distributor has one that is live, doubtful, refused, a draft; one lies in the pool."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.registrations.reports import code
from trade import clock, db
from trade.actor import Actor
from trade.attachments.filing import keep_file
from trade.attachments.models import Attachment
from trade.catalog.models import Category
from trade.distributors.models import Tier
from trade.flows.give_project_price import NewPrice, give_project_price
from trade.flows.keep_direct_customer import OwnCustomer, add_direct_customer
from trade.flows.register_customer import Customer, NewRegistration, register_customer
from trade.flows.release_registration import Release, release_registration
from trade.pricing.models import ProjectPrice
from trade.registrations.models import DirectCustomer, Registration

NAMES = {"D1": "厦门金禾丰食品有限公司", "D2": "宁德海之韵水产有限公司"}
NEAR = {"D1": "宁德海之运水产有限公司", "D2": "厦门金禾风食品有限公司"}
POOLED = "莆田妈祖城酒店管理有限公司"


def plant(actors: Mapping[str, Actor], administrator: Actor, picture: bytes) -> None:
    """Who has which customer, by the code of its distributor."""
    with db.read() as session:
        line = session.scalars(select(Category.id).where(Category.code == "drinks")).one()
    for at, (name, actor) in enumerate(actors.items(), 1):
        _send(actor, line, at, NAMES[name], f"1391234000{at}", f"{name}.live", picture)
    for at, (name, actor) in enumerate(actors.items(), 11):
        other = next(each for key, each in NAMES.items() if key != name)
        _send(actor, line, at, NEAR[name], f"139123400{at}", f"{name}.doubtful", picture)
        _send(actor, line, at + 10, other, f"139123401{at}", f"{name}.refused", picture)
        draft = f"{name} 草稿客户商贸有限公司"
        _send(actor, line, at + 20, draft, f"139123402{at}", f"{name}.draft", picture, is_draft=True)
    gone = _send(actors["D2"], line, 50, POOLED, "13912349999", "D2.pooled", picture)
    db.run(release_registration, actors["D2"], Release(gone, 2))
    live = _live(actors)
    for key in live:
        db.run(give_project_price, administrator, NewPrice(key, "SQ5524", Decimal("21.00")))
    db.run(add_direct_customer, administrator, OwnCustomer("福州中央厨房食品有限公司"))


def _live(actors: Mapping[str, Actor]) -> list[int]:
    with db.read() as session:
        keys = [f"walk-{code_}.live" for code_ in actors]
        return list(session.scalars(select(Registration.id).where(Registration.form_key.in_(keys))))


def _send(
    actor: Actor,
    line: int,
    at: int,
    name: str,
    phone: str,
    key: str,
    picture: bytes,
    *,
    is_draft: bool = False,
) -> int:
    customer = Customer(line, name, code(7000 + at), contact_name="陈经理", phone=phone)
    files = (keep_file("名片.png", picture),)
    given = NewRegistration(f"walk-{key}", customer, files, is_draft=is_draft)
    return db.run(register_customer, actor, given).registration_id


def objects(session: Session) -> dict[str, int]:
    """D1.registration is live; D1.doubtful, D1.refused, D1.begun; pooled; direct; a file of each live one."""
    found: dict[str, int] = {}
    names = {"live": "registration", "draft": "begun"}
    for each in session.scalars(select(Registration)):
        code_, _dot, kind = (each.form_key or "").removeprefix("walk-").partition(".")
        name = "pooled" if kind == "pooled" else f"{code_}.{names.get(kind, kind)}"
        found |= {name: each.id, f"version of {name}": each.version}
        file = session.scalars(
            select(Attachment.id).where(
                Attachment.subject == "registration", Attachment.subject_id == each.id
            )
        ).first()
        if file is not None:
            found[f"{name} file"] = file
    for price in session.scalars(select(ProjectPrice)):
        owner = next(
            key for key in ("D1.registration", "D2.registration") if found[key] == price.registration_id
        )
        found[owner.replace("registration", "agreed")] = price.id
    for own in session.scalars(select(DirectCustomer)):
        found |= {"direct": own.id, "version of direct": own.version}
    found["tier"] = session.scalars(select(Tier.id).where(Tier.code == "gold")).one()
    found["line"] = session.scalars(select(Category.id).where(Category.code == "drinks")).one()
    return found


def fields(route: str, row: Mapping[str, Any], known: Mapping[str, int]) -> dict[str, Any] | None:
    """What is sent about a registration, the pool, the list of own customers; None for any other route."""
    if "registration" not in route:
        return None
    named = row["ids"].get("registration_id", "D1.registration")
    version = str(known.get(f"version of {named}", 1))
    customer = {
        "key": "walk-new",
        "version": version,
        "name": "龙岩新客户食品有限公司",
        "credit_code": code(7990),
        "phone": "13912348888",
        "product_line": str(known["line"]),
        "kind": "company",
    }
    forms: dict[str, dict[str, Any]] = {
        "POST /portal/registrations": customer,
        "POST /portal/registrations/<id:registration_id>/correction": customer,
        "POST /portal/registrations/<id:registration_id>/follow-ups": {
            "kind": "visit",
            "day": clock.today().isoformat(),
            "words": "拜访",
        },
        "POST /portal/registrations/<id:registration_id>/extensions": {
            "version": version,
            "days": "30",
            "words": "样品已送",
        },
        "POST /portal/registrations/<id:registration_id>/appeal": {
            "version": version,
            "reason": "一直由我司供货",
        },
        "POST /portal/registrations/<id:registration_id>/release": {"version": version, "reason": "停业"},
        "POST /portal/registrations/<id:registration_id>/withdrawal": {"version": version},
        "POST /portal/registrations/pool/<id:pooled_id>/claim": {"key": "walk-claim", "phone": "13912347777"},
        "POST /admin/registrations/<id:registration_id>/decision": {
            "version": version,
            "decision": "approve",
            "comment": "经核实",
        },
        "POST /admin/registrations/<id:registration_id>/prices": {"sku": "CP0515", "price": "39.9"},
        "POST /admin/registrations/<id:registration_id>/revocation": {
            "version": version,
            "reason": "资料不实",
        },
        "POST /admin/registrations/setup/customers": {"name": "厦门直营客户有限公司"},
        "POST /admin/registrations/setup/customers/<id:customer_id>/removal": {
            "version": str(known["version of direct"])
        },
        "POST /admin/registrations/setup/caps/<id:tier_id>": {"most": "30"},
    }
    return forms.get(route)
