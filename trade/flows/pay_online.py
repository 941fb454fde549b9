import secrets
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.connectors import gateways
from trade.connectors.gateways import Heard
from trade.connectors.models import OnlinePayment
from trade.credit import ledger
from trade.credit.models import CreditAccount
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.notices import outbox
from trade.receivables import payments
from trade.receivables.payments import Receipt


@dataclass(frozen=True)
class Begun:
    """So much."""

    amount: Decimal


@dataclass(frozen=True)
class Token:
    """What which gateway is told: the token that comes back, and the amount in the account's currency."""

    gateway: str
    token: str
    amount: Decimal
    currency: str


def begin_online_payment(session: Session, actor: Actor, given: Begun) -> Token:
    """Write down that a payment is begun, before the payer leaves for the gateway that the administrator chose."""
    gateway = gateways.name_in_use(session)
    if not gateway:
        raise Refused("gateway.not_found")
    if actor.distributor_id is None:
        raise Refused("credit.no_account")
    distributor = distributors.get_for(session, actor, actor.distributor_id)
    account_id = ledger.get_account(session, distributor.id, distributors.default_legal_entity(session))
    currency = session.scalars(select(CreditAccount.currency).where(CreditAccount.id == account_id)).one()
    begun = OnlinePayment(
        token=secrets.token_urlsafe(24),
        gateway=gateway,
        distributor_id=distributor.id,
        amount=given.amount,
        currency=currency,
        person_id=actor.person_id,
    )
    session.add(begun)
    session.flush()
    return Token(gateway, begun.token, begun.amount, currency)


def hear_online_payment(session: Session, actor: Actor, given: Heard) -> int | None:
    """Book what a gateway says was paid, once however often it says so; another amount than begun is no payment."""
    own = (OnlinePayment.token == given.token, OnlinePayment.gateway == given.gateway)
    begun = session.scalars(select(OnlinePayment).where(*own).with_for_update()).one_or_none()
    if begun is None:
        raise Refused("gateway.not_found")
    if begun.state == "paid":
        return begun.payment_id
    if (given.amount, given.currency) != (begun.amount, begun.currency):
        raise Refused("gateway.amount_differs", keep={"token": given.token, "reference": given.reference})
    this = (
        update(OnlinePayment).where(OnlinePayment.id == begun.id).execution_options(synchronize_session=False)
    )
    if not given.is_paid:
        session.execute(this.values(state="failed", reference=given.reference))
        return None
    receipt = Receipt(
        begun.distributor_id,
        clock.today(),
        given.amount,
        f"{given.gateway} {given.reference}",
        is_prepayment=True,  # the gateway has it
        currency=given.currency,
        origin="online",
    )
    payment = payments.take_in(session, actor, receipt, payments.oldest)
    session.execute(this.values(state="paid", reference=given.reference, payment_id=payment.id))
    outbox.post(session, "payment.recorded", payment_id=payment.id, distributor_id=payment.distributor_id)
    return payment.id
