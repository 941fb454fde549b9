from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.credit import ledger
from trade.credit.models import CreditAccount


def roll_credit(session: Session, actor: Actor, account_id: int) -> None:
    """Bring an account's limit to today, since limits begin and end by date."""
    session.execute(select(CreditAccount.id).where(CreditAccount.id == account_id).with_for_update())
    ledger.roll(session, account_id, clock.today())
