"""How somebody whose identity is proven comes in, whichever way it was proven."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from trade.errors import Refused
from trade.people import authenticators, factors, halfway, known_devices, sessions
from trade.people.models import Face
from trade.people.queries import memberships_of


@dataclass(frozen=True)
class Browser:
    """From where somebody comes, and the tokens that the browser holds from before."""

    address: str
    user_agent: str
    old_token: str | None = None
    device_token: str | None = None


@dataclass(frozen=True)
class Entered:
    """What the browser gets: a session's token, or (`awaits`) one that opens nothing but the second factor."""

    token: str
    person_id: int
    membership_id: int
    awaits: str = ""  # "factor": show it; "enrolment": set one up first
    device_token: str | None = None
    is_new_device: bool = False


def enter(
    session: Session, person_id: int, browser: Browser, now: datetime, *, how: str, factor: str = ""
) -> Entered:
    """Open a session where the person worked last, or wait for the second factor when it is needed and not shown.

    The browser's old session ends either way. Raises Refused("login.no_membership").
    """
    places = {membership.id: role for membership, role in memberships_of(session, person_id)}
    if not places:
        raise Refused("login.no_membership", keep={"person_id": person_id})
    last = sessions.last_membership(session, person_id)
    membership_id = last if last in places else next(iter(places))
    sessions.end_token(session, browser.old_token, now)
    is_staff = any(role.face == Face.ADMIN for role in places.values())
    awaits = "" if factor else factors.awaited(session, person_id, is_staff=is_staff)
    if awaits:
        token = halfway.await_factor(session, person_id, how, now)
        if awaits == factors.ENROLMENT:
            authenticators.propose(session, person_id, now)
        return Entered(token, person_id, membership_id, awaits)
    seen = known_devices.see(session, person_id, browser.device_token, now)
    token = sessions.open_session(
        session, person_id, membership_id, browser.address, browser.user_agent, now, factor=factor
    )
    return Entered(token, person_id, membership_id, "", seen.token, seen.is_news)
