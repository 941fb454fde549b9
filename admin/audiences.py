"""For whom something is: the part of a form that broadcasts and the library share."""

from collections.abc import Sequence
from typing import Any

from flask import g, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from trade.broadcasts import audience
from trade.broadcasts.audience import Audience, Choices
from web import asked
from web.forms import ChoiceField, Form, LongTextField, TextField

MOST_TICKS = 2_000
SHOWN = 5  # of what is not known


class AudienceForm(Form):
    """Ticks come as `tier`, `territory` and `channel`; the fields of those names carry refusals."""

    whom = ChoiceField(
        _("For whom"),
        choices=[("everyone", _("All distributors within my reach")), ("some", _("Those chosen below"))],
    )
    tiers = TextField(_("Tiers"), is_needed=False)
    territories = TextField(_("Territories"), is_needed=False)
    channels = TextField(_("Channels"), is_needed=False)
    chosen = LongTextField(
        _("And these distributors besides"),
        longest=40_000,
        is_needed=False,
        hint=_("Codes or full names, one per line, as copied from a sheet"),
    )
    excepted = LongTextField(
        _("But not these"), longest=40_000, is_needed=False, hint=_("Codes or full names, one per line")
    )


def preset(session: Session, wanted: Audience) -> dict[str, Any]:
    """What the form shows of a kept audience."""
    return {
        "whom": "everyone" if wanted.is_everyone else "some",
        "chosen": "\n".join(audience.codes_of(session, g.actor, wanted.chosen)),
        "excepted": "\n".join(audience.codes_of(session, g.actor, wanted.excepted)),
    }


def ticked(wanted: Audience | None) -> dict[str, set[int]]:
    """What is ticked: as it was sent, else as it is kept."""
    if request.method == "POST":
        return {name: _ticks(name) for name in ("tier", "territory", "channel")}
    found = wanted or Audience()
    return {"tier": set(found.tiers), "territory": set(found.territories), "channel": set(found.channels)}


def choices(session: Session) -> Choices:
    return audience.choices(session)


def read_audience(session: Session, form: AudienceForm) -> Audience:
    """The audience that was sent; lines that mean nobody here are told beside their field, and nothing is dropped."""
    chosen, lost = audience.lookup(session, g.actor, (form.chosen.data or "").splitlines())
    excepted, missing = audience.lookup(session, g.actor, (form.excepted.data or "").splitlines())
    for name, lines in (("chosen", lost), ("excepted", missing)):
        if lines:
            form.refuse(_unknown(lines), name)
    if form.whom.data == "everyone":
        return Audience(is_everyone=True, excepted=excepted)
    ticks = [frozenset(_ticks(name)) for name in ("tier", "territory", "channel")]
    return Audience(False, *ticks, chosen, excepted)


def _unknown(lines: Sequence[str]) -> str:
    named = "、".join(each[:40] for each in lines[:SHOWN])
    return gettext("%(count)s lines are not known here: %(named)s", count=len(lines), named=named)


def _ticks(name: str) -> set[int]:
    return {key for each in request.form.getlist(name)[:MOST_TICKS] if (key := asked.whole(each))}
