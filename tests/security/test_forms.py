"""Forms filled in by somebody who means harm: fields that are no fields, and figures that are none."""

from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import update

from tests.house.access_walk import Site
from tests.security import figures
from tests.security.deeds import COLUMNS, THE_BRANDS, Deed, deeds, differences, put_back, remember, written
from tests.world import OPERATOR
from trade import db
from trade.orders.models import Order
from web import forms
from web.access import public

pytestmark = pytest.mark.usefixtures("still")  # time changes no row
HUGE = "1" + "0" * 400
# Figures of the distributor's own: what it asks for, says that it paid, disputes, expects and offers its customers.
THEIRS = {
    "POST /portal/credit/limit-requests": {"amount"},
    "POST /portal/credit/online-payments": {"amount"},
    "POST /portal/credit/proofs": {"amount"},
    "POST /portal/statements/<id:statement_id>/lines/<id:line_id>/dispute": {"amount"},
    "POST /portal/registrations/<id:registration_id>/opportunities": {"amount"},
    "POST /portal/opportunities/<id:opportunity_id>/facts": {"amount"},
    "POST /portal/opportunities/<id:opportunity_id>/quotations": {"price"},
}
# What no number of ours looks like; a form must say so and leave everything as it is.
TORTURE: tuple[Any, ...] = (
    *("1e5", "NaN", "Infinity", "-Infinity", "−1", "-1", "1_000", "0x10", HUGE, "٣", "1\x003"),
    *(["1", "2"], "1.000001", "½", "1,2,3", "' OR 1=1 --", "1;2"),
)
MANY = {("POST /admin/papers", "id")}  # a list of documents
MENDED = ("１２", "3\n", " 3 ", "007")  # people type these; they must not break anything
VALUABLE = (
    "POST /portal/cart/submission",
    "POST /portal/cart/lines/<id:sku_id>",
    "POST /portal/orders/<id:order_id>/returns",
    "POST /portal/catalog/<id:sku_id>/quantity",
    "POST /portal/quick/cart",
    "POST /admin/orders/<id:order_id>/decision",
    "POST /admin/orders/<id:order_id>/shipments",
    "POST /admin/distributors/<id:distributor_id>/limits",
    "POST /admin/distributors/<id:distributor_id>/payments",
    "POST /admin/people",
)


def assigned(site: Site, deed: Deed) -> tuple[list[str], int]:
    """What changes when every column's name is sent along; the same form twice shows what time and chance change."""
    extra = {name: "7" for name in COLUMNS if name not in deed.asked | deed.given.keys()}
    states = []
    for more in {}, {}, extra:
        answer = deed.send(site, **more)
        states.append((answer.status_code, written(site)))
        put_back(site)
    (status, first), (_, again), (other_status, other) = states
    changed = differences(first, other) - differences(first, again)
    faults = [f"{deed.key}: {column} was set by a name that is no field" for column in sorted(changed)]
    if status != other_status:
        faults.append(f"{deed.key}: {status} alone, {other_status} with more names")
    is_written = " /portal/" in deed.key and not deed.key.endswith("/export")  # whose state is a filter
    own = deed.asked & THE_BRANDS - THEIRS.get(deed.key, set()) if is_written else set()
    return faults + [f"{deed.key}: asks the distributor for {name}" for name in sorted(own)], len(extra)


def tortured(site: Site, deed: Deed) -> tuple[list[str], int]:
    """What became of the form with each figure replaced by nonsense."""
    faults, sent = [], 0
    for name in sorted(numeric(deed)):
        for value in (*TORTURE, *MENDED):
            answer = deed.send(site, **{name: value})
            changed = put_back(site)
            shown = value if value != HUGE else "10**400"
            place, sent = f"{deed.key} {name}={shown!r}", sent + 1
            if answer.status_code >= 500:
                faults.append(f"{place}: {answer.status_code}")
            is_one = not (isinstance(value, list) and (deed.key, name) in MANY)
            if changed and is_one and (answer.status_code >= 400 or value not in MENDED):
                faults.append(f"{place}: {answer.status_code}, and yet {sorted(changed)} changed")
    return faults, sent


def told(found: tuple[list[str], int]) -> tuple[list[str], int]:
    """Say at once what a proof of many minutes has found (shown by -s)."""
    print(*found[0] or ".", sep="\n", flush=True)
    return found


def numeric(deed: Deed) -> set[str]:
    """Fields that are read as figures, or hold one when they are filled in well."""
    plain = {
        name for name, value in deed.given.items() if isinstance(value, str) and forms.parse_number(value)
    }
    return deed.figures | (plain & deed.read)


def test_no_form_sets_what_is_no_field_of_it(open_site):
    site = open_site()
    found = [assigned(site, deed)[0] for deed in deeds(site, VALUABLE)]
    assert found == [[] for _ in VALUABLE]


def test_figures_that_are_none_change_nothing(open_site):
    site = open_site()
    assert [tortured(site, deed)[0] for deed in deeds(site, VALUABLE[1:2])] == [[]]


def test_a_view_that_takes_whatever_it_is_sent_is_seen(open_site):
    def plant(app: Flask) -> None:
        remember(app)
        real = app.view_functions["portal.cart.submission"]

        @public
        def careless(**ids: Any) -> Any:
            known = {
                name: value for name, value in request.form.items() if name in {"remark", "distributor_name"}
            }
            db.run(
                lambda session, actor, given: session.execute(update(Order).values(**given)) and None,
                OPERATOR,
                known,
            )
            return real(**ids)

        careless.permission = real.permission
        app.view_functions["portal.cart.submission"] = careless

    site = open_site(plant)
    (deed,) = deeds(site, VALUABLE[:1])
    assert any("distributor_name" in fault for fault in assigned(site, deed)[0])


@pytest.mark.proof
def test_no_form_at_all_sets_what_is_no_field_of_it(open_site):
    site = open_site()
    done = [(deed, *told(assigned(site, deed))) for deed in deeds(site)]
    assert "\n".join(fault for _, faults, _ in done for fault in faults) == ""
    figures.tell(
        "Mass assignment",
        f"{len(done)} forms, each sent with the names of all {len(COLUMNS)} columns that it does not ask for",
        f"({sum(sent for *_, sent in done)} names in all): every table as after the form alone, the audit aside;",
        f"none of {len(THE_BRANDS)} names of price, owner and state is asked for on the distributor's side.",
    )


@pytest.mark.proof
def test_no_figure_that_is_none_changes_anything_anywhere(open_site):
    site = open_site()
    done = [(deed, *told(tortured(site, deed))) for deed in deeds(site)]
    assert "\n".join(fault for _, faults, _ in done for fault in faults) == ""
    fields = sum(len(numeric(deed)) for deed, *_ in done)
    figures.tell(
        "Number torture",
        f"{sum(sent for *_, sent in done)} requests: {len(TORTURE)} things that are no number and {len(MENDED)} that",
        f"people type, in each of {fields} numeric fields of {sum(bool(numeric(deed)) for deed, *_ in done)} forms:",
        "0 × 5xx, and no row changed by what was refused.",
    )
