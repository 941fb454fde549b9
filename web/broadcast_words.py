"""What the kinds, states and demands of broadcasts and of the library are called."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from trade import clock
from trade.broadcasts.models import Broadcast
from trade.broadcasts.queries import Received
from web.i18n import day, moment

KINDS: Mapping[str, Any] = {
    "policy": _("Policy"),
    "price": _("Prices of goods"),
    "promotion": _("Promotion"),
    "product": _("Product news"),
}
STATES: Mapping[str, tuple[str, Any]] = {
    "draft": ("calm", _("Draft")),
    "scheduled": ("info", _("Scheduled")),
    "published": ("ok", _("Sent out")),
    "recalled": ("danger", _("Taken back")),
    "superseded": ("calm", _("Replaced")),
    "discarded": ("calm", _("Given up")),
}
DEMANDS: Mapping[str, Any] = {
    "none": _("To be read only"),
    "read": _("To be confirmed as read"),
    "agree": _("To be confirmed as read and agreed to"),
}
AGREEMENTS: Mapping[str, Any] = {
    "read": _("Our company has read this."),
    "agree": _("Our company has read this and agrees to it."),
}
LIBRARY: Mapping[str, Any] = {
    "material": _("Product material"),
    "training": _("Training"),
    "price": _("Price papers"),
    "policy": _("Policy papers"),
}
ICONS = {"material": "photo", "training": "school", "price": "currency-yuan", "policy": "gavel"}
ACTIONS: Mapping[str, Any] = {
    "create": _("Draft begun"),
    "edit": _("Draft changed"),
    "file": _("Files changed"),
    "schedule": _("Scheduled"),
    "unschedule": _("No longer scheduled"),
    "fail": _("Could not be published"),
    "publish": _("Sent out"),
    "extend": _("Sent to further distributors"),
    "recall": _("Taken back"),
    "supersede": _("Replaced by a newer version"),
    "discard": _("Given up"),
}


def state(broadcast: Broadcast) -> tuple[str, Any]:
    """The badge of a broadcast; one that has run out lies in the archive."""
    if broadcast.state == "published" and broadcast.expires_on and broadcast.expires_on < clock.today():
        return "calm", _("Expired")
    return STATES[broadcast.state]


def owed(found: Received) -> tuple[str, Any] | None:
    """The badge of what a distributor still has to do, or has done; first of all whether it holds."""
    if found.is_replaced:
        return STATES[found.broadcast.state]
    if found.acknowledged_at is not None:
        return "ok", _("Confirmed")
    if found.broadcast.expires_on and found.broadcast.expires_on < clock.today():
        return "calm", _("Expired")
    if not found.is_owed or found.broadcast.acknowledge_by is None:
        return None
    by = found.broadcast.acknowledge_by
    if by < clock.today():
        return "danger", gettext("Was to be confirmed by %(day)s", day=day(by))
    return "warn", gettext("Confirm by %(day)s", day=day(by))


def paragraphs(body: str) -> list[str]:
    """Plain text in paragraphs; whatever looks like HTML stays text."""
    return [each.strip("\n") for each in body.split("\n\n") if each.strip()]


def story(events: list[Any]) -> list[tuple[str, str, str]]:
    """The history as steps: what, by whom, when."""
    return [
        (
            str(ACTIONS.get(event.action, event.action)),
            " · ".join(each for each in (name or gettext("The program"), moment(event.at)) if each),
            "now" if at == 0 else "",
        )
        for at, (event, name) in enumerate(events)
    ]
