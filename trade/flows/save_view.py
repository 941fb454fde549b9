from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.db import insert_into
from trade.errors import Refused
from trade.people.models import SavedView

MOST = 30


@dataclass(frozen=True)
class NewView:
    page: str  # endpoint of the list
    name: str
    query: str  # what stands after the question mark


def save_view(session: Session, actor: Actor, given: NewView) -> None:
    """Keep the filters of a list under a name; the same name again means the filters of now."""
    own = (SavedView.person_id == actor.person_id, SavedView.page == given.page)
    others = select(func.count()).where(*own, SavedView.name != given.name)
    if (session.scalar(others) or 0) >= MOST:
        raise Refused("view.too_many", most=MOST)
    row = {"person_id": actor.person_id, "page": given.page, "name": given.name, "query": given.query}
    kept = insert_into(session, SavedView).values(**row)
    wins = kept.on_conflict_do_update(
        index_elements=["person_id", "page", "name"], set_={"query": given.query}
    )
    session.execute(wins)


def forget_view(session: Session, actor: Actor, view_id: int) -> NewView:
    """Take one's own saved view away, and say which it was; another's does not exist."""
    wanted = delete(SavedView).where(SavedView.id == view_id, SavedView.person_id == actor.person_id)
    found = session.execute(wanted.returning(SavedView.page, SavedView.query)).one_or_none()
    if found is None:
        raise Refused("view.not_found")
    return NewView(found.page, "", found.query)
