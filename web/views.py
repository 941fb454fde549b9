"""Saved views: the filters of a list under a name of one's own, above the list from then on."""

from urllib.parse import parse_qsl

from flask import Blueprint, current_app, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from trade.db import read, run
from trade.errors import Refused
from trade.flows.save_view import NewView, forget_view, save_view
from web.access import signed_in
from web.answer import attempt, go, render, say
from web.forms import Form, TextField
from web.lists import LISTS, List

bp = Blueprint("views", __name__)
LONGEST_QUERY = 2000


class ViewForm(Form):
    name = TextField(_("Name of the view"), longest=30)


@bp.post("/views")
@signed_in
def creation() -> Response:
    page = request.form.get("page", "")
    args = _args(page, request.form.get("query", ""))
    form = ViewForm(request.form)
    if form.validate():
        attempt(form, save_view, NewView(page, form.name.data, _list(page).query(args)))
    if not form.errors:
        say(gettext("%(name)s is above the list from now on", name=form.name.data))
        return go(url_for(page, **args))
    context = {"page": page, "query": _list(page).query(args), "back": url_for(page, **args)}
    with read() as session:
        return render(session, "shared/view.html", "view", status=422, form=form, **context)


@bp.post("/views/<id:view_id>/removal")
@signed_in
def removal(view_id: int) -> Response:
    gone = run(forget_view, g.actor, view_id)
    say(gettext("The view is gone; the list has everything as before"))
    return go(url_for(gone.page, **_args(gone.page, gone.query)))


def _list(page: str) -> List[object]:
    """The list behind an endpoint, if this person may open it."""
    found = LISTS.get(page)
    permission = getattr(current_app.view_functions.get(page), "permission", None)
    is_theirs = permission in {each.value for each in g.actor.permissions}
    if found is None or not is_theirs or not page.startswith(f"{g.signed_in.face}."):
        raise Refused("view.not_found")
    return found


def _args(page: str, query: str) -> dict[str, str]:
    """Of what stands after the question mark only what the list knows."""
    try:
        pairs = parse_qsl(query[:LONGEST_QUERY], max_num_fields=50)
    except ValueError:
        pairs = []
    plain = {key: "".join(mark for mark in value if mark.isprintable()) for key, value in pairs}
    return _list(page).plain(plain)
