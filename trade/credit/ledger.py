"""Credit moves by one guarded statement per account, and the books say of every amount where it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, true, update
from sqlalchemy.orm import Session

from trade import settings
from trade.books import periods, posting
from trade.books.models import OpenItem
from trade.books.posting import Document
from trade.books.rules import COMMITMENT, HOLD, SALES, UNBILLED, Leg, changes, is_money
from trade.credit import families
from trade.credit.models import CreditAccount, CreditDecision, CreditException, CreditLimit
from trade.db import insert_once
from trade.errors import Refused
from trade.money import ZERO, Money, rounded

GRACE = "credit.grace_days"


@dataclass(frozen=True)
class Hold:
    """What an order asks of an account: `amount` in its currency, whole 分, > 0 or 0."""

    distributor_id: int
    legal_entity_id: int
    order_id: int
    amount: Decimal
    source: str
    day: date
    advance: Decimal = ZERO  # of the amount, what must have been paid before
    over: Decimal = ZERO  # how far beyond the limits this order may go


@dataclass(frozen=True)
class Answer:
    """How a check ended: taken, released, over_limit, unpaid or blocked, with what it was decided on."""

    outcome: str
    account_id: int
    amount: Decimal
    used: Decimal  # before
    effective_limit: Decimal
    blocked_reason: str | None
    whose: str = ""  # which account above it said so: group, family (a parent's, for all below it)
    missing: Decimal = ZERO  # of what must be paid before
    over: Decimal = ZERO  # that was approved beyond the limit
    advance: Decimal = ZERO  # of the amount

    @property
    def is_taken(self) -> bool:
        return self.outcome in {"taken", "released"}

    @property
    def facts(self) -> dict[str, str]:
        """The figures as plain text: what is over and what is available."""
        over = self.used + self.amount - self.effective_limit
        found = {
            "amount": str(rounded(self.amount)),
            "used": str(rounded(self.used)),
            "limit": str(rounded(self.effective_limit)),
            "available": str(rounded(self.effective_limit - self.used)),
            "over": str(rounded(max(over, ZERO))),
        }
        if self.missing:
            found["missing"] = str(rounded(self.missing))
        return found | {"whose": self.whose} if self.whose else found


@dataclass(frozen=True)
class _Moving:
    """What an account changes by, and under which condition it and its group's may."""

    change: "Change"
    earmarked: Decimal
    guard: ColumnElement[bool]
    above: ColumnElement[bool]


@dataclass(frozen=True)
class _Moved:
    """An account after a move."""

    account_id: int
    used: Decimal
    effective_limit: Decimal
    group_id: int | None
    family_id: int | None


Change = Mapping[str, Decimal]


def take(session: Session, hold: Hold, today: date) -> Answer:
    """Take credit for an order if the limits allow it, and write the decision down either way.

    What is to be paid in advance is earmarked out of money that is there. An order that is paid in full uses no
    credit and is held against no limit.
    """
    legs = [Leg(HOLD, COMMITMENT, hold.amount)] if hold.amount else []
    guard, above = _guards(hold)
    moving = _Moving(changes(legs), hold.advance, guard, above)
    answer = _ask(session, hold, moving, today, "taken")
    if answer.is_taken:
        document = Document(hold.source, "hold", "order", hold.order_id, hold.day, hold.order_id)
        posting.enter(session, answer.account_id, document, legs, hold.day)
    decide(session, hold.order_id, answer)
    return answer


def give_back(session: Session, hold: Hold) -> None:
    """Give back what an open order held, and the money that was kept for it."""
    if hold.amount == 0:
        return
    document = Document(hold.source, "release", "order", hold.order_id, hold.day, hold.order_id)
    legs = [Leg(COMMITMENT, HOLD, hold.amount)]
    account_id = _changed(
        session, _own(hold.distributor_id, hold.legal_entity_id), changes(legs), -hold.advance
    )
    posting.enter(session, account_id, document, legs, hold.day)


def ship(session: Session, hold: Hold, today: date) -> Answer:
    """Let a part of an order go: exposure from open order to shipped, the sum stays. The books follow the shipment.

    Refused where the account is blocked or beyond its limit by more than was approved for its orders, whatever let
    the order pass before.
    """
    standing = _stands(hold)
    moving = _Moving(changes(shipping(hold.amount)), -hold.advance, standing, standing)
    answer = _ask(session, hold, moving, today, "released")
    if answer.is_taken:
        decide(session, hold.order_id, answer)
    return answer


