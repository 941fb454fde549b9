"""Lists as every page has them: described once, then filtered, sorted, paged, summed, exported, kept and acted upon."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from press import sheets
from press.sheets import Amount, Heading
from trade import clock
from trade.actor import Actor, Permission
from trade.db import read, read_reports, run
from trade.errors import Refused
from trade.flows.export_list import Export, export_list
from trade.people.models import SavedView
from trade.people.queries import views_of
from trade.windows import Page, Totals, Window, all_of
from web import asked, choosing, words
from web.answer import go, keep, render, say
from web.choosing import TYPED, Finder, Found, Suggestions
from web.downloads import answer_sheet
from web.i18n import amount, day, moment, money, price, quantity, second

MOST_EXPORTED = 100_000
MOST_PICKED = 200
MANY = 2_000  # rows from which a sheet is read where nobody writes
Row = TypeVar("Row")
Given = TypeVar("Given")
Asked = Mapping[str, Any]
Choices = Callable[[Session], Iterable[tuple[Any, Any]]]
NUMBERS = {"whole", "money", "price", "percent"}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One fact of a row: how it is called, found, spelled and summed, and who may know it."""

    key: str
    words: Any
    value: Callable[[Any], Any]  # None or "" where there is nothing
    kind: str = "text"  # text, whole, money, price, day, instant: of the page and of the sheet
    currency: Callable[[Any], str] = lambda row: "CNY"
    sort: str = ""  # key among the sorts of the noun's query
    url: Callable[[Any], str | None] | None = None  # the first column leads to the row's page
    meta: Callable[[Any], Any] | None = None  # the small line above the name
    look: str = ""  # classes of the cell: strong, meta, nowrap
    is_wide: bool = False  # not on a phone's card
    is_labelled: bool = False  # the card says what it is
    is_summed: bool = False  # in the sheet; the page shows what `totals` answers
    sum_words: Callable[[Asked], Any] = lambda _asked: ""  # what that is the sum of, where not of all rows
    place: str = "both"  # both, page, sheet
    permission: Permission | None = None  # without it the column does not exist

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def attributes(self) -> Markup:
        """Of each of its cells: how it looks, and what it is called on a phone's card."""
        is_moment = self.kind in {"day", "instant"} and "nowrap" not in self.look
        look = [self.is_number and "num", self.is_wide and "wide-only", is_moment and "nowrap", self.look]
        told = {
            "class": " ".join(each for each in look if each),
            "data-label": self.is_labelled and self.words,
        }
        return Markup("").join(Markup(' {}="{}"').format(name, said) for name, said in told.items() if said)

    def spell(self, row: Any) -> str:
        """The cell in words."""
        value = self.value(row)
        return "" if value is None else self.spelled(value, self.currency(row))

    def spelled(self, value: Any, currency: str) -> str:
        spell: dict[str, Callable[[Any], str]] = {
            "whole": quantity,
            "money": lambda each: money(each, currency) if currency else amount(each),
            "price": price,
            "day": day,
            "instant": moment,
        }
        return spell.get(self.kind, str)(value)

    def cell(self, row: Any) -> Any:
        """The cell of a sheet."""
        value = self.value(row)
        return Amount(value, self.currency(row)) if self.kind == "money" and value is not None else value


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One question of the address. `kind`: search, choice, one (of many), day, flag, id (hidden, set by links)."""

    key: str
    words: Any = ""
    kind: str = "search"  # an id with choices is one of them, chosen elsewhere on the page
    choices: Choices | None = None
    finder: Finder | None = None  # how one of many is found
    suggestions: Suggestions | None = None  # where choices are so many that one is typed
    permission: Permission | None = None


PERIOD = (
    Filter(key="since", words=_("From"), kind="day"),
    Filter(key="until", words=_("To"), kind="day"),
)


@dataclass(frozen=True, kw_only=True)
class Action:
    """What can be done with all rows that are ticked: the endpoint of a POST, which names its permission itself."""

    endpoint: str
    words: Any
    permission: Permission
    icon: str = ""
    kind: str = "outline"  # primary, outline, stop
    args: Mapping[str, str] = field(default_factory=dict)  # what the address says besides


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """What an empty list says: why, and what to do."""

    title: Any
    text: Any = ""
    icon: str = "search-off"
    url: Callable[[], str] | None = None
    button: Any = ""


@dataclass
class Outcome:
    """What became of the ticked rows, one by one."""

    done: int = 0
    words: str = ""
    refused: list[tuple[str, str]] = field(default_factory=list)  # label, why


@dataclass(frozen=True, kw_only=True)
class List(Generic[Row]):
    """A list, described once beside its views."""

    page: str  # endpoint of the GET
    title: Any  # names sheet and file
    columns: Sequence[Column]
    find: Callable[[Session, Asked, Window], Page[Row]]
    totals: Callable[[Session, Asked], Totals]
    whole: Callable[[Session, Asked], Totals] | None = (
        None  # where those of the page are cut: all, for the sheet
    )
    sort: str  # the order when nobody asked for another: "-number"
    counted: Callable[[int], str]  # "3 orders"
    filters: Sequence[Filter] = ()
    export: str = ""  # endpoint of the POST, "" for none
    pick: Callable[[Row], str] | None = None  # what a ticked row sends: id, or id-version
    can_pick: Callable[[Row], bool] = lambda row: True
    actions: Sequence[Action] = ()
    nothing: Nothing = Nothing(title=_("Nothing here yet"))
    no_match: Nothing = Nothing(title=_("Nothing matches"), text=_("Try fewer filters."))

    def __post_init__(self) -> None:
        LISTS[self.page] = self

    def open(self, session: Session, outcome: Outcome | None = None) -> "Listed":
        """The page that the address asks for, with everything around it."""
        choices = self._choices(session)
        finders = self._finders(choices)
        found = self._found(session, finders)
        wanted = self._asked(choices, found)
        window = Window(self._sort(), asked.key("after"), asked.key("before"))
        page = self.find(session, wanted, window)
        return Listed(
            spec=self,
            asked=wanted,
            choices=choices,
            found=found,
            finders=finders,
            columns=[each for each in self._columns() if each.place != "sheet"],
            page=page,
            totals=self.totals(session, wanted),
            sort=window.sort,
            views=views_of(session, g.actor.person_id, self.page),
            outcome=outcome,
        )

    def export_sheet(self) -> Response:
        """All rows that match as a workbook, written down before it is handed over."""
        with read() as session:
            choices = self._choices(session)
            wanted = self._asked(choices, self._found(session, self._finders(choices)))
            count = (self.whole or self.totals)(session, wanted).count
        query = self.query(request.args)
        run(export_list, g.actor, Export(self.page, query, min(count, MOST_EXPORTED)))
        file = TemporaryFile()  # noqa: SIM115 (it ends with the answer)
        columns = [each for each in self._columns() if each.place != "page"]
        headings = [Heading(str(each.words), each.kind, is_summed=each.is_summed) for each in columns]
        with read_reports() if count > MANY else read() as session:
            rows = all_of(lambda window: self.find(session, wanted, window), self._sort(), MOST_EXPORTED)
            sheets.write(
                file,
                str(self.title),
                headings,
                ([each.cell(row) for each in columns] for row in rows),
                total=gettext("Total"),
                about=self._about(query, count, session.info.get("as_of")),
                about_title=gettext("About"),
                note=self._cut(count),
            )
        return answer_sheet(file, f"{self.title}-{clock.today().isoformat()}.xlsx")

    def answer(self, outcome: Outcome, page: str, block: str) -> Response:
        """Back to the list when all went well; else the list again, saying which rows were refused and why."""
        if outcome.done and not outcome.refused:
            say(outcome.words)
            return go(url_for(self.page, **self.plain(request.args)))
        with read() as session:
            return render(session, page, block, status=422, listed=self.open(session, outcome))

    def plain(self, args: Mapping[str, str]) -> dict[str, str]:
        """Of an address only what this list knows: its filters and an order."""
        typed = [each.key + TYPED for each in self.filters if each.finder or each.suggestions]
        known = [*(each.key for each in self.filters), *typed, "sort"]
        return {key: args[key][: asked.LONGEST] for key in known if args.get(key)}

    def query(self, args: Mapping[str, str]) -> str:
        return urlencode(self.plain(args))

    def _columns(self) -> list[Column]:
        return [each for each in self.columns if each.permission is None or g.actor.may(each.permission)]

    def _sort(self) -> str:
        """The order asked for, if a column that the reader may see has it."""
        wanted = request.args.get("sort", "")[:40]
        known = {each.sort for each in self._columns() if each.sort}
        return wanted if wanted.removeprefix("-") in known else self.sort

    def _choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        return {
            each.key: [(str(value), str(told)) for value, told in each.choices(session)]
            for each in self.filters
            if each.choices is not None
        }

    def _finders(self, choices: Mapping[str, list[tuple[str, str]]]) -> dict[str, Finder]:
        """How those are found that are too many to be drawn."""
        found = {each.key: each.finder for each in self.filters if each.finder and _may_ask(each)}
        for each in self.filters:
            known = choices.get(each.key, [])
            if each.suggestions and len(known) > choosing.MOST_DRAWN and _may_ask(each):
                found[each.key] = choosing.finder_of(known, each.suggestions)
        return found

    def _found(self, session: Session, finders: Mapping[str, Finder]) -> dict[str, Found]:
        return {key: choosing.find(session, key, finder) for key, finder in finders.items()}

    def _asked(
        self, choices: Mapping[str, list[tuple[str, str]]], found: Mapping[str, Found]
    ) -> dict[str, Any]:
        """What every filter says; nonsense, and what one may not ask, is as if it had not been said."""
        said = {each.key: _said(each, choices.get(each.key, [])) for each in self.filters}
        for each in self.filters:
            if each.key in found:
                key = found[each.key].id
                said[each.key] = key if each.finder else str(key or "")
        return said

    def _about(self, query: str, count: int, as_of: datetime | None) -> list[tuple[str, str]]:
        told = [(gettext("List"), str(self.title)), (gettext("Rows"), quantity(min(count, MOST_EXPORTED)))]
        told += [(gettext("State of"), second(as_of))] if as_of else []
        told += [(gettext("Made on"), moment(clock.now())), (gettext("Made by"), g.signed_in.person_name)]
        return [*told, (gettext("Filters"), query or gettext("none"))]

    def _cut(self, count: int) -> str:
        if count <= MOST_EXPORTED:
            return ""
        return gettext(
            "Only the first %(most)s of %(count)s rows; please filter and export the rest apart",
            most=quantity(MOST_EXPORTED),
            count=quantity(count),
        )


LISTS: dict[str, List[Any]] = {}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A list as one reader sees it now; what templates/shared/lists.html draws."""

    spec: List[Any]
    asked: Asked
    choices: Mapping[str, list[tuple[str, str]]]
    found: Mapping[str, Found]
    finders: Mapping[str, Finder]
    columns: Sequence[Column]
    page: Page[Any]
    totals: Totals
    sort: str
    views: Sequence[SavedView]
    outcome: Outcome | None = None

    @property
    def rows(self) -> Sequence[Any]:
        return self.page.rows

    @property
    def cells(self) -> list[tuple[Column, Markup]]:
        """The columns with what all of their cells have."""
        return [(each, each.attributes) for each in self.columns]

    @property
    def filters(self) -> list[Filter]:
        return [each for each in self.spec.filters if _may_ask(each)]

    @property
    def actions(self) -> list[Action]:
        return [each for each in self.spec.actions if g.actor.may(each.permission)]

    @property
    def is_ticked(self) -> bool:
        """Whether a row of this page can be ticked, by somebody who may do something with it."""
        return bool(self.spec.pick and self.actions) and any(map(self.spec.can_pick, self.rows))

    @property
    def args(self) -> dict[str, str]:
        """The filters and the order of now, as an address has them."""
        return choosing.plain(self.spec.plain(request.args), self.found)

    @property
    def query(self) -> str:
        return self.spec.query(self.args)

    @property
    def view(self) -> SavedView | None:
        """The saved view that the reader looks at now."""
        return next((each for each in self.views if each.query == self.query), None)

    @property
    def is_filtered(self) -> bool:
        return any(self.asked.values()) or bool(asked.key("after") or asked.key("before"))

    @property
    def has_more(self) -> bool:
        """Whether more is asked than a search: then the phone shows those filters open."""
        rest = [each.key for each in self.filters if each.kind not in {"search", "id"}]
        return any(self.asked[key] for key in rest) or "sort" in self.args

    @property
    def taken(self) -> list[tuple[str, str]]:
        """What is asked for, in words, each with the list without it."""
        return [
            (self._spelled(each), self.url(**{each.key: "", each.key + TYPED: ""}))
            for each in self.filters
            if each.words and self.asked[each.key]
        ]

    def _spelled(self, each: Filter) -> str:
        said = self.asked[each.key]
        if each.key in self.found:
            return f"{each.words}: {self.found[each.key].typed}"
        if each.choices is not None:
            return f"{each.words}: {dict(self.choices[each.key])[said].strip()}"
        told = day(said) if each.kind == "day" else said
        return str(each.words) if each.kind == "flag" else f"{each.words}: {told}"

    @property
    def counted(self) -> str:
        """How many match, in words."""
        if self.totals.is_cut:
            return gettext("More than %(count)s; filter for the sum", count=quantity(self.totals.count))
        return self.spec.counted(self.totals.count)

    @property
    def first(self) -> int:
        return self.page.start + 1

    @property
    def last(self) -> int:
        return self.page.start + len(self.rows)

    def url(self, **changes: Any) -> str:
        """The same list with something changed, from its first page."""
        known = {**self.args, **changes}
        return url_for(self.spec.page, **{key: value for key, value in known.items() if value})

    def wrong(self, each: Filter) -> str:
        """Why a day that the address asks for cannot be meant; told beside its field."""
        if each.kind != "day" or not request.args.get(each.key):
            return ""
        if self.asked[each.key] is None:
            return gettext("This is no day; the filter is left out")
        since = self.asked.get("since")
        if each.key == "until" and since is not None and self.asked["until"] < since:
            return gettext("This lies before the first day, so nothing matches")
        return ""

    def action_url(self, endpoint: str, args: Mapping[str, str] | None = None) -> str:
        """Where a form of this list is sent: the filters go along, so that the answer leads back here."""
        return url_for(endpoint, **{**self.args, **(args or {})})

    def direction(self, column: Column) -> str:
        """How the rows are ordered by a column: ascending, descending or none, as aria-sort says it."""
        if not column.sort or self.sort.removeprefix("-") != column.sort:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"

    def sort_url(self, column: Column) -> str:
        """The other direction where it is ordered so already; figures and days begin with the largest."""
        is_down = self.sort.startswith("-") if self.direction(column) != "none" else column.kind == "text"
        return self.url(sort=column.sort if is_down else f"-{column.sort}")

    def orders(self) -> list[tuple[str, str]]:
        """Value and words of every order, for the select of a phone."""
        offered = [each for each in self.columns if each.sort]
        up, down = gettext("ascending"), gettext("descending")
        return [
            (f"{sign}{each.sort}", f"{each.words} {way}")
            for each in offered
            for sign, way in (("", up), ("-", down))
        ]

    def sums(self, column: Column) -> list[str]:
        """The sums of all rows that match, spelled, one per currency."""
        return [column.spelled(total, currency) for currency, total in self.totals.sums.get(column.key, ())]

    def view_url(self, view: SavedView) -> str:
        return url_for(self.spec.page) + (f"?{view.query}" if view.query else "")


