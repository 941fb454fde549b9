from dataclasses import dataclass
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock, settings
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.notices import outbox
from trade.pricing import grid, issue, lists, publication
from trade.pricing.issue import NEEDS_APPROVAL, Terms
from trade.pricing.models import PriceDraft, PriceList
from trade.pricing.survey import Checked


@dataclass(frozen=True)
class Publication:
    """The draft as it was seen, from which day on, and the warnings that the person accepts."""

    list_id: int
    version: int
    day: date
    accepted: str = ""  # trade.pricing.checks.fingerprint
    note: str = ""
    checked: Checked | None = None  # the check that the person saw; done again where it no longer holds


@dataclass(frozen=True)
class Withdrawal:
    list_id: int
    draft_id: int


def publish_prices(session: Session, actor: Actor, given: Publication) -> int:
    """Let the draft's prices hold from a day on; nothing ambiguous passes, and a warning only if it is accepted.

    Where the brand wants two people for it, they are asked for instead: trade/flows/ask_for_prices.py.
    """
    found = lists.get_for(session, actor, given.list_id)
    _may(actor, found)
    if settings.load(session, NEEDS_APPROVAL)[NEEDS_APPROVAL]:
        raise Refused("price_draft.needs_approval")
    publication.lock(session, found)
    session.refresh(found)
    draft = grid.open_draft(session, found.id)
    if draft is None or draft.version != given.version:
        raise Refused("price_draft.changed_meanwhile")
    if draft.asked_at is not None:
        raise Refused("price_draft.asked")
    terms = Terms(given.day, given.accepted, given.note, given.checked)
    facts = issue.let(session, found, draft, terms, actor.person_id)
    audit.record(session, actor, "price.published", facts, subject="price_list", subject_id=found.id)
    outbox.post(session, "price.published", draft_id=draft.id, list_id=found.id)
    return draft.id


def withdraw_prices(session: Session, actor: Actor, given: Withdrawal) -> None:
    """Take a publication back before its day; what it prepared can be edited again, what it replaced goes on."""
    found = lists.get_for(session, actor, given.list_id)
    _may(actor, found)
    publication.lock(session, found)
    draft = publication.get(session, found.id, given.draft_id)
    if draft.state != "published":
        raise Refused("price_draft.changed_meanwhile")
    if draft.valid_from is None or draft.valid_from <= clock.today():
        raise Refused("price_draft.holds_already")
    if publication.last_of(session, found.id) != draft.id:
        raise Refused("price_draft.later_one")
    facts = {"withdrawn_at": clock.now(), "withdrawn_by_id": actor.person_id}
    session.execute(update(PriceDraft).where(PriceDraft.id == draft.id).values(state="withdrawn", **facts))
    publication.take_back(session, found.id, draft.id)
    if grid.open_draft(session, found.id) is None:
        again = PriceDraft(price_list_id=found.id, person_id=actor.person_id, note=draft.note)
        session.add(again)
        session.flush()
        publication.copy_rows(session, draft.id, again.id)
    told = {"code": found.code, "day": draft.valid_from.isoformat(), "count": draft.changes}
    audit.record(session, actor, "price.withdrawn", told, subject="price_list", subject_id=found.id)
    outbox.post(session, "price.withdrawn", draft_id=draft.id, list_id=found.id)


def _may(actor: Actor, price_list: PriceList) -> None:
    if not actor.may(Permission.PRICE_PUBLISH):
        raise Refused("access.denied", keep={"price_list": price_list.code})
    if price_list.archived_at is not None:
        raise Refused("price_list.archived")
