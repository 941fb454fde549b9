"""A distributor on a phone whose limit is used up: more is asked for, money is proved, and the order that was held goes on."""

from datetime import timedelta
from decimal import Decimal

import pytest
from PIL import Image
from sqlalchemy import select

from tests import world
from tests.databases import Prepare, begin_with
from tests.flows.cast import Cast, lines, order
from tests.stories.hands import Cost, Hands, asked, breaches, note, until
from trade import clock, db
from trade.attachments.models import Attachment
from trade.credit.models import CreditAccount, CreditLimit, LimitRequest
from trade.flows.set_credit import NewLimit, set_limit
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.jobs.models import Job
from trade.orders.models import Order
from trade.receivables.models import Payment, PaymentProof

SENT, WANTED = Decimal("1988.10"), Decimal("1269.00")  # 47 cases at 42.30, and 30 more


def build(url: str) -> None:
    """D1 may owe ¥3,000.00 and owes ¥1,988.10 of it."""
    begin_with(world.build_template, url)
    engine = db.connect(url)
    cast = Cast()
    home = cast.world.distributors["D1"]
    db.run(set_limit, cast["finance"], NewLimit(home, Decimal("3000.00"), "开户"))
    found = cast.submit(cast.fill(CP0515=47))
    packed = [Packed(each.id, each.base_quantity) for each in lines(found.id)]
    sent = Dispatch(found.id, order(found.id).version, "顺丰", "SF1", packed)
    db.run(ship_order, cast["warehouse"], sent)
    engine.dispose()


@pytest.fixture
def prepare() -> Prepare:
    return build


@pytest.mark.browser
def test_a_held_order_goes_on_when_the_money_is_there(
    served, worker, sqlite_url, open_context, tmp_path, monkeypatch
):
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    cost = Cost()
    owner = Hands(open_context("phone"), cost)
    owner.sign_in("owner", world.PASSWORD)
    finance = Hands(open_context("desk"), cost)
    finance.sign_in("finance", world.PASSWORD)
    order_id = order_too_much(owner, sqlite_url)
    ask_for_more(owner)
    give_a_part(finance, sqlite_url, order_id)
    send_a_proof(owner, tmp_path)
    assert asked(sqlite_url, held(order_id)) == "held", "a photo is no money"
    finance.follow("/admin/proofs")
    finance.follow_like("/admin/proofs/")
    finance.page.locator("img[src*='/attachments/']").first.wait_for()
    finance.post("/confirmation", reference="B22007")
    until(finance, lambda: asked(sqlite_url, held(order_id)) == "approved")
    owner.open(f"/portal/orders/{order_id}")
    owner.sees("待发货")
    owner.open("/portal/notices")
    owner.sees("回款")
    owner.open("/portal/credit")
    owner.sees("3,100.00")
    for part in "988.10", "1,269.00", "842.90":
        owner.sees(part)
    note("A distributor: held for credit, more asked for, money proved, released", cost)
    assert_parts(sqlite_url)
    assert breaches(sqlite_url) == []


def order_too_much(owner: Hands, url: str) -> int:
    """Thirty cases more than the credit carries: the order is taken and held, and says by how much."""
    owner.follow("/portal/catalog")
    field = owner.page.locator("article.sku:has-text('CP0515') .stepper input").first
    owner.cost.fields, owner.cost.letters = owner.cost.fields + 1, owner.cost.letters + 2
    field.fill("30")
    owner.enter(field)
    owner.follow("/portal/cart")
    owner.sees("257.10")
    owner.send("form#submission button[type=submit]")
    owner.page.wait_for_url("**/portal/orders/*")
    owner.sees("257.10")
    return asked(url, lambda session: session.scalars(select(Order.id).order_by(Order.id.desc())).first())


def ask_for_more(owner: Hands) -> None:
    """From the order to the account, and there the wish for ¥2,000.00 more."""
    owner.open("/portal/credit")
    owner.follow("/portal/credit/limit-requests")
    owner.post("/limit-requests", amount="2000.00", until=a_fortnight_on(), reason="国庆备货")
    owner.sees("2,000.00")
    owner.sees("审批中")


def give_a_part(finance: Hands, url: str, order_id: int) -> None:
    """Finance gives ¥100.00 of the ¥2,000.00: not enough, so the order stays where it is."""
    finance.follow("/admin/credit")
    finance.follow_like("/admin/credit/requests/")
    finance.post("/decision", amount="100.00", comment="先给 100，其余请先回款")
    until(finance, lambda: asked(url, retested))
    state, limit, used = asked(url, lambda session: (held(order_id)(session), *account(session)))
    assert (state, limit, used) == ("held", Decimal("3100.00"), SENT)


def send_a_proof(owner: Hands, folder) -> None:
    """A photo of the transfer of ¥1,000.00."""
    photo = folder / "IMG_0004.jpg"
    Image.new("RGB", (1080, 1920), "#e8e8e8").save(photo)
    owner.open("/portal/credit")
    owner.sees("3,100.00")
    owner.follow("/portal/credit/proofs")
    owner.follow("/portal/credit/proofs/new")
    owner.fill("/proofs", photos=photo, amount="1000.00", payer="建行 鑫禾源", reference="B22007")
    owner.send("button[form=proof-form]")
    owner.sees("1,000.00")


def a_fortnight_on() -> str:
    """A day within the year, as the field takes it."""
    return (clock.today() + timedelta(days=14)).isoformat()


def held(order_id: int):
    """Where the order stands."""
    return lambda session: session.scalars(select(Order.approval_state).where(Order.id == order_id)).one()


def retested(session) -> bool:
    """Whether the worker has looked at the held order again because of the limit; each hour it does so anyway."""
    wanted = select(Job.state).where(Job.kind == "order.retest", Job.key.contains("-limit-"))
    return session.scalars(wanted).all() == ["done"]


def account(session) -> tuple[Decimal, Decimal]:
    """What D1 may owe and what it uses."""
    home = world.world(session).distributors["D1"]
    wanted = select(CreditAccount.effective_limit, CreditAccount.used)
    return session.execute(wanted.where(CreditAccount.distributor_id == home)).one()


def assert_parts(url: str) -> None:
    """One payment from one proof with its photo, a part of the wish, and every part of the account to the cent."""

    def ask(session):
        home = world.world(session).distributors["D1"]
        return (
            session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == home)).one(),
            session.scalars(select(Payment)).one(),
            session.scalars(select(PaymentProof)).one(),
            session.scalars(select(Attachment.subject)).all(),
            session.scalars(select(LimitRequest.state)).all(),
            session.scalars(select(CreditLimit.amount).where(CreditLimit.kind == "temporary")).all(),
        )

    mine, payment, proof, files, wishes, limits = asked(url, ask)
    assert (mine.hold, mine.unbilled, mine.billed) == (WANTED, SENT - 1000, 0)
    assert (mine.prepayment, mine.credit_note) == (0, 0)
    assert mine.effective_limit - mine.used == Decimal("842.90")
    assert (payment.amount, proof.state, proof.payment_id) == (1000, "confirmed", payment.id)
    assert (files, wishes, limits) == (["payment_proof"], ["approved"], [Decimal("100.00")])
