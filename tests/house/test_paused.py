"""What people of a paused distributor may still do, kept by hand, and that nobody of an ended one gets in at all."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.house import access_world
from tests.house.access_walk import Site, rows
from tests.house.opened import legible, open_site, prepare, uploads
from tests.world import OPERATOR
from trade import db
from trade.applications import parting
from trade.distributors.models import Distributor
from trade.flows import submit_order
from trade.flows.set_distributor_status import StatusChange, set_distributor_status

__all__ = ["legible", "open_site", "prepare", "uploads"]
pytestmark = pytest.mark.usefixtures("still", "legible")
OURS = {"buyer", "owner", "clerk"}
PAUSED = "暂停"  # in the words of every refusal for this reason
# What is done as ever: reading, paying, signing, answering, taking back, following up, and what binds nobody yet.
DONE = {
    *("/me/reach", "/notices/reading", "/first-steps/removal", "/behalf/ending", "/orders/export"),
    *("/statements/span/sheet", "/statements/<id:statement_id>/sheet", "/children/export"),
    *("/broadcasts/export", "/broadcasts/<id:broadcast_id>/reading", "/library/<id:item_id>/downloads"),
    *("/broadcasts/<id:broadcast_id>/acknowledgement", "/contracts/<id:contract_id>/reading"),
    # the cart and lists: they are nothing before they are submitted
    *("/catalog/<id:sku_id>/quantity", "/catalog/<id:sku_id>/star", "/quick/check", "/quick/text"),
    *("/quick/bad-rows", "/quick/cart", "/quick/scans", "/order-templates", "/cart/lines/<id:sku_id>"),
    *("/order-templates/<id:template_id>", "/order-templates/<id:template_id>/archiving"),
    *("/order-templates/<id:template_id>/reorder", "/cart/delivery", "/cart/clearance", "/cart/deliveries"),
    *("/cart/deliveries/<id:delivery_no>/removal", "/cart/lines/<id:sku_id>/division"),
    *("/orders/<id:order_id>/reorder", "/orders/<id:order_id>/revision/lines/<id:sku_id>"),
    *("/orders/<id:order_id>/revision/delivery", "/orders/<id:order_id>/revision/customer-release"),
    *("/registrations/<id:registration_id>/cart", "/registrations/cart-release"),
    "/opportunities/<id:opportunity_id>/quotations/<id:quotation_id>/order",
    "/opportunities/<id:opportunity_id>/quotations/new",  # is only written there
    # orders that there are, and what comes back of them
    *(
        "/orders/<id:order_id>/attachments",
        "/orders/<id:order_id>/returns",
        "/orders/<id:order_id>/withdrawal",
    ),
    *("/orders/<id:order_id>/cancellation", "/orders/<id:order_id>/remarks", "/orders/<id:order_id>/nudge"),
    *("/orders/<id:order_id>/shipments/<id:shipment_id>/receipt", "/orders/<id:order_id>/amendment/preview"),
    *("/returns/<id:return_id>/revision", "/returns/<id:return_id>/withdrawal"),
    *("/returns/<id:return_id>/attachments", "/amendments/<id:amendment_id>/withdrawal"),
    # money
    *("/credit/online-payments", "/credit/proofs", "/credit/proofs/<id:proof_id>/withdrawal"),
    "/credit/limit-requests/<id:request_id>/withdrawal",
    *(
        "/statements/<id:statement_id>/confirmation",
        "/statements/<id:statement_id>/lines/<id:line_id>/dispute",
    ),
    *("/disputes/<id:dispute_id>/remarks", "/disputes/<id:dispute_id>/withdrawal"),
    # the customers that it has
    *("/registrations/<id:registration_id>/follow-ups", "/registrations/<id:registration_id>/appeal"),
    *("/registrations/<id:registration_id>/release", "/registrations/<id:registration_id>/withdrawal"),
    "/registrations/<id:registration_id>/opportunities",
    *("/opportunities/<id:opportunity_id>/stage", "/opportunities/<id:opportunity_id>/facts"),
    *("/opportunities/<id:opportunity_id>/follow-ups", "/opportunities/<id:opportunity_id>/loss"),
    # its own people
    *(
        "/team",
        "/team/<id:person_id>/reset-code",
        "/team/<id:person_id>/role",
        "/team/<id:person_id>/removal",
    ),
    *("/team/<id:person_id>/invitation", "/team/<id:person_id>/revocation"),
}


def become(status: str) -> None:
    with db.read() as session:
        home = session.scalars(select(Distributor).where(Distributor.code == "D1")).one()
    db.run(set_distributor_status, OPERATOR, StatusChange(home.id, home.version, status, "因故"))


def doors(method: str) -> list[tuple[str, dict[str, Any], str]]:
    """Every way of the portal that one of D1's people may go, with who does."""
    ours = [
        (key, row, next((who for who in row["passes"] if who in OURS), ""))
        for key, row in rows().items()
        if key.startswith(f"{method} /portal") and " # " not in key
    ]
    assert all(who for _key, _row, who in ours)
    return ours


def post(site: Site, key: str, row: dict[str, Any], who: str) -> Any:
    return site.ask(who, "POST", site.path(key, row), access_world.fields(key, dict(row), who, site.known))


def paused(site: Site, key: str, row: dict[str, Any], who: str) -> list[str]:
    """What is wrong with the answer to a form of somebody who is paused: done as ever, or refused in words."""
    is_done = key.removeprefix("POST /portal") in DONE
    answer, wanted = post(site, key, row, who), row.get("answer", 303) if is_done else 422
    changed = site.changes()
    if changed:
        site.restore()
    if answer.status_code == wanted and (is_done or (not changed and PAUSED in answer.text)):
        return []
    return [f"{who} {key}: {answer.status_code}, not {wanted}; {sorted(changed)}"]


def test_a_paused_distributor_takes_nothing_new_and_does_the_rest_as_ever(sqlite_url, open_site, monkeypatch):
    site, ways = open_site(sqlite_url, lambda _app: become("suspended")), doors("POST")
    faults = [fault for way in ways for fault in paused(site, *way)]
    for key, row, who in doors("GET"):
        answer = site.ask(who, "GET", site.path(key, row), partial=True)  # a block is quicker to draw
        if answer.status_code != row.get("answer", 200):
            faults.append(f"{who} {key}: {answer.status_code}")
    wishes = site.ask("owner", "GET", "/portal/credit/limit-requests", partial=True).text
    assert 'name="reason"' not in wishes and PAUSED in wishes, "nobody fills a form in for nothing"
    assert faults == [] and {key.removeprefix("POST /portal") for key, *_ in ways} > DONE
    monkeypatch.setattr(submit_order, "refuse_paused", lambda _status: None)
    (submission,) = (way for way in ways if way[0] == "POST /portal/cart/submission")
    assert paused(site, *submission) != [], "without its guard it is seen"


def test_nobody_of_an_ended_distributor_gets_in(sqlite_url, open_site, monkeypatch):
    site = open_site(sqlite_url)
    monkeypatch.setattr(parting, "open_at", lambda _session, _key: [])  # all of it is settled
    become("ended")
    site.first = site.picture()
    for method in "GET", "POST":
        for key, row, who in doors(method):
            answer = (
                post(site, key, row, who) if method == "POST" else site.ask(who, "GET", site.path(key, row))
            )
            assert answer.status_code == 401, key
    assert site.changes() == set()
