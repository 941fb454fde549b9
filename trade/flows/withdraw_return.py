from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.approvals import kernel
from trade.notices import outbox
from trade.returns import queries, states


@dataclass(frozen=True)
class SeenReturn:
    """A request as the person saw it."""

    return_id: int
    version: int


def withdraw_return(session: Session, actor: Actor, seen: SeenReturn) -> None:
    """Take a request back that nobody has decided about; the goods may be asked for again."""
    request, _order = queries.get_locked(session, actor, seen.return_id)
    states.move(session, actor, request, "withdraw", seen.version)
    asked = kernel.find_open(session, "return", request.id)
    if asked is not None:
        kernel.close(session, asked, "withdrawn", asked.version)
    outbox.post(session, "return.withdrawn", return_id=request.id)
