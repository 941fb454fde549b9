"""What lies in the library: for the brand's people all of it, for a distributor what its tier, territory and channel open.

A broadcast is frozen when it is published; the library is not: it is asked on the day on which somebody looks.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.attachments.models import Attachment
from trade.broadcasts import audience
from trade.catalog.models import Category, Sku
from trade.distributors.models import Distributor
from trade.distributors.queries import Terms, terms_of, within
from trade.errors import Refused
from trade.library.models import LibraryDownload, LibraryFile, LibraryItem, LibraryTie
from trade.people.models import Person
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

SUBJECT = "library_item"
KINDS = ("material", "training", "price", "policy")
ON_PRODUCT = 6
SORTS = {
    "item": Sort(LibraryItem.id, "whole"),
    "changed": Sort(LibraryItem.changed_at, "instant"),
    "downloads": Sort(LibraryItem.downloads, "whole"),
}
DOWNLOAD_SORTS = {"download": Sort(LibraryDownload.id, "whole")}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    kind: str = ""
    state: str = ""  # archived


@dataclass(frozen=True)
class Shelved:
    """An item with the file that is handed out now."""

    item: LibraryItem
    file: LibraryFile | None
    attachment: Attachment | None


@dataclass(frozen=True)
class Version:
    file: LibraryFile
    attachment: Attachment
    person: str | None


@dataclass(frozen=True)
class Download:
    at: datetime
    person: str
    distributor: str | None
    distributor_code: str | None
    edition: int


def get_item(session: Session, item_id: int) -> LibraryItem:
    """An item for the brand's people, also while it has no file."""
    wanted = select(LibraryItem).where(LibraryItem.id == item_id)
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise Refused("library_item.not_found")
    return found


def get_open(session: Session, actor: Actor, item_id: int) -> Shelved:
    """An item with its file as a distributor may fetch it today; what is not for it does not exist."""
    terms = terms_of(session, actor.distributor_id or 0, clock.today())
    found = session.execute(_open(terms).where(LibraryItem.id == item_id)).one_or_none()
    if found is None:
        raise Refused("library_item.not_found")
    return Shelved(*found)


def open_to(session: Session, terms: Terms, wanted: ListFilter, window: Window = FIRST) -> Page[Shelved]:
    """A page of what a distributor of these terms finds, the newest first."""
    page = page_of(session, _sifted(_open(terms), wanted), window, SORTS, LibraryItem.id, "-changed")
    return page.of([Shelved(*row) for row in page.rows])


def open_totals(session: Session, terms: Terms, wanted: ListFilter) -> Totals:
    counted = _sifted(_open(terms), wanted).with_only_columns(func.count(LibraryItem.id))
    return Totals(session.scalar(counted) or 0)


def about_sku(session: Session, terms: Terms, sku: Sku, category_path: str) -> Sequence[Shelved]:
    """What a distributor may fetch about a product, or about a category above it; one statement."""
    above = [int(each) for each in category_path.split("/") if each]
    tied = exists().where(
        LibraryTie.item_id == LibraryItem.id,
        or_(LibraryTie.sku_id == sku.id, LibraryTie.category_id.in_(above)),
    )
    query = _open(terms).where(tied).order_by(LibraryItem.changed_at.desc(), LibraryItem.id.desc())
    return [Shelved(*row) for row in session.execute(query.limit(ON_PRODUCT))]


def listing(session: Session, wanted: ListFilter, window: Window = FIRST) -> Page[Shelved]:
    """A page of all items, the latest first."""
    query = _matching(wanted).with_only_columns(LibraryItem, LibraryFile, Attachment)
    page = page_of(session, query, window, SORTS, LibraryItem.id, "-item")
    return page.of([Shelved(*row) for row in page.rows])


def totals(session: Session, wanted: ListFilter) -> Totals:
    """How many items match, and how often they were fetched."""
    sums = _matching(wanted).with_only_columns(
        func.count(LibraryItem.id), func.coalesce(func.sum(LibraryItem.downloads), 0)
    )
    count, downloads = session.execute(sums).one()
    return Totals(count, {"downloads": [("", int(downloads))]})


def versions_of(session: Session, item_id: int) -> list[Version]:
    """Every version of an item's file, the latest first."""
    rows = session.execute(
        select(LibraryFile, Attachment, Person.name)
        .join(Attachment, Attachment.id == LibraryFile.attachment_id)
        .outerjoin(Person, Person.id == LibraryFile.person_id)
        .where(LibraryFile.item_id == item_id)
        .order_by(LibraryFile.edition.desc())
    )
    return [Version(*row) for row in rows]


