from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.kernel import Verdict
from trade.errors import Refused
from trade.money import ZERO
from trade.notices import outbox
from trade.orders.models import Order
from trade.returns import crediting, queries, states
from trade.returns.models import ReturnLine, ReturnRequest
from trade.returns.queries import Asked

TOPICS = {"reject": "return.rejected", "return": "return.returned"}


@dataclass(frozen=True)
class ReturnDecision:
    """What the approver decided about the version that they saw; a no, a return and a part say why.

    `accepted` are base units by return line, all that was asked for where a line is not named. `is_waived`
    credits at once and leaves the goods where they are (spoilt ones are not worth their freight).
    """

    return_id: int
    version: int
    decision: str  # approve, reject, return
    comment: str = ""
    accepted: Mapping[int, int] = field(default_factory=dict)
    is_waived: bool = False
    step: int | None = None  # of its approval, as it was seen


def decide_return(session: Session, actor: Actor, given: ReturnDecision) -> None:
    """Accept a return in whole or in part, refuse it, or send it back; what brings no goods is credited at once."""
    request, order = queries.get_locked(session, actor, given.return_id)
    asked = kernel.get_open(session, actor, "return", request.id, given.step)
    if request.version != given.version:
        raise Refused("return.changed_meanwhile")
    verdict = Verdict(asked.id, asked.version, given.decision, given.comment)
    answer = kernel.decide(session, actor, asked, verdict)
    if answer in kernel.WAITS:
        _refuse_part(session, request, given)
        if answer == kernel.NEXT:
            outbox.post(session, "return.pending", return_id=request.id)
        return
    if given.decision == "approve":
        _accept(session, actor, request, order, given)
    else:
        facts = {"comment": given.comment}
        states.move(
            session, actor, request, given.decision, given.version, facts=facts, decided_at=clock.now()
        )
        outbox.post(session, TOPICS[given.decision], return_id=request.id, comment=given.comment)


def _refuse_part(session: Session, request: ReturnRequest, given: ReturnDecision) -> None:
    """What is accepted is said by whoever says the last yes; sooner it would be forgotten."""
    asked = {line.asked.id: line.asked.requested for line in queries.lines_of(session, request.id)}
    if given.is_waived or any(asked.get(key) != quantity for key, quantity in given.accepted.items()):
        raise Refused("approval.last_decides", field="comment")


def _accept(
    session: Session, actor: Actor, request: ReturnRequest, order: Order, given: ReturnDecision
) -> None:
    lines = queries.lines_of(session, request.id)
    accepted = _accepted(lines, given)
    rows = [{"id": key, "accepted": quantity} for key, quantity in sorted(accepted.items())]
    session.execute(update(ReturnLine), rows)
    facts = {
        "comment": given.comment,
        "requested": sum(each.asked.requested for each in lines),
        "accepted": sum(accepted.values()),
    }
    is_waived = given.is_waived and not request.is_missing
    values = {"decided_at": clock.now(), "is_waived": is_waived}
    if not (request.is_missing or is_waived):
        states.move(session, actor, request, "approve", given.version, facts=facts, **values)
        outbox.post(session, "return.approved", return_id=request.id, comment=given.comment)
        return
    amounts = crediting.parts(lines, accepted)
    gross = sum(amounts.values(), ZERO)
    facts |= {"gross": str(gross)}
    source = states.move(session, actor, request, "settle", given.version, facts=facts, gross=gross, **values)
    crediting.credit(session, actor, order, request, lines, accepted, amounts, source)
    outbox.post(session, "return.credited", return_id=request.id, comment=given.comment)


def _accepted(lines: list[Asked], given: ReturnDecision) -> dict[int, int]:
    """By return line what is accepted: at most what was asked for, and not nothing in all."""
    accepted = {each.asked.id: given.accepted.get(each.asked.id, each.asked.requested) for each in lines}
    if given.accepted.keys() - accepted.keys():
        raise Refused("return.changed_meanwhile")
    for each in lines:
        if not 0 <= accepted[each.asked.id] <= each.asked.requested:
            raise Refused("return.more_than_asked", field=f"accepted_{each.asked.id}")
    if not any(accepted.values()):
        raise Refused("return.nothing_accepted")
    is_part = any(accepted[each.asked.id] < each.asked.requested for each in lines)
    if is_part and not given.comment.strip():
        raise Refused("return.part_needs_words", field="comment")
    return accepted
