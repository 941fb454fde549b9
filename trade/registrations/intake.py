"""The answer to a registration, at once: accepted, to a person, or taken until a day; and why, for good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, numbers
from trade.actor import Actor
from trade.distributors import rules as shapes
from trade.distributors.queries import Terms
from trade.errors import LostRace, Refused
from trade.registrations import asking, ending, keys, likely, matching, queries, rules, states
from trade.registrations.models import Registration, RegistrationDecision
from trade.registrations.rules import Figures

PREFIX = "KB"  # 客户报备
SHORTEST_NAME = 2
ABROAD = frozenset("0123456789+-() ")


@dataclass(frozen=True)
class Answer:
    """What a distributor is told at once. `until` is the day until which somebody has it; never who."""

    registration_id: int
    outcome: str  # accepted, queued, taken, direct
    number: str | None = None
    until: date | None = None
    rule: str = ""


def checked(
    kind: str, name: str, credit_code: str, phone: str, *, has_proof: bool, is_draft: bool = False
) -> tuple[str, str | None, str]:
    """Name, code and phone as they are kept. Raises Refused beside the field that cannot stand.

    A company of the mainland has its code, also where it is called a person; a person, or a company of Hong Kong or
    abroad, shows a paper instead.
    A draft may lack what is not known yet.
    """
    for flaw in flaws(kind, name, credit_code, phone, has_proof=has_proof, is_draft=is_draft):
        raise flaw
    code = shapes.credit_code(credit_code) if credit_code.strip() else None
    return " ".join(name.split()), code, dialled(kind, phone) if phone.strip() else ""


def flaws(
    kind: str, name: str, credit_code: str, phone: str, *, has_proof: bool, is_draft: bool = False
) -> list[Refused]:
    """All that cannot stand, each beside its field, so that a person corrects it in one go."""
    found = []
    if odd := odd_name(name):
        found.append(odd)
    code = shapes.credit_code(credit_code) if credit_code.strip() else None
    if credit_code.strip() and code is None:
        found.append(Refused("registration.code_odd", field="credit_code"))
    elif code is None and not is_draft and kind == "company":
        found.append(Refused("registration.code_needed", field="credit_code"))
    elif code is None and not is_draft and kind == "person" and matching.is_company(name):
        found.append(Refused("registration.kind_company", field="credit_code"))
    elif code is None and not is_draft and not has_proof:
        found.append(Refused("registration.proof_needed", field="photos"))
    if phone.strip() or not is_draft:
        try:
            dialled(kind, phone)
        except Refused as odd:
            found.append(odd)
    return found


def odd_name(name: str) -> Refused | None:
    """Why a name cannot be a customer's: it is too short, or it names nobody, as signs or 有限公司 alone."""
    key = matching.key_of(" ".join(name.split()))
    if key and matching.says_nothing(name):
        return Refused("registration.name_nothing", field="name")
    return Refused("registration.name_short", field="name") if len(key) < SHORTEST_NAME else None


def answer(
    session: Session,
    actor: Actor,
    registration: Registration,
    terms: Terms,
    given: Figures,
    now: datetime,
    heard: ending.Heard,
    *,
    source_rule: str = "first",
    has_place: bool = False,
) -> Answer:
    """Decide about a draft in the caller's transaction; whichever way, it leaves a record that names the rule.

    What time and orders have made of who had the customer is `heard`, for nobody may have looked yet. What was sent
    back and kept its place (`has_place`) takes it anew in one go, under the name that it has now, whatever the cap is.
    """
    today = clock.business_date(now)
    if has_place:
        keys.give_back(session, registration)
        keys.count_out(session, registration.distributor_id)
    likely.refuse_self(session, registration.distributor_id, registration.name_key, registration.credit_code)
    _refuse_resting(session, registration, today)
    own = likely.direct(
        session, registration.product_line_id, registration.name_key, registration.credit_code
    )
    if own is not None:
        return _refuse(session, actor, registration, own, None, now)
    if has_place:
        keys.count_back(session, registration.distributor_id)
    else:
        keys.count_in(session, registration.distributor_id, queries.cap_of(session, terms.tier_id, given))
    holder = retake(session, actor, registration, given, today, heard)
    if holder is not None:
        keys.count_out(session, registration.distributor_id)
        return _taken(session, actor, registration, holder, now)
    _refuse_resting(session, registration, today)  # its own one may have ended just now
    _overtake_near(session, actor, registration, given, today, heard)
    found = likely.doubts(session, reported(registration), given.similar, today)
    found += likely.odd_kind(
        registration.customer_kind,
        registration.name,
        registration.credit_code,
        is_filed=registration.source == "import",
    )
    if found:
        return _queue(session, actor, registration, found, now)
    until = accept(session, actor, registration, "accept", given, now)
    _record(session, actor, registration, "accepted", f"{source_rule}.valid", {"until": until.isoformat()})
    return Answer(registration.id, "accepted", registration.number, until, f"{source_rule}.valid")


def reported(registration: Registration) -> likely.Reported:
    return likely.Reported(
        registration.distributor_id,
        registration.product_line_id,
        registration.name,
        registration.credit_code,
        registration.phone,
    )


def accept(
    session: Session,
    actor: Actor,
    registration: Registration,
    action: str,
    given: Figures,
    now: datetime,
    comment: str = "",
    **values: Any,
) -> date:
    """Let protection begin today, whose keys are held; whoever lies in the pool under the same name leaves it."""
    today = clock.business_date(now)
    until, longest = rules.protection(today, given)
    ending.leave_pool(session, actor, registration)
    number = registration.number or numbers.draw(session, PREFIX, today)
    states.move(
        session,
        actor,
        registration,
        action,
        registration.version,
        facts={"until": until.isoformat(), **({"comment": comment} if comment else {})},
        number=number,
        submitted_at=registration.submitted_at or now,
        live_on=today,
        protected_until=until,
        longest_until=longest,
        followed_on=today,
        warned_on=None,
        **values,
    )
    return until


