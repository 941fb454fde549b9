"""Staff orders for a distributor: a buyer's rights there, no more, named everywhere, over as soon as it may not be."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from tests.admin.site import TOKEN, Browser
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Permission
from trade.approvals.models import ApprovalRequest
from trade.audit import AuditEntry
from trade.distributors.models import Distributor, Standing
from trade.orders.models import Order, OrderEvent
from trade.people.models import LoginSession, RolePermission


@pytest.fixture
def database_url(sqlite_url):
    """Pages are the same on both databases."""
    return sqlite_url


def standing_in(site, who="rep", code="D1"):
    """A browser that works for a distributor by now."""
    browser = site.browser(who)
    path = f"/admin/distributors/{site.world.distributors[code]}/behalf"
    answer = browser.post(path)
    assert answer.status_code == 303, answer.text
    page = browser.get("/portal/catalog")
    assert page.status_code == 200
    found = TOKEN.search(page.text)
    assert found
    return Browser(browser.client, found[1])


def events(name):
    with db.read() as session:
        return [
            (each.on_behalf_of, each.facts.get("reason"))
            for each in session.scalars(select(AuditEntry).where(AuditEntry.event == name))
        ]


def banner(site):
    with db.read() as session:
        return session.scalars(select(Distributor.name).where(Distributor.code == "D1")).one()


def test_an_order_for_a_distributor_says_so_and_is_approved_by_another(site):
    site.set("order.approve_above", "10.00")
    rep, home = standing_in(site), site.world.distributors["D1"]
    sku = site.world.skus["CP0515"]
    assert rep.post("/portal/catalog/" + str(sku) + "/quantity", {"quantity": "3"}).status_code in {200, 303}
    cart = rep.get("/portal/cart").text
    assert banner(site) in cart and "结束代客" in cart and "43.20" in cart
    with db.read() as session:
        order = session.scalars(select(Order).where(Order.approval_state == "draft")).one()
    answer = rep.post("/portal/cart/submission", {"order": str(order.id), "version": str(order.version)})
    assert answer.status_code == 303, answer.text
    with db.read() as session:
        told = session.scalars(select(OrderEvent).where(OrderEvent.action == "ask")).one()
        asked = session.scalars(select(ApprovalRequest)).one()
    assert (told.person_id, told.on_behalf_of) == (site.actors["rep"].person_id, home)
    assert asked.applicant_id == site.actors["rep"].person_id
    for page in "/portal", "/portal/orders", f"/portal/orders/{order.id}", "/portal/catalog", "/portal/me":
        shown = rep.get(page)
        assert shown.status_code == 200 and "结束代客" in shown.text, page
    name = f"代 {banner(site)}"
    assert name in site.browser("buyer").get(f"/portal/orders/{order.id}").text
    assert name in site.browser("manager").get(f"/admin/orders/{order.id}").text
    ended = rep.post("/portal/behalf/ending")
    assert ended.status_code == 303 and f"/admin/distributors/{home}" in ended.location
    own = site.browser("rep")
    given = {"version": str(site.order(order.id).version), "decision": "approve", "place": "document"}
    assert own.post(f"/admin/orders/{order.id}/decision", given).status_code == 422
    assert site.order(order.id).approval_state == "pending"
    assert events("behalf.begun") == [(home, None)] and events("behalf.ended") == [(home, "ended")]


def test_nothing_beyond_a_buyers_rights_and_nobody_elses(site):
    other = site.submit("stranger", SQ5524=20)
    rep = standing_in(site)
    before = site.everything()
    for path in "/admin", "/admin/orders", f"/admin/orders/{other}", "/portal/team", "/portal/notices":
        assert rep.get(path).status_code == 403, path
    assert rep.get(f"/portal/orders/{other}").status_code == 404
    assert rep.post(f"/admin/distributors/{site.world.distributors['D1']}/behalf").status_code == 403
    assert site.everything() == before


def test_only_within_scope_and_with_the_right(site):
    home = site.world.distributors["D1"]
    before = site.everything()
    assert site.browser("other-rep").post(f"/admin/distributors/{home}/behalf").status_code == 404
    for who in "finance", "warehouse", "buyer":
        assert site.browser(who).post(f"/admin/distributors/{home}/behalf").status_code == 403
    assert site.everything() == before and events("behalf.begun") == []


def take_scope(session, actor, site):
    session.execute(
        update(Standing)
        .where(Standing.distributor_id == site.world.distributors["D1"])
        .values(rep_id=site.actors["other-rep"].person_id)
    )


def take_right(session, actor, site):
    session.execute(
        update(RolePermission)
        .where(RolePermission.permission == Permission.ORDER_BEHALF.value)
        .values(permission="order.forgotten")
    )


@pytest.mark.parametrize("loss", [take_scope, take_right])
def test_a_lost_scope_or_right_ends_it_and_it_does_not_come_back(site, loss):
    rep = standing_in(site)
    db.run(loss, OPERATOR, site)
    assert rep.get("/portal/cart").status_code == 403
    assert rep.get("/admin").status_code == 200
    assert rep.post("/portal/cart/submission", {"order": "1", "version": "1"}).status_code == 403
    assert events("behalf.ended") == [(site.world.distributors["D1"], "lost")]
    with db.read() as session:
        assert set(session.scalars(select(LoginSession.on_behalf_of))) <= {None}


def test_signing_out_and_another_role_end_it(site):
    rep = standing_in(site)
    assert rep.post("/sign-out").status_code == 303
    assert rep.get("/portal/cart").status_code == 401
    assert events("behalf.ended") == [(site.world.distributors["D1"], "signed_out")]
    again = standing_in(site)
    with db.read() as session:
        membership = session.scalars(
            select(LoginSession.membership_id).order_by(LoginSession.id.desc()).limit(1)
        ).one()
    assert again.post("/membership", {"membership": str(membership)}).status_code == 303
    assert again.get("/admin").status_code == 200 and again.get("/portal/cart").status_code == 403


def test_an_old_session_is_over_for_both(site):
    rep = standing_in(site)

    def age(session, actor, given):
        session.execute(update(LoginSession).values(expires_at=clock.now().replace(year=2020)))

    db.run(age, replace(OPERATOR), None)
    assert rep.get("/portal/cart").status_code == 401
