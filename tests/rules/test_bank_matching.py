"""Lines as banks tell them, each with whose it is and how sure that may be said."""

from datetime import date
from decimal import Decimal

import pytest

from trade.banking import fields, matching
from trade.banking.matching import Company, Debt, Payer
from trade.banking.names import core_name, plain_account, plain_name
from trade.imports.problems import Bad

DAY = date(2026, 11, 22)
D = Decimal
COMPANIES = [
    Company(1, ["漳州市鑫禾源食品商贸有限公司"], "3500 1610 0700 5250 1234", "林建国"),
    Company(2, ["福州闽鲜达供应链管理有限公司", "福州闽鲜达供应链（集团）有限公司"], "591902018810888"),
    Company(3, ["厦门鹭岛饮品有限责任公司"], "", "陈美玲"),
    Company(4, ["厦门鹭岛饮品贸易有限公司"]),
    Company(5, ["三明市沙县区张记批发部"], "", "张伟"),
    Company(6, ["泉州市丰泽区张记批发部"], "", "张伟"),
]
DEBTS = {
    1: [
        Debt(11, "DN261008-0001", D("4478.06"), "SO261008-0001"),
        Debt(12, "DN261015-0001", D("3373.37"), "SO261008-0001"),
        Debt(13, "DN261023-0001", D("6163.39"), "SO261020-0001"),
    ],
    2: [Debt(21, "DN261009-0002", D("880.00"), "SO261009-0004")],
    3: [Debt(31, "DN261010-0007", D("1200.00"))],
}
KNOWN = matching.known(
    COMPANIES,
    DEBTS,
    {"SO260901-0009": 5},
    {"6222021402": 5, plain_name("李四"): 3},
    {(2, D("500.00")): [(DAY, "RC261121-0003")]},
)


def payer(name: str = "", account: str = "", reference: str = "", amount: str = "99.99") -> Payer:
    key = plain_account(account) or plain_name(name)
    return Payer(name, account, key, reference, D(amount), DAY)


LINES = [
    # who pays, whose it is, how sure: c certain, l likely, u unclear; and a sign that must be told
    (payer("漳州市鑫禾源食品商贸有限公司"), 1, "l", "name"),
    (payer("漳州市鑫禾源食品商贸有限公司", amount="3373.37"), 1, "c", "amount_one"),
    (payer("漳州市鑫禾源食品商贸有限公司", amount="7851.43"), 1, "c", "amount_oldest"),
    (payer("漳州市鑫禾源食品商贸有限公司 ", "3500161007005250-1234"), 1, "c", "account"),
    (payer("林某", "35001610070052501234"), 1, "c", "account"),
    (payer("漳州市鑫禾源食品商贸　有限公司"), 1, "l", "name"),
    (payer("漳州市鑫禾源食品商贸有限责任公司"), 1, "l", "core_name"),
    (payer("漳州市鑫禾源食品商贸"), 1, "l", "core_name"),
    (payer("漳州市鑫禾源食品"), 1, "l", "cut_name"),
    (payer("漳州市鑫"), None, "u", ""),
    (payer("林建国"), 1, "u", "person"),
    (payer("张伟"), None, "u", ""),
    (payer("福州闽鲜达供应链(集团)有限公司"), 2, "l", "name"),
    (payer("福州闽鲜达供应链管理有限公司", amount="500.00"), 2, "u", "recorded"),
    (payer("厦门鹭岛饮品有限公司"), 3, "l", "core_name"),
    (payer("厦门鹭岛饮品贸易有限公司"), 4, "l", "name"),
    (payer("王五", reference="货款 DN261015-0001"), 1, "l", "number"),
    (payer("王五", reference="付ＤＮ２６１０１５－０００１货款", amount="3373.37"), 1, "c", "amount_named"),
    (payer("王五", reference="so261020 0001"), None, "u", ""),
    (payer("王五", reference="订单SO 261008-0001、余款下周"), 1, "l", "number"),
    (payer("王五", reference="261008-0001"), 1, "l", "number"),
    (payer("王五", reference="2610080001"), 1, "l", "number"),
    (payer("某人", "6222 0214 02"), 5, "c", "remembered"),
    (payer("李四"), 3, "l", "remembered_name"),
    (payer("", reference="SO260901-0009"), 5, "l", "number"),
    (payer("厦门鹭岛饮品贸易有限公司", reference="代鑫禾源付 DN261008-0001"), 1, "u", "conflict"),
    (payer("某某", amount="1200.00"), 3, "u", "only_amount"),
    (payer("财付通支付科技有限公司", reference="提现"), None, "u", ""),
    (payer("漳州市鑫禾源食品商贸有限公司", reference="DN261008-0001"), 1, "c", "number"),
]


@pytest.mark.parametrize("line, whose, sure, sign", LINES)
def test_a_labelled_line(line: Payer, whose: int | None, sure: str, sign: str) -> None:
    found = matching.propose(line, KNOWN)
    level = "c" if found.certainty >= matching.CERTAIN else "l" if found.certainty >= matching.LIKELY else "u"
    assert (found.distributor_id, level) == (whose, sure), found
    assert not sign or sign in {each["code"] for each in found.reasons}


def test_what_is_named_is_paid_first_then_the_oldest() -> None:
    debts = DEBTS[1]
    named = matching.named("DN261023-0001", debts)
    parts = matching.plan(D("7000.00"), debts, named)
    assert [(each.debt_id, each.amount) for each in parts] == [(13, D("6163.39")), (11, D("836.61"))]
    assert [each.debt_id for each in matching.plan(D("3373.37"), debts)] == [12]
    assert [each.debt_id for each in matching.plan(D("3373.36"), debts)] == [11]
    rest = matching.plan(D("99999"), debts)
    assert sum(each.amount for each in rest) == D("14014.82")


@pytest.mark.parametrize(
    "cell, day_format, day",
    [
        ("20261122", "ymd", DAY),
        ("20261122103000", "ymd", DAY),
        ("2026/11/22 10:30:00", "ymd", DAY),
        ("2026年11月22日", "ymd", DAY),
        ("22/11/2026", "dmy", DAY),
        ("11-22-2026", "mdy", DAY),
        ("22/11/2026", "mdy", None),
        ("20261322", "ymd", None),
        ("45000", "ymd", None),
        ("٢٠٢٦1122", "ymd", None),
    ],
)
def test_days_of_banks(cell: str, day_format: str, day: date | None) -> None:
    if day is not None:
        assert fields.day(cell, day_format) == day
        return
    with pytest.raises(Bad):
        fields.day(cell, day_format)


@pytest.mark.parametrize("cell", ["1e5", "NaN", "1_000", "1,23.00", "٣", "0.005", "9999999999", "1.2.3"])
def test_no_amount_by_accident(cell: str) -> None:
    with pytest.raises(Bad):
        fields.amount(cell)


def test_amounts_and_names_of_banks() -> None:
    cells = ("￥1,234.50", "-12.30", "(12.30)", "--", "0.00", "＋5")
    found = [fields.amount(each) for each in cells]
    assert found == [D("1234.50"), D("-12.30"), D("-12.30"), None, None, D(5)]
    assert core_name("福建（鑫禾源）股份有限公司") == core_name("福建鑫禾源有限责任公司")
    assert fields.is_in("贷") and not fields.is_in("借") and fields.currency("人民币") == "CNY"
