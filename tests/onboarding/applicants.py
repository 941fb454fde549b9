"""An applicant as the tests need one: a page begun, filled in, sent."""

import io
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.flows.cast import Cast
from trade import db
from trade.actor import Actor
from trade.applications.models import Application
from trade.approvals.models import ApprovalRequest
from trade.attachments.filing import Stored, keep_file
from trade.distributors.models import Territory, TerritoryRegion, Tier
from trade.distributors.regions import Entry, fill
from trade.flows.begin_application import Beginning, begin_application
from trade.flows.decide_application import Call, Decision, Plan, decide_application, note_call
from trade.flows.keep_application import Kept, SeenApplication, keep_application, send_application
from trade.people.queries import token_hash

NOBODY = Actor("203.0.113.9")
CODE, OTHER_CODE = "91350100M000100Y43", "91350200MA2XRK2P0Y"
REGIONS = [Entry("35", "福建省", None), Entry("3506", "漳州市", "35"), Entry("350602", "芗城区", "3506")]
TYPED: Mapping[str, Any] = {
    "kind": "company",
    "company": "漳州恒通商贸有限公司",
    "credit_code": CODE,
    "legal_representative": "林恒",
    "region_code": "350602",
    "line": "北环路 8 号",
    "expected": Decimal("600000.00"),
    "bank_account": "6222000000001234",
}
BEGUN = Beginning("漳州恒通商贸有限公司", "林恒", "13800001111", None, "000000", "hash", "203.0.113.9")


def picture(colour: str = "red") -> Stored:
    kept = io.BytesIO()
    Image.new("RGB", (4, 4), colour).save(kept, "PNG")
    return keep_file("执照.png", kept.getvalue())


def begin(phone: str = "13800001111", **more: Any) -> str:
    return db.run(begin_application, NOBODY, replace(BEGUN, phone=phone, **more))


def one(key: str) -> Application:
    with db.read() as session:
        return session.scalars(select(Application).where(Application.token_hash == token_hash(key))).one()


def fill_in(key: str, colour: str = "red", **changes: Any) -> int:
    return db.run(
        keep_application, NOBODY, Kept(key, one(key).version, {**TYPED, **changes}, [picture(colour)])
    )


def send(key: str) -> Application:
    db.run(send_application, NOBODY, SeenApplication(key, one(key).version))
    return one(key)


def sent(phone: str = "13800001111", colour: str = "red", **changes: Any) -> tuple[str, Application]:
    key = begin(phone)
    fill_in(key, colour, **changes)
    return key, send(key)


def asked() -> list[ApprovalRequest]:
    """What waits about applications, in the order of the inbox."""
    with db.read() as session:
        waits = (ApprovalRequest.subject == "application", ApprovalRequest.state == "open")
        return list(session.scalars(select(ApprovalRequest).where(*waits).order_by(ApprovalRequest.id)))


def know_regions() -> int:
    """The regions of one county, which one territory covers; answers the territory."""

    def plant(session: Session, actor: Actor, given: None) -> int:
        fill(session, actor, REGIONS)
        territory = session.scalars(select(Territory).order_by(Territory.id)).first()
        assert territory is not None
        session.add(TerritoryRegion(territory_id=territory.id, region_code="3506"))
        return territory.id

    return db.run(plant, NOBODY, None)


def plan(cast: Cast, **changes: Any) -> Plan:
    with db.read() as session:
        tier_id = session.scalars(select(Tier.id).order_by(Tier.id)).first()
    return replace(Plan("D9001", tier_id, None, None, cast.world.people["rep"]), **changes)


def take_in(cast: Cast, key: str, **changes: Any) -> Any:
    """Call the contact and say yes."""
    found = one(key)
    if found.verified_at is None:
        db.run(note_call, cast["administrator"], Call(found.id, found.version))
    yes = Decision(found.id, one(key).version, "approve", "", plan(cast, **changes))
    return db.run(decide_application, cast["administrator"], yes)
