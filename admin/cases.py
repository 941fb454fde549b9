"""An order with all that a person needs to decide about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals.models import ApprovalDecision, ApprovalRequest
from trade.credit.queries import Standing, standing_of
from trade.invoices.rules import Amounts, left
from trade.money import ZERO
from trade.orders import desk, pricing
from trade.orders.models import Order, OrderLine
from trade.orders.queries import Habit, habit_of, lines_with_units
from trade.receivables.models import Payment
from trade.receivables.queries import payments_of
from trade.registrations import tied
from trade.registrations.tied import Ground

MONTHS = 6
DAYS = 183


@dataclass(frozen=True)
class Case:
    order: Order
    request: ApprovalRequest | None  # None: it does not wait for this person
    lines: Sequence[OrderLine]
    base_units: Mapping[int, str]  # by line
    names: Mapping[int, tuple[str, str]]  # by line, code and name; the SKU's own until they are frozen
    standing: Standing | None
    habit: Habit | None = None
    payment: Payment | None = None
    decided: Sequence[tuple[ApprovalDecision, str | None]] = ()
    customer: Ground | None = None  # whom it is for

    @property
    def agreed(self) -> Mapping[int, Decimal | None]:
        """By line at a price that was agreed for its customer, the usual price, if there is one."""
        return {line.id: pricing.usual_price(line) for line in self.lines if pricing.is_agreed(line)}

    @property
    def is_groundless(self) -> bool:
        """It is at prices for a customer whom its distributor has no longer, and nobody said yes to it."""
        is_gone = self.customer is not None and not self.customer.is_held
        return is_gone and bool(self.agreed) and self.order.approval_state in ("held", "pending")

    @property
    def cancelled(self) -> Decimal:
        """What of the gross was cancelled."""
        return sum((line.cancelled_gross for line in self.lines), ZERO)

    @property
    def due(self) -> Decimal:
        """What is left to pay of it."""
        return self.order.gross - self.cancelled

    @property
    def amounts(self) -> Amounts:
        """The same with its net and tax."""
        return left(self.order, self.lines)

    @property
    def used(self) -> Decimal:
        """What the account carries without this order."""
        if self.standing is None:
            return ZERO
        return self.standing.used - (self.order.gross if self.order.is_taken else ZERO)

    @property
    def over(self) -> Decimal:
        """How much the order goes beyond the limit; 0 when it fits."""
        limit = self.standing.effective_limit if self.standing else ZERO
        return max(self.used + self.order.gross - limit, ZERO)

    @property
    def left(self) -> Decimal:
        """What of the limit is left with this order."""
        limit = self.standing.effective_limit if self.standing else ZERO
        return max(limit - self.used - self.order.gross, ZERO)

    @property
    def shares(self) -> list[tuple[Decimal, str]]:
        """The bar: used, this order within the limit, and beyond it, in percent of the longer of limit and sum."""
        limit = self.standing.effective_limit if self.standing else ZERO
        used = max(self.used, ZERO)
        whole = max(limit, used + self.order.gross)
        if not whole:
            return []
        within = max(self.order.gross - self.over, ZERO)
        parts = ((used, "p1"), (within, "p2"), (self.order.gross - within, "pd"))
        return [(amount / whole * 100, kind) for amount, kind in parts]

    @property
    def monthly(self) -> Decimal:
        """What the distributor orders in a month, over the last six."""
        return self.habit.gross / MONTHS if self.habit else ZERO

    @property
    def may_decide(self) -> bool:
        return self.request is not None

    @property
    def may_send_back(self) -> bool:
        """A held order waits for no approver; whoever may approve orders may return or reject it."""
        return self.order.approval_state == "held"


def load_case(
    session: Session,
    actor: Actor,
    order_id: int,
    *,
    is_full: bool = True,
) -> Case:
    """The order within the actor's scope with what was decided about it.

    `is_full` adds the account, and the habits where the actor has to decide; the account comes there anyway.
    """
    found = desk.get_for(session, actor, order_id)
    order, request = found.order, found.request
    whose, today = order.distributor_id, clock.today()
    is_here = request is not None or order.approval_state == "held"
    has_account, is_full = is_full or is_here, is_full and is_here
    lines = lines_with_units(session, order.id)
    return Case(
        order=order,
        request=request,
        lines=[line for line, _sku in lines],
        base_units={line.id: sku.base_unit for line, sku in lines},
        names={line.id: (line.sku_code or sku.code, line.sku_name or sku.name) for line, sku in lines},
        decided=found.decided,
        customer=tied.ground_of(session, order),
        standing=standing_of(session, actor, whose, today) if has_account else None,
        habit=habit_of(session, whose, today - timedelta(days=DAYS)) if is_full else None,
        payment=next(iter(payments_of(session, actor, whose, limit=1)), None) if is_full else None,
    )
