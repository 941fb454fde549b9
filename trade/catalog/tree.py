"""The category tree: who stands below whom, and in which order siblings are read."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade.catalog.models import Category, Family, Sku
from trade.errors import Refused

DEEPEST = 5


def locked(session: Session) -> dict[int, Category]:
    """The whole tree by id, while nobody else moves in it."""
    every = session.scalars(select(Category).order_by(Category.id).with_for_update())
    return {each.id: each for each in every}


def children(tree: dict[int, Category], parent_id: int | None) -> list[Category]:
    """Those below one node that are in use, in reading order."""
    below = [each for each in tree.values() if each.parent_id == parent_id and each.archived_at is None]
    return sorted(below, key=lambda each: (each.position, each.sort_key, each.id))


def place(session: Session, tree: dict[int, Category], category: Category, parent_id: int | None) -> None:
    """Hang a category below another, with all that is below it, as the last of its new siblings."""
    above = tree.get(parent_id) if parent_id is not None else None
    if parent_id is not None and (above is None or above.archived_at is not None):
        raise Refused("category.parent_unknown", field="parent")
    if above is not None and f"/{category.id}/" in above.path:
        raise Refused("category.below_itself", field="parent")
    before, after = category.path, f"{above.path if above else '/'}{category.id}/"
    moved = [each for each in tree.values() if before and each.path.startswith(before)]
    deepest = max((each.path.count("/") for each in moved), default=0) - (before or after).count("/")
    if after.count("/") - 1 + max(deepest, 0) > DEEPEST:
        raise Refused("category.too_deep", deepest=DEEPEST, field="parent")
    siblings = children(tree, parent_id)
    category.parent_id, category.position = parent_id, (siblings[-1].position + 1 if siblings else 1)
    for each in moved:
        each.path = after + each.path.removeprefix(before)
    category.path = after
    session.flush()


def step(session: Session, tree: dict[int, Category], category: Category, by: int) -> None:
    """Let a category change places with the sibling before or behind it; at the end nothing happens."""
    siblings = children(tree, category.parent_id)
    at = siblings.index(category)
    to = min(max(at + by, 0), len(siblings) - 1)
    siblings.insert(to, siblings.pop(at))
    for position, each in enumerate(siblings, 1):
        each.position = position
    session.flush()


def rows(session: Session, *, is_archived: bool = False) -> list[tuple[Category, int]]:
    """The tree in reading order with how many live SKUs each node itself has; or what is archived of it."""
    held = select(func.count(Sku.id)).where(Sku.category_id == Category.id, Sku.archived_at.is_(None))
    found = session.execute(
        select(Category, held.scalar_subquery())
        .where(Category.archived_at.is_not(None) if is_archived else Category.archived_at.is_(None))
        .order_by(Category.position, Category.sort_key, Category.id)
    ).all()
    if is_archived:
        return [(category, count) for category, count in found]
    known = {category.id for category, _count in found}
    below: dict[int | None, list[tuple[Category, int]]] = {}
    for category, count in found:
        parent = category.parent_id if category.parent_id in known else None
        below.setdefault(parent, []).append((category, count))
    return _read(below, None)


def names(session: Session) -> dict[int, str]:
    """By id, a category with those above it: 饮料 / 茶饮料; in reading order."""
    every = {category.id: category for category, _count in rows(session)}
    return {
        key: " / ".join(
            every[int(each)].name for each in category.path.split("/") if each and int(each) in every
        )
        or category.name
        for key, category in every.items()
    }


def families(session: Session, search: str = "", *, is_archived: bool = False) -> list[tuple[Family, int]]:
    """Families by name with how many live SKUs each has."""
    held = select(func.count(Sku.id)).where(Sku.family_id == Family.id, Sku.archived_at.is_(None))
    query = select(Family, held.scalar_subquery()).where(
        Family.archived_at.is_not(None) if is_archived else Family.archived_at.is_(None)
    )
    for word in search.split():
        query = query.where(
            Family.name.icontains(word, autoescape=True) | Family.code.icontains(word, autoescape=True)
        )
    return [(family, count) for family, count in session.execute(query.order_by(Family.code, Family.id))]


def _read(
    below: dict[int | None, list[tuple[Category, int]]], parent_id: int | None
) -> list[tuple[Category, int]]:
    told: list[tuple[Category, int]] = []
    for category, count in below.get(parent_id, ()):
        told += [(category, count), *_read(below, category.id)]
    return told
