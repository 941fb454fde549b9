from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.catalog.queries import visible
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.orders import queries, templates
from trade.orders.models import OrderTemplate, OrderTemplateLine


@dataclass(frozen=True)
class NewTemplate:
    """A name for the lines of an order, or of the actor's cart where none is given."""

    name: str
    order_id: int | None = None


@dataclass(frozen=True)
class Edit:
    """What a person made of the version that they saw; a quantity of 0 takes the line out."""

    template_id: int
    version: int
    name: str
    quantities: Mapping[int, int]  # by SKU id


@dataclass(frozen=True)
class Seen:
    template_id: int
    version: int


def save_template(session: Session, actor: Actor, given: NewTemplate) -> int:
    """Keep the lines of a cart or an order under a name that the whole company can use; answers its id."""
    order = (
        queries.find_cart(session, actor)
        if given.order_id is None
        else queries.get_for(session, actor, given.order_id)
    )
    if order is None or actor.distributor_id is None or order.distributor_id != actor.distributor_id:
        raise Refused("template.empty" if given.order_id is None else "order.not_found")
    return templates.keep(session, actor, given.name, queries.lines_of(session, order.id)).id


def edit_template(session: Session, actor: Actor, edit: Edit) -> None:
    """Rename it and change its lines, if nobody else did in the meantime; a new SKU must be one that can be seen."""
    template = templates.get_for(session, actor, edit.template_id)
    kept = {line.sku_id for line, _sku in templates.lines_of(session, template.id)}
    quantities = {sku_id: quantity for sku_id, quantity in edit.quantities.items() if quantity}
    if not quantities:
        raise Refused("template.empty")
    if len(quantities) > queries.CART_LINES:
        raise Refused("cart.too_many_lines", most=queries.CART_LINES)
    added = quantities.keys() - kept
    terms = terms_of(session, template.distributor_id, clock.today())
    seen = set(session.scalars(select(Sku.id).where(Sku.id.in_(added), visible(terms, clock.today()))))
    if added - seen:
        raise Refused("sku.not_found")
    templates.refuse_taken(session, actor, edit.name, template.id)
    _move(session, edit.template_id, edit.version, name=edit.name, sort_key=text.sort_key(edit.name))
    session.execute(delete(OrderTemplateLine).where(OrderTemplateLine.template_id == template.id))
    templates.write(session, template.id, quantities)


def archive_template(session: Session, actor: Actor, seen: Seen) -> None:
    """Take it off the list; it stays in the books."""
    templates.get_for(session, actor, seen.template_id)
    _move(session, seen.template_id, seen.version, archived_at=clock.now())


def _move(session: Session, template_id: int, version: int, **values: object) -> None:
    seen = update(OrderTemplate).where(OrderTemplate.id == template_id, OrderTemplate.version == version)
    changed = seen.values(version=version + 1, **values).returning(OrderTemplate.id)
    if session.scalar(changed.execution_options(synchronize_session=False)) is None:
        raise Refused("template.changed_meanwhile")
