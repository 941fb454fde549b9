"""Price lists in the inbox: a checked draft that somebody else lets hold, or gives back."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import inbox as pages
from admin import price_words
from admin.desk import show_desk
from admin.inbox import Decided, DecisionForm, Facts, Kind
from admin.price_checks import show_check
from trade import clock
from trade.actor import Actor, Permission
from trade.approvals.inbox import Item
from trade.flows.decide_prices import PriceDecision, decide_prices
from trade.pricing import grid, issue, lists
from web.access import requires

bp = Blueprint("price_decisions", __name__)
SHOWN = 12  # of the changes, the furthest moves first; the grid has them all


@bp.post("/prices/drafts/<id:draft_id>/decision")
@requires(Permission.PRICE_PUBLISH)
def decision(draft_id: int) -> Response:
    """Yes, no, or back for correction."""

    def show_document(session: Session, form: DecisionForm) -> Response:
        facts = _load(session, g.actor, draft_id)
        day = facts["draft"].valid_from or clock.today()
        return show_check(session, facts["price_list"].id, form, day)

    def show_item(session: Session, item: Item, form: DecisionForm) -> Response:
        return show_desk(session, item.request.id, form)

    return pages.answer("price_list", draft_id, show_document, show_item)


def _load(session: Session, actor: Actor, draft_id: int) -> dict[str, Any]:
    """From which day, how much changes, the furthest moves with before and after, and the accepted warnings."""
    draft = issue.get_asked(session, draft_id)
    found = lists.get_for(session, actor, draft.price_list_id)
    today = clock.today()
    moved = issue.moves(session, draft, today) if draft.state == "open" else []
    names = [target for target, _share in moved[:SHOWN]]
    names += [each for each in issue.targets(session, draft, SHOWN) if each not in names]
    rows = grid.one(session, found, draft.id, names[:SHOWN], today) if draft.state == "open" else []
    return {
        "price_list": found,
        "title": f"{found.code} {found.name}",
        "draft": draft,
        "rows_changed": sorted(
            (row for row in rows if row.is_changed), key=lambda row: -abs(row.change or 0)
        ),
        "furthest": moved[0][1] if moved else None,
        "price_counts": grid.counts(session, found, draft.id, today),
        "warned": [
            (str(price_words.TITLES.get(code, code)), count) for code, count in (draft.accepted or {}).items()
        ],
        "price_words": price_words,
    }


def _given(decided: Decided) -> PriceDecision:
    return PriceDecision(decided.subject_id, decided.version, decided.decision, decided.comment, decided.step)


def _yes(facts: Facts) -> str:
    count = facts["price_counts"]["changed"]
    return ngettext("Publish %(num)s change", "Publish %(num)s changes", count)


def _reason(fact: Mapping[str, Any], currency: str) -> tuple[str, str]:
    """A warning that was accepted."""
    code = str(fact.get("code", "")).removeprefix("price.")
    return "warn", f"{price_words.TITLES.get(code, code)} {fact.get('count', '')}".strip()


pages.register(
    Kind(
        subject="price_list",
        words=_("Price list"),
        panel="admin/inbox/price_list.html",
        load=_load,
        decision_url=lambda draft_id: url_for("admin.price_decisions.decision", draft_id=draft_id),
        url=lambda draft_id, facts: url_for(
            "admin.prices.detail", list_id=facts["price_list"].id, only="changed"
        ),
        flow=decide_prices,
        given=_given,
        yes=_yes,
        said={
            pages.YES: _("Published %(title)s; everybody concerned is told"),
            pages.BACK: _("Returned %(title)s for correction"),
            pages.NO: _("Rejected %(title)s"),
        },
        reason=_reason,
    )
)
