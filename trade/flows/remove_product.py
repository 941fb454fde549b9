from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trade import audit, clock, editing
from trade.actor import Actor, Permission
from trade.attachments.models import Attachment
from trade.audit import AuditEntry
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
    was_sellable = session.scalar(select(Sku.is_sellable).where(Sku.id == given.sku_id))
    try:
        with session.begin_nested():
            _delete(session, given.sku_id)
    except IntegrityError:
        values = {"archived_at": clock.now(), "is_sellable": False}
        session.execute(update(Sku).where(Sku.id == given.sku_id).values(**values))
        changes: editing.Changes = {"archived_at": ("", clock.today().isoformat())}
        if was_sellable:
            changes = {**changes, "is_sellable": (True, False)}
        editing.record(session, actor, "product.archived", Sku, given.sku_id, changes, version=version)
        return False
    audit.record(session, actor, "product.deleted", {}, subject="sku", subject_id=given.sku_id)
    return True


def restore_product(session: Session, actor: Actor, given: Seen) -> None:
    """Bring an archived SKU back; it may be sold again if it might before."""
    _may(actor, given)
    version = editing.take_turn(session, Sku, given.sku_id, given.version, ("archived_at",))
    is_sellable = _was_sellable(session, given.sku_id)
    session.execute(
        update(Sku).where(Sku.id == given.sku_id).values(archived_at=None, is_sellable=is_sellable)
    )
    changes: editing.Changes = {"archived_at": ("archived", "")}
    if is_sellable:
        changes = {**changes, "is_sellable": (False, True)}
    editing.record(session, actor, "product.restored", Sku, given.sku_id, changes, version=version)


def _was_sellable(session: Session, sku_id: int) -> bool:
    """Whether the last archiving took it off sale; the audit keeps what stood before."""
    entry = session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.subject == "sku",
            AuditEntry.subject_id == sku_id,
            AuditEntry.event == "product.archived",
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return entry is not None and "is_sellable" in entry.facts.get("changes", {})


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
