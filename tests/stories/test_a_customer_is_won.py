"""A distributor on a phone registers a customer whose name is near to another's; the brand decides; its quotation is ordered in one tap, and won."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests import world
from tests.databases import Prepare, begin_with
from tests.flows.cast import Cast, order
from tests.registrations.reports import code
from tests.stories.hands import Cost, Hands, asked, breaches, note, until
from trade import clock, db
from trade.catalog.models import Category
from trade.flows.register_customer import Customer, NewRegistration, register_customer
from trade.opportunities.models import Opportunity, Quotation
from trade.orders.models import Order
from trade.registrations.models import Registration

THEIRS, OURS = "宁德海之韵水产有限公司", "宁德海之运水产有限公司"


def build(url: str) -> None:
    """D2 has a customer whose name sounds the same; D1 ordered before, so that nobody has to look at its order."""
    begin_with(world.build_template, url)
    engine = db.connect(url)
    cast = Cast()
    with db.read() as session:
        line = session.scalars(select(Category.id).where(Category.code == "drinks")).one()
    customer = Customer(line, THEIRS, code(1), contact_name="林经理", phone="13900000001")
    db.run(register_customer, cast["stranger"], NewRegistration("theirs", customer))
    found = cast.submit(cast.fill("owner", CP0515=2), "owner")
    if order(found.id).approval_state == "pending":
        cast.decide(found.id, "approve")
    engine.dispose()


@pytest.fixture
def prepare() -> Prepare:
    return build


@pytest.mark.browser
def test_registered_decided_quoted_ordered_won(served, worker, sqlite_url, open_context):
    cost, deciding = Cost(), Cost()
    owner = Hands(open_context("phone"), cost)
    owner.sign_in("owner", world.PASSWORD)
    manager = Hands(open_context("desk"), deciding)
    manager.sign_in("manager", world.PASSWORD)

    owner.open("/portal/registrations")
    owner.follow("/portal/registrations/new")
    owner.fill("/registrations", name=OURS, credit_code=code(2), phone="13900000002", product_line="饮料")
    owner.send("button[form=registration-form]:not([name=send])")
    owner.sees("人工")
    here = asked(sqlite_url, lambda session: session.scalars(mine(Registration.id)).one())
    assert THEIRS not in owner.page.content(), "nobody is told who has the other one"

    manager.open(f"/admin/registrations/{here}")
    manager.sees(THEIRS)
    manager.fill("/decision", comment="两家不同的公司")
    manager.send("button[name=decision][value=approve]")
    note("The brand: two customers with names alike are told apart", deciding)

    owner.open(f"/portal/registrations/{here}")
    owner.follow(f"/portal/registrations/{here}/opportunities/new")
    soon = (clock.today() + timedelta(days=20)).isoformat()
    owner.fill("/opportunities", subject="冷链铺货 12 家门店", amount="5000", expected_on=soon)
    owner.send("button[form=opportunity-form]")
    chance = asked(sqlite_url, lambda session: session.scalars(select(Opportunity.id)).one())
    owner.send("button[name=stage][value=need]")
    owner.post("/follow-ups", words="试饮通过,要报价", next_step="报价")
    owner.page.screenshot(path="build/story/e-opportunity.png", full_page=True)

    quote(owner, chance)
    offer = asked(sqlite_url, lambda session: session.scalars(select(Quotation.id)).one())
    paper = owner.page.request.get(f"/portal/opportunities/{chance}/quotations/{offer}/paper")
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")
    owner.page.screenshot(path="build/story/e-quotation.png", full_page=True)

    before = cost.taps
    owner.send(f"form[action$='/quotations/{offer}/order'] button")
    owner.page.wait_for_url("**/portal/orders/*")
    assert cost.taps == before + 1, "one tap from the quotation to the order"
    until(owner, lambda: asked(sqlite_url, stage) == "won")
    made, state = asked(sqlite_url, ordered)
    assert (made.approval_state, made.registration_id, state) == ("approved", here, "won")
    assert made.gross == Decimal("423.00"), "ten cases at its own price, not at the customer's"
    owner.open(f"/portal/opportunities/{chance}")
    owner.sees("成交")
    note("A distributor: customer registered, decided, quoted, ordered, won", cost)
    for name, path in {"board": "/board", "forecast": "/forecast", "list": "", "one": f"/{chance}"}.items():
        manager.page.goto(f"/admin/opportunities{path}")
        manager.page.screenshot(path=f"build/story/e-admin-{name}.png", full_page=True)
    assert breaches(sqlite_url) == []


def quote(owner: Hands, chance: int) -> None:
    """Ten cases at 58.00, found by name."""
    owner.follow(f"/portal/opportunities/{chance}/quotations/new")
    owner.cost.fields, owner.cost.letters = owner.cost.fields + 1, owner.cost.letters + 2
    owner.page.fill("#q", "冷泡")
    owner.enter("#q")
    owner.send("button[name=add]")
    for name, value in {"quantity": "10", "price": "58.00"}.items():
        owner.cost.fields, owner.cost.letters = owner.cost.fields + 1, owner.cost.letters + len(value)
        owner.page.locator(f"input[name^='{name}-']").first.fill(value)
    owner.page.screenshot(path="build/story/e-quoting.png", full_page=True)
    owner.send("button[form=quotation-form]")
    owner.sees("580.00")


def mine(column):
    return select(column).where(Registration.name == OURS)


def stage(session) -> str:
    return session.scalars(select(Opportunity.stage)).one()


def ordered(session):
    """The order that was made, and where the registration stands."""
    found = session.scalars(select(Order).where(Order.registration_id.is_not(None))).one()
    return found, session.scalars(mine(Registration.state)).one()
