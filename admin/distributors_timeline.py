"""Everything that happened with a distributor, in one stream."""

from datetime import datetime
from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from admin import audited, spoken
from admin.distributors import bp
from trade.actor import Permission
from trade.db import read
from trade.distributors import queries
from trade.reports import trail
from trade.reports.timeline import KINDS, Cursor, Happening, timeline
from web import asked, notice_words
from web.access import requires
from web.answer import render
from web.i18n import money

WORDS = {
    "profile": _("Profile"),
    "standing": _("Standing"),
    "credit": _("Credit"),
    "orders": _("Orders"),
    "payments": _("Payments"),
    "notices": _("Messages"),
}
# What is told of money and orders is told to those alone who may see them elsewhere.
NEEDED = {
    "credit": Permission.CREDIT_REVIEW,
    "orders": Permission.ORDER_REVIEW,
    "payments": Permission.PAYMENT_READ,
    "notices": Permission.CREDIT_REVIEW,
}


@bp.get("/distributors/<id:distributor_id>/timeline")
@requires(Permission.DISTRIBUTOR_READ)
def happenings(distributor_id: int) -> Response:
    kinds = [each for each in KINDS if each not in NEEDED or g.actor.may(NEEDED[each])]
    kind = asked.choice("kind", kinds)
    with read() as session:
        distributor = queries.get_for(session, g.actor, distributor_id)
        wanted = [kind] if kind else kinds
        rows, following = timeline(session, distributor_id, wanted, _cursor(asked.key("after")))
        names = trail.called(session, set().union(*map(_things, rows)))
        return render(
            session,
            "admin/distributors/timeline.html",
            "timeline",
            distributor=distributor,
            rows=[(row, *_told(row, names)) for row in rows],
            kind=kind,
            kinds=[(each, WORDS[each]) for each in kinds],
            words=WORDS,
            following=f"{following.at.isoformat()}|{following.source}|{following.row_id}"
            if following
            else "",
        )


def _cursor(key: str) -> Cursor | None:
    """Where the page before ended; nonsense begins at the start."""
    moment, _bar, rest = key.partition("|")
    source, _bar, row_id = rest.partition("|")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    known = asked.whole(row_id)
    return Cursor(at, source, known) if at.tzinfo is not None and known else None


def _things(row: Happening) -> set[tuple[str, int]]:
    if row.kind in {"profile", "standing", "credit"}:
        return audited.things_in(row.row)
    return {("person", row.row.person_id or 0)} if row.kind in {"orders", "payments"} else set()


def _told(row: Happening, names: audited.Names) -> tuple[str, list[str], str]:
    """What happened, what there is to say about it, and who did it."""
    each: Any = row.row
    if row.kind == "orders" and row.order is not None:
        deed = spoken.deed(each.action, each.facts, row.order.currency)
        title = gettext("Order %(number)s", number=row.order.number or "")
        return title, [deed], names.get(("person", each.person_id or 0), "")
    if row.kind == "payments":
        title = gettext("Payment %(number)s", number=each.number)
        return (
            title,
            [money(each.amount, each.currency), each.reference],
            names.get(("person", each.person_id or 0), ""),
        )
    if row.kind == "notices":
        return notice_words.say(each.topic, each.facts), [], ""
    who = names.get(("person", each.person_id or 0), "")
    changed = [f"{side.label}: {side.before} → {side.after}" for side in audited.sides(each, names)]
    return audited.event(each), [*changed, *audited.facts(each, names)], who
