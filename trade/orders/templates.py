"""Named lists of SKUs and quantities that the people of one distributor share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.errors import Refused
from trade.orders.models import OrderTemplate, OrderTemplateLine
from trade.people.models import Person

MOST = 200  # templates of one distributor that are in use


@dataclass(frozen=True)
class Row:
    template: OrderTemplate
    lines: int
    person_name: str | None


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