def in_turn(flow: Callable[[Session, Actor, Given], Any], given: Iterable[tuple[str, Given]]) -> Outcome:
    """Run a flow for each ticked row, each in a transaction of its own, and keep why one was refused."""
    outcome = Outcome()
    for label, each in given:
        try:
            run(flow, g.actor, each)
            outcome.done += 1
        except Refused as refusal:
            keep(refusal)
            outcome.refused.append((label, words.say(refusal)))
    return outcome


def picked() -> list[tuple[int, int]]:
    """Id and version of every ticked row, each once, in the order of the page; nonsense is left out."""
    found: dict[int, int] = {}
    for text in request.form.getlist("pick")[:MOST_PICKED]:
        key, _dash, version = text.partition("-")
        numbers = [asked.whole(key), asked.whole(version or "1")]
        if all(numbers):
            found[numbers[0] or 0] = numbers[1] or 0
    return list(found.items())


def _may_ask(each: Filter) -> bool:
    return each.permission is None or g.actor.may(each.permission)


def _said(each: Filter, choices: Sequence[tuple[str, str]]) -> Any:
    if not _may_ask(each):
        return "" if each.kind in {"search", "choice"} else None
    if each.choices is not None:
        return asked.choice(each.key, [value for value, _words in choices])
    return READERS[each.kind](each.key)


READERS: dict[str, Callable[[str], Any]] = {
    "search": asked.text,
    "day": asked.day,
    "id": asked.number,
    "one": asked.number,  # read where it is found
    "flag": asked.flag,
}
