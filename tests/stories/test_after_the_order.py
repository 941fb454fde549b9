"""What happens to an order on its way: it is changed before it is shipped, goods come back, staff orders for somebody."""

from decimal import Decimal

import pytest
from PIL import Image
from sqlalchemy import func, select

from tests.databases import Prepare
from tests.stories import shop
from tests.stories.hands import Cost, Hands, asked, breaches, note
from tests.world import standing
from trade.attachments.models import Attachment
from trade.orders.models import Order, OrderEvent, OrderLine
from trade.people.models import Person
from trade.returns.models import ReturnRequest

RECEIVED, WAITING = 1, 2


@pytest.fixture
def prepare() -> Prepare:
    return shop.build


def person(open_context, name: str, cost: Cost, device: str = "desk") -> Hands:
    hands = Hands(open_context(device), cost)
    hands.sign_in(name, shop.PASSWORD)
    return hands


@pytest.mark.proof
@pytest.mark.browser
def test_a_buyer_changes_an_order_before_it_is_shipped(served, sqlite_url, open_context):
    cost = Cost()
    buyer = person(open_context, "buyer", cost, "phone")
    before = asked(sqlite_url, standing)
    buyer.follow("/portal/orders")
    buyer.follow(f"/portal/orders/{WAITING}")
    buyer.follow(f"/portal/orders/{WAITING}/amendment")
    form = buyer.page.locator("form[action$='/amendment/preview']")
    field = form.locator("[name^='q-']").first
    assert field.input_value() == "20"
    cost.fields, cost.letters = cost.fields + 1, cost.letters + 2
    field.fill("12")
    buyer.leave(field)
    buyer.sees("改后金额")
    form.locator("[name=reason]").fill("门店退单")
    cost.fields, cost.letters = cost.fields + 1, cost.letters + 4
    buyer.send(form.locator("button.btn-primary"))
    if asked(sqlite_url, quantities) != [12, 30]:
        rep = person(open_context, "rep", cost)
        rep.sees("改单")
        rep.open(f"/admin/orders/{WAITING}")
        rep.follow_like("/admin/amendments/")
        rep.send("button[value=approve]")
    note("A buyer changes an order, the rep agrees", cost)
    assert asked(sqlite_url, quantities) == [12, 30]
    after = asked(sqlite_url, standing)
    assert after[0] < before[0], "eight cases less are owed"
    assert breaches(sqlite_url) == []


def quantities(session) -> list[int]:
    wanted = select(OrderLine.quantity).where(OrderLine.order_id == WAITING).order_by(OrderLine.line_no)
    return list(session.scalars(wanted))


@pytest.mark.browser
def test_broken_goods_come_back_and_are_credited(served, sqlite_url, open_context, tmp_path, monkeypatch):
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    cost = Cost()
    photo = tmp_path / "IMG_0002.jpg"
    Image.new("RGB", (1600, 1200), "#8a6d3b").save(photo)
    buyer = person(open_context, "buyer", cost, "phone")
    buyer.follow("/portal/orders")
    buyer.follow(f"/portal/orders/{RECEIVED}")
    buyer.follow(f"/portal/orders/{RECEIVED}/returns")
    buyer.fill(f"/orders/{RECEIVED}/returns", reason="破损", cases_1=1, photos=photo, remark="外箱压塌")
    buyer.send("button[form=return-form]")
    rep = person(open_context, "rep", cost)
    rep.follow("/admin/returns")
    rep.follow_like("/admin/returns/")
    rep.page.locator("img[src*='/attachments/'], a[href*='/attachments/']").first.wait_for()
    rep.send("form[action$='/decision'] button[value=approve]")
    keeper = person(open_context, "warehouse", cost)
    keeper.follow("/admin/returns")
    keeper.follow_like("/admin/returns/")
    keeper.send("form[action$='/intake'] button.btn-primary")
    buyer.follow_like("/portal/returns/") if "/portal/returns/" not in buyer.page.url else buyer.page.reload()
    note("Broken goods: asked with a photo, agreed, taken in, credited", cost)

    def ask(session):
        found = session.scalars(select(ReturnRequest)).one()
        photos = select(func.count(Attachment.id)).where(Attachment.subject == "return")
        return found.state, found.gross, session.scalar(photos)

    state, gross, photos = asked(sqlite_url, ask)
    assert (state, photos) == ("credited", 1) and gross > 0
    buyer.sees(f"{gross:,.2f}")
    assert breaches(sqlite_url) == []


@pytest.mark.proof
@pytest.mark.browser
def test_a_rep_orders_for_a_distributor(served, sqlite_url, open_context):
    cost = Cost()
    rep = person(open_context, "rep", cost)
    rep.follow("/admin/distributors")
    rep.follow("/admin/distributors/1")
    rep.send("form[action$='/behalf'] button")
    for path in "/portal", "/portal/catalog", "/portal/orders":
        rep.follow(path) if rep.page.url.rstrip("/").endswith(path) is False else None
        banner = rep.page.locator("section.behalf")
        assert banner.is_visible() and "漳州市鑫禾源" in banner.inner_text(), path
    rep.follow("/portal/catalog")
    field = rep.page.locator(
        "article.sku:has-text('SQ5524') .stepper input, article.sku .stepper input"
    ).first
    cost.fields, cost.letters = cost.fields + 1, cost.letters + 2
    field.fill("10")
    rep.enter(field)
    rep.follow("/portal/cart")
    assert rep.page.locator("section.behalf").is_visible()
    rep.send("form#submission button[type=submit]")
    rep.page.wait_for_url("**/portal/orders/*")
    rep.sees("代")
    rep.send("section.behalf button")
    note("A rep orders for a distributor", cost)

    def ask(session):
        order = session.scalars(select(Order).order_by(Order.id.desc()).limit(1)).one()
        people = {key: name for key, name in session.execute(select(Person.id, Person.user_name))}
        events = select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id)
        return order, people, list(session.scalars(events))

    order, people, events = asked(sqlite_url, ask)
    assert order.id > WAITING and order.distributor_id == 1 and order.gross > Decimal(0)
    assert {people[event.person_id] for event in events if event.person_id} == {"rep"}
    assert breaches(sqlite_url) == []
