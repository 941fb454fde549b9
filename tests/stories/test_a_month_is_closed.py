"""Finance at the end of a month: the bank's file, an invoice, the statement and its dispute, until the month is closed."""

from decimal import Decimal

import pytest
from PIL import Image
from sqlalchemy import func, select

from tests import world
from tests.databases import Prepare
from tests.stories import month
from tests.stories.hands import Cost, Hands, asked, breaches, note, until
from trade.banking.models import BankLine
from trade.books.models import OpenItem, Period
from trade.credit.models import CreditAccount
from trade.invoices.models import Invoice
from trade.receivables.models import Payment
from trade.statements.models import Statement

OWED = Decimal("180.00")  # 1,988.10 + 480.00 − 1,988.10 − 300.00


@pytest.fixture
def prepare() -> Prepare:
    return month.build


@pytest.mark.browser
def test_finance_goes_from_the_bank_s_file_to_a_closed_month(
    served, worker, sqlite_url, open_context, tmp_path, monkeypatch
):
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    cost = Cost()
    finance = Hands(open_context("desk"), cost)
    finance.sign_in("finance", world.PASSWORD)
    owner = Hands(open_context("phone"), cost)
    owner.sign_in("owner", world.PASSWORD)
    told = tmp_path / "招行流水.csv"
    told.write_bytes(asked(sqlite_url, month.bank_file).encode("gb18030"))
    take_the_file(finance, told)
    settle_the_lines(finance, sqlite_url)
    send_it_again(finance, told, sqlite_url)
    invoice(finance, sqlite_url)
    make_statements(finance, sqlite_url)
    agree(finance, owner, sqlite_url, tmp_path)
    finance.follow("/admin/statements")
    finance.follow("/admin/periods")
    finance.send("form[action$='/periods/closing'] button")
    note("Finance: bank file, invoice, statement, dispute, the month closed", cost)
    assert asked(sqlite_url, periods) == ["closed"]
    assert_sums(sqlite_url)
    assert breaches(sqlite_url) == []


def take_the_file(finance: Hands, told) -> None:
    """The first file of this account: its columns are named once."""
    finance.follow("/admin/bank")
    finance.follow("/admin/bank/files")
    finance.post("/bank/files", file=told, bank="招商银行", account_no="7559 1234")
    finance.sees("请先指定各列含义")
    finance.post("/columns", field_credit="进账", field_debit="出账")
    finance.sees("收入 4 条")
    finance.send("form[action$='/lines'] button")
    finance.sees("4 条")


def settle_the_lines(finance: Hands, url: str) -> None:
    """Two are certain; of the others one is found a company, and one is the bank's own."""
    finance.follow("/admin/bank")
    finance.send("form[action$='/bank/certain'] button")
    assert asked(url, lines) == ["booked", "booked", "open", "open"]
    finance.tap(finance.page.locator("a[data-key=a]"))
    finance.page.wait_for_url("**/bank/lines/*")
    finance.sees("结息")
    finance.post("/aside", reason="银行结息")
    finance.sees("林秀兰")
    finance.post("/confirmation", distributor="D1")
    finance.sees("漳州市鑫禾源")
    finance.send("form[action*='/confirmation'] button.btn-primary")
    assert asked(url, lines) == ["booked", "booked", "booked", "aside"]


def send_it_again(finance: Hands, told, url: str) -> None:
    """The same file once more: read without a question, and nothing of it is booked."""
    before = asked(url, money)
    finance.open("/admin/bank/files")
    finance.post("/bank/files", file=told)
    finance.sees("收入 4 条")
    finance.send("form[action$='/lines'] button")
    finance.sees("4 条已有")
    assert asked(url, money) == before and asked(url, lambda session: len(lines(session))) == 4


def invoice(finance: Hands, url: str) -> None:
    """One invoice for what D1 was sent first."""
    finance.follow("/admin/invoices")
    finance.follow("/admin/invoices/waiting")
    row = finance.page.locator("tr:has-text('1,988.10')")
    finance.tap(row.locator("td.ticks label"))
    finance.send(finance.page.locator(".bulkbar button.btn-primary"))
    assert asked(url, lambda session: session.scalars(select(Invoice.gross)).all()) == [Decimal("1988.10")]


