"""Counts of a warehouse: what was there at a moment, and what was booked for it."""

import secrets
from datetime import datetime, time

from flask import request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.pasted import bare_field, read_goods
from admin.stock import bp, house_choices
from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.errors import Refused
from trade.flows.count_stock import Count, count_stock
from trade.inventory import counting, papers, queries
from web import asked, words
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, DateField, Form, LongTextField, TextField

LONGEST = 80_000


class CountForm(Form):
    key = TextField(longest=40)
    warehouse = ChoiceField(_("Warehouse"))
    goods = LongTextField(
        _("What was counted"),
        longest=LONGEST,
        hint=_(
            "One product in each row: code and quantity, as copied from Excel; with the unit: CP0515 12 cases"
        ),
    )
    bare = bare_field()
    day = DateField(_("Counted on"))
    at = TextField(
        _("at"), longest=5, is_needed=False, hint=_("HH:MM; empty: now, or the end of an earlier day")
    )
    note = TextField(_("Remark"), longest=200, is_needed=False)
    moment = TextField(longest=40, is_needed=False)  # what was compared, in UTC
    seen = TextField(longest=40, is_needed=False)


@bp.get("/stock/counts")
@requires(Permission.STOCK_READ)
def counts() -> Response:
    with read() as session:
        rows, following = papers.counts(session, after=asked.number("after"))
        return render(session, "admin/stock/counts.html", "counts", rows=rows, following=following)


@bp.get("/stock/counts/new")
@requires(Permission.STOCK_MOVE)
def count_form() -> Response:
    with read() as session:
        start = {
            "key": secrets.token_urlsafe(16),
            "day": clock.today(),
            "warehouse": request.args.get("house"),
        }
        return _form(session, CountForm(data=start))


@bp.post("/stock/counts")
@requires(Permission.STOCK_MOVE)
def count_creation() -> Response:
    """Show what a count would change; book it when that was confirmed."""
    form = CountForm(request.form)
    step = request.form.get("step", "")
    with read() as session:
        form.warehouse.choices = house_choices(session)
        goods = read_goods(session, form, "goods", smallest=0) if form.validate() else {}
    moment = _moment(form, is_confirmed=step == "book") if not form.errors else None
    if not form.errors and not goods:
        form.refuse(words.say(Refused("count.empty")), "goods")
    if form.errors or moment is None or step == "change":
        with read() as session:
            return _form(session, form)
    if step == "book":
        given = Count(
            form.key.data,
            int(form.warehouse.data),
            moment,
            goods,
            form.note.data or "",
            seen=form.seen.data or "",
        )
        count_id = attempt(form, count_stock, given)
        if count_id is not None:
            say(ngettext("%(num)s product is counted", "%(num)s products are counted", len(goods)))
            return go(url_for("admin.stock.count", count_id=count_id))
    with read() as session:
        return _preview(session, form, goods, moment)


@bp.get("/stock/counts/<id:count_id>")
@requires(Permission.STOCK_READ)
def count(count_id: int) -> Response:
    with read() as session:
        row, lines = papers.get_count(session, count_id)
        return render(session, "admin/stock/count.html", "count", row=row, lines=lines)


def _form(session: Session, form: CountForm) -> Response:
    form.warehouse.choices = house_choices(session)
    status = 422 if form.errors else 200
    return render(session, "admin/stock/count_form.html", "form", status=status, form=form, compared=None)


def _preview(session: Session, form: CountForm, goods: dict[int, int], moment: datetime) -> Response:
    house = queries.get_warehouse(session, int(form.warehouse.data))
    compared = counting.compare(session, house.id, goods, moment)
    return render(
        session,
        "admin/stock/count_form.html",
        "form",
        status=422 if form.errors else 200,
        form=form,
        compared=compared,
        house=house,
        moment=moment,
        seen=counting.seen(compared),
        needs_reason=any(row.needs_reason for row in compared),
    )


def _moment(form: CountForm, *, is_confirmed: bool) -> datetime | None:
    """When it was counted, in UTC; without a time it is now, or the end of a day that is over."""
    moment = _compared(form) if is_confirmed else _typed(form)
    if moment is not None and moment > clock.now():
        form.refuse(words.say(Refused("count.in_future")), "day")
        return None
    return moment


def _compared(form: CountForm) -> datetime | None:
    """The moment that the comparison stood for; only what this page wrote is read."""
    try:
        moment = datetime.fromisoformat(form.moment.data or "")
    except ValueError:
        return _typed(form)
    return moment if moment.tzinfo is not None else _typed(form)


def _typed(form: CountForm) -> datetime | None:
    typed, now = form.at.data, clock.now()
    try:
        at = time.fromisoformat(typed) if typed else None
    except ValueError:
        form.refuse(gettext("Enter a time like 18:30"), "at")
        return None
    if at is None and form.day.data == clock.today():
        return now
    return datetime.combine(form.day.data, at or time(23, 59, 59), tzinfo=clock.BRAND_ZONE).astimezone(
        now.tzinfo
    )
