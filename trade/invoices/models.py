from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Invoice(Base):
    """What was delivered, as the buyer is asked for it with its tax (发票); a red one (红字) takes some of it back.

    Amounts of a red one are below zero. The buyer's facts are frozen when it is issued. A red one names what it
    corrects: a whole invoice, or a credited return, whose lines name the lines that they correct.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("corrects_id"),
        UniqueConstraint("return_id"),
        CheckConstraint("kind IN ('blue', 'red')", name="kind"),
        CheckConstraint("state IN ('issued', 'reversed')", name="state"),
        CheckConstraint("tax_mode IN ('special', 'normal', 'none')", name="tax_mode"),
        CheckConstraint("(kind = 'blue') = (gross > 0)", name="sign"),
        CheckConstraint("gross = net + tax AND gross % 100 = 0 AND net % 100 = 0", name="gross"),
        CheckConstraint(
            "(kind = 'blue' AND corrects_id IS NULL AND return_id IS NULL)"
            " OR (kind = 'red' AND state = 'issued' AND (corrects_id IS NULL) <> (return_id IS NULL))",
            name="corrects",
        ),
        Index("ix_invoice_distributor_id", "distributor_id", "id"),
        Index("ix_invoice_issued_on", "issued_on", "id"),
    )
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="issued")
    version: Mapped[int] = mapped_column(default=1)
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    return_id: Mapped[int | None] = mapped_column(ForeignKey("return_request.id"))
    currency: Mapped[str]
    tax_mode: Mapped[str]  # 专票, 普票, 不开票
    issued_on: Mapped[date]
    title: Mapped[str]
    tax_number: Mapped[str | None]
    address: Mapped[str | None]
    phone: Mapped[str | None]
    bank_name: Mapped[str | None]
    bank_account: Mapped[str | None]
    gross: Mapped[Decimal]  # sums of the lines, written with them
    net: Mapped[Decimal]
    tax: Mapped[Decimal]
    remark: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class InvoiceLine(Base):
    """What of an order line went with one shipment; of a red invoice, what of such a line is taken back.

    `is_living` while the invoice stands: a shipment is on one such invoice. The facts from `sku_code` on are frozen.
    """

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("invoice_id", "line_no"),
        UniqueConstraint("invoice_id", "corrects_id"),
        CheckConstraint("gross = net + tax AND gross % 100 = 0 AND net % 100 = 0", name="gross"),
        CheckConstraint("factor > 0", name="factor"),
        CheckConstraint("NOT is_living OR corrects_id IS NULL", name="living"),
        Index(
            "uq_invoice_line_living",
            "shipment_id",
            "order_line_id",
            unique=True,
            sqlite_where=text("is_living"),
            postgresql_where=text("is_living"),
        ),
        Index("ix_invoice_line_order_line_id", "order_line_id"),
        Index("ix_invoice_line_corrects_id", "corrects_id"),
    )
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    line_no: Mapped[int]
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    return_line_id: Mapped[int | None] = mapped_column(ForeignKey("return_line.id"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"))
    is_living: Mapped[bool] = mapped_column(default=False)
    sku_code: Mapped[str]
    sku_name: Mapped[str]
    spec: Mapped[str] = mapped_column(default="")  # 规格型号
    unit: Mapped[str]  # in which it was ordered
    factor: Mapped[int]  # base units in it
    base_unit: Mapped[str]
    quantity: Mapped[int]  # base units
    price: Mapped[Decimal | None]  # per unit as ordered, before discounts
    tax_rate: Mapped[Decimal]
    gross: Mapped[Decimal]
    net: Mapped[Decimal]
    tax: Mapped[Decimal]


class TaxInvoice(Base):
    """The real invoice of the tax platform (税务发票) for one of ours; its number counts once per legal entity.

    A number that was mistyped is struck out: it keeps its row, and may be noted again where it belongs.
    """

    __tablename__ = "tax_invoice"
    __table_args__ = (
        Index(
            "uq_tax_invoice_number",
            "legal_entity_id",
            "number",
            unique=True,
            sqlite_where=text("struck_at IS NULL"),
            postgresql_where=text("struck_at IS NULL"),
        ),
        Index("ix_tax_invoice_invoice_id", "invoice_id"),
    )
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    number: Mapped[str]
    day: Mapped[date]
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    struck_at: Mapped[datetime | None]
