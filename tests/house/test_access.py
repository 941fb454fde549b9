"""Every route × everybody × two distributors, against the list that is kept by hand; each check has a twin that fails."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, true, update

from admin import spoken
from tests.house.access_walk import EVERYBODY, SOME, Walk, rows, unlisted, useless
from tests.house.opened import SECRET, legible, open_site, prepare, uploads
from tests.world import OPERATOR
from trade import db
from trade.actor import Permission
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.orders.models import Order
from trade.people.models import Role, RolePermission
from web.access import public, requires
from wsgi import create_app

__all__ = ["legible", "open_site", "prepare", "uploads"]
# When somebody was seen last is written every few minutes.
pytestmark = pytest.mark.usefixtures("still", "legible")
# Each is another way to something of a distributor's: with the owner filter dropped, each must be heard of.
WAYS = (
    "GET /portal/orders/<id:order_id>",
    "GET /portal/orders/<id:order_id>/lines/<id:line_id>/price",
    "GET /portal/orders/<id:order_id>/attachments/<id:attachment_id>",
    "POST /portal/orders/<id:order_id>/attachments",
    "POST /portal/orders/<id:order_id>/withdrawal",
    "POST /portal/orders/<id:order_id>/shipments/<id:shipment_id>/receipt",
    "GET /admin/orders/<id:order_id>",
    "GET /admin/orders/<id:order_id>/approval",
    "GET /admin/orders/<id:order_id>/attachments/<id:attachment_id>",
    "POST /admin/orders/<id:order_id>/decision",
    "POST /admin/orders/<id:order_id>/shipments",
    "POST /admin/orders/<id:order_id>/cancellation",
    "POST /admin/orders/<id:order_id>/attachments",
    "GET /admin/distributors/<id:distributor_id>",
    "POST /admin/distributors/<id:distributor_id>/limits",
    "POST /admin/distributors/<id:distributor_id>/block",
    "POST /admin/distributors/<id:distributor_id>/payments",
)
LISTS = ("GET /portal/orders", "GET /admin/orders", "GET /admin/distributors", "GET /admin/payments")


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(f"sqlite:///{tmp_path}/empty.db", SECRET)


def only(*keys: str) -> dict[str, dict[str, Any]]:
    """A few rows of the list, as cases, so that only those are asked whom the permission lets so far."""
    return {f"{key} # here": rows()[key] for key in keys}


def of(faults: list[str], *words: str) -> list[str]:
    return [fault for fault in faults if all(word in fault for word in words)]


def seen_by_others(walk: Walk) -> list[str]:
    """Leaks alone: a part of the walk need not pass by every planted word."""
    return [leak for leak in walk.leaks() if "nobody sees it" not in leak]


def test_every_route_is_listed_with_its_permission_and_of_use_to_somebody(app):
    assert unlisted(app) == [] and useless() == []
    for rule in app.url_map.iter_rules():
        assert re.fullmatch(r"(/[a-z-]*|/<id:\w+>|/<any\([a-z, ]+\):\w+>)+", rule.rule), rule
        assert (rule.methods or set()) <= {"GET", "POST", "HEAD", "OPTIONS"}, rule


def test_people_read_what_the_list_says_and_no_more(sqlite_url, open_site):
    walk = Walk(open_site(sqlite_url), asked=SOME)
    walk.gets()
    assert "\n".join(walk.faults + seen_by_others(walk)) == ""


@pytest.mark.proof
def test_everyone_reads_what_the_list_says_and_no_more(sqlite_url, open_site):
    walk = Walk(open_site(sqlite_url))
    walk.gets()
    assert "\n".join(walk.faults + walk.leaks()) == ""


def test_people_do_what_the_list_says_and_no_more(sqlite_url, open_site):
    walk = Walk(open_site(sqlite_url), asked=SOME)
    walk.posts()
    assert "\n".join(walk.faults + seen_by_others(walk)) == ""


@pytest.mark.proof
def test_everyone_does_what_the_list_says_and_no_more(sqlite_url, open_site):
    walk = Walk(open_site(sqlite_url))
    walk.posts()
    assert "\n".join(walk.faults + seen_by_others(walk)) == ""


@pytest.mark.proof
def test_everybody_else_is_turned_away_at_every_door(sqlite_url, open_site):
    walk = Walk(open_site(sqlite_url), asked=EVERYBODY)
    walk.gets()
    walk.refused_posts()
    assert "\n".join(walk.faults + walk.leaks()) == ""


@pytest.mark.proof
def test_the_other_database_hides_the_same(postgresql_url, open_site):
    owned = [key for key, row in rows().items() if row["hidden"] and " # " not in key]
    cases = {key: row for key, row in rows().items() if row["hidden"] and " # " in key}
    walk = Walk(open_site(postgresql_url), only(*owned, *LISTS) | cases)
    walk.gets()
    walk.refused_posts()
    assert "\n".join(walk.faults) == ""
    assert seen_by_others(walk) == []


def test_an_unlisted_route_is_seen(app):
    app.add_url_rule("/portal/forgotten", view_func=public(lambda: ""), endpoint="forgotten")
    assert unlisted(app) == ["GET /portal/forgotten: the code says public, the list says nothing"]


def test_another_permission_is_seen(app, monkeypatch):
    monkeypatch.setattr(app.view_functions["admin.orders.shipments"], "permission", "order.review")
    assert of(unlisted(app), "POST /admin/orders/<id:order_id>/shipments", "order.review", "order.ship")


def test_a_route_that_serves_nobody_is_seen(sqlite_url, open_site):
    row = {**rows()["GET /portal/cart"], "passes": ["clerk"]}
    walk = Walk(open_site(sqlite_url), {"GET /portal/cart # here": row})
    walk.gets()
    assert of(walk.faults, "clerk", "must get it")


def test_a_door_that_only_says_it_is_guarded_is_seen(sqlite_url, open_site):
    def plant(app: Flask) -> None:
        @app.get("/admin/open")
        def opened() -> str:
            return ""

        opened.permission = "order.review"  # type: ignore[attr-defined]
        app.view_functions["opened"] = opened

    walk = Walk(
        open_site(sqlite_url, plant), {"GET /admin/open": {**rows()["GET /admin/orders"], "hidden": []}}
    )
    walk.gets()
    assert of(walk.faults, "nobody", "200, not 401") and of(walk.faults, "200, not 403")


def test_views_without_scope_that_write_when_read_or_refuse_too_late_are_seen(sqlite_url, open_site):
    def plant(app: Flask) -> None:
        @app.get("/portal/unscoped/<id:order_id>")
        @requires(Permission.ORDER_READ)
        def unscoped(order_id: int) -> str:
            with db.read() as session:
                return session.scalars(select(Order.distributor_name).where(Order.id == order_id)).one()

        @app.get("/portal/counted")
        @requires(Permission.ORDER_READ)
        def counted() -> str:
            db.run(_touch, OPERATOR, None)
            return ""

        @app.post("/portal/late/<id:order_id>")
        @requires(Permission.ORDER_READ)
        def late(order_id: int) -> str:
            db.run(_touch, OPERATOR, None)
            raise Refused("order.not_found")

    site = open_site(sqlite_url, plant)
    row = rows()["GET /portal/orders/<id:order_id>"]
    walk = Walk(site, {"GET /portal/unscoped/<id:order_id> # here": row})
    walk.gets()
    assert of(walk.faults, "stranger", "200, not 404") and of(walk.leaks(), "name-of-D1: stranger")
    walk = Walk(site, {"GET /portal/counted # here": {**row, "passes": ["buyer"], "hidden": []}})
    walk.gets()
    assert of(walk.faults, "reading wrote to ['sales_order']")
    site.restore()
    walk = Walk(site, {"POST /portal/late/<id:order_id> # here": {**row, "passes": [], "hidden": ["buyer"]}})
    walk.posts()
    assert of(walk.faults, "buyer", "404, and yet ['sales_order'] changed")


def test_a_dropped_owner_filter_is_seen_on_every_way(sqlite_url, open_site, monkeypatch):
    real = distributors.within
    for module in list(sys.modules.values()):
        if getattr(module, "within", None) is real:
            monkeypatch.setattr(module, "within", lambda actor, column: true())
    walk = Walk(open_site(sqlite_url), only(*WAYS, *LISTS))
    walk.gets()
    walk.posts()
    assert [way for way in WAYS if not of(walk.faults, f" {way} ", "not 404")] == []
    for leak in (
        "name-of-D2: rep",
        "name-of-D1: other-rep",
        "gold-prices: stranger",
        "payment-of-D1: other-manager",
    ):
        assert of(walk.leaks(), leak)


def test_a_phone_in_full_and_a_cost_too_many_are_seen(sqlite_url, open_site, monkeypatch):
    monkeypatch.setattr(spoken, "masked", lambda phone, is_open: phone or "")
    site = open_site(sqlite_url)
    db.run(_show_costs, OPERATOR, "sales_rep")
    walk = Walk(site, only("GET /admin/orders/<id:order_id>", "GET /admin/distributors/<id:distributor_id>"))
    walk.gets()
    leaks = walk.leaks()
    assert of(leaks, "cost-of-D1: rep") and not of(leaks, "cost-of-D1: manager")
    assert of(leaks, "phones-of-D1: finance") and of(leaks, "phones-of-D1: marketing")


def _touch(session, actor, given) -> None:
    session.execute(update(Order).values(remark="planted"))


def _show_costs(session, actor, role) -> None:
    role_id = session.scalars(select(Role.id).where(Role.code == role)).one()
    session.add(RolePermission(role_id=role_id, permission=Permission.COST_READ.value))
