"""Opportunities of the world of the walk: each distributor has one that is open, with a quotation."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, db
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.distributors.models import Distributor
from trade.flows.issue_quotation import Line, NewQuotation, issue_quotation
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.opportunities.models import Opportunity, Quotation
from trade.registrations.models import Registration

GOODS = "CP0515"


def plant(actors: Mapping[str, Actor]) -> None:
    """One on the live registration of each distributor, by its code."""
    with db.read() as session:
        sku = session.scalars(select(Sku.id).where(Sku.code == GOODS)).one()
        keys = {f"walk-{code}.live": code for code in actors}
        rows = session.execute(
            select(Registration.form_key, Registration.id).where(Registration.form_key.in_(keys))
        ).all()
    later = clock.today() + timedelta(days=20)
    for key, registration_id in rows:
        actor = actors[keys[key]]
        given = NewOpportunity(registration_id, key, "首批铺货", Decimal("8000.00"), later, "送样品", later)
        opened = db.run(open_opportunity, actor, given)
        for form, price in (("replaced", "62.00"), ("last", "60.00")):
            lines = [Line(sku, 5, Decimal(price))]
            db.run(issue_quotation, actor, NewQuotation(opened, form, lines, later, "陈经理"))


def objects(session: Session) -> dict[str, int]:
    """D1.opportunity, D1.quotation and D1.replaced, an earlier one; and the same of D2."""
    found: dict[str, int] = {}
    rows = session.execute(
        select(Distributor.code, Opportunity, Quotation)
        .join(Opportunity, Opportunity.distributor_id == Distributor.id)
        .join(Quotation, Quotation.opportunity_id == Opportunity.id)
    )
    for code, opportunity, quotation in rows:
        name = "quotation" if quotation.form_key == "last" else "replaced"
        found |= {f"{code}.opportunity": opportunity.id, f"{code}.{name}": quotation.id}
        found[f"version of {code}.opportunity"] = opportunity.version
    found["goods"] = session.scalars(select(Sku.id).where(Sku.code == GOODS)).one()
    return found


def fields(route: str, row: Mapping[str, Any], known: Mapping[str, int]) -> dict[str, Any] | None:
    """What is sent about an opportunity; None for any other route."""
    if "opportunit" not in route:
        return None
    later = (clock.today() + timedelta(days=9)).isoformat()
    version = str(known.get(f"version of {row['ids'].get('opportunity_id', 'D1.opportunity')}", 1))
    facts = {"subject": "二期铺货", "amount": "9000.00", "expected_on": later}
    sku = known["goods"]
    here = "POST /portal/opportunities/<id:opportunity_id>"
    written = {
        "key": "walk-offer",
        "valid_until": later,
        "sku": str(sku),
        f"quantity-{sku}": "6",
        f"price-{sku}": "58.00",
    }
    forms: dict[str, dict[str, Any]] = {
        "POST /portal/registrations/<id:registration_id>/opportunities": {"key": "walk-new", **facts},
        f"{here}/stage": {"version": version, "stage": "negotiation"},
        f"{here}/facts": {"version": version, **facts},
        f"{here}/follow-ups": {"kind": "visit", "day": clock.today().isoformat(), "words": "拜访"},
        f"{here}/loss": {"version": version, "reason": "price"},
        f"{here}/quotations": written,
        f"{here}/quotations/new": {**written, "q": "CP"},
        f"{here}/quotations/<id:quotation_id>/order": {"seen_gross": "1.00"},
    }
    return forms.get(route)
