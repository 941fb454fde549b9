"""What is suggested while somebody types which of many is meant."""

from collections.abc import Callable, Sequence

from flask import Blueprint, g, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.editing import offered
from trade.actor import Actor, Permission
from trade.db import read
from trade.distributors import lookup
from trade.distributors.queries import reps
from trade.distributors.standings import reps_on_offer
from trade.people.authority import staff
from trade.people.queries import at_work
from web import asked, choosing
from web.access import requires
from web.answer import render
from web.choosing import Finder, Suggestions
from web.forms import ChoiceField

bp = Blueprint("choosing", __name__)

DISTRIBUTORS = Finder(
    url=lambda: url_for("admin.choosing.distributors", ended="yes"),
    permission=Permission.DISTRIBUTOR_READ,
    named=lambda session, key: lookup.named(session, g.actor, key),
    meant=lambda session, typed: lookup.meant(session, g.actor, typed),
)
REPS = Suggestions(lambda: url_for("admin.choosing.people", among="reps"), Permission.DESK_READ)
# Of whom one is chosen: those who look after distributors, those who may, colleagues as far as one reaches, all of them.
AMONG: dict[str, Callable[[Session, Actor], list[tuple[int, str]]]] = {
    "reps": reps,
    "sellers": reps_on_offer,
    "staff": staff,
    "at-work": lambda session, _actor: at_work(session),
}


def offer(field: ChoiceField, known: list[tuple[int, str]], among: str) -> None:
    """Let one of these be chosen: from a list, or where they are many by typing."""
    field.choices = offered(known)
    field.suggestions = url_for("admin.choosing.people", among=among)


@bp.get("/distributors/lookup")
@requires(Permission.DISTRIBUTOR_READ)
def distributors() -> Response:
    """Those within reach; who has ended is found again, but not chosen anew."""
    typed = choosing.typed()
    with read() as session:
        found = lookup.offered(session, g.actor, typed, with_ended=asked.flag("ended"))
        return show(session, [(each.code, each.name) for each in found], typed)


@bp.get("/people/lookup")
@requires(Permission.DESK_READ)
def people() -> Response:
    """Those whom the select of a smaller house would list."""
    typed = choosing.typed()
    with read() as session:
        known = AMONG[asked.choice("among", AMONG) or "reps"](session, g.actor)
        return show_people(session, known, typed)


def show_people(session: Session, known: list[tuple[int, str]], typed: str) -> Response:
    return show(session, [(name, name) for _key, name in choosing.among(offered(known), typed)], typed)


def show(session: Session, matches: Sequence[tuple[str, str]], typed: str) -> Response:
    """What would stand in the field, and in which words it is offered."""
    return render(session, "admin/choosing/lookup.html", "matches", matches=matches, typed=typed)
