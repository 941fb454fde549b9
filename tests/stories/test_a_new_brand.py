"""A brand begins with nothing: one administrator, whom the operator let in, comes to the first order by pages alone."""

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import func, select

from tests.databases import Prepare
from tests.served import settings_for
from tests.stories.hands import Cost, Hands, asked, breaches, note
from tests.tables import migrated
from trade.audit import AuditEntry
from trade.catalog.models import Sku
from trade.credit.models import CreditAccount
from trade.distributors.models import Distributor
from trade.inventory.models import Stock
from trade.orders.models import Order, OrderLine
from trade.pricing.models import PriceList, PriceRow

PASSWORD = "水到渠成-and-then-some"
TWENTY_MINUTES = 20 * 60


@pytest.fixture
def prepare() -> Prepare:
    return migrated


def tongqu(url: str, folder: Path, *words: str) -> None:
    """What the operator types, in the environment of the server."""
    command = [str(Path(sys.executable).parent / "tongqu"), *words]
    done = subprocess.run(command, env=settings_for(url, folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.browser
def test_a_new_brand_comes_to_its_first_order(sqlite_url, serve, open_context, tmp_path, monkeypatch):
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    server = serve(sqlite_url)
    tongqu(sqlite_url, tmp_path / "data", "set-up")
    tongqu(
        *(sqlite_url, tmp_path / "data", "admin", "create", "--name", "沈渠", "--user-name", "shen"),
        *("--password", PASSWORD),
    )
    cost = Cost()
    chief = Hands(open_context("desk", base_url=server.base_url), cost)
    chief.sign_in("shen", PASSWORD)
    who_we_are(chief)
    what_we_sell(chief, tmp_path)
    what_it_costs(chief)
    what_we_have(chief)
    link = who_buys_it(chief)
    owner = Hands(open_context("phone", base_url=server.base_url), cost)
    comes_in(owner, link)
    orders(owner)
    approves(chief)
    note("A new brand from nothing to its first order", cost)
    assert cost.seconds < TWENTY_MINUTES, cost
    after_all(sqlite_url)


def who_we_are(chief: Hands) -> None:
    """The company on the papers, a tier, a territory and a warehouse."""
    chief.follow("/admin/masters")
    chief.follow("/admin/masters/company")
    chief.post("/company/1", name="云岫饮品（福建）有限公司", phone="0591-87650001")
    chief.follow("/admin/masters/tiers")
    chief.post("/admin/masters/tiers", code="gold", name="金牌", rank=1)
    chief.follow("/admin/masters/territories")
    chief.post("/admin/masters/territories", code="minnan", name="闽南")
    chief.follow("/admin/stock")
    chief.follow("/admin/warehouses")
    chief.follow("/admin/warehouses/new")
    chief.post(
        "/admin/warehouses",
        code="XM",
        name="厦门仓",
        address="厦门市集美区杏林湾路 18 号",
        contact_name="老吴",
    )


def what_we_sell(chief: Hands, folder: Path) -> None:
    """A category, and a product with its picture."""
    chief.follow("/admin/catalog")
    chief.follow("/admin/categories")
    chief.post("/admin/categories", name="茶饮料", code="tea")
    chief.follow("/admin/catalog")
    chief.follow("/admin/products/new")
    chief.post(
        "/admin/products",
        name="云岫 冷泡茉莉乌龙茶 500ml",
        code="CP0515",
        category="茶饮料",
        barcode="6901234500004",
        base_unit="瓶",
        order_unit="箱",
        order_factor=15,
    )
    chief.post("/pictures", picture=photo(folder))
    assert chief.page.locator("img[src*='/pictures/']").count()


def photo(folder: Path) -> Path:
    """A picture as a phone takes it."""
    picture = Image.new("RGB", (1200, 1600), "#dfeee4")
    ImageDraw.Draw(picture).rounded_rectangle((420, 200, 780, 1400), 90, fill="#2f7d5b")
    path = folder / "IMG_0001.jpg"
    picture.save(path, quality=85)
    return path


def what_it_costs(chief: Hands) -> None:
    """The base price list: made, a price pasted, checked, published."""
    chief.follow("/admin/prices")
    chief.follow("/admin/prices/new")
    chief.post("/admin/prices", name="目录价 2026", code="BASE-2026", kind="base")
    chief.page.wait_for_url(re.compile(r"/admin/prices/\d+"))
    chief.paste("textarea[name=text]", "CP0515\t46.00")
    chief.send("form[action$='/pasted'] button")
    list_id = chief.page.url.rsplit("/", 1)[-1].partition("?")[0]
    chief.follow(f"/admin/prices/{list_id}/check")
    box = chief.page.locator("[name=agreed]")
    if box.count():
        chief.tap(box)
        chief.page.fill("[name=note]", "首次定价")
    chief.send("form[action$='/publication'] button")


def what_we_have(chief: Hands) -> None:
    """The first count of the stock."""
    chief.follow("/admin/stock")
    chief.follow("/admin/stock/counts")
    chief.follow("/admin/stock/counts/new")
    chief.fill("/admin/stock/counts", warehouse="厦门仓")
    chief.paste("[name=goods]", "CP0515 200 箱")
    chief.send("form[action$='/admin/stock/counts'] button")
    chief.page.fill("[name=note]", "首次盘点")
    chief.send("button[name=step][value=book]")


def who_buys_it(chief: Hands) -> str:
    """A distributor with standing, address and limit; the owner's link to send by WeChat."""
    chief.follow("/admin/distributors")
    chief.follow("/admin/distributors/new")
    chief.post(
        "/admin/distributors",
        code="D1001",
        name="漳州市鑫禾源食品商贸有限公司",
        contact_name="黄老板",
        phone="13912345678",
        tier_id="金牌",
        territory_id="闽南",
    )
    chief.page.wait_for_url(re.compile(r"/admin/distributors/\d+"))
    home = chief.page.url.split("?")[0].removesuffix("/profile").rsplit(":", 1)[1]
    home = home[home.index("/") :]
    chief.follow(f"{home}/contacts")
    chief.follow(f"{home}/addresses/new")
    chief.fill("/addresses", contact_name="黄老板", phone="13912345678")
    for name, words in ("province", "福建省"), ("city", "漳州市"):
        chief.choose("/addresses", name, words)
    chief.fill("/addresses", region="芗城区", line="胜利西路 120 号 3 号仓")
    chief.send("form[action$='/addresses'] button.btn-primary")
    chief.follow(home)
    chief.post("/limits", amount="50000", reason="新客首授")
    chief.follow(f"{home}/contacts")
    chief.follow(f"{home}/people")
    chief.post("/people", name="黄老板", phone="13912345678", role="owner")
    message = chief.page.locator("#link-message")
    message.wait_for()
    chief.tap("button[data-copies]")
    found = re.search(r"https?://\S+", message.input_value())
    assert found
    return found[0]


def comes_in(owner: Hands, link: str) -> None:
    """The owner opens the link on the phone and chooses a password."""
    owner.open(link)
    owner.fill("/invitation", password=PASSWORD, repeated=PASSWORD)
    owner.send("form[action$='/invitation'] button")


def orders(owner: Hands) -> None:
    """Ten cases, and what they will cost before they are ordered."""
    owner.follow("/portal/catalog")
    owner.sees("46.00")
    field = owner.page.locator("article.sku .stepper input").first
    owner.cost.fields, owner.cost.letters = owner.cost.fields + 1, owner.cost.letters + 2
    field.fill("10")
    owner.enter(field)
    owner.follow("/portal/cart")
    owner.sees("460.00")
    owner.send("form#submission button[type=submit]")
    owner.page.wait_for_url("**/portal/orders/*")


def approves(chief: Hands) -> None:
    """What waits is the first thing that the administrator sees; small orders may have passed by themselves."""
    chief.follow("/admin")
    waiting = chief.page.locator("button[value=approve]:visible")
    if waiting.count():
        chief.send(waiting)


def after_all(url: str) -> None:
    """One order of ten cases at the published price stands approved, and every invariant holds."""

    def ask(session):
        order = session.scalars(select(Order)).one()
        line = session.scalars(select(OrderLine)).one()
        stock = session.scalars(select(Stock)).one()
        account = session.scalars(select(CreditAccount)).one()
        assert (order.approval_state, order.gross, line.price) == ("approved", Decimal(460), Decimal(46))
        assert (stock.on_hand, stock.reserved) == (3000, 150)
        assert account.used == 460
        assert (
            session.scalar(select(func.count(Distributor.id)))
            == session.scalar(select(func.count(Sku.id)))
            == 1
        )
        assert session.scalar(select(func.count(PriceRow.id))) == 1
        assert session.scalars(select(PriceList)).one().published_at is not None
        assert session.scalar(select(func.count(AuditEntry.id))) > 10

    asked(url, ask)
    assert breaches(url) == []
