from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.errors import Refused
from trade.inventory import stock
from trade.inventory.models import Warehouse
from trade.inventory.stock import Deed
from trade.money import ZERO
from trade.notices import outbox
from trade.returns import crediting, queries, states
from trade.returns.models import ReturnLine
from trade.returns.queries import Asked


@dataclass(frozen=True)
class Back:
    """Base units of one return line that came: good ones to the shelf, doubtful ones to quarantine."""

    good: int
    quarantined: int = 0
    lot: str = ""


@dataclass(frozen=True)
class Intake:
    """What arrived at which warehouse; a line that is not named did not come."""

    return_id: int
    version: int
    warehouse_id: int
    lines: Mapping[int, Back]
    comment: str = ""


def receive_return(session: Session, actor: Actor, given: Intake) -> None:
    """Take accepted goods back into a warehouse and credit what came; what did not come lapses."""
    request, order = queries.get_locked(session, actor, given.return_id)
    house = select(Warehouse.id).where(Warehouse.id == given.warehouse_id, Warehouse.archived_at.is_(None))
    if session.scalar(house) is None:
        raise Refused("return.no_warehouse", field="warehouse")
    lines = queries.lines_of(session, request.id)
    came = _came(lines, given)
    amounts = crediting.parts(lines, came)
    gross = sum(amounts.values(), ZERO)
    accepted = sum(each.asked.accepted or 0 for each in lines)
    lapsed = accepted - sum(came.values())
    if lapsed and not given.comment.strip():
        raise Refused("return.lapse_needs_words", field="comment")
    facts = {
        "comment": given.comment,
        "good": sum(each.good for each in given.lines.values()),
        "quarantined": sum(each.quarantined for each in given.lines.values()),
        "lapsed": lapsed,
        "gross": str(gross),
    }
    values = {"gross": gross, "warehouse_id": given.warehouse_id}
    source = states.move(session, actor, request, "receive", given.version, facts=facts, **values)
    crediting.credit(session, actor, order, request, lines, came, amounts, source)
    goods = [
        (given.warehouse_id, each.asked.sku_id, back.good, back.quarantined, back.lot)
        for each in lines
        if (back := given.lines.get(each.asked.id)) is not None
    ]
    stock.take_back(session, Deed(source, order.id), sorted(goods))
    rows = [
        {"id": key, "restocked": back.good, "quarantined": back.quarantined, "lot": back.lot}
        for key, back in sorted(given.lines.items())
    ]
    if rows:
        session.execute(update(ReturnLine), rows)
    outbox.post(session, "return.credited", return_id=request.id, comment=given.comment)


def _came(lines: list[Asked], given: Intake) -> dict[int, int]:
    """By return line what came in all; never more than was accepted."""
    known = {each.asked.id: each.asked.accepted or 0 for each in lines}
    for key, back in given.lines.items():
        if key not in known:
            raise Refused("return.changed_meanwhile")
        if back.good < 0 or back.quarantined < 0 or back.good + back.quarantined > known[key]:
            raise Refused("return.more_than_accepted", field=f"good_{key}")
    return {key: back.good + back.quarantined for key, back in given.lines.items()}