def test(session: Session, hold: Hold, today: date) -> Answer:
    """The same test for an order that is approved and stays where it is."""
    standing = _stands(hold)
    answer = _ask(session, hold, _Moving({}, ZERO, standing, standing), today, "released")
    if answer.is_taken:
        decide(session, hold.order_id, answer)
    return answer


def beyond(
    session: Session, distributor_id: int, legal_entity_id: int, amount: Decimal, today: date
) -> dict[int, Decimal]:
    """How far an account, and those above it, would go beyond their limits, all locked and of today; by account.

    Without an amount: how far they are, where that is more than was approved for orders that still live.
    """
    own = session.scalars(
        select(CreditAccount).where(*_own(distributor_id, legal_entity_id)).with_for_update()
    ).one_or_none()
    if own is None:
        raise Refused("credit.no_account")
    over = {}
    roll(session, own.id, today)
    further = families.upwards(session, own.family_account_id)
    for account_id in filter(None, (own.id, own.group_account_id, *further)):
        session.execute(select(CreditAccount.id).where(CreditAccount.id == account_id).with_for_update())
        roll(session, account_id, today)
        found = _standing(session, (CreditAccount.id == account_id,))
        allowed = select(_allowed()).select_from(CreditAccount).where(CreditAccount.id == account_id)
        more = found.used + amount - found.effective_limit
        if more > (ZERO if amount else session.scalar(allowed) or ZERO):
            over[account_id] = more
    return over


def shipping(amount: Decimal) -> list[Leg]:
    """What a shipment books: the promise is kept, and is owed."""
    return [Leg(COMMITMENT, HOLD, amount), Leg(UNBILLED, SALES, amount)] if amount else []


def book(
    session: Session, distributor_id: int, legal_entity_id: int, document: Document, legs: Sequence[Leg]
) -> int:
    """Move an account's parts, and its group's, by what the legs say, and write them down; answers the account."""
    account_id = _changed(session, _own(distributor_id, legal_entity_id), changes(legs))
    write_down(session, account_id, legal_entity_id, document, legs)
    return account_id


def book_on(session: Session, account: CreditAccount, document: Document, legs: Sequence[Leg]) -> None:
    """The same for an account that the caller has locked."""
    _changed(session, (CreditAccount.id == account.id,), changes(legs))
    write_down(session, account.id, account.legal_entity_id, document, legs)


def reverse_on(session: Session, account: CreditAccount, source: str, document: Document) -> None:
    """Take a deed back: each of its entries the other way round, in the period of the correction."""
    turned = posting.legs_to_turn(session, source)
    legs = [leg for _entry_id, leg in turned]
    _changed(session, (CreditAccount.id == account.id,), changes(legs))
    booked_on = periods.booking_day(session, account.legal_entity_id, document.day)
    posting.enter_turned(session, account.id, document, turned, booked_on)


def write_down(
    session: Session, account_id: int, legal_entity_id: int, document: Document, legs: Sequence[Leg]
) -> None:
    """Enter the legs of a deed whose account has moved; money goes into an open period."""
    day = document.day
    booked_on = periods.booking_day(session, legal_entity_id, day) if is_money(legs) else day
    posting.enter(session, account_id, document, legs, booked_on)


def get_account(session: Session, distributor_id: int, legal_entity_id: int) -> int:
    """The account of a distributor with a legal entity. Raises Refused where it has none."""
    return _standing(session, _own(distributor_id, legal_entity_id)).id


def open_account(
    session: Session, distributor_id: int, legal_entity_id: int, currency: str, today: date
) -> int:
    """Make sure that the account exists; answers its id."""
    insert_once(
        session,
        CreditAccount,
        distributor_id=distributor_id,
        legal_entity_id=legal_entity_id,
        currency=currency,
        as_of=today,
    )
    return get_account(session, distributor_id, legal_entity_id)


def roll(session: Session, account_id: int, today: date) -> None:
    """Bring an account, locked by the caller, to the day: its limit, whether it is blocked, whose family it is of."""
    families.link_account(session, account_id, today)
    late = _late(session, today)
    session.execute(
        update(CreditAccount)
        .where(CreditAccount.id == account_id)
        .values(effective_limit=limit_on(today), blocked_reason=blocked_on(late), as_of=today)
        .execution_options(synchronize_session=False)
    )


