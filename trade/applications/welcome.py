"""The first steps of a new distributor: what is done is seen from its rows, nothing is ticked by hand."""

from dataclasses import dataclass

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from trade.applications.models import Contract
from trade.distributors.models import Address, Distributor
from trade.orders.models import Order
from trade.people.models import Membership


@dataclass(frozen=True)
class Steps:
    """Which of the first steps are done; a contract that was not filed is no step."""

    has_address: bool
    has_invoice: bool
    has_colleagues: bool
    has_ordered: bool
    contract_id: int | None
    has_read: bool

    @property
    def done(self) -> int:
        return 1 + sum(
            (self.has_address, self.has_invoice, self.has_colleagues, self.has_ordered, self.has_read)
        )

    @property
    def total(self) -> int:
        return 6 if self.contract_id is not None else 5


def steps_of(session: Session, distributor_id: int) -> Steps | None:
    """The first steps of a distributor that sees them; none once they were laid aside. One statement."""
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
    invoice = and_(Distributor.invoice_title != "", Distributor.credit_code.is_not(None))
    row = session.execute(
        select(address, invoice, people > 1, ordered, contract, read).where(
            whose, Distributor.welcome_since.is_not(None)
        )
    ).one_or_none()
    return Steps(*row) if row else None
