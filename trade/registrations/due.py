"""Which registrations the clock or an order has made due; found by index, judged one by one."""

from datetime import date, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from trade.orders.models import Order
from trade.registrations.models import Registration, RegistrationKey
from trade.registrations.rules import Figures


def to_mind(session: Session, today: date, given: Figures, most: int) -> list[tuple[int, int, str]]:
    """Id, version and cause of each registration that has to be looked at today."""
    idle = today - timedelta(days=given.lapse_days)
    quiet = today - timedelta(days=given.warn_days)
    is_kept = select(RegistrationKey.id).where(RegistrationKey.registration_id == Registration.id).exists()
    by_days = select(Registration.id, Registration.version).where(
        or_(
            and_(
                Registration.state == "live",
                or_(
                    Registration.protected_until < today,
                    Registration.followed_on <= idle,
                    and_(Registration.followed_on <= quiet, Registration.warned_on.is_(None)),
                ),
            ),
            and_(Registration.state == "won", Registration.maintained_until < today, is_kept),
            and_(Registration.state == "draft", Registration.returned_until < today),
        )
    )
    found = [
        (key, version, f"d{today:%y%m%d}")
        for key, version in session.execute(by_days.order_by(Registration.id).limit(most))
    ]
    return found + by_orders(session, most) + by_cancelled(session, most)


def by_orders(session: Session, most: int) -> list[tuple[int, int, str]]:
    """Live ones that an approved order names, and won ones with a later order than the time that they are kept for."""
    latest = func.max(Order.id)
    is_kept = select(RegistrationKey.id).where(RegistrationKey.registration_id == Registration.id).exists()
    wanted = (
        select(Registration.id, Registration.version, latest)
        .join(Order, Order.registration_id == Registration.id)
        .where(
            Order.approval_state == "approved",
            or_(
                Registration.state == "live",
                and_(Registration.state == "won", Order.order_date > Registration.ordered_on, is_kept),
            ),
        )
        .group_by(Registration.id, Registration.version)
        .order_by(Registration.id)
    )
    return [(key, version, f"o{order_id}") for key, version, order_id in session.execute(wanted.limit(most))]


def by_cancelled(session: Session, most: int) -> list[tuple[int, int, str]]:
    """Won ones that are still kept though every order that named them was cancelled."""
    is_kept = select(RegistrationKey.id).where(RegistrationKey.registration_id == Registration.id).exists()
    other = aliased(Order)
    stands = select(other.id).where(
        other.registration_id == Registration.id, other.approval_state == "approved"
    )
    wanted = (
        select(Registration.id, Registration.version, func.max(Order.id))
        .join(Order, Order.registration_id == Registration.id)
        .where(Order.approval_state == "cancelled", Registration.state == "won", is_kept, ~stands.exists())
        .group_by(Registration.id, Registration.version)
        .order_by(Registration.id)
    )
    return [(key, version, f"c{order_id}") for key, version, order_id in session.execute(wanted.limit(most))]


def ending_soon(session: Session, today: date, ahead: int, most: int) -> list[tuple[int, date]]:
    """Live registrations whose protection is over within so many days."""
    wanted = select(Registration.id, Registration.protected_until).where(
        Registration.state == "live",
        Registration.protected_until >= today,
        Registration.protected_until <= today + timedelta(days=ahead),
    )
    rows = session.execute(wanted.order_by(Registration.protected_until, Registration.id).limit(most))
    return [(key, until) for key, until in rows if until is not None]