def foreseen(session: Session, account_id: int, today: date) -> tuple[Decimal, str | None]:
    """What `roll` would write, for who only looks."""
    wanted = select(limit_on(today), blocked_on(_late(session, today))).select_from(CreditAccount)
    limit, blocked = session.execute(wanted.where(CreditAccount.id == account_id)).one()
    return limit, blocked


def limit_on(day: date) -> ColumnElement[Decimal]:
    """An account's limit on a day: base plus the temporary limits valid on it."""
    valid = and_(
        CreditLimit.account_id == CreditAccount.id,
        CreditLimit.valid_from <= day,
        or_(CreditLimit.valid_to.is_(None), CreditLimit.valid_to > day),
    )
    return select(func.coalesce(func.sum(CreditLimit.amount), 0)).where(valid).scalar_subquery()


def blocked_on(late: date) -> ColumnElement[str | None]:
    """Why an account is blocked: by hand, or for a debt that was due before `late`."""
    is_overdue = exists().where(
        OpenItem.account_id == CreditAccount.id,
        OpenItem.is_debt,
        OpenItem.applied < OpenItem.amount,
        OpenItem.voided_at.is_(None),
        OpenItem.due_on < late,
    )
    return case(
        (CreditAccount.block_mode == "on", "manual"),
        (and_(CreditAccount.block_mode == "auto", is_overdue), "overdue"),
    )


def within_limit(amount: Decimal) -> ColumnElement[bool]:
    """The guard that keeps a limit, whatever two people do at once."""
    return CreditAccount.used + amount <= CreditAccount.effective_limit


def _late(session: Session, today: date) -> date:
    """A debt that was due before this day is overdue beyond the grace period."""
    return today - timedelta(days=int(settings.load(session, GRACE)[GRACE]))


def _own(distributor_id: int, legal_entity_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        CreditAccount.distributor_id == distributor_id,
        CreditAccount.legal_entity_id == legal_entity_id,
    )


def _guards(hold: Hold) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions of an order for its own account and for its group's."""
    is_within = true() if 0 < hold.advance == hold.amount else within_limit(hold.amount - hold.over)
    return (and_(is_paid(hold.advance), is_within) if hold.advance else is_within), is_within


def _stands(hold: Hold) -> ColumnElement[bool]:
    """The condition of an order that has its credit: still within the limits, but for what was approved beyond them."""
    if 0 < hold.advance == hold.amount:
        return true()
    return within_limit(ZERO) | (CreditAccount.used <= CreditAccount.effective_limit + _allowed())


def is_paid(advance: Decimal) -> ColumnElement[bool]:
    """Whether so much money is there: not applied, not earmarked, and not what keeps open orders within the limit."""
    return _free() >= literal(advance, Money())


def _free() -> ColumnElement[Any]:
    """In the database's unit: 1/10000."""
    account = CreditAccount
    room = account.effective_limit - account.unbilled - account.billed
    relied_on = account.hold - account.earmarked - case((room > 0, room), else_=0)
    taken = case((relied_on > 0, relied_on), else_=0)
    return -account.prepayment - account.credit_note - account.earmarked - taken


def _allowed() -> ColumnElement[Decimal]:
    """How far an account may be beyond its limit by what was approved for orders that are not settled yet.

    Each approval speaks of all that is over, so they are not added up.
    """
    living = (CreditException.account_id == CreditAccount.id, CreditException.ended_at.is_(None))
    return select(func.coalesce(func.max(CreditException.amount), 0)).where(*living).scalar_subquery()


def _ask(session: Session, hold: Hold, moving: _Moving, today: date, outcome: str) -> Answer:
    """Move the distributor's account, then its group's, then its parents', each under its guard; all or none."""
    own = _own(hold.distributor_id, hold.legal_entity_id)
    moved = _guarded(session, own, moving, today, moving.guard)
    if moved is None:
        return _refused(session, own, hold)
    gone, above = [moved.account_id], [(moved.group_id, "group"), (moved.family_id, "family")]
    for account_id, whose in above:
        if account_id is None:
            continue
        higher = _guarded(session, (CreditAccount.id == account_id,), moving, today, moving.above)
        if higher is None:
            back = _negative(moving.change)
            for each in gone:
                _move(session, (CreditAccount.id == each,), back, -moving.earmarked)
            return _refused(session, (CreditAccount.id == account_id,), hold, whose)
        gone.append(account_id)
        above.append((higher.family_id, "family"))
    before = moved.used - sum(moving.change.values(), ZERO)
    limit = moved.effective_limit
    return Answer(
        outcome, moved.account_id, hold.amount, before, limit, None, over=hold.over, advance=hold.advance
    )


