"""The inbox in the world of the walk: requests about orders of both sides, and prices about which somebody is asked."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, db
from trade.actor import Actor
from trade.approvals.models import ApprovalRequest
from trade.catalog.models import Sku
from trade.distributors.models import Distributor
from trade.flows.ask_for_prices import Wanted, ask_for_prices
from trade.flows.edit_price_draft import Edits, edit_price_draft
from trade.people.models import Person
from trade.pricing import checks, survey
from trade.pricing.drafts import Edit
from trade.pricing.models import PriceDraft, PriceList


def plant(marketing: Actor, code: str = "SILVER") -> None:
    """Marketing sends new prices of a list to be decided."""
    with db.read() as session:
        found = session.scalars(select(PriceList).where(PriceList.code == code)).one()
        sku_id = session.scalars(select(Sku.id).where(Sku.code == "CP0515")).one()
    cell = Edit((f"sku-{sku_id}", "case", 1), Decimal("45.55"))
    db.run(edit_price_draft, marketing, Edits(found.id, [cell]))
    day = clock.today() + timedelta(days=3)
    with db.read() as session:
        draft = _asked(session, code)
        told = checks.fingerprint(checks.findings(survey.load(session, found, draft.id, day)))
    db.run(ask_for_prices, marketing, Wanted(found.id, draft.version, day, told, "CANARY-PRICES"))


def objects(session: Session) -> dict[str, int]:
    """The request about the order of each side that waits, the draft that waits, and their versions."""
    rows = session.execute(
        select(ApprovalRequest, Distributor.code)
        .join(Distributor, Distributor.id == ApprovalRequest.distributor_id)
        .where(ApprovalRequest.subject == "order", ApprovalRequest.state == "open")
        .order_by(ApprovalRequest.id)
    )
    found: dict[str, int] = {}
    for request, code in rows:
        found |= {f"{code}.approval": request.id, f"version of {code}.approval": request.version}
    draft = _asked(session)
    manager = session.scalars(select(Person.id).where(Person.user_name == "administrator")).one()
    return found | {
        "asked.draft": draft.id,
        "asked.prices": draft.price_list_id,
        "version of asked": draft.version,
        "one more": manager,
    }


def fields(route: str, row: dict[str, Any], known: dict[str, int]) -> dict[str, Any] | None:
    """What is sent to the inbox and about prices that wait; None for any other route."""
    version, asked = str(known["version of D1.approval"]), {"version": str(known["version of asked"])}
    gold = known["version of draft"]
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    forms: dict[str, dict[str, Any]] = {
        "POST /admin/approvals": {"pick": f"{known['D1.approval']}-{version}"},
        "POST /admin/approvals/<id:request_id>/approvers": {
            "version": version,
            "person": str(known["one more"]),
            "comment": "请看一下额度",
        },
        "POST /admin/prices/<id:list_id>/publication-request": {
            "version": str(gold),
            "day": tomorrow,
            "note": "年度调价",
            "agreed": "yes",
            "accepted": "unpriced:1",
        },
        "POST /admin/prices/<id:list_id>/publication-request/withdrawal": asked,
        "POST /admin/prices/drafts/<id:draft_id>/decision": {**asked, "decision": "approve"},
    }
    return forms.get(route)


def _asked(session: Session, code: str = "SILVER") -> PriceDraft:
    of_list = select(PriceDraft).join(PriceList).where(PriceList.code == code)
    return session.scalars(of_list.where(PriceDraft.state == "open")).one()
