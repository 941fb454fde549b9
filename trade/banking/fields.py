"""What the columns of a bank's file are called, and how their cells are read: strictly, one reading per column."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from trade.imports import numbers
from trade.imports.problems import Bad
from trade.imports.uploads_fields import line, plain
from trade.imports.uploads_shape import Field, Kind

LARGEST = Decimal("999999999.99")
NOTHING = frozenset({"", "-", "--", "—", "/"})
IN = frozenset({"贷", "贷方", "收", "收入", "来账", "转入", "存入", "c", "cr", "credit", "in", "+"})
OUT = frozenset({"借", "借方", "付", "支", "支出", "往账", "转出", "支取", "d", "dr", "debit", "out", "-"})
CURRENCIES: Mapping[str, str] = {
    **dict.fromkeys(("人民币", "人民币元", "cny", "rmb", "156", "01", "¥"), "CNY"),
    **dict.fromkeys(("美元", "usd", "840"), "USD"),
    **dict.fromkeys(("港币", "港元", "hkd", "344"), "HKD"),
    **dict.fromkeys(("欧元", "eur", "978"), "EUR"),
}
CLOCK = re.compile(r"[ T]*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?$")
COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{6})?")
SHORT = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")


def day(cell: str, day_format: str) -> date:
    """Read the day of a line; `day_format` says whether the year stands first, or the day, or the month."""
    text = CLOCK.sub("", cell[:40].translate(numbers.HALF_WIDTH).strip()).strip()
    if day_format == "ymd":
        if found := COMPACT.fullmatch(text):
            return _date(found[1], found[2], found[3])
        return numbers.day(re.sub(r"[年月.]", "-", text).removesuffix("日"))
    found = SHORT.fullmatch(text)
    if found is None:
        raise Bad("cell.not_a_date")
    first, second = (found[1], found[2]) if day_format == "dmy" else (found[2], found[1])
    return _date(found[3], second, first)


def amount(cell: str) -> Decimal | None:
    """Read whole 分 with a sign; nothing where the bank writes a dash."""
    if cell.strip() in NOTHING:
        return None
    value = numbers.amount(cell, may_be_negative=True)
    if abs(value) > LARGEST:
        raise Bad("cell.too_large")
    if value != round(value, 2):
        raise Bad("cell.too_many_places")
    return value or None


def is_in(cell: str) -> bool:
    """Whether the direction of a line says that money came in."""
    word = plain(cell[:20]) or cell.strip()
    if word in IN:
        return True
    if word in OUT:
        return False
    raise Bad("cell.not_a_choice")


def currency(cell: str) -> str:
    """Read a currency by its code or its Chinese name."""
    found = CURRENCIES.get(cell.strip()[:20].casefold())
    if found is None:
        raise Bad("cell.not_a_choice")
    return found


def words(longest: int) -> Callable[[str], str]:
    """Read text of one line; line ends inside a cell become spaces, since banks wrap long remarks."""
    read = line(longest)
    return lambda cell: read(" ".join(cell.split()))


KIND = Kind(
    "bank",
    (
        Field(
            "day",
            str,
            ("交易日期", "记账日期", "入账日期", "交易时间", "记账时间", "日期", "起息日", "date"),
            is_needed=True,
        ),
        Field(
            "credit",
            amount,
            (
                "贷方发生额",
                "贷方金额",
                "收入金额",
                "收入",
                "贷方",
                "转入金额",
                "存入金额",
                "贷方发生额收入",
                "credit",
            ),
        ),
        Field(
            "debit",
            amount,
            (
                "借方发生额",
                "借方金额",
                "支出金额",
                "支出",
                "借方",
                "转出金额",
                "支取金额",
                "借方发生额支取",
                "debit",
            ),
        ),
        Field("amount", amount, ("交易金额", "发生额", "金额", "amount")),
        Field(
            "direction",
            is_in,
            ("借贷标志", "借贷方向", "借贷", "收支方向", "收付标志", "交易类型", "direction"),
        ),
        Field(
            "payer_name",
            words(200),
            (
                *(
                    "对方户名",
                    "对方名称",
                    "对方单位名称",
                    "对方账户名称",
                    "付款人名称",
                    "付款人户名",
                    "付款方名称",
                    "付款人",
                ),
                *("对手户名", "对方单位", "户名", "payer", "payername", "counterparty"),
            ),
        ),
        Field(
            "payer_account",
            words(60),
            (
                "对方账号",
                "对方账户",
                "付款人账号",
                "付款方账号",
                "付款账号",
                "对手账号",
                "payeraccount",
                "account",
            ),
        ),
        Field(
            "reference",
            words(300),
            ("摘要", "用途", "附言", "摘要用途", "交易摘要", "备注", "reference", "memo"),
        ),
        Field("purpose", words(300), ("用途", "附言", "客户附言", "交易附言", "备注", "purpose", "remark")),
        Field(
            "serial",
            words(100),
            (
                "交易流水号",
                "流水号",
                "银行流水号",
                "核心流水号",
                "交易序号",
                "凭证号",
                "日志号",
                "serial",
                "transactionid",
            ),
        ),
        Field("currency", currency, ("币种", "货币", "currency")),
    ),
    ("day",),
)
TEXTS = ("payer_name", "payer_account", "reference", "purpose", "serial")


def _date(year: str, month: str, day_: str) -> date:
    try:
        return date(int(year), int(month), int(day_))
    except ValueError:
        raise Bad("cell.not_a_date") from None
