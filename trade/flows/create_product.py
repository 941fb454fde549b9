from sqlalchemy.orm import Session

from trade import audit, text
from trade.actor import Actor, Permission
from trade.catalog import facts, index
from trade.catalog.facts import SkuFacts
from trade.catalog.models import Sku
from trade.errors import Refused


def create_product(session: Session, actor: Actor, given: SkuFacts) -> int:
    """Add a SKU to the catalogue and return its id; without a price nobody can order it yet."""
    if not actor.may(Permission.PRODUCT_EDIT):
        raise Refused("access.denied", keep={"code": given.code})
    wanted = facts.within(actor, given, None)
    facts.check(session, wanted)
    sku = Sku(
        **wanted.columns,
        sort_key=text.sort_key(wanted.name),
        search_text=index.words(wanted.name, wanted.code),
    )
    session.add(sku)
    session.flush()
    facts.write_packs(session, sku.id, wanted.packs)
    told = {"code": sku.code, "name": sku.name}
    audit.record(session, actor, "product.created", told, subject="sku", subject_id=sku.id)
    return sku.id
