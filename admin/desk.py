"""What waits for me: whatever I decide in one inbox, held orders, those to ship, and what waits on other pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import inbox as pages
from admin.inbox import KINDS, DecisionForm
from trade.actor import Permission
from trade.approvals import inbox
from trade.approvals.inbox import Item, Place
from trade.banking.desk import Counts, counts
from trade.db import read
from trade.errors import Refused
from trade.orders import desk, remarks
from trade.orders.models import Order
from trade.orders.queries import due_of
from trade.returns import desk as returns_desk
from trade.returns.queries import Row
from web import asked, returned
from web.access import requires
from web.answer import render
from web.lists import Outcome

bp = Blueprint("desk", __name__)
RELEASES = (
    Permission.CREDIT_LIMIT,
    Permission.PAYMENT_RECORD,
    Permission.ORDER_APPROVE,
    Permission.ORDER_CANCEL,
)
INBOX = "approvals"


@dataclass(frozen=True)
class Tab:
    code: str
    words: str
    count: int
    permission: Permission
    url: str = ""  # of the page on which it is done, where that is another


@bp.get("")
@requires(Permission.DESK_READ)
def index() -> Response:
    with read() as session:
        return show_desk(session, asked.number("item"), None)


def show_desk(
    session: Session,
    item_id: int | None,
    form: DecisionForm | None,
    *,
    outcome: Outcome | None = None,
) -> Response:
    """The list of the chosen kind; in the inbox, on a PC, with the picked item beside it, which may be decided already."""
    found = counts(session, g.actor)
    tabs = _tabs(found)
    wanted = INBOX if form or outcome else asked.text("tab")
    tab = next((each for each in tabs if each.code == wanted and not each.url), None) or _first(tabs)
    code = tab.code if tab else ""
    orders: Sequence[Order] = ()
    urged: Sequence[remarks.Urged] = remarks.urged(session, g.actor) if code == "urged" else ()
    returns: Sequence[Row] = returns_desk.coming_back(session, g.actor) if code == "coming-back" else ()
    following: str | int = ""
    if code in ("held", "shipping"):
        reach = desk.held if code == "held" else desk.to_ship
        reached = reach(session, g.actor, asked.number("after"))
        orders = reached[: desk.PAGE]
        following = orders[-1].id if len(reached) > desk.PAGE else ""
    context: dict[str, Any] = {
        "tabs": tabs,
        "tab": tab,
        "orders": orders,
        "returns": returns,
        "urged": urged,
        "due": due_of(session, [each.id for each in (*orders, *(one.order for one in urged))]),
        "pending": found.pending
        if g.actor.scope.is_everyone and g.actor.may(Permission.ORDER_APPROVE)
        else 0,
        "own_orders": found.decide.get("order", 0),
        "said_returned": returned,
        "following": following,
        "item": None,
        "outcome": outcome,
    }
    if code == INBOX:
        context |= _inbox(session, found, item_id, form)
    return render(session, "admin/desk/desk.html", "desk", status=422 if form or outcome else 200, **context)


def _inbox(session: Session, found: Counts, item_id: int | None, form: DecisionForm | None) -> dict[str, Any]:
    """The line of what this person decides, narrowed to a subject if the address says so, and the picked item."""
    only = pages.only_of(form) if form else asked.choice("subject", list(KINDS))
    rows, following = inbox.listing(session, g.actor, only, asked.key("after"))
    item = _picked(session, rows, item_id)
    total = found.decide.get(only, 0) if only else sum(found.decide.values())
    at = next((at for at, row in enumerate(rows, 1) if item and row.request.id == item.request.id), 0)
    chips = [(gettext("All"), pages.desk_url(), not only)] + [
        (f"{KINDS[code].words} {count}", pages.desk_url(code), code == only)
        for code, count in found.decide.items()
        if code in KINDS and (count or code == only)
    ]
    ticks = {code for code, kind in KINDS.items() if kind.may_tick}
    can_tick = any(row.request.subject in ticks and row.request.amount <= found.most for row in rows)
    context: dict[str, Any] = {
        "rows": rows,
        "following": following,
        "only": only,
        "chips": chips if len(chips) > 2 or only else [],
        "spot": Place(at, total, None),
        "can_tick": can_tick,
        "most": found.most,
        "ticks": ticks,
        "words": pages.words_of,
        "reasons": pages.reasons_of,
        "pages": pages,
    }
    return context | (pages.shown(session, item, form, "desk", only=only) if item else {})


def _picked(session: Session, rows: Sequence[Item], item_id: int | None) -> Item | None:
    """The item that the address names, else the first; what was taken out of one's reach meanwhile is left out."""
    here = next((row for row in rows if item_id in {row.request.id, None}), None)
    if here is not None or item_id is None:
        return here
    try:
        return inbox.get_for(session, g.actor, item_id)
    except Refused:
        return None


def _first(tabs: list[Tab]) -> Tab | None:
    """The first list in which something waits, so that nobody looks at an empty one while work stands beside it."""
    here = [each for each in tabs if not each.url]
    if asked.text("subject") or asked.number("item"):
        here = [each for each in here if each.code == INBOX] or here
        return next(iter(here), None)
    work = (each for each in here if each.count and each.code != "held")
    usual = (each for each in here if each.code != "urged")
    return next(work, None) or next(usual, None)


def _tabs(found: Counts) -> list[Tab]:
    tabs = [
        Tab("urged", gettext("Urged orders"), found.urged, Permission.ORDER_REMARK),
        Tab("shipping", gettext("To ship"), found.ship, Permission.ORDER_SHIP),
        Tab("coming-back", gettext("Goods coming back"), found.coming_back, Permission.RETURN_RECEIVE),
        Tab("held", gettext("Held orders"), found.held, Permission.ORDER_REVIEW),
        *_elsewhere(found),
    ]
    tabs = [tab for tab in tabs if g.actor.may(tab.permission) and (tab.code != "held" or _may_release())]
    if inbox.readable(g.actor):
        count = sum(found.decide.values())
        tabs.insert(0, Tab(INBOX, gettext("To be decided by you"), count, Permission.DESK_READ))
    return tabs


def _elsewhere(found: Counts) -> list[Tab]:
    """What waits on the pages of bank and statements; each is named while something does."""
    tabs = [
        Tab(
            "bank",
            gettext("Bank lines"),
            found.lines,
            Permission.PAYMENT_RECORD,
            url_for("admin.bank.index", state="open"),
        ),
        Tab(
            "proofs",
            gettext("Proofs of payment"),
            found.proofs,
            Permission.PAYMENT_RECORD,
            url_for("admin.proofs.index", state="submitted"),
        ),
        Tab(
            "disputes",
            gettext("Disputed statement lines"),
            found.disputes,
            Permission.STATEMENT_MANAGE,
            url_for("admin.statements.index", state="disputed"),
        ),
    ]
    return [tab for tab in tabs if tab.count]


def _may_release() -> bool:
    """Held orders are work for who can get them going: by credit, a payment, a decision or the order itself."""
    return any(g.actor.may(each) for each in RELEASES)
