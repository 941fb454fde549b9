"""Who holds a customer: rows under a unique index, taken when it is submitted and given back when it ends."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from trade.db import insert_once, insert_rows
from trade.errors import LostRace, Refused
from trade.registrations import matching
from trade.registrations.models import Registration, RegistrationGram, RegistrationKey, RegistrationQuota


def of(registration: Registration) -> list[tuple[str, str]]:
    """What a registration holds: its name, and its credit code where it has one; always in one order."""
    found = [("name", registration.name_key)]
    return [("code", registration.credit_code), *found] if registration.credit_code else found


def take(session: Session, registration: Registration) -> int | None:
    """Hold the customer, or answer which registration holds it already; then nothing of this one is left behind.

    The unique index decides, in the transaction: of two at once the second waits, and finds the first one's row.
    """
    for kind, value in of(registration):
        is_mine = insert_once(
            session,
            RegistrationKey,
            registration_id=registration.id,
            kind=kind,
            value=value,
            product_line_id=registration.product_line_id,
        )
        if not is_mine:
            holder_id = holder_of(session, registration.product_line_id, [(kind, value)])
            _drop(session, registration.id)
            if holder_id is None:  # given back between the two statements
                raise LostRace
            return holder_id
    rows = [
        {"product_line_id": registration.product_line_id, "gram": gram, "registration_id": registration.id}
        for gram in sorted(matching.grams(registration.name))
    ]
    insert_rows(session, RegistrationGram, rows)
    return None


def holder_of(session: Session, product_line_id: int, wanted: Sequence[tuple[str, str]]) -> int | None:
    """Which registration holds one of these keys, the first of them before the second."""
    for kind, value in wanted:
        held = select(RegistrationKey.registration_id).where(
            RegistrationKey.kind == kind,
            RegistrationKey.value == value,
            RegistrationKey.product_line_id == product_line_id,
        )
        if (found := session.scalar(held)) is not None:
            return found
    return None


def give_back(session: Session, registration: Registration) -> None:
    """Let anybody have the customer again."""
    _drop(session, registration.id)
    gone = delete(RegistrationGram).where(RegistrationGram.registration_id == registration.id)
    session.execute(gone.execution_options(synchronize_session=False))


def count_in(session: Session, distributor_id: int, most: int) -> None:
    """Count one more against the cap of a distributor, by one guarded statement. Raises Refused."""
    insert_once(session, RegistrationQuota, distributor_id=distributor_id, used=0)
    taken = (
        update(RegistrationQuota)
        .where(RegistrationQuota.distributor_id == distributor_id, RegistrationQuota.used < most)
        .values(used=RegistrationQuota.used + 1)
        .returning(RegistrationQuota.id)
    )
    if session.scalar(taken.execution_options(synchronize_session=False)) is None:
        raise Refused(
            "registration.too_many", most=most, keep={"distributor_id": distributor_id, "most": most}
        )


def count_out(session: Session, distributor_id: int) -> None:
    """One less is submitted or live."""
    less = update(RegistrationQuota).where(RegistrationQuota.distributor_id == distributor_id)
    session.execute(less.values(used=RegistrationQuota.used - 1).execution_options(synchronize_session=False))


def count_back(session: Session, distributor_id: int) -> None:
    """One is live again that was counted before; the cap is for new ones."""
    more = update(RegistrationQuota).where(RegistrationQuota.distributor_id == distributor_id)
    session.execute(more.values(used=RegistrationQuota.used + 1).execution_options(synchronize_session=False))


def _drop(session: Session, registration_id: int) -> None:
    gone = delete(RegistrationKey).where(RegistrationKey.registration_id == registration_id)
    session.execute(gone.execution_options(synchronize_session=False))
