"""The first steps of a new distributor: what is done is seen from its rows, nothing is ticked by hand, and all done is over."""

from dataclasses import dataclass

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from trade.applications.models import Contract
from trade.broadcasts.models import BroadcastRead, BroadcastRecipient
from trade.distributors.models import Address, Distributor
from trade.orders.models import Order
from trade.people.models import Membership


@dataclass(frozen=True)
class Steps:
    """Which of the first steps are done; a contract that was not filed is none, nor are policies that never came."""

    has_address: bool
    has_invoice: bool
    has_colleagues: bool
    has_ordered: bool
    contract_id: int | None
    has_read: bool
    has_policies: bool
    has_policy_unread: bool

    @property
    def has_read_policies(self) -> bool:
        return self.has_policies and not self.has_policy_unread

    @property
    def done(self) -> int:
        company = (self.has_address, self.has_invoice, self.has_colleagues, self.has_ordered)
        return 1 + sum((*company, self.has_read, self.has_read_policies))

    @property
    def total(self) -> int:
        return 5 + (self.contract_id is not None) + self.has_policies


def steps_of(session: Session, distributor_id: int) -> Steps | None:
    """The first steps of a distributor that sees them; none once they were laid aside or are done. One statement."""
    whose = Distributor.id == distributor_id
    address = exists().where(
        Address.distributor_id == distributor_id,
        Address.archived_at.is_(None),
        Address.phone.is_not(None),
        Address.line != "",
    )
    people = (
        select(func.count(Membership.person_id.distinct()))
        .where(Membership.distributor_id == distributor_id, Membership.is_active)
        .scalar_subquery()
    )
    ordered = exists().where(Order.distributor_id == distributor_id, Order.submitted_at.is_not(None))
    mine = and_(Contract.distributor_id == distributor_id, Contract.archived_at.is_(None))
    contract = (
        select(Contract.id).where(mine).order_by(Contract.valid_from.desc(), Contract.id.desc()).limit(1)
    ).scalar_subquery()
    read = exists().where(mine, Contract.read_at.is_not(None))
    sent = BroadcastRecipient.distributor_id == distributor_id
    opened = exists().where(
        BroadcastRead.broadcast_id == BroadcastRecipient.broadcast_id,
        BroadcastRead.distributor_id == distributor_id,
    )
    policies = exists().where(sent), exists().where(sent, ~opened.correlate(BroadcastRecipient))
    invoice = and_(Distributor.invoice_title != "", Distributor.credit_code.is_not(None))
    row = session.execute(
        select(address, invoice, people > 1, ordered, contract, read, *policies).where(
            whose, Distributor.welcome_since.is_not(None)
        )
    ).one_or_none()
    steps = Steps(*row) if row else None
    return steps if steps and steps.done < steps.total else None
