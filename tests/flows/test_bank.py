"""Files of banks: read strictly, known again, matched with the reason, booked once."""

import threading
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.flows.cast import Cast, lines, order
from trade import clock, db
from trade.banking import files
from trade.banking import lines as banking
from trade.banking.lines import Seen
from trade.banking.models import BankLine
from trade.books.models import OpenItem
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.flows.match_bank_line import (
    Aside,
    Confirmation,
    Same,
    confirm_bank_line,
    reopen_bank_line,
    set_bank_line_aside,
    tie_bank_line,
)
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.take_bank_file import NewFile, SeenFile, Taken, take_bank_file, upload_bank_file
from trade.receivables.models import Payment

pytestmark = pytest.mark.usefixtures("verified")
HEAD = "交易日期,收入,支出,对方户名,对方账号,摘要,流水号\n"


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))


def take(cast: Cast, text: str, encoding: str = "utf-8") -> dict[str, int]:
    """Upload a file and take it in, as the page does."""
    finance = cast["finance"]
    given = NewFile(files.receive("建行.csv", text.encode(encoding)), None, "建设银行", "3500 1234")
    file_id = db.run(upload_bank_file, finance, given)
    with db.read() as session:
        file, mapping = banking.get_file(session, finance, file_id)
    rows = files.rows_of(file, mapping.columns, mapping, clock.today())
    return db.run(take_bank_file, finance, Taken(SeenFile(file_id, file.version), mapping.columns, rows))


def row(amount: str, name: str, *, account="", reference="", serial="", out="", day=None) -> str:
    return f"{day or clock.today()},{amount},{out},{name},{account},{reference},{serial}\n"


def open_lines() -> list[BankLine]:
    with db.read() as session:
        return list(session.scalars(select(BankLine).order_by(BankLine.id)))


def count(model) -> int:
    with db.read() as session:
        return session.scalar(select(func.count(model.id)))


def debt(cast: Cast, **quantities: int) -> OpenItem:
    cart = cast.fill(**quantities)
    cast.submit(cart)
    packed = [Packed(line.id, line.base_quantity) for line in lines(cart)]
    key = db.run(ship_order, cast["warehouse"], Dispatch(cart, order(cart).version, "顺丰", "SF1", packed))
    with db.read() as session:
        wanted = select(OpenItem).where(OpenItem.kind == "shipment", OpenItem.subject_id == key)
        return session.scalars(wanted).one()


def name_of(cast: Cast, code: str) -> str:
    with db.read() as session:
        return session.scalars(select(Distributor.name).where(Distributor.code == code)).one()


def test_the_same_line_twice_and_in_an_overlapping_file(cast: Cast) -> None:
    same = row("12.30", "某某", reference="货款")
    first = HEAD + row("100.00", "甲", serial="S1") + row("100.00", "甲", serial="S1") + same + same
    first += row("", "供应商", out="5.00") + row("1e3", "乙") + row("7.77", "丙", day="2999-01-01")
    assert take(cast, first, "gb18030") == {"new": 3, "known": 1, "skipped": 1, "bad": 2}
    again = HEAD + row("100.00", "甲", serial="S1") + same + row('"1,234.50"', "丁", serial="S2")
    assert take(cast, again) == {"new": 1, "known": 2, "skipped": 0, "bad": 0}
    assert [line.amount for line in open_lines()] == [
        Decimal(each) for each in ("100", "12.30", "12.30", "1234.50")
    ]
    with pytest.raises(Refused, match="access.denied"):
        banking.refuse_stranger(cast["other-manager"])


def test_a_line_is_booked_applied_and_taken_back(cast: Cast) -> None:
    first, second = debt(cast, CP0515=1), debt(cast, SQ5524=10)
    take(cast, HEAD + row("250.00", name_of(cast, "D1"), reference=f"付 {second.number} 货款", serial="S9"))
    (line,) = open_lines()
    assert line.certainty >= 85 and line.proposed_id == cast.world.distributors["D1"]
    seen = Seen(line.id, line.version)
    with pytest.raises(Refused, match="bank_line.plan_changed"):
        db.run(confirm_bank_line, cast["finance"], Confirmation(seen, line.proposed_id, shown="0" * 16))
    assert open_lines()[0].version == line.version
    db.run(confirm_bank_line, cast["finance"], Confirmation(seen, line.proposed_id))
    with db.read() as session:
        applied = {each.id: each.applied for each in session.scalars(select(OpenItem)) if each.is_debt}
    assert applied == {second.id: Decimal(240), first.id: Decimal(10)}
    (line,) = open_lines()
    assert line.state == "booked" and count(Payment) == 1
    with pytest.raises(Refused, match="bank_line.booked_by"):
        db.run(set_bank_line_aside, cast["finance"], Aside(seen, "利息"))
    db.run(reopen_bank_line, cast["finance"], Aside(Seen(line.id, line.version), "看错了"))
    (line,) = open_lines()
    assert line.state == "open" and line.payment_id is None
    db.run(confirm_bank_line, cast["finance"], Confirmation(Seen(line.id, line.version), line.proposed_id))
    assert count(Payment) == 2


def test_money_that_was_recorded_by_hand_is_booked_once(cast: Cast) -> None:
    home = cast.world.distributors["D1"]
    paid = db.run(record_payment, cast["finance"], Receipt(home, clock.today(), Decimal(88), "手工"))
    take(cast, HEAD + row("88.00", name_of(cast, "D1")) + row("88.01", name_of(cast, "D1")))
    first, second = open_lines()
    assert first.certainty < 50 and {"code": "recorded", "fact": first.reasons[-1]["fact"]} in first.reasons
    with pytest.raises(Refused, match="bank_line.amount_differs"):
        db.run(tie_bank_line, cast["finance"], Same(Seen(second.id, second.version), paid))
    db.run(tie_bank_line, cast["finance"], Same(Seen(first.id, first.version), paid))
    assert count(Payment) == 1 and open_lines()[0].payment_id == paid


@pytest.mark.parametrize("is_guarded", [True, False])
def test_two_clerks_at_once(cast: Cast, is_guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One payment, and who was second learns who was first; without the guard there would be two."""
    take(cast, HEAD + row("60.00", name_of(cast, "D1"), serial="S1"))
    (line,) = open_lines()
    if not is_guarded:
        monkeypatch.setattr(banking, "move", lambda *given, **values: None)
        monkeypatch.setattr("trade.idempotency.is_first", lambda session, key: True)
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def confirm(way: str) -> None:
        gate.wait()
        try:
            given = Confirmation(Seen(line.id, line.version), cast.world.distributors["D1"], way)
            db.run(confirm_bank_line, cast["finance"], given)
            outcomes.append("booked")
        except Refused as refusal:
            outcomes.append(refusal.code)
        except IntegrityError as error:  # the table's own last word
            outcomes.append(type(error).__name__)

    clerks = [threading.Thread(target=confirm, args=(way,)) for way in ("oldest", "later")]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    assert count(Payment) == 1
    if is_guarded:
        assert sorted(outcomes) == ["bank_line.booked_by", "booked"]
    else:
        assert sorted(outcomes) == ["IntegrityError", "booked"]
