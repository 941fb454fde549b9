"""The brand's answer to a company that wants to buy: yes with everything that a distributor needs, back, or no."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.applications import founding, ground, letters, opening, queries, states
from trade.applications.founding import Founding
from trade.applications.models import Application
from trade.approvals import alone, kernel
from trade.approvals.alone import Wish
from trade.approvals.kernel import Verdict
from trade.approvals.policy import Facts
from trade.attachments.models import Attachment
from trade.credit import ledger, limits
from trade.distributors import queries as distributors
from trade.distributors import territories
from trade.distributors.models import Address, Contact, Territory
from trade.distributors.profile import Profile
from trade.errors import Refused
from trade.money import ZERO
from trade.notices import outbox
from trade.people import invitations, names
from trade.people.invitations import Issued
from trade.people.models import Face, Membership, Person, Role

OWNER, CHANGED = "owner", "application.changed"


@dataclass(frozen=True)
class Plan:
    """What an approved applicant is to the brand from today on. `limit` in whole 分, none where finance gives it later."""

    code: str
    tier_id: int | None
    channel_id: int | None
    territory_id: int | None
    rep_id: int | None
    parent_id: int | None = None
    terms: str = "monthly"
    terms_days: int = 30
    advance_percent: int = 100
    limit: Decimal | None = None
    status: str = "prospect"  # until its contract is filed; or active at once
    is_namesake: bool = False

    @property
    def standing(self) -> dict[str, Any]:
        named = ("tier_id", "channel_id", "territory_id", "rep_id", "parent_id", "terms", "terms_days")
        return {name: getattr(self, name) for name in (*named, "advance_percent")}


@dataclass(frozen=True)
class Decision:
    """On the version that the person saw; a plan with a yes, words with anything else."""

    application_id: int
    version: int
    decision: str  # approve, reject, return
    comment: str = ""
    plan: Plan | None = None


@dataclass(frozen=True)
class Call:
    """The reviewer rang the contact, where no channel of the house carries a code."""

    application_id: int
    version: int


@dataclass(frozen=True)
class Decided:
    """How it stands now; the link of a new owner is told once."""

    state: str
    distributor_id: int | None = None
    issued: Issued | None = None


def note_call(session: Session, actor: Actor, given: Call) -> None:
    """Write down that the contact was reached by telephone, by whom and when."""
    application = queries.get_for(session, actor, given.application_id)
    if not actor.may(Permission.APPLICATION_DECIDE):
        raise Refused("access.denied", keep={"application_id": application.id})
    now = clock.now()
    states.move(
        session, actor, application, "call", given.version, verified_at=now, called_by_id=actor.person_id
    )
    audit.record(session, actor, "application.called", {}, subject="application", subject_id=application.id)


def decide_application(session: Session, actor: Actor, given: Decision) -> Decided:
    """Say yes, no or "please correct" to an application; a yes makes everything in one transaction.

    Company, standing, account and limit, address, contact, licence, and an owner who comes in by a link that ends.
    Where the policy asks for a further yes, what this person means to give is kept for the next one; who then gives
    more, or anything else, asks those again who said yes before. Nothing is taken in to which they did not all say yes.
    """
    application = _seen(session, actor, given)
    request = kernel.get_open(session, actor, "application", application.id)
    if given.decision == "approve":
        _refuse_plan(session, actor, application, given.plan)
    plan = _with_limit(actor, application, given.plan)
    _refuse_limit(session, actor, application, plan)
    changed = _changed(application, plan)
    verdict = Verdict(request.id, request.version, given.decision, given.comment)
    if plan is not None:
        judged, is_more = _facts(session, application, plan), _is_more(application, plan, changed)
        verdict = replace(verdict, facts=judged, is_more=is_more)
    state = kernel.decide(session, actor, request, verdict)
    decided = _follow(session, actor, application, given, state, plan, changed)
    if changed:
        told = {"company": application.company, "number": application.number or ""}
        outbox.post(session, CHANGED, request_id=request.id, person_id=actor.person_id, **told)
    if state not in kernel.WAITS:
        facts = {"decision": state, "number": application.number, "distributor_id": decided.distributor_id}
        audit.record(
            session, actor, "application.decided", facts, subject="application", subject_id=application.id
        )
        topic = {"approved": "approved", "returned": "returned"}.get(state, "declined")
        letters.post(session, application, f"applicant.{topic}", comment=given.comment)
    return decided


def _follow(
    session: Session,
    actor: Actor,
    application: Application,
    given: Decision,
    state: str,
    plan: Plan | None,
    changed: Sequence[str],
) -> Decided:
    """Bring the application to where the request stands now, with its plan and, after the last yes, its company."""
    decided = Decided(state)
    told: dict[str, Any] = {"comment": given.comment}
    if state in kernel.WAITS:
        action, told = "plan", told | {"changed": changed, "plan": _plain(plan)}
    elif state == "approved" and plan is not None:
        decided = _take_in(session, actor, application, plan)
        action, told = "approve", told | {"changed": changed, "plan": _plain(plan)}
        told["distributor_id"] = decided.distributor_id
    else:
        action = "return" if state == "returned" else "decline"
        told["expires_at"] = opening.until(session, clock.now())
        told["plan"] = {name: value for name, value in application.plan.items() if name != "limit"}
    states.move(session, actor, application, action, given.version, **told)
    if state == kernel.NEXT:
        _tell_next(session, application)
    return decided


def _seen(session: Session, actor: Actor, given: Decision) -> Application:
    """The application, locked, as the person saw it."""
    application = queries.get_for(session, actor, given.application_id)
    held = select(Application.version).where(Application.id == application.id).with_for_update()
    if session.scalar(held) != given.version:
        raise Refused("applicant.changed_meanwhile")
    session.refresh(application)
    return application


def _refuse_plan(session: Session, actor: Actor, application: Application, plan: Plan | None) -> None:
    if plan is None or plan.tier_id is None:
        raise Refused("standing.tier_needed", field="tier_id")
    if application.verified_at is None:
        raise Refused("applicant.call_needed")
    if plan.limit and not actor.may(Permission.CREDIT_LIMIT):
        raise Refused("applicant.limit_not_yours", field="limit")
    places = ground.open_to(session, actor, application)
    if places is not None and plan.territory_id not in places:
        raise Refused("applicant.territory_not_yours", field="territory_id")
    if plan.status not in ("prospect", "active"):
        raise Refused("distributor.status_same", field="status")


def _with_limit(actor: Actor, application: Application, plan: Plan | None) -> Plan | None:
    """The plan with the limit agreed in an earlier step, where this person may not change it."""
    agreed = application.plan.get("limit")
    if plan is None or not agreed or actor.may(Permission.CREDIT_LIMIT):
        return plan
    return replace(plan, limit=Decimal(agreed))


def _refuse_limit(session: Session, actor: Actor, application: Application, plan: Plan | None) -> None:
    """A limit is what the policy for limits lets this person give to such a company, at whichever step it is given.

    What was agreed before stands as long as nothing changes by which it was judged.
    """
    before = application.plan
    if plan is None or not plan.limit:
        return
    named = ("tier_id", "channel_id", "territory_id")
    is_same = all(before.get(name) == getattr(plan, name) for name in named)
    if is_same and plan.limit == Decimal(before.get("limit") or 0):
        return
    facts = replace(_facts(session, application, plan), amount=plan.limit, tier_id=plan.tier_id)
    alone.refuse_more(session, actor, Wish(plan.limit, facts=facts), "applicant.limit_not_alone", "limit")


def _facts(session: Session, application: Application, plan: Plan) -> Facts:
    """By what the policy judges a company that is to be taken in: the limit counts where it is above what it buys."""
    territory = session.get(Territory, plan.territory_id) if plan.territory_id else None
    path = frozenset(territories.ids_of(territory.path if territory else ""))
    return Facts(max(application.expected or ZERO, plan.limit or ZERO), None, plan.channel_id, path)


def _is_more(application: Application, plan: Plan, changed: Sequence[str]) -> bool:
    """Whether a plan gives anything else than what was agreed before, but for less of the same."""
    before = application.plan
    is_less = {
        "code": True,
        "is_namesake": True,
        "limit": (plan.limit or ZERO) < Decimal(before.get("limit") or 0),
        "terms_days": plan.terms_days < before.get("terms_days", 0),
        "advance_percent": plan.advance_percent > before.get("advance_percent", 100),
        "status": plan.status == "prospect",
    }
    return any(not is_less.get(name, False) for name in changed)


def _changed(application: Application, plan: Plan | None) -> list[str]:
    """What differs from the plan to which an earlier step said yes; nothing where none did."""
    before = application.plan
    if plan is None or "tier_id" not in before:
        return []
    return sorted(name for name, value in _plain(plan).items() if before.get(name) != value)


def _tell_next(session: Session, application: Application) -> None:
    """Ask those of the next step, as the submission asked those of the first."""
    facts = {"company": application.company, "number": application.number}
    outbox.post(session, "application.pending", application_id=application.id, **facts)


def _take_in(session: Session, actor: Actor, application: Application, plan: Plan) -> Decided:
    profile = Profile(
        code=plan.code,
        name=application.company,
        credit_code=application.credit_code,
        legal_representative=application.legal_representative or None,
        registered_address=queries.spelled_address(session, application) or None,
        bank_name=application.bank_name or None,
        bank_account=application.bank_account or None,
        contact_name=application.contact_name,
        phone=application.phone,
    )
    wanted = Founding(profile, clock.today(), plan.standing, plan.status, plan.is_namesake, is_new=True)
    distributor_id = founding.found(session, actor, wanted)
    _furnish(session, application, distributor_id)
    issued = _appoint(session, actor, application, distributor_id)
    if plan.limit:
        _give_limit(session, actor, distributor_id, plan.limit, application)
    return Decided("approved", distributor_id, issued)


def _furnish(session: Session, application: Application, distributor_id: int) -> None:
    """Address, contact and licence go over to the distributor, where they are kept up from now on."""
    common = {"distributor_id": distributor_id, "phone": application.phone}
    place = {"region_code": application.region_code, "line": application.line, "is_default": True}
    session.add(Address(**common, **place, contact_name=application.contact_name))
    session.add(Contact(**common, name=application.contact_name, email=application.email))
    session.execute(
        update(Attachment)
        .where(Attachment.subject == queries.SUBJECT, Attachment.subject_id == application.id)
        .values(subject="distributor", subject_id=distributor_id)
        .execution_options(synchronize_session=False)
    )


def _appoint(session: Session, actor: Actor, application: Application, distributor_id: int) -> Issued | None:
    """Make the contact the owner; who was known before signs in as before, and the page is no way in as them.

    Rights at a distributor are no rights at the brand: the right to decide is enough to give them. A person known
    before gets this company only where the telephone itself was proven, and keeps whatever link was sent to them.
    """
    role_id = session.scalars(select(Role.id).where(Role.code == OWNER)).one()
    known = session.scalar(select(Person).where(Person.phone == application.phone))
    if known is not None:
        _refuse_colleague(session, known)
        if not application.is_phone_proven:
            raise Refused("applicant.phone_call_needed")
    person = known or _newcomer(session, application)
    session.add(Membership(person_id=person.id, distributor_id=distributor_id, role_id=role_id))
    facts = {"role": OWNER, "distributor_id": distributor_id}
    audit.record(session, actor, "person.invited", facts, subject="person", subject_id=person.id)
    if known is not None:
        return None
    application.owner_id = person.id
    issued = invitations.issue(session, person, actor.person_id, clock.now())
    application.expires_at = opening.until(session, clock.now())
    return issued


def _newcomer(session: Session, application: Application) -> Person:
    """A person who signs in with what was proven: a telephone or mailbox that was never reached may be anybody's."""
    phone = application.phone if application.is_phone_proven else None
    mail = application.email if application.is_mail_proven else None
    typed = names.cleaned(phone, mail, None)
    try:
        names.refuse_taken(session, typed)
    except Refused as taken:
        if phone is None:
            raise Refused("applicant.phone_call_needed") from taken
        typed["email"] = None  # somebody's already; the telephone is enough to sign in
        names.refuse_taken(session, typed)
    person = Person(name=application.contact_name, password_hash=None, **typed)
    session.add(person)
    session.flush()
    return person


def _refuse_colleague(session: Session, person: Person) -> None:
    """The telephone of one of the brand's own people opens no distributor."""
    inside = (
        select(Membership.id)
        .join(Role, Role.id == Membership.role_id)
        .where(Membership.person_id == person.id, Membership.is_active, Role.face == Face.ADMIN)
    )
    if not person.is_active or session.scalar(inside.limit(1)) is not None:
        raise Refused("applicant.phone_of_colleague", name=person.name)


def _give_limit(
    session: Session, actor: Actor, distributor_id: int, amount: Decimal, application: Application
) -> None:
    today, entity_id = clock.today(), distributors.default_legal_entity(session)
    account_id = ledger.get_account(session, distributor_id, entity_id)
    account = limits.lock(session, account_id)
    given = limits.Given(account.id, amount, application.number or "", today)
    _limit_id, facts = limits.give(session, actor, given, None)
    event = "credit.limit_changed"
    audit.record(session, actor, event, facts, subject="distributor", subject_id=distributor_id)


def _plain(plan: Plan | None) -> Mapping[str, Any]:
    """A plan as JSON keeps it."""
    if plan is None:
        return {}
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(plan).items()}
