from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from trade import clock, settings
from trade.actor import Actor
from trade.money import rounded
from trade.notices import outbox
from trade.receivables import reminders

AHEAD = "credit.remind_days"


@dataclass(frozen=True)
class Reminder:
    account_id: int
    day: date


def remind_of_debts(session: Session, actor: Actor, given: Reminder) -> None:
    """Tell a distributor what is due soon, and what was due; nothing on another day than the one it was meant for."""
    today = clock.today()
    if given.day != today:
        return
    ahead = int(settings.load(session, AHEAD)[AHEAD])
    for each in reminders.due(session, given.account_id, today, ahead):
        outbox.post(
            session,
            "debt.overdue" if each.day < today else "debt.due",
            distributor_id=each.distributor_id,
            day=each.day.isoformat(),
            count=each.count,
            amount=str(rounded(each.amount)),
            currency=each.currency,
        )
