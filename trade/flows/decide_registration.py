from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.kernel import Verdict
from trade.approvals.models import ApprovalRequest
from trade.errors import Refused
from trade.notices import opportunities, outbox
from trade.notices.registrations import follow
from trade.opportunities import sides
from trade.registrations import appealing, asking, ending, intake, keys, queries, states
from trade.registrations.models import Registration
from trade.registrations.rules import Figures

# An appeal that is right leaves nothing of the end that it was about, nor of what an order had won before it.
ANEW: Mapping[str, Any] = {
    **dict.fromkeys(("ended_on", "rests_until", "claimed_id", "won_on", "ordered_on", "maintained_until")),
    "end_reason": "",
    "extensions": 0,
    "appeals": 0,
}
UNCAPPED = 1_000_000  # who grants an appeal has seen how many there are


@dataclass(frozen=True)
class Decision:
    """What was decided about the registration that was seen: approve, reject, return."""

    registration_id: int
    version: int
    decision: str
    comment: str = ""
    step: int | None = None  # of the approval, as it was seen: a second tap is no yes to the next one


def decide_registration(session: Session, actor: Actor, given: Decision) -> str:
    """Decide whose customer it is: a doubtful registration, or an appeal against a refusal.

    While others have to say yes too, it waits. To grant an appeal takes the customer from who has it, unless an order
    has won it already; so it needs a reason as a no does.
    """
    registration = queries.get_for(session, actor, given.registration_id, is_locked=True)
    if registration.version != given.version:
        raise Refused("registration.changed_meanwhile")
    asked = kernel.get_open(session, actor, queries.SUBJECT, registration.id, given.step)
    is_appeal = registration.state == "appealed"
    if is_appeal and not given.comment.strip():
        raise Refused("approval.comment_needed")
    record = _record(session, actor, registration, asked, given.comment)
    verdict = Verdict(asked.id, asked.version, given.decision, given.comment)
    outcome = kernel.decide(session, actor, asked, verdict)
    if outcome in kernel.WAITS:
        if outcome == kernel.NEXT:
            outbox.post(session, "registration.queued", registration_id=registration.id)
        return outcome
    if is_appeal:
        _decide_appeal(session, actor, registration, outcome, record)
    else:
        _decide(session, actor, registration, outcome, record)
    facts = {"decision": outcome, "number": registration.number, "reason": given.comment}
    event = f"registration.{'appeal_' if is_appeal else ''}decided"
    audit.record(session, actor, event, facts, subject=queries.SUBJECT, subject_id=registration.id)
    told = f"registration.{'appeal_' if is_appeal else ''}{outcome}"
    if outcome == "returned" and registration.returned_until is None:
        told = "registration.returned_free"
    outbox.post(session, told, registration_id=registration.id, comment=given.comment)
    return outcome


def _record(
    session: Session, actor: Actor, registration: Registration, asked: ApprovalRequest, comment: str
) -> Mapping[str, Any]:
    """What the record of the decision keeps: the words, and both sides as they stand before anything is moved."""
    rulings = queries.decisions_of(session, registration)
    found = sides.of(session, actor, registration, rulings, asked.reasons)
    return {"comment": comment, "sides": sides.kept(found)}


def _decide(
    session: Session, actor: Actor, registration: Registration, outcome: str, record: Mapping[str, Any]
) -> None:
    """What goes back to be corrected keeps its place for some days, or gives it up at once as a no does."""
    now, comment = clock.now(), record["comment"]
    if outcome == "approved":
        intake.accept(session, actor, registration, "approve", queries.figures(session), now, comment)
        intake.record(session, actor, registration, "accepted", "person.approved", record)
        return
    if outcome == "returned":
        given, today = queries.figures(session), clock.business_date(now)
        until = queries.place_after_return(session, registration, today, given)
        values = {} if until else {"submitted_at": None}
        facts = {"comment": comment, **({"until": until.isoformat()} if until else {})}
        version = registration.version
        states.move(
            session, actor, registration, "return", version, facts=facts, returned_until=until, **values
        )
        if until is not None:
            return
    else:
        states.move(
            session,
            actor,
            registration,
            "reject",
            registration.version,
            facts={"comment": comment},
            ended_on=clock.business_date(now),
            end_reason=comment,
        )
        intake.record(session, actor, registration, "refused", "person.rejected", record)
    keys.give_back(session, registration)
    keys.count_out(session, registration.distributor_id)


def _decide_appeal(
    session: Session, actor: Actor, registration: Registration, outcome: str, record: Mapping[str, Any]
) -> None:
    if outcome == "returned":
        raise Refused("registration.not_allowed")
    if outcome == "rejected":
        appealing.end(session, actor, registration, "uphold", comment=record["comment"])
        intake.record(session, actor, registration, "refused", "appeal.upheld", record)
        return
    now, given = clock.now(), queries.figures(session)
    today = clock.business_date(now)
    heard = partial(follow, session, actor)
    holder = intake.retake(session, actor, registration, given, today, heard)
    against_id = holder.id if holder else None
    for _turn in range(2):  # its code and its name may be held by two
        if holder is not None:
            _take_from(session, actor, holder, registration, given, record["sides"])
            holder = intake.retake(session, actor, registration, given, today, heard)
    if holder is not None:
        raise Refused("registration.changed_meanwhile")
    keys.count_in(session, registration.distributor_id, UNCAPPED)
    intake.accept(session, actor, registration, "grant", given, now, record["comment"], **ANEW)
    intake.record(session, actor, registration, "accepted", "appeal.granted", record, against_id)


def _take_from(
    session: Session,
    actor: Actor,
    holder: Registration,
    winner: Registration,
    given: Figures,
    seen: Sequence[Mapping[str, Any]],
) -> None:
    """End what stands in the way of an appeal that is right.

    Its distributor reads the rule alone: what was written about it may name the other company, and is the appellant's.
    """
    today = clock.today()
    if holder.state == "won":
        raise Refused("registration.held_by_won")
    if holder.state == "submitted":
        asking.close(session, holder, "withdrawn")
        states.move(session, actor, holder, "reject", holder.version, ended_on=today)
        keys.give_back(session, holder)
        keys.count_out(session, holder.distributor_id)
    elif holder.state == "draft":
        ending.lose_place(session, actor, holder)
    else:
        ending.end(session, actor, holder, "hand_over", today, given, is_pooled=False)
        opportunities.follow(session, actor, holder)
    intake.record(session, actor, holder, "refused", "appeal.lost", {"sides": seen}, winner.id)
    told = {"number": holder.number, "handed_to": winner.number}
    audit.record(
        session, actor, "registration.handed_over", told, subject=queries.SUBJECT, subject_id=holder.id
    )
    outbox.post(session, "registration.handed_over", registration_id=holder.id)
