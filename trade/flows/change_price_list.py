from dataclasses import dataclass
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.errors import Refused
from trade.pricing import lists
from trade.pricing.models import PriceList


@dataclass(frozen=True)
class ListFacts:
    """What may change of a list whose rows stay: how it is called, when it is asked, until when."""

    list_id: int
    version: int
    name: str
    priority: int
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Shelving:
    """A list as it was seen, to be laid aside or taken up again."""

    list_id: int
    version: int
    is_archived: bool


def change_price_list(session: Session, actor: Actor, given: ListFacts) -> None:
    """Rename a list or move its priority or period; whoever is priced by it sees the effect at once."""
    found = lists.get_for(session, actor, given.list_id)
    if given.valid_to is not None and given.valid_to <= given.valid_from:
        raise Refused("price_list.period_odd", field="valid_to")
    after = {
        "name": given.name,
        "priority": given.priority,
        "valid_from": given.valid_from,
        "valid_to": given.valid_to,
    }
    before = {name: getattr(found, name) for name in after}
    _write(session, given.list_id, given.version, after)
    for name, value in after.items():
        if value != before[name]:
            facts = {"what": name, "before": _text(before[name]), "after": _text(value), "code": found.code}
            audit.record(
                session, actor, "price_list.changed", facts, subject="price_list", subject_id=found.id
            )


def shelve_price_list(session: Session, actor: Actor, given: Shelving) -> None:
    """Lay a list aside, so that it prices nobody any more, or take it up again; its rows and history stay."""
    found = lists.get_for(session, actor, given.list_id)
    event = "price_list.archived" if given.is_archived else "price_list.restored"
    _write(session, given.list_id, given.version, {"archived_at": clock.now() if given.is_archived else None})
    facts = {"code": found.code, "name": found.name}
    audit.record(session, actor, event, facts, subject="price_list", subject_id=given.list_id)


def _write(session: Session, list_id: int, version: int, values: dict[str, object]) -> None:
    done = update(PriceList).where(PriceList.id == list_id, PriceList.version == version)
    changed = done.values(version=version + 1, **values).returning(PriceList.id)
    if session.scalar(changed.execution_options(synchronize_session=False)) is None:
        raise Refused("price_list.changed_meanwhile")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
