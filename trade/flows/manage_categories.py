from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trade import audit, clock, editing, text
from trade.actor import Actor, Permission
from trade.catalog import tree
from trade.catalog.models import Category, Sku
from trade.errors import Refused


@dataclass(frozen=True)
class CategoryFacts:
    code: str
    name: str
    parent_id: int | None = None


@dataclass(frozen=True)
class EditedCategory:
    """A category as it shall be, on the version that the person saw."""

    category_id: int
    version: int
    facts: CategoryFacts


@dataclass(frozen=True)
class SeenCategory:
    category_id: int
    version: int


@dataclass(frozen=True)
class Step:
    """One place up (-1) or down (1) among its siblings."""

    category_id: int
    by: int


def create_category(session: Session, actor: Actor, given: CategoryFacts) -> int:
    """Add a category at the end of its siblings and return its id."""
    _may(actor)
    known = tree.locked(session)
    _refuse_taken(session, given.code)
    category = Category(code=given.code, name=given.name, sort_key=text.sort_key(given.name))
    session.add(category)
    session.flush()
    tree.place(session, known, category, given.parent_id)
    told = {"code": given.code, "name": given.name}
    audit.record(session, actor, "category.created", told, subject="category", subject_id=category.id)
    return category.id


def edit_category(session: Session, actor: Actor, given: EditedCategory) -> None:
    """Rename a category or hang it elsewhere with all below it."""
    _may(actor)
    known = tree.locked(session)
    category = _one(known, given.category_id)
    wanted = given.facts
    before = {"code": category.code, "name": category.name, "parent": _name(known, category.parent_id)}
    after = {"code": wanted.code, "name": wanted.name, "parent": _name(known, wanted.parent_id)}
    changes = editing.differing(before, after)
    if wanted.parent_id != category.parent_id:
        changes.setdefault("parent", (before["parent"], after["parent"]))
    if not changes:
        return
    version = editing.take_turn(session, Category, category.id, given.version, changes)
    if wanted.code != before["code"]:
        _refuse_taken(session, wanted.code)
    values = {"code": wanted.code, "name": wanted.name, "sort_key": text.sort_key(wanted.name)}
    session.execute(update(Category).where(Category.id == given.category_id).values(**values))
    if "parent" in changes:
        known = tree.locked(session)
        tree.place(session, known, known[given.category_id], wanted.parent_id)
    editing.record(session, actor, "category.changed", Category, given.category_id, changes, version=version)


def step_category(session: Session, actor: Actor, given: Step) -> None:
    """Move a category up or down among its siblings, as the catalogue shows them."""
    _may(actor)
    known = tree.locked(session)
    category = _one(known, given.category_id)
    if category.archived_at is None:
        tree.step(session, known, category, 1 if given.by > 0 else -1)


def remove_category(session: Session, actor: Actor, given: SeenCategory) -> bool:
    """Delete a category that nothing refers to, archive any other; answers whether it is gone.

    Raises Refused while it holds live SKUs or categories, so that no product drops out of the tree.
    """
    _may(actor)
    known = tree.locked(session)
    category = _one(known, given.category_id)
    held = session.scalars(
        select(Sku.code).where(Sku.category_id == category.id, Sku.archived_at.is_(None)).order_by(Sku.code)
    ).all()
    below = tree.children(known, category.id)
    if held or below:
        raise Refused("category.in_use", products=len(held), categories=len(below))
    version = editing.take_turn(session, Category, given.category_id, given.version, ("archived_at",))
    try:
        with session.begin_nested():
            session.execute(delete(Category).where(Category.id == given.category_id))
    except IntegrityError:
        now = clock.now()
        session.execute(update(Category).where(Category.id == given.category_id).values(archived_at=now))
        changes = {"archived_at": ("", clock.today().isoformat())}
        editing.record(
            session, actor, "category.archived", Category, given.category_id, changes, version=version
        )
        return False
    audit.record(session, actor, "category.deleted", {}, subject="category", subject_id=given.category_id)
    return True


def restore_category(session: Session, actor: Actor, given: SeenCategory) -> None:
    """Bring an archived category back, below its parent if that is in use and at the top else."""
    _may(actor)
    version = editing.take_turn(session, Category, given.category_id, given.version, ("archived_at",))
    known = tree.locked(session)
    category = _one(known, given.category_id)
    parent = known.get(category.parent_id or 0)
    category.archived_at = None
    tree.place(
        session, known, category, parent.id if parent is not None and parent.archived_at is None else None
    )
    changes = {"archived_at": ("archived", "")}
    editing.record(session, actor, "category.restored", Category, given.category_id, changes, version=version)


def _may(actor: Actor) -> None:
    if not actor.may(Permission.PRODUCT_EDIT):
        raise Refused("access.denied", keep={"noun": "category"})


def _one(known: dict[int, Category], category_id: int) -> Category:
    if category_id not in known:
        raise Refused("category.not_found")
    return known[category_id]


def _name(known: dict[int, Category], category_id: int | None) -> str:
    return known[category_id].name if category_id in known else ""


def _refuse_taken(session: Session, code: str) -> None:
    if session.scalar(select(Category.id).where(Category.code == code)):
        raise Refused("product.code_taken", taken=code, field="code")
