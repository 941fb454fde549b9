"""The sales report: one table and one chart, and the orders behind every figure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from tempfile import TemporaryFile
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from press import sheets
from press.sheets import Amount, Heading
from trade import clock
from trade.actor import Permission
from trade.catalog.models import Category
from trade.db import read_reports, run
from trade.distributors.models import Territory
from trade.flows.export_list import Export, export_list
from trade.reports import analysis
from trade.reports.analysis import Answer, Figures, Line, Question
from web import asked
from web.access import requires
from web.answer import render
from web.downloads import answer_sheet
from web.i18n import money, quantity, second
from web.paging import Page, page_number

bp = Blueprint("reports", __name__)
SHOWN = 200  # rows of a page; the sheet has all
CHARTED = 15  # groups of a chart; the rest is in the table
BY: Mapping[str, Any] = {
    "month": _("Month"),
    "distributor": _("Distributor"),
    "territory": _("Territory"),
    "channel": _("Channel"),
    "tier": _("Tier"),
    "category": _("Category"),
    "product": _("Product"),
    "rep": _("Sales representative"),
}
MEASURES: Mapping[str, Any] = {
    "gross": _("Sales incl. tax"),
    "net": _("Sales without tax"),
    "quantity": _("Quantity in single units"),
    "orders": _("Orders"),
    "distributors": _("Distributors who bought"),
}
PERIODS: Mapping[str, Any] = {
    "month": _("This month"),
    "last-month": _("Last month"),
    "quarter": _("This quarter"),
    "year": _("This year"),
    "twelve": _("Last 12 months"),
}
COUNTED = ("orders", "distributors")  # once in the total, though they may stand in several rows
CODES = ("distributor", "territory", "channel", "tier", "category", "product")


@dataclass(frozen=True)
class View:
    """A question with how its answer is shown, and the address that asks it."""

    asked: Question
    measure: str
    args: Mapping[str, str]

    def url(self, endpoint: str = ".index", **changes: object) -> str:
        """The same question with something changed."""
        known = {**self.args, **changes}
        return url_for(endpoint, **{name: str(value) for name, value in known.items() if value is not None})

    def orders_url(self, line: Line) -> str:
        """The orders behind a line."""
        if self.asked.by == "month":
            since, until = _month(line.key)
            since, until = max(since, self.asked.since), min(until, self.asked.until)
            return self.url(".orders", since=since, until=until - timedelta(days=1))
        return self.url(".orders", **{_limit(self.asked.by): line.key or "-"})

    def closer_url(self, line: Line) -> str:
        """The same figures of one group, month by month; of a month, by distributor."""
        if self.asked.by == "month":
            since, until = _month(line.key)
            return self.url(by="distributor", since=since, until=until - timedelta(days=1))
        return self.url(by="month", **{_limit(self.asked.by): line.key or "-"})

    def spell(self, value: Any, measure: str = "") -> str:
        if (measure or self.measure) in ("gross", "net"):
            return money(value, self.asked.currency)
        return quantity(int(value))


@bp.get("/reports")
@requires(Permission.REPORT_READ)
def index() -> Response:
    with read_reports() as session:
        view = _view(session)
        answer = analysis.analyse(session, g.actor, view.asked)
        return render(
            session,
            "admin/reports/reports.html",
            "report",
            as_of=session.info.get("as_of"),
            view=view,
            answer=answer,
            shown=answer.lines[:SHOWN],
            chart=_chart(view, answer),
            named=_named,
            limits=_limits(view, answer),
            is_replaced=_is_replaced(view),
            territories=analysis.branches(session, Territory),
            categories=analysis.branches(session, Category),
            channels=analysis.channels(session),
            by_words=BY,
            measures=MEASURES,
            tabs=[(words, view.url(by=by), by == view.asked.by, None) for by, words in BY.items()],
            periods=[
                (words, view.url(period=each, since=None, until=None), False)
                for each, words in PERIODS.items()
            ],
        )


@bp.get("/reports/orders")
@requires(Permission.REPORT_READ)
def orders() -> Response:
    """Every order that a figure is made of, with what it brings to it."""
    with read_reports() as session:
        view = _view(session)
        number = page_number()
        found, total = analysis.parts(session, g.actor, view.asked, (number - 1) * analysis.PAGE)
        return render(
            session,
            "admin/reports/orders.html",
            "orders",
            as_of=session.info.get("as_of"),
            view=view,
            parts=found,
            page=Page(number, total, analysis.PAGE),
            total=analysis.analyse(session, g.actor, replace(view.asked, by="month")).total.now,
            named=_named,
        )


@bp.post("/reports/export")
@requires(Permission.REPORT_READ)
def export() -> Response:
    """The whole table as a workbook, written down before it is handed over."""
    with read_reports() as session:
        view = _view(session)
        answer, as_of = analysis.analyse(session, g.actor, view.asked), session.info.get("as_of")
    run(
        export_list,
        g.actor,
        Export("admin.reports.index", request.query_string.decode()[:500], len(answer.lines)),
    )
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    title = gettext("Sales by %(dimension)s", dimension=BY[view.asked.by])
    sheets.write(
        file,
        title,
        _headings(view),
        (_cells(view, line) for line in answer.lines),
        total=gettext("Total"),
        about=[
            (gettext("Days"), f"{view.asked.since} – {view.asked.until - timedelta(days=1)}"),
            (gettext("Made by"), g.signed_in.person_name),
            *([(gettext("State of"), second(as_of))] if as_of else []),
            *((str(MEASURES[each]), view.spell(answer.total.now.measure(each), each)) for each in COUNTED),
        ],
        about_title=gettext("About"),
    )
    return answer_sheet(file, f"{title}-{clock.today().isoformat()}.xlsx")


def _view(session: Session) -> View:
    """What the address asks; nonsense is as if it had not been said."""
    today = clock.today()
    since, until = _days(today)
    known: dict[str, Any] = {name: _code(name) for name in CODES}
    rep = request.args.get("rep", "")
    question = Question(
        by=asked.choice("by", analysis.BY) or "month",
        since=since,
        until=until + timedelta(days=1),
        currency=asked.text("currency")[:3].upper() or "CNY",
        territory_id=asked.number("territory_id"),
        category_id=asked.number("category_id"),
        rep_id=0 if rep == "-" else asked.number("rep"),
        **known,
    )
    args = {name: value[: asked.LONGEST] for name, value in request.args.items() if value and name != "page"}
    args |= {"since": since.isoformat(), "until": until.isoformat()}
    args.pop("period", None)
    return View(question, asked.choice("measure", MEASURES) or "gross", args)


def _code(name: str) -> str | None:
    said = asked.text(name)
    return "" if said == "-" else said or None


def _days(today: date) -> tuple[date, date]:
    """The first and last day that the address asks for; twelve whole months up to today where it says nothing."""
    first = today.replace(day=1)
    starts: dict[str, Callable[[], tuple[date, date]]] = {
        "month": lambda: (first, today),
        "last-month": lambda: (_back(first, 1), first - timedelta(days=1)),
        "quarter": lambda: (first.replace(month=(first.month - 1) // 3 * 3 + 1), today),
        "year": lambda: (first.replace(month=1), today),
        "twelve": lambda: (_back(first, 11), today),
    }
    period = asked.choice("period", PERIODS)
    since, until = asked.day("since"), asked.day("until")
    if period or since is None or until is None or since > until:
        return starts[period or "twelve"]()
    return since, until


def _is_replaced(view: View) -> bool:
    """Whether days were asked for and others are shown, which is said beside the fields."""
    said = [request.args.get(name, "") for name in ("since", "until")]
    return (
        any(said) and not asked.choice("period", PERIODS) and said != [view.args["since"], view.args["until"]]
    )


def _back(first: date, months: int) -> date:
    at = first.year * 12 + first.month - 1 - months
    return date(at // 12, at % 12 + 1, 1)


def _month(key: str) -> tuple[date, date]:
    """First day of a month such as 202611, and of the next."""
    first = date(int(key[:4]), int(key[4:]), 1)
    return first, _back(first, -1)


def _limit(by: str) -> str:
    return {"rep": "rep"}.get(by, by)


def _named(view: View, line: Line) -> str:
    """How a group is called; a month as 2026-11."""
    if view.asked.by == "month":
        return f"{line.key[:4]}-{line.key[4:]}"
    return line.name if line.key not in ("", "0") else gettext("Not said")


def _limits(view: View, answer: Answer) -> list[tuple[Any, str, str]]:
    """What the figures are limited to by a click: words, value, and the address without it."""
    names = {line.key: line.name for line in answer.lines}
    held = [*((name, getattr(view.asked, name)) for name in CODES), ("rep", view.asked.rep_id)]
    return [
        (BY[name], str(names.get(str(value)) or value or gettext("Not said")), view.url(**{name: None}))
        for name, value in held
        if value is not None
    ]


def _chart(view: View, answer: Answer) -> dict[str, Any]:
    """What the browser draws: names, this year, the year before, as plain numbers."""
    lines = answer.lines if view.asked.by == "month" else answer.lines[:CHARTED]
    return {
        "kind": "columns" if view.asked.by == "month" else "bars",
        "names": [_named(view, line) for line in lines],
        "series": [
            {
                "name": gettext("This period"),
                "values": [float(line.now.measure(view.measure)) for line in lines],
            },
            {
                "name": gettext("A year before"),
                "values": [float(line.before.measure(view.measure)) for line in lines],
            },
        ],
        "unit": {"zh_CN": "万"}.get(str(g.signed_in.locale), ""),
        "isMoney": view.measure in ("gross", "net"),
    }


def _headings(view: View) -> list[Heading]:
    before = gettext("A year before")
    return [
        Heading(str(BY[view.asked.by]), width=34),
        Heading(gettext("Code")),
        Heading(str(MEASURES["gross"]), "money", is_summed=True),
        Heading(str(MEASURES["net"]), "money", is_summed=True),
        Heading(str(MEASURES["quantity"]), "whole", is_summed=True),
        Heading(str(MEASURES["orders"]), "whole"),
        Heading(str(MEASURES["distributors"]), "whole"),
        Heading(f"{MEASURES['gross']} ({before})", "money", is_summed=True),
        Heading(f"{MEASURES['net']} ({before})", "money", is_summed=True),
        Heading(f"{MEASURES['quantity']} ({before})", "whole", is_summed=True),
    ]


def _cells(view: View, line: Line) -> list[Any]:
    now: Figures = line.now
    return [
        _named(view, line),
        line.key if view.asked.by in ("distributor", "product") else "",
        Amount(now.gross, view.asked.currency),
        Amount(now.net, view.asked.currency),
        now.quantity,
        now.orders,
        now.distributors,
        Amount(line.before.gross, view.asked.currency),
        Amount(line.before.net, view.asked.currency),
        line.before.quantity,
    ]
