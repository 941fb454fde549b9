"""What somebody who types is told before sending: free, taken until a day, or for a person; it reserves nothing."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.distributors import rules as shapes
from trade.registrations import ending, keys, likely, matching, queries
from trade.registrations.models import Registration
from trade.registrations.rules import Figures

SHORTEST = 4  # characters of a name from which it is looked up


@dataclass(frozen=True)
class Look:
    """`outcome`: none yet, free, taken, yours, yours_near, self, direct, house, near, person, code_odd."""

    outcome: str = ""
    until: date | None = None
    number: str = ""
    name: str = ""


def look(
    session: Session,
    distributor_id: int | None,
    product_line_id: int | None,
    name: str,
    credit_code: str,
    phone: str,
) -> Look:
    """Answer as a registration would be answered now, without writing anything; never who has it."""
    if distributor_id is None or product_line_id is None:
        return Look()
    code = shapes.credit_code(credit_code) if credit_code.strip() else None
    key = matching.key_of(name) if len(name.strip()) >= SHORTEST else ""
    if not key and code is None:
        return Look("code_odd") if credit_code.strip() else Look()
    wanted = [("code", code)] if code else []
    wanted += [("name", key)] if key else []
    if likely.is_self(session, distributor_id, key or "-", code):
        return Look("self")
    if (own := likely.direct(session, product_line_id, key or "-", code)) is not None:
        return Look(own.partition(".")[0])
    holder_id = keys.holder_of(session, product_line_id, wanted)
    if holder_id is not None:
        holder = session.scalars(select(Registration).where(Registration.id == holder_id)).one()
        is_corrected = holder.state == "draft" and holder.distributor_id == distributor_id
        standing = ending.standing(session, holder, queries.figures(session), clock.today())
        if standing != ending.OVER and not is_corrected:
            return _taken(holder, distributor_id)
    if credit_code.strip() and code is None:
        return Look("code_odd")
    if not key:
        return Look("free")
    figures = queries.figures(session)
    dialled = shapes.phone(phone) or ""
    today = clock.today()
    asked = likely.Reported(distributor_id, product_line_id, name, code, dialled)
    found = [
        each
        for each in likely.doubts(session, asked, figures.similar, today)
        if not _is_over(session, each.registration_id, figures, today)
    ]
    if found and all(each.rule == "soft.distributor" for each in found):
        return Look("person")  # who else deals with the brand is not told
    if found:
        return Look("near")
    mine = own_near(session, asked, figures.similar, but_id=holder_id or 0)
    return Look("yours_near", number=mine.number or "", name=mine.name) if mine else Look("free")


def own_near(
    session: Session, given: likely.Reported, least: float, *, but_id: int = 0
) -> Registration | None:
    """What one has registered already that is nearly the same: it is told, as two for one customer help nobody."""
    others = [
        each.registration_id for each in likely.own(session, given, least) if each.registration_id != but_id
    ]
    return session.get(Registration, others[0]) if others else None


def _is_over(session: Session, registration_id: int | None, given: Figures, today: date) -> bool:
    """Whether one that is near holds its customer beyond its days; one that rests holds none, and is told."""
    near = session.get(Registration, registration_id) if registration_id else None
    return near is not None and ending.standing(session, near, given, today) == ending.OVER


def _taken(holder: Registration, distributor_id: int) -> Look:
    if holder.distributor_id == distributor_id:
        return Look("yours", number=holder.number or "")
    return Look("taken", ending.told_until(holder, clock.today()))
