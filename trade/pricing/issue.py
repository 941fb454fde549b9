"""Letting a draft's prices hold, whoever says so: what is tested once more, and what is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.errors import Refused
from trade.money import rounded
from trade.pricing import checks, drafts, publication, survey
from trade.pricing.grid import same_key
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceList, PriceRow
from trade.pricing.queries import holds
from trade.pricing.survey import Checked

NEEDS_APPROVAL = "price.needs_approval"
SHOWN = 200  # changes that the audit spells; the publication keeps them all


@dataclass(frozen=True)
class Terms:
    """From which day on, with which warnings accepted, and why; `checked` is the check that the person saw."""

    day: date
    accepted: str = ""  # checks.fingerprint
    note: str = ""
    checked: Checked | None = None


def get_asked(session: Session, draft_id: int) -> PriceDraft:
    """A draft by itself; its list says who may know of it."""
    found = session.scalar(
        select(PriceDraft).where(PriceDraft.id == draft_id).execution_options(populate_existing=True)
    )
    if found is None:
        raise Refused("price_list.not_found")
    return found


def test(session: Session, found: PriceList, draft: PriceDraft, terms: Terms) -> str:
    """Refuse what must not hold; answers the warnings that are accepted."""
    if terms.day < clock.today():
        raise Refused("price_draft.day_past", field="day")
    if terms.day < found.valid_from or (found.valid_to is not None and terms.day >= found.valid_to):
        raise Refused("price_draft.day_outside", field="day")
    warnings = _warnings(session, found, draft, terms)
    if warnings != terms.accepted:
        raise Refused("price_draft.not_accepted", field="accepted")
    if warnings and not terms.note.strip():  # a leap of more than 30 % is one of them
        raise Refused("price_draft.reason_needed", field="note")
    return warnings


def let(
    session: Session,
    found: PriceList,
    draft: PriceDraft,
    terms: Terms,
    person_id: int | None,
    *,
    is_asked: bool = False,
) -> dict[str, Any]:
    """Test the draft and let its prices hold; answers what the audit keeps of it."""
    warnings = test(session, found, draft, terms)
    facts = {
        "valid_from": terms.day,
        "published_at": clock.now(),
        "published_by_id": person_id,
        "accepted": kept(warnings),
        "note": terms.note,
    }
    draft_id = drafts.close(session, found.id, draft.version, "published", is_asked=is_asked, **facts)
    changed = publication.apply(session, found, draft_id, terms.day)
    if not changed:
        raise Refused("price_draft.empty")
    session.execute(update(PriceDraft).where(PriceDraft.id == draft_id).values(changes=changed))
    publication.let_hold(session, found.id)
    told = publication.changes(session, draft_id, SHOWN)
    return {
        "code": found.code,
        "day": terms.day.isoformat(),
        "count": changed,
        "accepted": warnings,
        "changes": [list(each) for each in told],
    }


def kept(warnings: str) -> dict[str, str]:
    """Accepted warnings as a draft keeps them: code and how many."""
    return dict(each.split(":") for each in warnings.split(",") if each)


def spelled(accepted: Mapping[str, Any] | None) -> str:
    """The same as a check answers them."""
    return ",".join(f"{code}:{count}" for code, count in (accepted or {}).items())


def moves(session: Session, draft: PriceDraft, day: date) -> list[tuple[str, Decimal]]:
    """Each fixed price that a draft moves, by target, with by how many percent; the furthest first."""
    rows = session.execute(
        select(PriceDraftRow.target, PriceRow.price, PriceDraftRow.price)
        .join(PriceRow, same_key(PriceRow, PriceDraftRow))
        .where(
            PriceDraftRow.draft_id == draft.id,
            PriceRow.price_list_id == draft.price_list_id,
            holds(PriceRow.valid_from, PriceRow.valid_to, day),
            PriceRow.price.is_not(None),
            PriceDraftRow.price.is_not(None),
        )
    )
    found = [
        (target, rounded((after / before - 1) * 100, 1))
        for target, before, after in rows
        if before and after is not None
    ]
    return sorted(found, key=lambda each: -abs(each[1]))


def targets(session: Session, draft: PriceDraft, most: int) -> list[str]:
    """The first things that a draft is about."""
    wanted = select(PriceDraftRow.target).where(PriceDraftRow.draft_id == draft.id)
    return list(session.scalars(wanted.order_by(PriceDraftRow.id).limit(most)))


def _warnings(session: Session, found: PriceList, draft: PriceDraft, terms: Terms) -> str:
    """What a check warns of, unless it forbids; of ten thousand prices it takes longer than publishing them."""
    seen = terms.checked
    is_of_this = seen is not None and (seen.version, seen.day) == (draft.version, terms.day)
    if seen is not None and is_of_this and survey.basis(session, found, seen.basis.since) == seen.basis:
        return seen.warnings
    findings = checks.findings(survey.load(session, found, draft.id, terms.day))
    blocking = sum(1 for each in findings if each.is_blocking)
    if blocking:
        raise Refused("price_draft.blocked", count=blocking)
    return checks.fingerprint(findings)
