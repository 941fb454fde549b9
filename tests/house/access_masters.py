"""What the pages about distributors and the brand's masters act on: planted rows, and what is sent in their forms."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.attachments.models import Attachment
from trade.distributors import standings
from trade.distributors.models import (
    Address,
    Authorisation,
    Channel,
    Contact,
    CreditGroup,
    Distributor,
    LegalEntity,
    PriceGroup,
    Standing,
    Territory,
    Tier,
)
from trade.flows.attach_file import NewFile, Stored, attach_file
from trade.returns.models import ReturnReason

SPARE: dict[str, Any] = {
    "tiers": Tier,
    "channels": Channel,
    "price-groups": PriceGroup,
    "credit-groups": CreditGroup,
    "territories": Territory,
}
OWN: dict[str, Any] = {"contact": Contact, "authorisation": Authorisation}


def plant(session: Session, actor: Actor, files: Sequence[Stored]) -> None:
    """Per distributor a contact, a second address, a planned standing, an authorisation of everything; spare masters."""
    today = clock.today()
    for company in session.scalars(select(Distributor).order_by(Distributor.id)).all():
        session.add(Contact(distributor_id=company.id, name="黄会计"))
        session.add(Address(distributor_id=company.id, contact_name="后门", line="后门仓"))
        session.add(Authorisation(distributor_id=company.id, valid_from=today))
        standings.apply(session, actor, company.id, today + timedelta(days=30), {"terms_days": 45}, "")
    first = select(Distributor.id).where(Distributor.code == "D1").scalar_subquery()
    session.execute(
        update(Distributor).where(Distributor.id == first).values(internal_note="CANARY-INTERNAL")
    )
    for model in SPARE.values():
        session.add(model(code="spare", name="备用"))
    session.flush()
    for place in session.scalars(select(Territory).where(Territory.code == "spare")):
        place.path = f"/{place.id}/"
    companies = session.scalars(select(Distributor.id).order_by(Distributor.id)).all()
    for company_id, file in zip(companies, files, strict=True):
        attach_file(session, actor, NewFile("distributor", company_id, file))


def objects(session: Session) -> dict[str, int]:
    """Ids by name: D1.contact, D1.planned, D2.address, spare.tiers, company."""
    found = {
        f"spare.{kind}": session.scalars(select(model.id).where(model.code == "spare")).one()
        for kind, model in SPARE.items()
    }
    found["spare.return-reasons"] = session.scalars(select(ReturnReason.id).limit(1)).one()
    found["company"] = session.scalars(select(LegalEntity.id).limit(1)).one()
    both = select(Distributor.code, Distributor.id).where(Distributor.code.in_(("D1", "D2")))
    for code, key in session.execute(both).all():
        for name, model in OWN.items():
            found[f"{code}.{name}"] = session.scalars(
                select(model.id).where(model.distributor_id == key)
            ).one()
        spare = select(Address.id).where(Address.distributor_id == key, ~Address.is_default)
        found[f"{code}.address"] = session.scalars(spare).one()
        planned = select(Standing.id).where(Standing.distributor_id == key, Standing.valid_to.is_(None))
        found[f"{code}.planned"] = session.scalars(planned).one()
        licence = select(Attachment.id).where(
            Attachment.subject == "distributor", Attachment.subject_id == key
        )
        found[f"{code}.licence"] = session.scalars(licence).one()
    return found


def fields(route: str, known: dict[str, int], picture: bytes) -> dict[str, Any] | None:
    """The form of one of these routes, or None for any other."""
    today, seen = clock.today().isoformat(), {"version": "1"}
    company = {
        "code": "D9",
        "name": "新公司",
        "tax_mode": "normal",
        "back_order_policy": "wait",
        "currency": "CNY",
        **seen,
    }
    terms = {"valid_from": today, "tier_id": str(known["spare.tiers"]), "terms": "monthly", "terms_days": "7"}
    terms["advance_percent"] = "100"
    terms["rep_id"] = str(known["rep"])
    pick = {"pick": f"{known['D1']}-1", "valid_from": today, "tier_id": terms["tier_id"]}
    one = "POST /admin/distributors/<id:distributor_id>"
    address = {"contact_name": "林", "line": "某路 1 号", **seen}
    forms: dict[str, dict[str, Any]] = {
        "POST /admin/distributors": company | terms,
        "POST /admin/distributors/reassignment": pick,
        "POST /admin/distributors/reassignment/preview": pick,
        f"{one}/profile": company | {"code": "D1"},
        f"{one}/status": {**seen, "status": "suspended", "reason": "停"},
        f"{one}/licence": {"file": ("licence.png", picture)},
        f"{one}/contacts": {"name": "吴"},
        f"{one}/contacts/<id:contact_id>": {"name": "吴", **seen},
        f"{one}/addresses": address,
        f"{one}/addresses/<id:address_id>": address,
        f"{one}/standing": terms | seen,
        f"{one}/standing/<id:standing_id>/withdrawal": seen,
        f"{one}/authorisations": {"valid_from": today, "channel_id": str(known["spare.channels"])},
        f"{one}/authorisations/<id:authorisation_id>/ending": {**seen, "until": today},
        "POST /admin/masters/company/<id:entity_id>": {**seen, "name": "云岫食品"},
    }
    if route in forms:
        return forms[route]
    if not route.startswith("POST /admin/masters/"):
        return None
    if route.endswith("/state"):
        return {**seen, "state": "archived"}
    return {**seen, "code": "fresh", "name": "新名", "rank": "3"}
