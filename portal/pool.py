"""The public pool (公海): customers whom nobody holds, to be claimed; who let them go is not told."""

import secrets

from flask import Blueprint, g, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.registrations import MAY, tell_answer
from trade.db import read, run
from trade.distributors import regions
from trade.distributors.queries import status_of
from trade.errors import Refused
from trade.flows.claim_from_pool import Claim, claim_from_pool
from trade.registrations import queries
from trade.registrations.queries import ListFilter, PoolRow
from trade.windows import Page, Totals, Window
from web.access import requires
from web.answer import go, render, tell
from web.forms import Form, LongTextField, TextField
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("pool", __name__)


class ClaimForm(Form):
    key = TextField(longest=40)
    contact_name = TextField(_("Contact person"), longest=60, is_needed=False)
    phone = TextField(_("Customer's phone"), longest=40)
    note = LongTextField(_("Note"), longest=500, is_needed=False)


def _wanted(given: Asked) -> ListFilter:
    return ListFilter(given["q"], product_line_id=int(given["line"]) if given["line"] else None)


def _find(session: Session, given: Asked, window: Window) -> Page[PoolRow]:
    return queries.pool(session, _wanted(given), window)


def _totals(session: Session, given: Asked) -> Totals:
    return queries.pool_totals(session, _wanted(given))


POOL = List[PoolRow](
    page="portal.pool.index",
    title=_("Public pool"),
    counted=lambda count: ngettext("%(num)s customer", "%(num)s customers", count),
    sort="-pooled",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Company name")),
        Filter(
            key="line",
            words=_("Product line"),
            kind="choice",
            choices=lambda session: [(str(key), name) for key, name in queries.product_lines(session)],
        ),
    ],
    columns=[Column(key="name", words=_("Customer"), value=lambda row: row.name)],
    nothing=Nothing(
        icon="users",
        title=_("Nobody in the public pool"),
        text=_("Customers whom nobody follows up come here; then any distributor may claim them."),
    ),
    no_match=Nothing(title=_("No customer matches"), text=_("Try a part of the name.")),
)


@bp.get("/registrations/pool")
@requires(MAY)
def index() -> Response:
    with read() as session:
        listed = POOL.open(session)
        places = regions.full_names(session, {row.region_code for row in listed.rows})
        return render(
            session,
            "portal/registrations/pool.html",
            "pool",
            listed=listed,
            places=places,
            company=_status(session),
        )


@bp.get("/registrations/pool/<id:pooled_id>")
@requires(MAY)
def detail(pooled_id: int) -> Response:
    with read() as session:
        return _form(session, pooled_id, ClaimForm(data={"key": secrets.token_urlsafe(16)}))


@bp.post("/registrations/pool/<id:pooled_id>/claim")
@requires(MAY)
def claim(pooled_id: int) -> Response:
    """Take the customer; of two at once one gets it."""
    form = ClaimForm(request.form)
    if form.validate():
        try:
            given = Claim(
                form.key.data,
                pooled_id,
                form.contact_name.data or "",
                form.phone.data,
                form.note.data or "",
            )
            answer = run(claim_from_pool, g.actor, given)
            tell_answer(answer)
            return go(url_for("portal.registrations.detail", registration_id=answer.registration_id))
        except Refused as refusal:
            tell(form, refusal)
    with read() as session:
        return _form(session, pooled_id, form)


def _status(session: Session) -> str:
    return status_of(session, g.actor.distributor_id)


def _form(session: Session, pooled_id: int, form: ClaimForm) -> Response:
    try:
        found = queries.get_pooled(session, pooled_id)
    except Refused:
        return _gone(session, pooled_id)
    return render(
        session,
        "portal/registrations/claim.html",
        "claim",
        status=422 if form.errors else 200,
        form=form,
        company=_status(session),
        found=found,
        line=dict(queries.product_lines(session)).get(found.product_line_id, ""),
        figures=queries.figures(session),
    )


def _gone(session: Session, pooled_id: int) -> Response:
    """The customer left the pool, as in a second tab: who has it now is told only to its own company."""
    own = queries.get_left_pool(session, g.actor, pooled_id)
    return render(session, "portal/registrations/claimed.html", "claimed", status=410, own=own)
