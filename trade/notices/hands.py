"""A distributor changes hands: both representatives are told, and what waits there for a yes finds who can give it."""

from sqlalchemy.orm import Session

from trade.approvals import succession
from trade.distributors.standings import Outcome
from trade.notices import outbox


def tell(session: Session, distributor_id: int, done: Outcome) -> None:
    """Tell who had it and who has it from the day on; nothing where the representative stays."""
    if done.rep_before == done.rep_after:
        return
    for topic, rep_id in (
        ("distributor.handed_over", done.rep_before),
        ("distributor.assigned", done.rep_after),
    ):
        if rep_id is not None:
            day = done.valid_from.isoformat()
            outbox.post(session, topic, distributor_id=distributor_id, rep_id=rep_id, day=day)
    for moved in succession.refill_distributors(session, [distributor_id]):
        outbox.post(session, f"{moved.subject}.pending", **moved.letter)
