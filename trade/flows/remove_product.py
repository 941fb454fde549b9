from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trade import audit, clock, editing
from trade.actor import Actor, Permission
from trade.attachments.models import Attachment
from trade.catalog.models import BarcodeClaim, SearchGram, Sku, SkuPack, SkuPicture, VisibilityRule
from trade.errors import Refused

ITS_OWN = (SearchGram, BarcodeClaim, SkuPack, SkuPicture, VisibilityRule)


@dataclass(frozen=True)
class Seen:
    """A SKU on the version that the person saw."""

    sku_id: int
    version: int


def remove_product(session: Session, actor: Actor, given: Seen) -> bool:
    """Take a SKU out of the catalogue: gone when nothing ever referred to it, archived else; answers whether gone."""
    _may(actor, given)
    version = editing.take_turn(session, Sku, given.sku_id, given.version, ("archived_at",))
    try:
        with session.begin_nested():
            _delete(session, given.sku_id)
    except IntegrityError:
        values = {"archived_at": clock.now(), "is_sellable": False}
        session.execute(update(Sku).where(Sku.id == given.sku_id).values(**values))
        changes = {"archived_at": ("", clock.today().isoformat())}
        editing.record(session, actor, "product.archived", Sku, given.sku_id, changes, version=version)
        return False
    audit.record(session, actor, "product.deleted", {}, subject="sku", subject_id=given.sku_id)
    return True


def restore_product(session: Session, actor: Actor, given: Seen) -> None:
    """Bring an archived SKU back; it is sold again only when somebody says so."""
    _may(actor, given)
    version = editing.take_turn(session, Sku, given.sku_id, given.version, ("archived_at",))
    session.execute(update(Sku).where(Sku.id == given.sku_id).values(archived_at=None))
    changes = {"archived_at": ("archived", "")}
    editing.record(session, actor, "product.restored", Sku, given.sku_id, changes, version=version)


def _may(actor: Actor, given: Seen) -> None:
    if not actor.may(Permission.PRODUCT_EDIT):
        raise Refused("access.denied", keep={"sku_id": given.sku_id})


def _delete(session: Session, sku_id: int) -> None:
    """Delete it with what is its own; whatever else refers to it makes the database refuse."""
    session.execute(update(Sku).where(Sku.id == sku_id).values(picture_id=None))
    for model in ITS_OWN:
        session.execute(delete(model).where(model.sku_id == sku_id))
    files = update(Attachment).where(Attachment.subject == "sku", Attachment.subject_id == sku_id)
    session.execute(files.values(archived_at=clock.now()))
    session.execute(delete(Sku).where(Sku.id == sku_id))
