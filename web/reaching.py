"""What reaches me: the words for kinds of events, and the form by which people choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, request
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade.actor import Actor
from trade.db import read
from trade.flows.choose_notices import Wishes, choose_notices, quiet_of
from trade.notices import channels, planning
from trade.people.queries import memberships_of
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, Form

GROUPS: Mapping[str, Any] = {
    "decisions": _("What waits for my decision"),
    "orders": _("Orders"),
    "deliveries": _("Deliveries"),
    "returns": _("Returns"),
    "money": _("Payments and credit"),
    "prices": _("Prices"),
    "policies": _("Policies and notices"),
    "work": _("Work of the program: imports, low stock, handovers"),
    "security": _("Safety of my account"),
}
OF_DISTRIBUTORS = ("orders", "deliveries", "returns", "money", "prices", "policies", "security")
KINDS: Mapping[str, Any] = {"mail": _("By mail"), "sms": _("By text message")}
WAYS: Mapping[str, Any] = {
    "off": _("not at all"),
    "now": _("at once"),
    "daily": _("once a day, at 8:30"),
}
MISSING: Mapping[str, Any] = {
    "mail": _(
        "Your account has no mail address, so nothing reaches you by mail; who looks after it can add one."
    ),
    "sms": _("Your account has no phone number, so no text reaches you; who looks after it can add one."),
}
HALF_HOURS = [(f"{hour:02}:{minute:02}",) * 2 for hour in range(24) for minute in (0, 30)]


@dataclass(frozen=True)
class Page:
    """One face's page: its template, and which kinds of events people there hear of."""

    template: str
    groups: Sequence[str]


def shown(page: Page, form: Form | None = None) -> Response:
    """How I am told today, what is usual for my role filled in."""
    with read() as session:
        kinds = [kind for kind in KINDS if kind in channels.kinds_in_use(session)]
        if form is None:
            form = _class(page, kinds)(data=_chosen(session, g.actor))
        rows = [
            (GROUPS[group], [form[f"{group}_{kind}"] for kind in kinds if f"{group}_{kind}" in form])
            for group in page.groups
        ]
        own = planning.reached_by(session, g.actor.person_id or 0) & set(kinds)
        context = {
            "form": form,
            "rows": rows if kinds else [],
            "has_kinds": bool(kinds),
            "missing": [MISSING[kind] for kind in kinds if kind not in own],
            "can_rest": bool(own) or bool(form["begins"].data),
        }
        return render(session, page.template, "reach", status=422 if form.errors else 200, **context)


def kept(page: Page, here: str) -> Response:
    """Keep what I chose."""
    with read() as session:
        kinds = [kind for kind in KINDS if kind in channels.kinds_in_use(session)]
    form = _class(page, kinds)(request.form)
    if form.validate():
        known = {(group, kind): f"{group}_{kind}" for group in page.groups for kind in kinds}
        ways = {key: form[name].data for key, name in known.items() if name in form}
        begins, ends = _minutes(form["begins"].data), _minutes(form["ends"].data)
        if (begins is None) != (ends is None):
            form.refuse(_("Please give both the beginning and the end, or neither"), "ends")
        else:
            quiet = None if begins is None or ends is None else (begins, ends)
            attempt(form, choose_notices, Wishes(ways, quiet))
    if form.errors:
        return shown(page, form)
    say(str(_("Saved")))
    return go(here)


def _class(page: Page, kinds: Sequence[str]) -> type[Form]:
    """A field for each kind of event and channel that is in use; what protects the account cannot be put off."""
    fields: dict[str, Any] = {
        f"{group}_{kind}": ChoiceField(KINDS[kind], choices=list(WAYS.items()))
        for group in page.groups
        for kind in kinds
        if (group, kind) != ("security", "mail")
    }
    times = {"choices": HALF_HOURS, "is_needed": False}
    fields |= {
        "begins": ChoiceField(_("Quiet from"), **times),
        "ends": ChoiceField(_("Quiet until"), **times),
    }
    return type("ReachForm", (Form,), fields)


def _chosen(session: Session, actor: Actor) -> dict[str, Any]:
    person_id = actor.person_id or 0
    roles = [role.code for _membership, role in memberships_of(session, person_id)]
    ways = planning.merged(roles, planning.wishes_of(session, [person_id])[person_id])
    quiet = quiet_of(session, person_id)
    begins, ends = (_time(quiet[0]), _time(quiet[1])) if quiet else (None, None)
    return {f"{group}_{kind}": way for (group, kind), way in ways.items()} | {"begins": begins, "ends": ends}


def _minutes(text: str | None) -> int | None:
    return None if not text else int(text[:2]) * 60 + int(text[3:])


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
