from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.errors import Refused
from trade.pricing import drafts, lists
from trade.pricing.drafts import Edit, Outcome


@dataclass(frozen=True)
class Edits:
    list_id: int
    cells: Sequence[Edit]


@dataclass(frozen=True)
class Discard:
    """The draft as it was seen."""

    list_id: int
    version: int


def edit_price_draft(session: Session, actor: Actor, given: Edits) -> Outcome:
    """Keep cells in the open draft of a list; nobody is priced by them before they are published."""
    found = lists.get_for(session, actor, given.list_id)
    if found.archived_at is not None:
        raise Refused("price_list.archived")
    return drafts.enter(session, actor, found.id, clock.today(), given.cells)


def discard_price_draft(session: Session, actor: Actor, given: Discard) -> None:
    """Give up everything that was prepared for a list; what holds stays."""
    found = lists.get_for(session, actor, given.list_id)
    draft_id = drafts.close(session, found.id, given.version, "discarded")
    facts = {"code": found.code, "draft": draft_id}
    audit.record(session, actor, "price_draft.discarded", facts, subject="price_list", subject_id=found.id)
