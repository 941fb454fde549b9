"""Named lists of SKUs and quantities that the people of one distributor share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.db import insert_many
from trade.errors import Refused
from trade.orders.models import OrderLine, OrderTemplate, OrderTemplateLine
from trade.people.models import Person

MOST = 200  # templates of one distributor that are in use


@dataclass(frozen=True)
class Row:
    template: OrderTemplate
    lines: int
    person_name: str | None


def keep(
    session: Session, actor: Actor, name: str, lines: Iterable[OrderLine], *, is_given: bool = True
) -> OrderTemplate:
    """Keep what lines order under a name of the distributor's own; one that nobody gave is made free by a number."""
    quantities: dict[int, int] = {}
    for line in lines:
        quantities[line.sku_id] = quantities.get(line.sku_id, 0) + line.quantity
    if not quantities or actor.distributor_id is None:
        raise Refused("template.empty")
    if _in_use(session, actor) >= MOST:
        raise Refused("template.too_many", most=MOST)
    if is_given:
        refuse_taken(session, actor, name, 0)
    else:
        name = _free(session, actor, name)
    template = OrderTemplate(
        distributor_id=actor.distributor_id,
        name=name,
        sort_key=text.sort_key(name),
        person_id=actor.person_id,
    )
    session.add(template)
    session.flush()
    write(session, template.id, quantities)
    return template


def listing(session: Session, actor: Actor) -> list[Row]:
    """The distributor's templates, the most used first."""
    lines = select(func.count(OrderTemplateLine.id)).where(OrderTemplateLine.template_id == OrderTemplate.id)
    wanted = (
        select(OrderTemplate, lines.scalar_subquery(), Person.name)
        .outerjoin(Person, Person.id == OrderTemplate.person_id)
        .where(OrderTemplate.distributor_id == actor.distributor_id, OrderTemplate.archived_at.is_(None))
        .order_by(OrderTemplate.uses.desc(), OrderTemplate.sort_key, OrderTemplate.id)
        .limit(MOST)
    )
    return [Row(template, count, name) for template, count, name in session.execute(wanted)]


def get_for(session: Session, actor: Actor, template_id: int) -> OrderTemplate:
    """A template of the actor's own distributor that is in use; any other does not exist."""
    found = session.scalar(
        select(OrderTemplate).where(
            OrderTemplate.id == template_id,
            OrderTemplate.distributor_id == actor.distributor_id,
            OrderTemplate.archived_at.is_(None),
        )
    )
    if found is None:
        raise Refused("template.not_found")
    return found


def lines_of(session: Session, template_id: int) -> Sequence[tuple[OrderTemplateLine, Sku]]:
    rows = session.execute(
        select(OrderTemplateLine, Sku)
        .join(Sku, Sku.id == OrderTemplateLine.sku_id)
        .where(OrderTemplateLine.template_id == template_id)
        .order_by(OrderTemplateLine.line_no, OrderTemplateLine.id)
    )
    return [(line, sku) for line, sku in rows]


def count_use(session: Session, actor: Actor, template_id: int, now: datetime | None = None) -> None:
    """Remember that it went into a cart; nobody's edit is in the way of that."""
    get_for(session, actor, template_id)
    used = update(OrderTemplate).where(OrderTemplate.id == template_id)
    session.execute(used.values(uses=OrderTemplate.uses + 1, used_at=now or clock.now()))


def write(session: Session, template_id: int, quantities: Mapping[int, int]) -> None:
    """Its lines in their order."""
    rows = [
        {"template_id": template_id, "line_no": at, "sku_id": sku_id, "quantity": quantity}
        for at, (sku_id, quantity) in enumerate(quantities.items(), start=1)
    ]
    insert_many(session, OrderTemplateLine, rows)


def _in_use(session: Session, actor: Actor) -> int:
    mine = OrderTemplate.distributor_id == actor.distributor_id
    count = select(func.count()).where(mine, OrderTemplate.archived_at.is_(None))
    return session.scalar(count) or 0


def _free(session: Session, actor: Actor, name: str) -> str:
    """The name, with a number behind it where colleagues keep something under the same one."""
    taken = select(OrderTemplate.name).where(
        OrderTemplate.distributor_id == actor.distributor_id,
        OrderTemplate.archived_at.is_(None),
        OrderTemplate.name.startswith(name, autoescape=True),
    )
    names = set(session.scalars(taken))
    return next(
        each for each in (name, *(f"{name} ({at})" for at in range(2, MOST + 2))) if each not in names
    )


def refuse_taken(session: Session, actor: Actor, name: str, template_id: int) -> None:
    """Two lists of one name would be mistaken for each other."""
    same = select(OrderTemplate.id).where(
        OrderTemplate.distributor_id == actor.distributor_id,
        OrderTemplate.archived_at.is_(None),
        OrderTemplate.name == name,
        OrderTemplate.id != template_id,
    )
    if session.scalar(same.limit(1)) is not None:
        raise Refused("template.name_taken", field="name")
