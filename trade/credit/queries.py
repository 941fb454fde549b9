"""What a distributor owes and may still order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from trade.actor import Actor
from trade.audit import AuditEntry
from trade.books.rules import BILLED, CREDIT_NOTE, HOLD, PARTS, PREPAYMENT, UNBILLED
from trade.credit import ledger
from trade.credit.models import CreditAccount, CreditLimit
from trade.distributors.queries import within
from trade.kept import kept
from trade.money import ZERO
from trade.people.models import Person

BLOCKING = {"on": "credit.blocked", "auto": "credit.unblocked", "off": "credit.exempted"}  # events by mode
SHOWN_BLOCKS = 20


@dataclass(frozen=True)
class Standing:
    """An account as it stands today, in its currency."""

    account_id: int
    distributor_id: int
    currency: str
    effective_limit: Decimal
    used: Decimal
    blocked_reason: str | None
    parts: Mapping[str, Decimal] = field(default_factory=dict)  # what makes up `used`
    group: "Standing | None" = None  # of the credit group, whose limit holds too
    families: tuple["Standing", ...] = ()  # of the parents above it, the nearest first; their limits hold too
    earmarked: Decimal = ZERO
    block_mode: str = "auto"  # on: blocked by hand, off: never

    @property
    def available(self) -> Decimal:
        own = self.effective_limit - self.used
        above = [*([self.group] if self.group else []), *self.families]
        return min([own, *[each.available for each in above]])

    @property
    def free(self) -> Decimal:
        """Money that could pay an order in advance; as the guard of `ledger.is_paid` reckons."""
        parts = self.parts
        room = max(self.effective_limit - parts[UNBILLED] - parts[BILLED], ZERO)
        relied_on = max(parts[HOLD] - self.earmarked - room, ZERO)
        return -parts[PREPAYMENT] - parts[CREDIT_NOTE] - self.earmarked - relied_on

    def with_order(self, gross: Decimal, advance: Decimal) -> "Standing":
        """As it will stand when an order is taken."""
        parts = {**self.parts, HOLD: self.parts[HOLD] + gross}
        group = self.group.with_order(gross, advance) if self.group else None
        families = tuple(each.with_order(gross, advance) for each in self.families)
        earmarked = self.earmarked + advance
        return replace(
            self, used=self.used + gross, parts=parts, earmarked=earmarked, group=group, families=families
        )


def standing_of(session: Session, actor: Actor, distributor_id: int, today: date) -> Standing | None:
    """The account of a distributor within scope as of today, or None where it has none; mostly one statement."""
    row = session.execute(*_standing(actor, distributor_id)).one_or_none()
    if row is None:
        return None
    account, group, family = row
    above = []
    while family is not None:
        above.append(_told(session, family, None, today))
        family = session.get(CreditAccount, family.family_account_id) if family.family_account_id else None
    told = _told(session, account, distributor_id, today, group and _told(session, group, None, today))
    return replace(told, families=tuple(above)) if above else told


@kept
def _standing(
    actor: Actor, distributor_id: int
) -> Select[CreditAccount, CreditAccount | None, CreditAccount | None]:
    group, family = aliased(CreditAccount), aliased(CreditAccount)
    return (
        select(CreditAccount, group, family)
        .outerjoin(group, group.id == CreditAccount.group_account_id)
        .outerjoin(family, family.id == CreditAccount.family_account_id)
        .where(CreditAccount.distributor_id == distributor_id, within(actor, CreditAccount.distributor_id))
        .order_by(CreditAccount.legal_entity_id)
        .limit(1)
    )


def _told(
    session: Session,
    account: CreditAccount,
    distributor_id: int | None,
    today: date,
    group: Standing | None = None,
) -> Standing:
    """An account as it stands on the day, also where the day's work has not come to it yet."""
    limit, reason = account.effective_limit, account.blocked_reason
    if account.as_of != today:
        limit, reason = ledger.foreseen(session, account.id, today)
    return Standing(
        account_id=account.id,
        distributor_id=distributor_id or 0,
        currency=account.currency,
        effective_limit=limit,
        used=account.used,
        blocked_reason=reason,
        parts={part: getattr(account, part) for part in PARTS},
        group=group,
        earmarked=account.earmarked,
        block_mode=account.block_mode,
    )


def limits_of(session: Session, account_id: int) -> Sequence[CreditLimit]:
    """Every limit of the account, the latest first."""
    wanted = select(CreditLimit).where(CreditLimit.account_id == account_id)
    return session.scalars(wanted.order_by(CreditLimit.valid_from.desc(), CreditLimit.id.desc())).all()


def limits_told(session: Session, account_id: int) -> Sequence[tuple[CreditLimit, str | None]]:
    """The same, each with who gave it."""
    wanted = select(CreditLimit, Person.name).outerjoin(Person, Person.id == CreditLimit.person_id)
    rows = session.execute(
        wanted.where(CreditLimit.account_id == account_id).order_by(
            CreditLimit.valid_from.desc(), CreditLimit.id.desc()
        )
    )
    return [(limit, name) for limit, name in rows]


def blocks_of(session: Session, distributor_id: int) -> Sequence[tuple[AuditEntry, str | None]]:
    """How a distributor's blocking was changed, the latest first, each with who did it."""
    wanted = select(AuditEntry, Person.name).outerjoin(Person, Person.id == AuditEntry.person_id)
    about = (AuditEntry.subject == "distributor", AuditEntry.subject_id == distributor_id)
    wanted = wanted.where(*about, AuditEntry.event.in_(BLOCKING.values()))
    rows = session.execute(wanted.order_by(AuditEntry.id.desc()).limit(SHOWN_BLOCKS))
    return [(entry, name) for entry, name in rows]
