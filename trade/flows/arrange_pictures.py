from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.attachments.filing import file_under
from trade.attachments.models import Attachment
from trade.attachments.pictures import StoredPicture
from trade.catalog.models import Sku, SkuPicture
from trade.catalog.queries import pictures_of
from trade.errors import Refused

MOST = 9


@dataclass(frozen=True)
class NewPicture:
    """A stored picture and the SKU that it shows."""

    sku_id: int
    picture: StoredPicture


@dataclass(frozen=True)
class OldPicture:
    """One picture of a SKU, by its attachment."""

    sku_id: int
    picture_id: int


def add_picture(session: Session, actor: Actor, given: NewPicture) -> int:
    """Show a SKU by one more picture and return its id; the first one stands for it in every list."""
    pictures = _pictures(session, actor, given.sku_id)
    if len(pictures) >= MOST:
        raise Refused("picture.too_many", most=MOST, field="picture")
    ids = [
        file_under(session, actor, "sku", given.sku_id, file)
        for file in (given.picture.large, given.picture.small)
    ]
    position = pictures[-1].position + 1 if pictures else 1
    session.add(SkuPicture(sku_id=given.sku_id, attachment_id=ids[0], thumbnail_id=ids[1], position=position))
    session.flush()
    _settle(session, actor, given.sku_id, "product.picture_added")
    return ids[0]


def put_first(session: Session, actor: Actor, given: OldPicture) -> None:
    """Let another picture stand for the SKU; the others keep their order."""
    pictures = _pictures(session, actor, given.sku_id)
    chosen = _one(pictures, given.picture_id)
    chosen.position = pictures[0].position - 1
    session.flush()
    _settle(session, actor, given.sku_id, "product.picture_first")


def remove_picture(session: Session, actor: Actor, given: OldPicture) -> None:
    """Take a picture away; its file stays, archived."""
    chosen = _one(_pictures(session, actor, given.sku_id), given.picture_id)
    files = Attachment.id.in_((chosen.attachment_id, chosen.thumbnail_id))
    session.execute(update(Sku).where(Sku.id == given.sku_id).values(picture_id=None))
    session.execute(delete(SkuPicture).where(SkuPicture.id == chosen.id))
    session.execute(update(Attachment).where(files).values(archived_at=clock.now()))
    _settle(session, actor, given.sku_id, "product.picture_removed")


def _pictures(session: Session, actor: Actor, sku_id: int) -> list[SkuPicture]:
    """The pictures as they are, while nobody else arranges them."""
    if not actor.may(Permission.PRODUCT_EDIT):
        raise Refused("access.denied", keep={"sku_id": sku_id})
    if session.scalar(select(Sku.id).where(Sku.id == sku_id).with_for_update()) is None:
        raise Refused("sku.not_found")
    return list(pictures_of(session, sku_id))


def _one(pictures: list[SkuPicture], picture_id: int) -> SkuPicture:
    for each in pictures:
        if each.attachment_id == picture_id:
            return each
    raise Refused("attachment.not_found")


def _settle(session: Session, actor: Actor, sku_id: int, event: str) -> None:
    """The first of the pictures stands for the SKU."""
    pictures = pictures_of(session, sku_id)
    first = pictures[0].attachment_id if pictures else None
    session.execute(update(Sku).where(Sku.id == sku_id).values(picture_id=first))
    audit.record(session, actor, event, {"count": len(pictures)}, subject="sku", subject_id=sku_id)
