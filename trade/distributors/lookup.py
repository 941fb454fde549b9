"""One of fifty thousand distributors, found by what somebody types: code, name, a part of either, pinyin, initials."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.distributors.models import Distributor
from trade.distributors.queries import within

MOST = 20  # that are offered at once; whoever has more in mind types on


@dataclass(frozen=True)
class Match:
    id: int
    code: str
    name: str


def offered(session: Session, actor: Actor, typed: str, *, with_ended: bool = False) -> list[Match]:
    """The first of those within reach that have every word typed; whose code it is, then whose code begins so, first."""
    words = text.folded(typed).split()
    if not words:
        return []
    wanted = _within(actor).where(
        *(Distributor.search_text.contains(word, autoescape=True) for word in words)
    )
    if not with_ended:
        wanted = wanted.where(Distributor.status != "ended")
    code, said = func.upper(Distributor.code), text.code_key(typed)
    nearest = case((code == said, 0), (code.startswith(said, autoescape=True), 1), else_=2)
    return _found(session, wanted.order_by(nearest, Distributor.sort_key, Distributor.id).limit(MOST))


def meant(session: Session, actor: Actor, typed: str) -> list[Match]:
    """Who may be meant: the one with this code, else those of exactly this name, else all that are offered for it."""
    said = typed.strip()
    if not said:
        return []
    exact: list[ColumnElement[bool]] = [
        func.upper(Distributor.code) == text.code_key(said),
        Distributor.name == said,
    ]
    for each in exact:
        found = _found(session, _within(actor).where(each).order_by(Distributor.id).limit(MOST))
        if found:
            return found
    return offered(session, actor, said, with_ended=True)


def named(session: Session, actor: Actor, distributor_id: int) -> str | None:
    """What a distributor within reach is called; a stranger has no name."""
    found = _found(session, _within(actor).where(Distributor.id == distributor_id))
    return found[0].name if found else None


def _within(actor: Actor) -> Select[int, str, str]:
    return select(Distributor.id, Distributor.code, Distributor.name).where(within(actor, Distributor.id))


def _found(session: Session, wanted: Select[int, str, str]) -> list[Match]:
    return [Match(*row) for row in session.execute(wanted)]
