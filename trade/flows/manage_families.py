from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trade import audit, clock, editing
from trade.actor import Actor, Permission
from trade.catalog.models import Family, Sku
from trade.errors import Refused


@dataclass(frozen=True)
class FamilyFacts:
    code: str
    name: str


@dataclass(frozen=True)
class EditedFamily:
    """A family as it shall be, on the version that the person saw."""

    family_id: int
    version: int
    facts: FamilyFacts


@dataclass(frozen=True)
class SeenFamily:
    family_id: int
    version: int


def create_family(session: Session, actor: Actor, given: FamilyFacts) -> int:
    """Add a family for SKUs that are one product in several kinds, and return its id."""
    _may(actor)
    _refuse_taken(session, given.code)
    family = Family(code=given.code, name=given.name)
    session.add(family)
    session.flush()
    told = {"code": given.code, "name": given.name}
    audit.record(session, actor, "family.created", told, subject="product_family", subject_id=family.id)
    return family.id


def edit_family(session: Session, actor: Actor, given: EditedFamily) -> None:
    """Rename a family; its SKUs stay in it."""
    _may(actor)
    family = _one(session, given.family_id)
    changes = editing.differing({"code": family.code, "name": family.name}, vars(given.facts))
    if not changes:
        return
    version = editing.take_turn(session, Family, given.family_id, given.version, changes)
    if "code" in changes:
        _refuse_taken(session, given.facts.code)
    session.execute(update(Family).where(Family.id == given.family_id).values(**vars(given.facts)))
    editing.record(session, actor, "family.changed", Family, given.family_id, changes, version=version)


def remove_family(session: Session, actor: Actor, given: SeenFamily) -> bool:
    """Delete a family that nothing refers to, archive any other; answers whether it is gone.

    Raises Refused while live SKUs are in it.
    """
    _may(actor)
    _one(session, given.family_id)
    held = session.scalar(
        select(func.count(Sku.id)).where(Sku.family_id == given.family_id, Sku.archived_at.is_(None))
    )
    if held:
        raise Refused("family.in_use", products=held)
    version = editing.take_turn(session, Family, given.family_id, given.version, ("archived_at",))
    try:
        with session.begin_nested():
            session.execute(delete(Family).where(Family.id == given.family_id))
    except IntegrityError:
        now = clock.now()
        session.execute(update(Family).where(Family.id == given.family_id).values(archived_at=now))
        changes = {"archived_at": ("", clock.today().isoformat())}
        editing.record(session, actor, "family.archived", Family, given.family_id, changes, version=version)
        return False
    audit.record(session, actor, "family.deleted", {}, subject="product_family", subject_id=given.family_id)
    return True


def restore_family(session: Session, actor: Actor, given: SeenFamily) -> None:
    """Bring an archived family back."""
    _may(actor)
    version = editing.take_turn(session, Family, given.family_id, given.version, ("archived_at",))
    session.execute(update(Family).where(Family.id == given.family_id).values(archived_at=None))
    changes = {"archived_at": ("archived", "")}
    editing.record(session, actor, "family.restored", Family, given.family_id, changes, version=version)


def _may(actor: Actor) -> None:
    if not actor.may(Permission.PRODUCT_EDIT):
        raise Refused("access.denied", keep={"noun": "family"})


def _one(session: Session, family_id: int) -> Family:
    family = session.scalar(select(Family).where(Family.id == family_id).with_for_update())
    if family is None:
        raise Refused("product_family.not_found")
    return family


def _refuse_taken(session: Session, code: str) -> None:
    if session.scalar(select(Family.id).where(Family.code == code)):
        raise Refused("product.code_taken", taken=code, field="code")