def make_statements(finance: Hands, url: str) -> None:
    """The statements of the month that is over come from the worker while finance looks on."""
    finance.follow("/admin/statements")
    finance.send("form[action$='/statements/runs'] button")
    until(finance, lambda: asked(url, lambda session: session.scalar(select(func.count(Statement.id)))) == 2)
    finance.page.reload()
    finance.sees("福州榕江冷链")


def agree(finance: Hands, owner: Hands, url: str, folder) -> None:
    """The owner disputes a line with a photo, finance answers and settles; only then is it confirmed and closed."""
    photo = folder / "IMG_0003.jpg"
    Image.new("RGB", (1200, 900), "#8a6d3b").save(photo)
    statement = asked(url, mine)
    owner.open("/portal/credit")
    owner.follow("/portal/statements")
    owner.follow(f"/portal/statements/{statement.id}")
    owner.sees("180.00")
    finance.follow(f"/admin/statements/{statement.id}")
    line = owner.page.locator("tr", has_text="480.00").locator("a[href$='/dispute']")
    owner.tap(line)
    owner.page.wait_for_url("**/dispute")
    owner.fill("/dispute", reason="少收", amount="24.00", text="少到 1 箱山泉水", files=photo)
    owner.send("form[action$='/dispute'] button.btn-primary")
    owner.sees("1 笔有异议")
    closing = f"form[action$='/statements/{statement.id}/closing'] button"
    finance.page.reload()
    assert finance.page.locator(closing).count() == 0, "what is disputed cannot be closed"
    finance.follow_like("/admin/disputes/")
    finance.page.locator("img[src*='/attachments/']").first.wait_for()
    finance.post("/remarks", text="仓库监控显示少装 1 箱，下月冲减 24.00")
    owner.page.reload()
    owner.follow_like("/portal/disputes/")
    owner.sees("少装 1 箱")
    finance.post("/settlement", outcome="下月冲减 ¥24.00")
    finance.sees("下月冲减 ¥24.00")
    finance.open(f"/admin/statements/{statement.id}")
    owner.follow(f"/portal/statements/{statement.id}")
    owner.send("form[action$='/confirmation'] button")
    finance.page.reload()
    finance.send(closing)
    assert asked(url, mine).state == "closed"


def lines(session) -> list[str]:
    """What became of each line of the bank."""
    return list(session.scalars(select(BankLine.state).order_by(BankLine.id)))


def money(session) -> tuple[int, Decimal]:
    """How many payments there are, and how much they are together."""
    return session.execute(select(func.count(Payment.id), func.sum(Payment.amount))).one()


def mine(session) -> Statement:
    """The statement of D1."""
    d1 = world.world(session).distributors["D1"]
    return session.scalars(select(Statement).where(Statement.distributor_id == d1)).one()


def periods(session) -> list[str]:
    """Where the month that is over stands."""
    first = month.last_month()
    return list(session.scalars(select(Period.state).where(Period.first_day == first)))


def assert_sums(url: str) -> None:
    """What is open, what the account says and what the statement ends with are the same to the cent."""

    def ask(session):
        statement = mine(session)
        account = session.get(CreditAccount, statement.account_id)
        items = session.scalars(select(OpenItem).where(OpenItem.account_id == statement.account_id)).all()
        return statement, account, items

    statement, account, items = asked(url, ask)
    assert (statement.opening, statement.increase, statement.decrease) == (
        0,
        Decimal("2468.10"),
        Decimal("2288.10"),
    )
    assert statement.closing == OWED
    assert account.billed + account.unbilled + account.prepayment + account.credit_note == OWED
    assert sum((each.amount - each.applied) * (1 if each.is_debt else -1) for each in items) == OWED
    assert asked(url, money) == (3, Decimal("3208.10"))
