"""What a message about something that waits for a yes says of it, whoever posted it: also a reminder that knows an id."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from trade.approvals.models import ApprovalDecision, ApprovalRequest
from trade.people.models import Person
from trade.pricing.models import PriceDraft, PriceList


def asked(session: Session, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Facts for the words about a draft of prices or an application."""
    if (draft_id := payload.get("price_list_id")) is not None:
        return _list_of(session, draft_id)
    application_id = payload.get("application_id")
    if application_id is None or "company" in payload:
        return {}
    named = select(ApprovalRequest.title).where(
        ApprovalRequest.subject == "application", ApprovalRequest.subject_id == application_id
    )
    title = session.scalar(named.order_by(ApprovalRequest.id.desc()).limit(1)) or ""
    number, _space, company = title.partition(" ")
    return {"number": number, "company": company}


def said_yes(payload: Mapping[str, Any], subject: object) -> Select[int]:
    """Who said yes to a request before whoever the message names changed what it gives."""
    before = select(ApprovalDecision.person_id).where(
        ApprovalDecision.request_id == payload.get("request_id"), ApprovalDecision.decision == "approve"
    )
    wanted = select(Person.id).where(Person.is_active, Person.id.in_(before))
    return wanted.where(Person.id != payload.get("person_id"))


def _list_of(session: Session, draft_id: int) -> dict[str, Any]:
    row = session.execute(
        select(PriceList.id, PriceList.name)
        .join(PriceDraft, PriceDraft.price_list_id == PriceList.id)
        .where(PriceDraft.id == draft_id)
    ).one_or_none()
    return {"list_id": row[0], "list": row[1]} if row else {}
