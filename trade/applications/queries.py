"""Reads of applications: by the applicant's link, and at the brand by whoever holds the right and reaches whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor, Permission
from trade.applications.models import Application, ApplicationEvent
from trade.approvals import queries as approvals
from trade.approvals.models import ApprovalRequest
from trade.distributors import queries as distributors
from trade.distributors import territories
from trade.distributors.models import Channel, Distributor, Region, Standing, Territory
from trade.distributors.rules import spelled_line
from trade.errors import Refused
from trade.people.models import Person
from trade.people.queries import token_hash
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

SUBJECT = "application"
SORTS = {
    "application": Sort(Application.id, "whole"),
    "sent": Sort(Application.submitted_at, "instant", is_nullable=True),
    "expected": Sort(Application.expected, "money", is_nullable=True),
}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    state: str = ""


@dataclass(frozen=True)
class Row:
    application: Application
    region: str | None
    channel: str | None
    territory: Territory | None = None  # where the region leads; known for one alone

    @property
    def address(self) -> str:
        """From the province on, as its licence and invoices write it."""
        return spelled_line(self.application.line, self.region)


@dataclass(frozen=True)
class Step:
    event: ApplicationEvent
    person: str | None


def find_by_token(session: Session, token: str, *, is_locked: bool = False) -> Application | None:
    """The application behind a link; none for a link that means nothing."""
    wanted = select(Application).where(Application.token_hash == token_hash(token))
    if is_locked:
        wanted = wanted.with_for_update()
    return session.scalar(wanted.execution_options(populate_existing=True))


def get_by_token(session: Session, token: str, *, is_locked: bool = False) -> Application:
    found = find_by_token(session, token, is_locked=is_locked)
    if found is None:
        raise Refused("applicant.not_found")
    return found


def get_for(session: Session, actor: Actor, application_id: int) -> Application:
    """An application that was sent, for who may read it; what is only begun is the applicant's."""
    wanted = _matching(actor, ListFilter()).where(Application.id == application_id)
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise Refused("applicant.not_found")
    return found


def within(actor: Actor) -> ColumnElement[bool]:
    """The applications in reach: what became a distributor goes with it, else whoever was asked last says whose it is."""
    if actor.scope.is_everyone:
        return true()
    last = select(func.max(ApprovalRequest.id)).where(
        ApprovalRequest.subject == SUBJECT, ApprovalRequest.subject_id == Application.id
    )
    mine = select(ApprovalRequest.subject_id).where(
        ApprovalRequest.id == last.correlate(Application).scalar_subquery(), approvals.reached(actor)
    )
    own = and_(Application.distributor_id.is_(None), mine.correlate(Application).exists())
    return or_(own, distributors.within(actor, Application.distributor_id))


def row_for(session: Session, actor: Actor, application_id: int) -> Row:
    """The same with the names of region and channel, and its territory; one statement."""
    place = territories.covering(Application.region_code)
    row = session.execute(
        _matching(actor, ListFilter())
        .outerjoin(Territory, Territory.id == place)
        .with_only_columns(Application, Region.full_name, Channel.name, Territory)
        .where(Application.id == application_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise Refused("applicant.not_found")
    return Row(*row)


def is_asked(session: Session, actor: Actor, application_id: int) -> bool:
    """Whether this person may decide about it now."""
    open_to_me = select(ApprovalRequest.id).where(
        *approvals.decidable(actor, SUBJECT), ApprovalRequest.subject_id == application_id
    )
    can = actor.may(Permission.APPLICATION_DECIDE)
    return can and session.scalar(open_to_me.limit(1)) is not None


def is_entered(session: Session, application: Application) -> bool:
    """Whether its owner was known before or has set a password, so that the page is no way in any more."""
    if application.owner_id is None:
        return application.state == "approved"
    known = select(Person.id).where(Person.id == application.owner_id, Person.password_hash.is_not(None))
    return session.scalar(known) is not None


def channel_name(session: Session, application: Application) -> str:
    """Where the company sells, in words."""
    return session.scalar(select(Channel.name).where(Channel.id == application.channel_id)) or ""


def spelled_address(session: Session, application: Application) -> str:
    """Where the company is, from the province on, as its licence and invoices write it."""
    name = select(Region.full_name).where(Region.code == application.region_code)
    return spelled_line(application.line, session.scalar(name))


def history(session: Session, application_id: int) -> list[Step]:
    """What happened to it, the latest first, with who at the brand did it."""
    rows = session.execute(
        select(ApplicationEvent, Person.name)
        .outerjoin(Person, Person.id == ApplicationEvent.person_id)
        .where(ApplicationEvent.application_id == application_id)
        .order_by(ApplicationEvent.id.desc())
    )
    return [Step(event, name) for event, name in rows]


def usual_in(session: Session, actor: Actor, territory: Territory | None, day: date) -> dict[str, int | None]:
    """What most active distributors there have, else elsewhere, as a proposal for a new one: tier, representative."""
    here = Standing.territory_id == territory.id if territory else false()
    held = and_(Standing.distributor_id == Distributor.id, distributors.on_day(day))
    living = (
        select(Distributor.id)
        .join(Standing, held)
        .where(Distributor.status == "active", distributors.within(actor, Distributor.id))
    )
    near, count = func.sum(case((here, 1), else_=0)).desc(), func.count().desc()
    tier = living.with_only_columns(Standing.tier_id).group_by(Standing.tier_id)
    rep = living.with_only_columns(Standing.rep_id).where(here, Standing.rep_id.is_not(None))
    tier = tier.order_by(near, count, Standing.tier_id).limit(1)
    rep = rep.group_by(Standing.rep_id).order_by(count, Standing.rep_id).limit(1)
    tier_id, rep_id = session.execute(select(tier.scalar_subquery(), rep.scalar_subquery())).one()
    return {"tier_id": tier_id, "rep_id": rep_id}


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of applications that were sent, the latest first unless asked otherwise."""
    query = _matching(actor, wanted).with_only_columns(Application, Region.full_name, Channel.name)
    page = page_of(session, query, window, SORTS, Application.id, "-application")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    return Totals(session.scalar(_matching(actor, wanted).with_only_columns(func.count(Application.id))) or 0)


def overdue(session: Session, now: datetime, most: int) -> list[tuple[int, int]]:
    """Drafts, and applications to be corrected, that nobody touched until their day; id and version."""
    late = select(Application.id, Application.version).where(
        Application.state.in_(("draft", "returned")), Application.expires_at <= now
    )
    return [(key, version) for key, version in session.execute(late.order_by(Application.id).limit(most))]


def of_distributor(session: Session, distributor_id: int) -> Sequence[Application]:
    """The applications that made a distributor: one, or none."""
    return session.scalars(select(Application).where(Application.distributor_id == distributor_id)).all()


def _matching(actor: Actor, wanted: ListFilter) -> Select[Application]:
    query = (
        select(Application)
        .outerjoin(Region, Region.code == Application.region_code)
        .outerjoin(Channel, Channel.id == Application.channel_id)
        .where(Application.submitted_at.is_not(None), within(actor))
    )
    if not actor.may(Permission.APPLICATION_READ):
        query = query.where(Application.id.is_(None))
    if word := text.folded(wanted.search):
        columns = (Application.company_key, Application.number, Application.credit_code)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if wanted.state:
        query = query.where(Application.state == wanted.state)
    return query
