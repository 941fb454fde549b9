"""What the tests of registrations have in common: short words for reporting customers, and what stands afterwards."""

import io
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from tests.flows.cast import Cast
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor
from trade.approvals.models import ApprovalRequest
from trade.attachments.filing import Stored, keep_file
from trade.catalog.models import Category
from trade.flows.decide_registration import Decision, decide_registration
from trade.flows.mind_registration import mind_registration
from trade.flows.register_customer import Customer, NewRegistration, register_customer
from trade.registrations import ending, queries
from trade.registrations.intake import Answer
from trade.registrations.models import (
    Registration,
    RegistrationDecision,
    RegistrationEvent,
    RegistrationGram,
    RegistrationKey,
    RegistrationQuota,
)

NAME = "厦门鑫禾源食品有限公司"
_keys = itertools.count()


def code(number: int) -> str:
    """A unified social credit code with a right check digit."""
    body = f"91350200M{number:08d}"
    return body + uscc.calc_check_digit(body)


def picture(shade: int = 0) -> Stored:
    kept = io.BytesIO()
    Image.new("RGB", (3, 3), (shade % 256, shade // 256, 7)).save(kept, "PNG")
    return keep_file("证明.png", kept.getvalue())


def noon(day: str) -> datetime:
    """Noon in the brand's zone."""
    return datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)


class Reports:
    """D1's owner and buyer, D2's stranger, and the brand's people."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        with db.read() as session:
            lines = session.execute(select(Category.code, Category.id).where(Category.parent_id.is_(None)))
            self.lines = {name: key for name, key in lines}
        self.customer = Customer(
            self.lines["drinks"], NAME, code(1), contact_name="陈经理", phone="13900000001"
        )

    def __getitem__(self, name: str) -> Actor:
        return self.cast[name]

    def given(self, *, key: str = "", files: tuple[Stored, ...] = (), **facts: object) -> NewRegistration:
        """A customer that is like nobody else but for what is said."""
        at = next(_keys)
        facts = {"credit_code": code(1000 + at), "phone": f"139{at + 10_000_000}", **facts}
        return NewRegistration(key or f"form-{at}", replace(self.customer, **facts), files)  # type: ignore[arg-type]

    def report(self, who: str = "owner", **facts: object) -> Answer:
        return db.run(register_customer, self[who], self.given(**facts))  # type: ignore[arg-type]

    def decide(self, registration_id: int, decision: str, who: str = "", comment: str = "经核实") -> str:
        """By the manager above who looks after the distributor, unless somebody else is named."""
        seen = row(registration_id).version
        is_first = row(registration_id).distributor_id == self.cast.world.distributors["D1"]
        who = who or ("manager" if is_first else "other-manager")
        return db.run(decide_registration, self[who], Decision(registration_id, seen, decision, comment))

    def look(self, registration_id: int) -> str:
        """What the daily look makes of it."""
        return db.run(mind_registration, OPERATOR, registration_id)


def row(registration_id: int) -> Registration:
    with db.read() as session:
        return session.scalars(select(Registration).where(Registration.id == registration_id)).one()


def keys() -> list[tuple[int, str, str]]:
    """Which registration holds what."""
    with db.read() as session:
        held = select(RegistrationKey.registration_id, RegistrationKey.kind, RegistrationKey.value)
        return [tuple(each) for each in session.execute(held.order_by(*held.selected_columns))]  # type: ignore[misc]


def used() -> dict[int, int]:
    with db.read() as session:
        rows = session.execute(select(RegistrationQuota.distributor_id, RegistrationQuota.used))
        return {distributor: count for distributor, count in rows if count}


def rule_of(registration_id: int) -> str:
    """The rule of the last decision."""
    with db.read() as session:
        last = select(RegistrationDecision.rule).where(
            RegistrationDecision.registration_id == registration_id
        )
        return session.scalars(last.order_by(RegistrationDecision.id.desc())).first() or ""


def actions(registration_id: int) -> list[str]:
    with db.read() as session:
        told = select(RegistrationEvent.action).where(RegistrationEvent.registration_id == registration_id)
        return list(session.scalars(told.order_by(RegistrationEvent.version)))


def everything() -> tuple[object, ...]:
    """All that a refused deed must leave as it was."""
    with db.read() as session:
        states = session.execute(
            select(Registration.id, Registration.state, Registration.version).order_by(Registration.id)
        ).all()
        counts = [
            session.scalar(select(func.count()).select_from(model))
            for model in (RegistrationGram, RegistrationEvent, RegistrationDecision, ApprovalRequest)
        ]
    return tuple(map(tuple, states)), tuple(counts), tuple(keys()), tuple(sorted(used().items()))


def free(session: Session, actor: Actor, registration_id: int) -> None:
    """End a registration though an order keeps it, as by one that comes in at the moment in which it is taken."""
    registration = session.get_one(Registration, registration_id)
    ending.end(session, actor, registration, "lapse", clock.today(), queries.figures(session))


def days_later(start: datetime, days: int) -> datetime:
    return start + timedelta(days=days)


def today() -> object:
    return clock.today()
