"""The sheet that the tax platform reads: its own headings, one row for each line, figures that it tests itself."""

from collections.abc import Iterable
from typing import IO, Any

from press import language, sheets
from press.sheets import Heading
from trade.invoices.models import Invoice
from trade.invoices.queries import Line
from trade.invoices.rules import price_of

PLATFORM = "zh_CN"  # whoever exports, the platform reads Chinese
MODES = {"special": "增值税专用发票", "normal": "增值税普通发票"}
HEADINGS = (
    Heading("发票类型", width=16),
    Heading("购方名称", width=30),
    Heading("购方税号", width=22),
    Heading("购方地址电话", width=36),
    Heading("购方开户行及账号", width=36),
    Heading("商品名称", width=30),
    Heading("规格型号", width=16),
    Heading("单位", width=8),
    Heading("数量", "whole"),
    Heading("含税单价", "exact"),
    Heading("含税金额", "money", is_summed=True),
    Heading("税率", "percent"),
    Heading("税额", "money", is_summed=True),
    Heading("不含税金额", "money", is_summed=True),
    Heading("备注", width=24),
)


def write(target: IO[bytes], rows: Iterable[tuple[Invoice, Line]], *, has_phones: bool) -> int:
    """Write the workbook; answers how many rows it has. The remark begins with our number, by which it is matched.

    A phone is a person's, and no real invoice needs it: it is left out for whoever may not see phones.
    """
    units = language.catalogue(PLATFORM)
    told = (_row(invoice, each, units.ugettext, has_phones=has_phones) for invoice, each in rows)
    return sheets.write(target, "开票", HEADINGS, told, total="合计")


def _row(invoice: Invoice, each: Line, spell: Any, *, has_phones: bool) -> list[Any]:
    line = each.line
    count, unit = each.counted
    return [
        MODES.get(invoice.tax_mode, ""),
        invoice.title,
        invoice.tax_number,
        " ".join(part for part in (invoice.address, has_phones and invoice.phone) if part),
        " ".join(part for part in (invoice.bank_name, invoice.bank_account) if part),
        line.sku_name,
        line.spec,
        spell(unit),
        count,
        price_of(line.gross, count),
        line.gross,
        line.tax_rate,
        line.tax,
        line.net,
        " ".join(part for part in (invoice.number, invoice.remark) if part),
    ]
