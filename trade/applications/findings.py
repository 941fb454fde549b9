"""What a reviewer must know before a company is taken in: who is there already, and who sells where it wants to sell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import and_, exists, false, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from trade import text
from trade.actor import Actor
from trade.applications.models import Application
from trade.applications.queries import SUBJECT
from trade.applications.queries import within as asked_within
from trade.attachments.models import Attachment
from trade.catalog.models import Category
from trade.distributors.models import Authorisation, Channel, Contact, Distributor, Standing, Territory
from trade.distributors.queries import on_day, within
from trade.people.models import Membership, Person
from trade.registrations.matching import key_of, parsed, similarity

MOST = 20
COMPARED = 200  # other applications whose names are looked at
NEAR = 0.75  # a company and its branch are 0.77, the same name in another town is 0.7
SHORTEST = 6  # characters of a name that can be the beginning of another company's


@dataclass(frozen=True)
class Finding:
    """One thing that speaks against it, with what it was found at. `code` finds the words."""

    code: str
    name: str
    distributor_id: int | None = None
    application_id: int | None = None
    state: str = ""


@dataclass(frozen=True)
class Overlap:
    """A distributor that may sell where the applicant wants to; None is any of that kind."""

    distributor_id: int | None
    name: str
    status: str
    territory: str | None
    channel: str | None
    category: str | None
    until: date | None
    is_authorised: bool  # else it only stands in the same territory


def of(
    session: Session, actor: Actor, application: Application, files: Sequence[Attachment]
) -> list[Finding]:
    """Duplicates by credit code, name, phone and licence, among distributors (ended ones too) and applications.

    That there is one is told to whoever examines it; which one only within reach.
    """
    return [
        *_distributors(session, actor, application),
        *_applications(session, actor, application, files),
        *_people(session, actor, application),
    ]


def overlaps(
    session: Session, actor: Actor, application: Application, territory: Territory | None, day: date
) -> list[Overlap]:
    """Living distributors whose authorisations, or where there is none whose standing, reach the applicant's territory.

    A territory reaches what lies below it and is reached by what lies above: both would compete.
    """
    channel_id, mine = application.channel_id, within(actor, Distributor.id)
    ids = [int(each) for each in territory.path.split("/") if each] if territory else []
    area = aliased(Territory)
    reached = or_(
        Authorisation.territory_id.is_(None),
        area.id.in_(ids),
        area.path.startswith(territory.path, autoescape=True) if territory else area.id.is_(None),
    )
    same = or_(Authorisation.channel_id.is_(None), Authorisation.channel_id == channel_id)
    holds = and_(
        Authorisation.valid_from <= day, or_(Authorisation.valid_to.is_(None), Authorisation.valid_to > day)
    )
    free = ~exists().where(Authorisation.distributor_id == Distributor.id)
    named = (Distributor.id, Distributor.name, Distributor.status, area.name, Channel.name)
    order = Distributor.sort_key, Authorisation.id
    sold = (
        select(*named, Category.name, Authorisation.valid_to, mine, *order)
        .join(Authorisation, Authorisation.distributor_id == Distributor.id)
        .outerjoin(area, area.id == Authorisation.territory_id)
        .outerjoin(Channel, Channel.id == Authorisation.channel_id)
        .outerjoin(Category, Category.id == Authorisation.category_id)
        .where(Distributor.status != "ended", holds, reached, same if channel_id else Authorisation.id > 0)
    )
    nearby = (
        select(*named, null(), null(), mine, Distributor.sort_key, null())
        .join(Standing, and_(Standing.distributor_id == Distributor.id, on_day(day)))
        .join(area, area.id == Standing.territory_id)
        .outerjoin(Channel, Channel.id == Standing.channel_id)
        .where(
            Distributor.status != "ended",
            free,
            or_(area.id.in_(ids), area.path.startswith(territory.path, autoescape=True))
            if territory
            else false(),
            Standing.channel_id == channel_id if channel_id else Standing.id > 0,
        )
    )
    both = union_all(sold, nearby).subquery()
    *told, is_mine, key, authorisation_id = both.c
    is_authorised = authorisation_id.is_not(None)
    ordered = select(*told, is_authorised, is_mine).order_by(
        is_authorised.desc(), key, authorisation_id, told[0]
    )
    return [_reached(Overlap(*row[:-1]), row[-1]) for row in session.execute(ordered.limit(2 * MOST))]


def _reached(found: Overlap, is_mine: bool) -> Overlap:
    """Whose it is, is told within reach alone."""
    return found if is_mine else replace(found, distributor_id=None, name="")


def _distributors(session: Session, actor: Actor, application: Application) -> list[Finding]:
    """One statement; no column holds the key of a name, so how what it is called begins, and how it sounds, keep it short."""
    called_so = parsed(application.company).core or application.company
    words, sound = text.folded(called_so), text.search_text(called_so).split("\n")[-2:][0]
    called = select(Contact.distributor_id).where(Contact.phone == application.phone)
    has_phone = or_(Distributor.phone == application.phone, Distributor.id.in_(called))
    near = [
        has_phone,
        *(Distributor.search_text.contains(each, autoescape=True) for each in (words[:2], sound)),
    ]
    if application.credit_code:
        near.append(Distributor.credit_code == application.credit_code)
    rows = session.execute(
        select(Distributor, has_phone.label("has_phone"), within(actor, Distributor.id))
        .where(or_(*near), Distributor.id.is_distinct_from(application.distributor_id))
        .order_by(Distributor.id)
    )
    found = []
    for other, is_called, is_mine in rows:
        is_same = bool(application.company_key) and key_of(other.name) == application.company_key
        has_code = application.credit_code is not None and other.credit_code == application.credit_code
        is_near = not is_same and _is_near(application.company, other.name)
        codes = {"credit_code": has_code, "name": is_same, "similar": is_near, "phone": is_called}
        name, key = (other.name, other.id) if is_mine else ("", None)
        found += [Finding(code, name, key, state=other.status) for code in codes if codes[code]]
    return found


def _is_near(one: str, other: str) -> bool:
    """Names that a person should compare: nearly alike, or one is the other with something behind it, as a branch is."""
    if similarity(one, other) >= NEAR:
        return True
    short, long = sorted((key_of(one), key_of(other)), key=len)
    return len(short) >= SHORTEST and long.startswith(short)


def _applications(
    session: Session, actor: Actor, application: Application, files: Sequence[Attachment]
) -> list[Finding]:
    same_file = select(Attachment.subject_id).where(
        Attachment.subject == SUBJECT, Attachment.sha256.in_([each.sha256 for each in files])
    )
    code = application.credit_code
    by = {
        "credit_code": Application.credit_code == code if code else false(),
        "name": Application.company_key == application.company_key,
        "phone": Application.phone == application.phone,
        "file": Application.id.in_(same_file),
    }
    is_open = Application.state.in_(("submitted", "returned"))  # few: each name of them is compared
    said_of = (condition.label(code) for code, condition in by.items())
    others = select(Application, asked_within(actor), *said_of).where(
        Application.id != application.id,
        Application.submitted_at.is_not(None),
        Application.forgotten_at.is_(None),
        or_(is_open, *by.values()),
    )
    found = []
    for row in session.execute(
        others.order_by(or_(*by.values()).desc(), Application.id.desc()).limit(COMPARED)
    ):
        other, is_mine = row[:2]
        is_near = _is_near(application.company, other.company)
        if said := next((code for code in by if getattr(row, code)), "similar" if is_near else ""):
            name, key = (other.company, other.id) if is_mine else ("", None)
            found.append(Finding(said, name, None, key, other.state))
    return found[:MOST]


def _people(session: Session, actor: Actor, application: Application) -> list[Finding]:
    """The phone signs somebody in already: an owner of another company gets this one too, a colleague cannot."""
    if application.distributor_id is not None:
        return []
    rows = session.execute(
        select(Person.name, Membership.distributor_id)
        .outerjoin(Membership, and_(Membership.person_id == Person.id, Membership.is_active))
        .where(Person.phone == application.phone)
        .limit(1)
    )
    sees_all = actor.scope.is_everyone
    return [
        Finding(
            "person" if distributor_id else "colleague",
            name if sees_all else "",
            distributor_id if sees_all else None,
        )
        for name, distributor_id in rows
    ]