def _guarded(
    session: Session,
    whose: Sequence[ColumnElement[bool]],
    moving: _Moving,
    today: date,
    guard: ColumnElement[bool],
) -> _Moved | None:
    """Move an account if it may be; one of another day is brought to today first, and asked again."""
    conditions = (*whose, CreditAccount.blocked_reason.is_(None), CreditAccount.as_of == today, guard)
    moved = _move(session, conditions, moving.change, moving.earmarked)
    if moved is None and _roll_if_stale(session, whose, today):
        moved = _move(session, conditions, moving.change, moving.earmarked)
    return moved


def _roll_if_stale(session: Session, whose: Sequence[ColumnElement[bool]], today: date) -> bool:
    """Recompute an account of another day; answers whether it was one."""
    stale = select(CreditAccount.id).where(*whose, CreditAccount.as_of != today)
    account_id = session.scalar(stale.with_for_update())
    if account_id is None:
        return False
    roll(session, account_id, today)
    return True


def _changed(
    session: Session, whose: Sequence[ColumnElement[bool]], change: Change, earmarked: Decimal = ZERO
) -> int:
    """Move an account and those above it, whatever the limits say; answers the account."""
    moved = _move(session, whose, change, earmarked)
    if moved is None:
        raise Refused("credit.no_account")
    above = [moved.group_id, moved.family_id]
    for account_id in above:
        if account_id is None:
            continue
        higher = _move(session, (CreditAccount.id == account_id,), change, earmarked)
        above.append(higher.family_id if higher else None)
    return moved.account_id


def _move(
    session: Session, conditions: Sequence[ColumnElement[bool]], change: Change, earmarked: Decimal = ZERO
) -> _Moved | None:
    """The one statement: the parts and their sum, where the conditions hold."""
    values = {part: getattr(CreditAccount, part) + amount for part, amount in change.items()}
    if earmarked:
        values["earmarked"] = CreditAccount.earmarked + earmarked
    row = session.execute(
        update(CreditAccount)
        .where(*conditions)
        .values(used=CreditAccount.used + sum(change.values(), ZERO), **values)
        .returning(
            CreditAccount.id,
            CreditAccount.used,
            CreditAccount.effective_limit,
            CreditAccount.group_account_id,
            CreditAccount.family_account_id,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if row is None else _Moved(*row)


def _negative(change: Change) -> Change:
    return {part: -amount for part, amount in change.items()}


def _standing(session: Session, whose: Sequence[ColumnElement[bool]]) -> CreditAccount:
    found = session.scalars(
        select(CreditAccount).where(*whose).execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise Refused("credit.no_account")
    return found


def _refused(session: Session, which: Sequence[ColumnElement[bool]], hold: Hold, whose: str = "") -> Answer:
    """Why not: a block before the money that is missing, that before the limit."""
    found = _standing(session, which)
    common = (found.id, hold.amount, found.used, found.effective_limit)
    if found.blocked_reason:
        return Answer("blocked", *common, found.blocked_reason, whose)
    if hold.advance and not whose:
        free = Decimal(session.scalar(select(_free()).where(*which)) or 0).scaleb(-4)
        if free < hold.advance:
            return Answer("unpaid", *common, None, missing=hold.advance - max(free, ZERO))
    return Answer("over_limit", *common, None, whose)


def decide(session: Session, order_id: int, answer: Answer) -> None:
    """Keep what a check was decided on."""
    session.add(
        CreditDecision(
            account_id=answer.account_id,
            order_id=order_id,
            outcome=answer.outcome,
            amount=answer.amount,
            used=answer.used,
            effective_limit=answer.effective_limit,
            over=answer.over,
            advance=answer.advance,
            facts=answer.facts | {"blocked": answer.blocked_reason or ""},
        )
    )
