"""What waits for me: orders to decide, held ones, those to ship."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.cases import Case, DecisionForm, load_case
from trade.actor import Permission
from trade.amendments import desk as amendments_desk
from trade.banking import desk as money_desk
from trade.db import read
from trade.errors import Refused
from trade.orders import desk, remarks
from trade.orders.models import Order
from trade.orders.queries import due_of
from trade.returns import desk as returns_desk
from web import asked, returned
from web.access import requires
from web.answer import render

bp = Blueprint("desk", __name__)
RELEASES = (
    Permission.CREDIT_LIMIT,
    Permission.PAYMENT_RECORD,
    Permission.ORDER_APPROVE,
    Permission.ORDER_CANCEL,
)
RETURNS = {"returns": returns_desk.to_decide, "coming-back": returns_desk.coming_back}


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


@bp.get("/orders/<id:order_id>/approval")
@requires(Permission.ORDER_APPROVE)
def approval(order_id: int) -> Response:
    with read() as session:
        return show_approval(session, order_id, None)


def show_desk(session: Session, item: int | None, form: DecisionForm | None) -> Response:
    """The list of the chosen kind; on a PC with the picked order beside it, which may be decided already."""
    counts = (desk.counts(session, g.actor), returns_desk.counts(session, g.actor))
    tabs = _tabs(*counts, amendments_desk.counts(session, g.actor), money_desk.counts(session, g.actor))
    wanted = asked.text("tab")
    tab = next((each for each in tabs if each.code == wanted and not each.url), None) or _first(tabs)
    rows: Sequence[desk.Waiting] = ()
    orders: Sequence[Order] = ()
    returns: Sequence[returns_desk.Waiting] = ()
    amendments: Sequence[amendments_desk.Waiting] = ()
    urged: Sequence[remarks.Urged] = ()
    following: str | int = ""
    case = None
    if tab is not None and tab.code == "orders":
        rows, following = desk.to_decide(session, g.actor, asked.key("after"))
        case = _picked(session, rows, item)
    elif tab is not None and tab.code in RETURNS:
        returns = RETURNS[tab.code](session, g.actor)
    elif tab is not None and tab.code == "amendments":
        amendments = amendments_desk.to_decide(session, g.actor)
    elif tab is not None and tab.code == "urged":
        urged = remarks.urged(session, g.actor)
    elif tab is not None:
        reach = desk.held if tab.code == "held" else desk.to_ship
        found = reach(session, g.actor, asked.number("after"))
        orders = found[: desk.PAGE]
        following = orders[-1].id if len(found) > desk.PAGE else ""
    context: dict[str, Any] = {
        "tabs": tabs,
        "tab": tab,
        "rows": rows,
        "orders": orders,
        "returns": returns,
        "amendments": amendments,
        "urged": urged,
        "due": due_of(session, [each.id for each in (*orders, *(one.order for one in urged))]),
        "pending": counts[0].pending
        if g.actor.scope.is_everyone and g.actor.may(Permission.ORDER_APPROVE)
        else 0,
        "said_returned": returned,
        "following": following,
        "case": case,
        "form": form or DecisionForm(),
        "place": "desk",
        "at": next((at for at, row in enumerate(rows, 1) if case and row.order.id == case.order.id), 0),
    }
    return render(session, "admin/desk/desk.html", "desk", status=422 if form else 200, **context)


def show_approval(session: Session, order_id: int, form: DecisionForm | None) -> Response:
    """One order as it is decided on a phone: the figures, the comment, the three answers at the thumb."""
    case = load_case(session, g.actor, order_id)
    place = desk.place_of(session, g.actor, order_id)
    return render(
        session,
        "admin/desk/approval.html",
        "approval",
        status=422 if form else 200,
        case=case,
        spot=place,
        form=form or DecisionForm(),
        place="approval",
        next_url=url_for("admin.desk.approval", order_id=place.next_id) if place.next_id else None,
    )


def _picked(session: Session, rows: Sequence[desk.Waiting], item: int | None) -> Case | None:
    """The order that the address names, else the first; what was taken out of one's reach meanwhile is left out."""
    if item is None and not rows:
        return None
    waiting = next((row for row in rows if item in {row.order.id, None}), None)
    try:
        return load_case(session, g.actor, item or rows[0].order.id, waiting)
    except Refused:
        return None


def _first(tabs: list[Tab]) -> Tab | None:
    """The first list in which something waits, so that nobody looks at an empty one while work stands beside it."""
    here = [each for each in tabs if not each.url]
    work = (each for each in here if each.count and each.code != "held")
    usual = (each for each in here if each.code != "urged")
    return next(work, None) or next(usual, None)


def _tabs(
    counts: desk.Counts, returns: tuple[int, int], care: tuple[int, int], money: money_desk.Counts
) -> list[Tab]:
    tabs = [
        Tab("orders", gettext("Orders to decide"), counts.decide, Permission.ORDER_APPROVE),
        Tab("amendments", gettext("Changes to decide"), care[0], Permission.ORDER_APPROVE),
        Tab("urged", gettext("Urged orders"), care[1], Permission.ORDER_REMARK),
        Tab("returns", gettext("Returns to decide"), returns[0], Permission.RETURN_DECIDE),
        Tab("shipping", gettext("To ship"), counts.ship, Permission.ORDER_SHIP),
        Tab("coming-back", gettext("Goods coming back"), returns[1], Permission.RETURN_RECEIVE),
        Tab("held", gettext("Held orders"), counts.held, Permission.ORDER_REVIEW),
        *_elsewhere(money),
    ]
    return [tab for tab in tabs if g.actor.may(tab.permission) and (tab.code != "held" or _may_release())]


def _elsewhere(money: money_desk.Counts) -> list[Tab]:
    """What waits on the pages of credit, bank and statements; each is named while something does."""
    tabs = [
        Tab(
            "limits",
            gettext("Temporary limits to decide"),
            money.wishes,
            Permission.CREDIT_REVIEW,
            url_for("admin.credit.index"),
        ),
        Tab(
            "bank",
            gettext("Bank lines"),
            money.lines,
            Permission.PAYMENT_RECORD,
            url_for("admin.bank.index", state="open"),
        ),
        Tab(
            "proofs",
            gettext("Proofs of payment"),
            money.proofs,
            Permission.PAYMENT_RECORD,
            url_for("admin.proofs.index", state="submitted"),
        ),
        Tab(
            "disputes",
            gettext("Disputed statement lines"),
            money.disputes,
            Permission.STATEMENT_MANAGE,
            url_for("admin.statements.index", state="disputed"),
        ),
    ]
    return [tab for tab in tabs if tab.count]


def _may_release() -> bool:
    """Held orders are work for who can get them going: by credit, a payment, a decision or the order itself."""
    return any(g.actor.may(each) for each in RELEASES)