def retake(
    session: Session,
    actor: Actor,
    registration: Registration,
    given: Figures,
    today: date,
    heard: ending.Heard,
) -> Registration | None:
    """Take the keys, or answer who holds them; whose days are over loses them, though nobody has looked yet."""
    for _turn in range(3):  # its code and its name may be held by two
        holder_id = keys.take(session, registration)
        if holder_id is None:
            return None
        wanted = select(Registration).where(Registration.id == holder_id).with_for_update()
        holder = session.scalars(wanted.execution_options(populate_existing=True)).one()
        if not queries.holds_keys(session, holder):
            continue  # it let go in this moment
        if not ending.overtake(session, actor, holder, given, today, heard):
            return holder
    raise LostRace


def _overtake_near(
    session: Session,
    actor: Actor,
    registration: Registration,
    given: Figures,
    today: date,
    heard: ending.Heard,
) -> None:
    """Who holds a customer like this one beyond its days holds it no more, before it is asked who is near."""
    near = reported(registration)
    known = [*likely.doubts(session, near, given.similar, today), *likely.own(session, near, given.similar)]
    ids = {each.registration_id for each in known} - {None, registration.id}
    wanted = (
        select(Registration).where(Registration.id.in_(ids), queries.is_keyed()).order_by(Registration.id)
    )
    for each in session.scalars(wanted).all() if ids else ():
        if ending.standing(session, each, given, today) != ending.OVER:
            continue
        locked = wanted.where(Registration.id == each.id).with_for_update(of=Registration)
        if session.scalar(locked.execution_options(populate_existing=True)) is not None:
            ending.overtake(session, actor, each, given, today, heard)


def record(
    session: Session,
    actor: Actor,
    registration: Registration,
    outcome: str,
    rule: str,
    facts: Mapping[str, Any] | None = None,
    against_id: int | None = None,
) -> None:
    """Keep what was decided and by which rule."""
    _record(session, actor, registration, outcome, rule, facts or {}, against_id)


def _refuse_resting(session: Session, registration: Registration, today: date) -> None:
    """Who let a customer go waits before it registers it again."""
    rests_until = queries.resting(session, registration, today)
    if rests_until is not None:
        kept = {"name": registration.name, "distributor_id": registration.distributor_id}
        raise Refused("registration.rests", until=rests_until, field="name", keep=kept)


def _taken(
    session: Session, actor: Actor, registration: Registration, holder: Registration, now: datetime
) -> Answer:
    if holder.distributor_id == registration.distributor_id:
        raise Refused("registration.yours", number=holder.number, field="name")
    is_code = registration.credit_code is not None and registration.credit_code == holder.credit_code
    until = ending.told_until(holder, clock.business_date(now))
    rule = "hard.code" if is_code else "hard.name"
    return _refuse(session, actor, registration, rule, until, now, holder)


def _refuse(
    session: Session,
    actor: Actor,
    registration: Registration,
    rule: str,
    until: date | None,
    now: datetime,
    holder: Registration | None = None,
) -> Answer:
    """Refuse by a rule that leaves no choice; the record stays, so that it can be appealed."""
    number = registration.number or numbers.draw(session, PREFIX, clock.business_date(now))
    facts = {"until": until.isoformat()} if until else {}
    version = registration.version
    values = {"number": number, "submitted_at": now, "ended_on": clock.business_date(now)}
    told = {"rule": rule, **facts}
    states.move(session, actor, registration, "refuse", version, facts=told, **values)
    against_id = holder.id if holder else None
    outcome = "taken" if holder else "direct"
    _record(session, actor, registration, "refused", rule, facts, against_id)
    return Answer(registration.id, outcome, registration.number, until, rule)


def _queue(
    session: Session,
    actor: Actor,
    registration: Registration,
    found: Sequence[likely.Likeness],
    now: datetime,
) -> Answer:
    """Hold the customer and ask a person: the phone or the name is too near to somebody else's, or it is no such kind."""
    first = found[0]
    facts = {"percent": round(first.similarity * 100), "customer": first.customer}
    number = registration.number or numbers.draw(session, PREFIX, clock.business_date(now))
    version = registration.version
    told = {"rule": first.rule}
    values = {"number": number, "submitted_at": registration.submitted_at or now}
    states.move(session, actor, registration, "queue", version, facts=told, **values)
    _record(session, actor, registration, "queued", first.rule, facts, first.registration_id)
    asking.ask(session, actor, registration, likely.rules_of(found), now)
    return Answer(registration.id, "queued", registration.number, None, first.rule)


def _record(
    session: Session,
    actor: Actor,
    registration: Registration,
    outcome: str,
    rule: str,
    facts: Mapping[str, Any],
    against_id: int | None = None,
) -> None:
    session.add(
        RegistrationDecision(
            registration_id=registration.id,
            outcome=outcome,
            rule=rule,
            facts=dict(facts),
            against_id=against_id,
            person_id=actor.person_id,
        )
    )


def dialled(kind: str, phone: str) -> str:
    """The number as it is dialled; abroad it may be any. Raises Refused beside the field."""
    if not phone.strip():
        raise Refused("registration.phone_needed", field="phone")
    known = shapes.phone(phone)
    if known is not None:
        return known
    digits = "".join(phone.split())
    if kind == "abroad" and set(digits) <= ABROAD and 6 <= sum(each.isdigit() for each in digits) <= 15:
        return digits
    raise Refused("registration.phone_odd", field="phone")
