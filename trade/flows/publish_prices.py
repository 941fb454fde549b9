from dataclasses import dataclass
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.notices import outbox
from trade.pricing import checks, drafts, grid, lists, publication, survey
from trade.pricing.models import PriceDraft, PriceList
from trade.pricing.survey import Checked

SHOWN = 200  # changes that the audit spells; the publication keeps them all


@dataclass(frozen=True)
class Publication:
    """The draft as it was seen, from which day on, and the warnings that the person accepts."""

    list_id: int
    version: int
    day: date
    accepted: str = ""  # checks.fingerprint
    note: str = ""
    checked: Checked | None = None  # the check that the person saw; done again where it no longer holds


@dataclass(frozen=True)
class Withdrawal:
    list_id: int
    draft_id: int


def publish_prices(session: Session, actor: Actor, given: Publication) -> int:
    """Let the draft's prices hold from a day on; nothing ambiguous passes, and a warning only if it is accepted."""
    found = lists.get_for(session, actor, given.list_id)
    _may(actor, found)
    if given.day < clock.today():
        raise Refused("price_draft.day_past", field="day")
    if given.day < found.valid_from or (found.valid_to is not None and given.day >= found.valid_to):
        raise Refused("price_draft.day_outside", field="day")
    publication.lock(session, found)
    session.refresh(found)
    draft = grid.open_draft(session, found.id)
    if draft is None or draft.version != given.version:
        raise Refused("price_draft.changed_meanwhile")
    warnings = _warnings(session, found, draft, given)
    if warnings != given.accepted:
        raise Refused("price_draft.not_accepted", field="accepted")
    if warnings and not given.note.strip():  # a leap of more than 30 % is one of them
        raise Refused("price_draft.reason_needed", field="note")
    facts = {
        "valid_from": given.day,
        "published_at": clock.now(),
        "published_by_id": actor.person_id,
        "accepted": dict(each.split(":") for each in warnings.split(",") if each),
        "note": given.note,
    }
    draft_id = drafts.close(session, found.id, given.version, "published", **facts)
    changed = publication.apply(session, found, draft_id, given.day)
    if not changed:
        raise Refused("price_draft.empty")
    session.execute(update(PriceDraft).where(PriceDraft.id == draft_id).values(changes=changed))
    publication.let_hold(session, found.id)
    told = publication.changes(session, draft_id, SHOWN)
    audit.record(
        session,
        actor,
        "price.published",
        {
            "code": found.code,
            "day": given.day.isoformat(),
            "count": changed,
            "accepted": warnings,
            "changes": [list(each) for each in told],
        },
        subject="price_list",
        subject_id=found.id,
    )
    outbox.post(session, "price.published", draft_id=draft_id, list_id=found.id)
    return draft_id


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


def _warnings(session: Session, found: PriceList, draft: PriceDraft, given: Publication) -> str:
    """What a check warns of, unless it forbids; of ten thousand prices it takes longer than publishing them."""
    seen = given.checked
    is_of_this = seen is not None and (seen.version, seen.day) == (draft.version, given.day)
    if seen is not None and is_of_this and survey.basis(session, found, seen.basis.since) == seen.basis:
        return seen.warnings
    findings = checks.findings(survey.load(session, found, draft.id, given.day))
    blocking = sum(1 for each in findings if each.is_blocking)
    if blocking:
        raise Refused("price_draft.blocked", count=blocking)
    return checks.fingerprint(findings)