def downloads(
    session: Session, actor: Actor, item_id: int, search: str = "", window: Window = FIRST
) -> Page[Download]:
    """Who fetched it, the latest first; distributors beyond the reader's reach are left out."""
    columns = (LibraryDownload.at, Person.name, Distributor.name, Distributor.code, LibraryFile.edition)
    query = _downloads(actor, item_id, search).with_only_columns(*columns)
    page = page_of(session, query, window, DOWNLOAD_SORTS, LibraryDownload.id, "-download")
    return page.of([Download(*row) for row in page.rows])


def download_totals(session: Session, actor: Actor, item_id: int, search: str = "") -> Totals:
    counted = _downloads(actor, item_id, search).with_only_columns(func.count(LibraryDownload.id))
    return Totals(session.scalar(counted) or 0)


@dataclass(frozen=True)
class Ties:
    """What an item is about, by code and name."""

    categories: Sequence[tuple[str, str]] = ()
    skus: Sequence[tuple[str, str]] = ()


def ties_of(session: Session, item_id: int) -> Ties:
    rows = session.execute(
        select(Category.code, Category.name, Sku.code, Sku.name)
        .select_from(LibraryTie)
        .outerjoin(Category, Category.id == LibraryTie.category_id)
        .outerjoin(Sku, Sku.id == LibraryTie.sku_id)
        .where(LibraryTie.item_id == item_id)
        .order_by(LibraryTie.id)
    ).all()
    return Ties(
        [(code, name) for code, name, _sku, _name in rows if code],
        [(code, name) for _code, _name, code, name in rows if code],
    )


def find_goods(session: Session, codes: Collection[str]) -> tuple[list[int], list[int], list[str]]:
    """Categories and SKUs that codes mean, and the codes that mean neither; two statements."""
    typed = list(dict.fromkeys(each.strip() for each in codes if each.strip()))
    upper = {each.upper() for each in typed}
    if not typed:
        return [], [], []
    skus = {
        code.upper(): key
        for key, code in session.execute(select(Sku.id, Sku.code).where(func.upper(Sku.code).in_(upper)))
    }
    groups = select(Category.id, Category.code, Category.name).where(
        or_(func.upper(Category.code).in_(upper), Category.name.in_(typed))
    )
    categories: dict[str, int] = {}
    for key, code, name in session.execute(groups):
        categories |= {code.upper(): key, name.upper(): key}
    lost = [each for each in typed if each.upper() not in skus and each.upper() not in categories]
    in_categories = {categories[each] for each in upper if each in categories and each not in skus}
    return sorted(in_categories), sorted(skus.values()), lost


def _open(terms: Terms) -> Select[LibraryItem, LibraryFile, Attachment]:
    return (
        select(LibraryItem, LibraryFile, Attachment)
        .join(
            LibraryFile,
            and_(LibraryFile.item_id == LibraryItem.id, LibraryFile.edition == LibraryItem.edition),
        )
        .join(Attachment, Attachment.id == LibraryFile.attachment_id)
        .where(
            LibraryItem.archived_at.is_(None),
            audience.opens_to(terms, SUBJECT, LibraryItem.id, LibraryItem.is_everyone.is_(True)),
        )
    )


def _sifted(query: Select[*tuple[Any, ...]], wanted: ListFilter) -> Select[*tuple[Any, ...]]:
    for word in text.folded(wanted.search).split():
        query = query.where(LibraryItem.search_text.contains(word, autoescape=True))
    return query.where(LibraryItem.kind == wanted.kind) if wanted.kind else query


def _matching(wanted: ListFilter) -> Select[*tuple[Any, ...]]:
    latest = and_(LibraryFile.item_id == LibraryItem.id, LibraryFile.edition == LibraryItem.edition)
    query = (
        select(LibraryItem)
        .outerjoin(LibraryFile, latest)
        .outerjoin(Attachment, Attachment.id == LibraryFile.attachment_id)
    )
    is_old = LibraryItem.archived_at.is_not(None)
    return _sifted(query, wanted).where(is_old if wanted.state == "archived" else ~is_old)


def _downloads(actor: Actor, item_id: int, search: str) -> Select[*tuple[Any, ...]]:
    theirs = LibraryDownload.distributor_id
    query = (
        select(LibraryDownload)
        .join(Person, Person.id == LibraryDownload.person_id)
        .join(LibraryFile, LibraryFile.id == LibraryDownload.file_id)
        .outerjoin(Distributor, Distributor.id == theirs)
        .where(LibraryDownload.item_id == item_id, or_(theirs.is_(None), within(actor, theirs)))
    )
    for word in text.folded(search).split():
        query = query.where(Distributor.search_text.contains(word, autoescape=True))
    return query
