from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from trade import clock, idempotency, settings
from trade.actor import Actor
from trade.attachments import queries as attachments
from trade.attachments.filing import Stored, file_under
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import queries as orders
from trade.returns import opening, queries, states
from trade.returns.models import ReturnLine
from trade.returns.opening import MOST_PHOTOS, Wanted


@dataclass(frozen=True)
class NewReturn:
    """What comes back, or never came: base units by order line. `key` names the form that was sent."""

    order_id: int
    reason_id: int
    quantities: Mapping[int, int]
    remark: str = ""
    photos: Sequence[Stored] = ()
    key: str = ""


@dataclass(frozen=True)
class Correction:
    """A request that came back, as it is sent again; the photos that it has stay."""

    return_id: int
    version: int
    quantities: Mapping[int, int]
    remark: str = ""
    photos: Sequence[Stored] = ()


def request_return(session: Session, actor: Actor, given: NewReturn) -> int:
    """Ask to give goods back, or to be credited for what never came (退货申请); answers the request's id.

    A second tap on the same form asks for nothing more and answers the first one's.
    """
    claim = f"return-{given.order_id}-{given.key}"
    is_first = not given.key or idempotency.is_first(session, claim)
    order = orders.get_for(session, actor, given.order_id, is_locked=True)
    if not is_first:
        return opening.last_of(session, order.id, actor.person_id)
    reason = queries.get_reason(session, given.reason_id)
    if reason.archived_at is not None:
        raise Refused("return.no_reason", field="reason")
    wanted = Wanted(reason, given.quantities, given.remark, given.photos)
    request_id = opening.open_request(session, actor, order, wanted)
    outbox.post(session, "return.requested", return_id=request_id)
    return request_id


def correct_return(session: Session, actor: Actor, given: Correction) -> None:
    """Send a request that came back for correction again, with other quantities, words or photos."""
    request, order = queries.get_locked(session, actor, given.return_id)
    reason = queries.get_reason(session, request.reason_id)
    now, rules_now = clock.now(), settings.load(session, "return.")
    known = len(attachments.of(session, "return", request.id))
    if reason.needs_photo and not known + len(given.photos):
        raise Refused("return.photo_needed", field="photos")
    if known + len(given.photos) > MOST_PHOTOS:
        raise Refused("return.too_many_photos", most=MOST_PHOTOS, field="photos")
    wanted = Wanted(reason, given.quantities, given.remark, given.photos)
    days = 0 if request.shipment_id else rules_now["return.window_days"]
    left = opening.checked(session, actor, order, wanted, now, days, apart_from=request.id)
    facts = {"lines": len(given.quantities), "remark": given.remark}
    states.move(session, actor, request, "request", given.version, facts=facts, remark=given.remark)
    session.execute(delete(ReturnLine).where(ReturnLine.request_id == request.id))
    opening.write_lines(session, request, left, given.quantities)
    for photo in given.photos:
        file_under(session, actor, "return", request.id, photo)
    opening.put_to_decision(session, actor, request, wanted, left, now, rules_now)
    outbox.post(session, "return.requested", return_id=request.id)
