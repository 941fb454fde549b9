"""Money that came in, within the actor's reach."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.distributors.queries import within
from trade.receivables.models import Payment

PAGE = 50


def payments_of(
    session: Session, actor: Actor, distributor_id: int, *, limit: int = PAGE, after: int | None = None
) -> Sequence[Payment]:
    """The latest payments of a distributor, newest first; `after` is the id of the last one seen."""
    wanted = select(Payment).where(
        Payment.distributor_id == distributor_id, within(actor, Payment.distributor_id)
    )
    if after is not None:
        wanted = wanted.where(Payment.id < after)
    return session.scalars(wanted.order_by(Payment.id.desc()).limit(limit)).all()
