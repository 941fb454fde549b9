"""What a distributor may see, find and order."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from trade import text
from trade.attachments.models import Attachment
from trade.catalog.models import Category, SearchGram, Sku, SkuPack, SkuPicture, VisibilityRule
from trade.distributors.queries import Terms
from trade.errors import Refused
from trade.kept import kept

PAGE = 50
GRAMS = 12  # of a word; the rest is compared in the text itself
COMMON = 8000  # SKUs of a pair of characters, beyond which no more are counted


def visible(terms: Terms, day: date) -> ColumnElement[bool]:
    """Whether the distributor may see and order a SKU today."""
    opened = exists().where(VisibilityRule.sku_id == Sku.id, opens(terms))
    return and_(
        Sku.is_sellable,
        Sku.archived_at.is_(None),
        or_(Sku.sale_from.is_(None), Sku.sale_from <= day),
        or_(Sku.sale_to.is_(None), Sku.sale_to > day),
        or_(Sku.is_restricted.is_(False), opened),
    )


def opens(terms: Terms) -> ColumnElement[bool]:
    """Whether a rule opens its SKU to the distributor: all that the rule names must be so."""
    return and_(
        or_(VisibilityRule.tier_id.is_(None), VisibilityRule.tier_id == terms.tier_id),
        or_(VisibilityRule.territory_id.is_(None), VisibilityRule.territory_id.in_(terms.territory_ids)),
        or_(VisibilityRule.channel_id.is_(None), VisibilityRule.channel_id == terms.channel_id),
        or_(VisibilityRule.distributor_id.is_(None), VisibilityRule.distributor_id == terms.distributor_id),
    )


def get_for(session: Session, terms: Terms, sku_id: int, day: date) -> Sku:
    """The SKU, if this distributor may see it; any other does not exist for it."""
    sku = session.scalar(select(Sku).where(Sku.id == sku_id, visible(terms, day)))
    if sku is None:
        raise Refused("sku.not_found")
    return sku


def get_whole(
    session: Session, terms: Terms, sku_id: int, day: date
) -> tuple[Sku, list[SkuPicture], list[SkuPack]]:
    """The same with its pictures and packs, in one statement."""
    rows = session.execute(
        select(Sku, SkuPicture, SkuPack)
        .outerjoin(SkuPicture, SkuPicture.sku_id == Sku.id)
        .outerjoin(SkuPack, SkuPack.sku_id == Sku.id)
        .where(Sku.id == sku_id, visible(terms, day))
        .order_by(SkuPicture.position, SkuPicture.id, SkuPack.factor, SkuPack.unit)
    ).all()
    if not rows:
        raise Refused("sku.not_found")
    pictures = {row[1].id: row[1] for row in rows if row[1] is not None}
    packs = {row[2].id: row[2] for row in rows if row[2] is not None}
    return rows[0][0], list(pictures.values()), list(packs.values())


def by_code(session: Session, codes: Collection[str]) -> dict[str, Sku]:
    """Products by their codes, whoever may see them: for the brand's own people."""
    return {sku.code: sku for sku in session.scalars(select(Sku).where(Sku.code.in_(codes)))}


def among(session: Session, sku_ids: Collection[int]) -> Sequence[Sku]:
    """These products by their codes, whoever may see them: for the brand's own people."""
    return session.scalars(select(Sku).where(Sku.id.in_(sku_ids)).order_by(Sku.code)).all()


def steps_of(session: Session, sku_id: int) -> tuple[int, int]:
    """MOQ and multiple of a SKU, also of one that can no longer be seen and is only to be taken out."""
    row = session.execute(select(Sku.moq, Sku.multiple).where(Sku.id == sku_id)).one_or_none()
    if row is None:
        raise Refused("sku.not_found")
    return row[0], row[1]


def categories(session: Session) -> Sequence[Category]:
    """The whole tree in reading order."""
    return session.scalars(*_tree()).all()


@kept
def _tree() -> Select[Category]:
    wanted = select(Category).where(Category.archived_at.is_(None))
    return wanted.order_by(Category.position, Category.sort_key, Category.id)


def colours(session: Session, category_id: int) -> Sequence[str]:
    """The colours that a category has, for its facet."""
    wanted = select(Sku.colour).where(
        in_category(category_id), Sku.colour.is_not(None), Sku.is_sellable, Sku.archived_at.is_(None)
    )
    return [colour for colour in session.scalars(wanted.distinct().order_by(Sku.colour)) if colour]


