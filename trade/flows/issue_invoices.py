from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.errors import Refused
from trade.invoices import drawing, waiting
from trade.invoices.models import Invoice
from trade.jobs import queue
from trade.notices import outbox

JOB = "invoice.issue"


@dataclass(frozen=True)
class Until:
    """All that was shipped until this day and stands on no invoice."""

    day: date


@dataclass(frozen=True)
class DueShipments:
    """The share of one account in it, and who asked."""

    account_id: int
    until: date
    person_id: int | None = None


def issue_invoices(session: Session, actor: Actor, given: Until) -> int:
    """Ask for one invoice per distributor, each by a job of its own; answers how many are asked for.

    The key of a job names its cause, so that asking twice issues once, and what was reversed can be asked for again.
    """
    if given.day > clock.today():
        raise Refused("invoice.in_future", field="until")
    due = waiting.shipments_due(session, actor, given.day)
    if not due:
        raise Refused("invoice.nothing_waits", day=given.day)
    for each in due:
        _ask(session, DueShipments(each.account_id, given.day, actor.person_id), each.key)
    facts = {"until": given.day.isoformat(), "count": len(due)}
    audit.record(session, actor, "invoice.asked_for", facts, subject="invoice")
    return len(due)


def issue_due_invoice(session: Session, actor: Actor, given: DueShipments) -> int | None:
    """Issue the invoice of one account for what still waits; None where nothing does any more."""
    found = waiting.shipments_of(session, given.account_id, given.until, drawing.MOST + 1)
    if not found:
        return None
    asker = replace(actor, person_id=given.person_id)
    chosen = waiting.chosen(session, asker, found[: drawing.MOST])
    invoice_id = drawing.issue(session, asker, chosen)
    outbox.post(session, "invoice.issued", invoice_id=invoice_id)
    if len(found) > drawing.MOST:
        _ask(session, given, f"after-{invoice_id}")
    return invoice_id


def _ask(session: Session, given: DueShipments, cause: str) -> None:
    last = select(func.max(Invoice.id)).where(Invoice.account_id == given.account_id)
    key = f"{JOB}-{given.account_id}-{given.until:%Y%m%d}-{cause}-{session.scalar(last) or 0}"
    payload = {
        "account_id": given.account_id,
        "until": given.until.isoformat(),
        "person_id": given.person_id,
    }
    queue.enqueue(session, JOB, key, payload)
