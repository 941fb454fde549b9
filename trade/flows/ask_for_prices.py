from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from trade import audit, clock, settings
from trade.actor import Actor, Permission
from trade.approvals import kernel
from trade.approvals.kernel import Ask
from trade.errors import Refused
from trade.money import ZERO
from trade.notices import outbox
from trade.pricing import drafts, grid, issue, lists, publication
from trade.pricing.issue import Terms
from trade.pricing.survey import Checked

SUBJECT = "price_list"


@dataclass(frozen=True)
class Wanted:
    """The draft as it was seen, from which day it is to hold, the warnings that are accepted, and why."""

    list_id: int
    version: int
    day: date
    accepted: str = ""  # trade.pricing.checks.fingerprint
    note: str = ""
    checked: Checked | None = None


@dataclass(frozen=True)
class TakenBack:
    list_id: int
    version: int


def ask_for_prices(session: Session, actor: Actor, given: Wanted) -> int:
    """Send a checked draft to somebody else who lets it hold; nobody edits it until they answer, or it is taken back."""
    found = lists.get_for(session, actor, given.list_id)
    _may(actor)
    if found.archived_at is not None:
        raise Refused("price_list.archived")
    publication.lock(session, found)
    session.refresh(found)
    draft = grid.open_draft(session, found.id)
    if draft is None or draft.version != given.version:
        raise Refused("price_draft.changed_meanwhile")
    if not issue.targets(session, draft, 1):
        raise Refused("price_draft.empty")
    terms = Terms(given.day, given.accepted, given.note, given.checked)
    warnings = issue.test(session, found, draft, terms)
    now = clock.now()
    accepted = issue.kept(warnings)
    drafts.close(
        session,
        found.id,
        given.version,
        "open",
        asked_at=now,
        valid_from=given.day,
        note=given.note,
        accepted=accepted,
    )
    rules = settings.load(session, "price.")
    kernel.open_request(
        session,
        actor,
        Ask(
            subject=SUBJECT,
            subject_id=draft.id,
            subject_version=given.version + 1,
            distributor_id=None,
            amount=ZERO,
            reasons=[{"code": f"price.{code}", "count": count} for code, count in accepted.items()],
            now=now,
            title=f"{found.code} {found.name}",
            decision_hours=int(rules["price.decision_hours"]),
            escalation_hours=int(rules["price.escalation_hours"]),
        ),
    )
    told = {"code": found.code, "day": given.day.isoformat(), "accepted": warnings, "reason": given.note}
    audit.record(session, actor, "price.asked", told, subject="price_list", subject_id=found.id)
    outbox.post(session, "price_list.pending", price_list_id=draft.id, list=found.name)
    return draft.id


def take_prices_back(session: Session, actor: Actor, given: TakenBack) -> None:
    """Take a draft back from whoever was asked, to go on with it."""
    found = lists.get_for(session, actor, given.list_id)
    _may(actor)
    publication.lock(session, found)
    draft = grid.open_draft(session, found.id)
    if draft is None or draft.version != given.version or draft.asked_at is None:
        raise Refused("price_draft.changed_meanwhile")
    request = kernel.find_open(session, SUBJECT, draft.id)
    if request is None:
        raise Refused("approval.not_open")
    kernel.close(session, request, "withdrawn", request.version)
    drafts.close(session, found.id, given.version, "open", is_asked=True, asked_at=None, valid_from=None)
    told = {"code": found.code}
    audit.record(session, actor, "price.taken_back", told, subject="price_list", subject_id=found.id)


def _may(actor: Actor) -> None:
    if not actor.may(Permission.PRICE_EDIT):
        raise Refused("access.denied")
