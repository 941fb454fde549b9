from dataclasses import dataclass
from datetime import date

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.applications import blotting, forgetting
from trade.applications.models import Forgetting
from trade.attachments import store
from trade.db import insert_once
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor
from trade.editing import take_turn
from trade.errors import Refused
from trade.imports.models import ImportRun
from trade.people import sessions
from trade.text import code_key


@dataclass(frozen=True)
class Wish:
    """When, by whom and how it was asked that personal data be forgotten."""

    distributor_id: int
    asked_on: date
    how: str


@dataclass(frozen=True)
class Confirmed:
    """Irreversible, so the code of the distributor is typed once more."""

    distributor_id: int
    version: int
    code: str


def note_wish(session: Session, actor: Actor, given: Wish) -> None:
    """Write down that a distributor's people want their data forgotten; it is done once the business has ended."""
    distributor = distributors.get_for(session, actor, given.distributor_id)
    if distributor.forgotten_at is not None:
        raise Refused("distributor.is_forgotten")
    if given.asked_on > clock.today():
        raise Refused("payment.in_future", field="asked_on")
    values = {"asked_on": given.asked_on, "how": given.how, "person_id": actor.person_id}
    if not insert_once(session, Forgetting, distributor_id=distributor.id, created_at=clock.now(), **values):
        raise Refused("distributor.wish_known")
    facts = {"asked_on": given.asked_on.isoformat()}
    audit.record(
        session, actor, "distributor.wish_noted", facts, subject="distributor", subject_id=distributor.id
    )


def forget_distributor(session: Session, actor: Actor, given: Confirmed) -> int:
    """Overwrite the personal data of an ended distributor for good; answers of how many people.

    Only on a wish that was written down, and only once everything is settled and nobody signs in any more.
    """
    distributors.get_for(session, actor, given.distributor_id)
    take_turn(session, Distributor, given.distributor_id, given.version, ("status",))
    distributor = distributors.get_for(session, actor, given.distributor_id)
    if code_key(given.code) != distributor.code.upper():
        raise Refused("distributor.code_differs", field="code")
    if distributor.status != "ended":
        raise Refused("distributor.end_first")
    wish = forgetting.open_request(session, distributor.id)
    if wish is None:
        raise Refused("distributor.no_wish")
    now, wish.done_by_id = clock.now(), actor.person_id
    session.flush()  # from here on, until it is done, histories let words about people go
    people = forgetting.people_of(session, distributor.id)
    for person_id in people:
        sessions.end_all(session, person_id, now)
    known = blotting.known_of(session, distributor, people)
    files = forgetting.forget(session, distributor, people, known, now)
    _forget_imports(session, distributor.code, known)
    wish.done_at = now
    forgetting.erase_later(session, files)
    facts = {"people": len(people), "files": len(files), "asked_on": wish.asked_on.isoformat()}
    audit.record(
        session, actor, "distributor.forgotten", facts, subject="distributor", subject_id=distributor.id
    )
    return len(people)


def _forget_imports(session: Session, code: str, known: frozenset[str]) -> None:
    """What imports changed about it, which is kept with what stood there before."""
    told = cast(ImportRun.changes, String).contains(code, autoescape=True)
    for run in session.scalars(select(ImportRun).where(told)).all():
        kept = [each for each in run.changes if each.get("code") != code]
        run.changes = blotting.blotted(kept, known)


def erase_file(session: Session, actor: Actor, stored_as: str) -> None:
    """Take a file off the disk after its row is gone; doing it twice is no error."""
    store.erase(stored_as)