def siblings(session: Session, terms: Terms, sku: Sku, day: date) -> Sequence[Sku]:
    """The other colours and sizes of the same product."""
    if sku.family_id is None:
        return []
    wanted = select(Sku).where(Sku.family_id == sku.family_id, Sku.id != sku.id, visible(terms, day))
    return session.scalars(wanted.order_by(Sku.sort_key, Sku.id).limit(PAGE)).all()


def flavours(session: Session, category_id: int) -> Sequence[str]:
    """The flavours that a category has, for its facet."""
    wanted = select(Sku.flavour).where(
        in_category(category_id), Sku.flavour.is_not(None), Sku.is_sellable, Sku.archived_at.is_(None)
    )
    return [flavour for flavour in session.scalars(wanted.distinct().order_by(Sku.flavour)) if flavour]


def pictures_of(session: Session, sku_id: int) -> Sequence[SkuPicture]:
    """The pictures of a SKU that the caller may see, the first one first."""
    wanted = select(SkuPicture).where(SkuPicture.sku_id == sku_id)
    return session.scalars(wanted.order_by(SkuPicture.position, SkuPicture.id)).all()


def get_picture(session: Session, sku_id: int, picture_id: int, *, is_small: bool) -> Attachment:
    """The file of one picture of a SKU that the caller may see; another SKU's picture does not exist."""
    size = SkuPicture.thumbnail_id if is_small else SkuPicture.attachment_id
    found = session.scalar(
        select(Attachment)
        .join(SkuPicture, size == Attachment.id)
        .where(SkuPicture.sku_id == sku_id, SkuPicture.attachment_id == picture_id)
    )
    if found is None:
        raise Refused("attachment.not_found")
    return found


@dataclass(frozen=True)
class Word:
    """A folded word as it is looked up: by its pairs of characters, then in the text, or by categories called so."""

    pairs: tuple[str, ...]
    pattern: str | None  # none where the only pair says it all
    category_ids: tuple[int, ...] | None = None


def looked_up(word: str, category_ids: Sequence[int] = ()) -> Word:
    """How a folded word is found; a pattern of LIKE, with its own marks after a slash.

    Of pairs that are all common the last ones are taken: codes begin alike and differ at their ends.
    """
    pairs = dict.fromkeys(word[at : at + 2] for at in reversed(range(len(word) - 1)))
    plain = re.sub("[/%_]", r"/\g<0>", word)
    return Word(tuple(pairs)[:GRAMS], f"%{plain}%" if len(word) != 2 else None, tuple(category_ids) or None)


def finds(word: Word) -> list[ColumnElement[bool]]:
    """Look a word up by its two rarest pairs of characters; the whole is compared in the text of what is left.

    Or find any SKU of its categories; each half goes by its own index.
    """
    found: list[ColumnElement[bool]] = []
    if len(word.pairs) == 1:
        found.append(Sku.id.in_(select(SearchGram.sku_id).where(SearchGram.gram == word.pairs[0])))
    elif word.pairs:
        each = (
            select(type_coerce(pair, String).label("gram"), _frequency(pair), literal(at).label("place"))
            for at, pair in enumerate(word.pairs)
        )
        counts = union_all(*each).cte()
        rarest = select(counts.c.gram).order_by(counts.c.frequency, counts.c.place).limit(1)
        for at in range(2):
            gram = rarest.offset(at).scalar_subquery()
            found.append(Sku.id.in_(select(SearchGram.sku_id).where(SearchGram.gram == gram)))
    if word.pattern is not None:
        found.append(Sku.search_text.like(word.pattern, escape="/"))
    if word.category_ids is None:
        return found
    within = select(Sku.id).where(Sku.category_id.in_(word.category_ids))
    return [Sku.id.in_(select(Sku.id).where(*found).union(within))]


def _frequency(pair: str) -> ColumnElement[int]:
    """How many SKUs have a pair of characters; common ones are alike."""
    some = select(SearchGram.sku_id).where(SearchGram.gram == pair).limit(COMMON).subquery()
    return select(func.count()).select_from(some).scalar_subquery().label("frequency")


def named(categories: Sequence[Category], word: str) -> list[int]:
    """The categories whose names hold a folded word, with all below them."""
    if len(word) < 2:
        return []
    tops = [f"/{each.id}/" for each in categories if word in text.folded(each.name)]
    return [each.id for each in categories if any(top in each.path for top in tops)]


def in_category(category_id: int) -> ColumnElement[bool]:
    """The category with everything below it."""
    return in_branch(branch(category_id))


def branch(category_id: int) -> str:
    """What the path of a category and of those below it is like."""
    return f"%/{category_id}/%"


def in_branch(like: str) -> ColumnElement[bool]:
    """The same of a branch."""
    return Sku.category_id.in_(select(Category.id).where(Category.path.like(like)))
