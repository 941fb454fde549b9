"""What a person has been told; nobody sees another's notices."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.notices.models import Notice


def unread(actor: Actor) -> ColumnElement[int]:
    """How many notices wait to be read, as a part of the statement that every page pays for."""
    return select(func.count(Notice.id)).where(*mine(actor), Notice.read_at.is_(None)).scalar_subquery()


def listed(
    session: Session,
    actor: Actor,
    *,
    before_id: int | None = None,
    limit: int = 50,
    kinds: Sequence[str] = (),
    is_unread: bool = False,
) -> Sequence[Notice]:
    """The latest notices, newest first; `before_id` continues a page, `kinds` are beginnings of topics."""
    notices = select(Notice).where(*mine(actor)).order_by(Notice.id.desc()).limit(limit)
    if kinds:
        notices = notices.where(or_(*(Notice.topic.startswith(f"{kind}.") for kind in kinds)))
    if is_unread:
        notices = notices.where(Notice.read_at.is_(None))
    if before_id is not None:
        notices = notices.where(Notice.id < before_id)
    return session.scalars(notices).all()


def mine(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Addressed to the person; who works for several distributors sees those of the one at hand, and of the account."""
    own = Notice.person_id == actor.person_id
    if actor.distributor_id is None:
        return (own,)
    return own, or_(Notice.distributor_id == actor.distributor_id, Notice.topic.startswith("account."))
