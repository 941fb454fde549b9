"""What finance finds: invoices, a bank's file to confirm, a proof of payment, a wish for more credit, a group's limit."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from ops.demo.floor import Floor
from trade import clock
from trade.attachments.filing import Stored
from trade.banking import files
from trade.banking import lines as banking
from trade.books.models import OpenItem
from trade.credit.models import CreditAccount
from trade.distributors.models import CreditGroup, Distributor
from trade.flows.issue_invoices import DueShipments, issue_due_invoice
from trade.flows.request_limit import LimitWish, request_limit
from trade.flows.set_group_limit import GroupLimit, set_group_limit
from trade.flows.submit_proof import NewProof, submit_proof
from trade.flows.take_bank_file import NewFile, SeenFile, Taken, take_bank_file, upload_bank_file
from trade.invoices import waiting

HEADINGS = "交易日期,贷方金额,借方金额,对方户名,对方账号,摘要,流水号"


def play(floor: Floor, slip: Stored) -> None:
    """A week of the finance clerk, up to this morning."""
    with floor.at(11, 9):
        group = floor.session.scalars(select(CreditGroup).order_by(CreditGroup.id)).first()
        if group is not None:
            limit = GroupLimit(group.id, "CNY", Decimal(900_000), "同一股东，合计控制")
            floor.do(set_group_limit, "finance", limit)
    with floor.at(4, 17):
        _invoices(floor)
    with floor.at(1, 9, 20):
        _bank_file(floor)
    with floor.at(0, 8, 40):
        until = floor.today + timedelta(days=25)
        wish = LimitWish(Decimal(80_000), until, "双十二备货，活动后回款", "demo")
        floor.do(request_limit, floor.owner("D1002"), wish)
    with floor.at(0, 9, 5):
        proof = NewProof(
            "demo",
            clock.today(),
            Decimal("12800.00"),
            "漳州客户对公户",
            "转账附言 货款",
            "请核对",
            (),
            (slip,),
        )
        floor.do(submit_proof, floor.owner("D1001"), proof)


def _invoices(floor: Floor) -> None:
    """One invoice per distributor for what left a week ago and before; the rest waits."""
    finance = floor.stage.actor("finance")
    until = clock.today() - timedelta(days=3)
    for due in waiting.shipments_due(floor.session, finance, until):
        floor.do(issue_due_invoice, "finance", DueShipments(due.account_id, until))


def _bank_file(floor: Floor) -> None:
    """Five lines: one names its delivery note, one its company, two have to be looked at, one is no distributor's."""
    debts = (
        select(OpenItem, Distributor)
        .join(CreditAccount, CreditAccount.id == OpenItem.account_id)
        .join(Distributor, Distributor.id == CreditAccount.distributor_id)
        .where(OpenItem.is_debt, OpenItem.applied < OpenItem.amount)
        .order_by(OpenItem.id)
    )
    found = floor.session.execute(debts).all()
    if len(found) < 4:
        return
    day = clock.today()
    rows = [HEADINGS]
    told = [found[0], found[len(found) // 3], found[len(found) // 2], found[-1]]
    for at, (item, distributor) in enumerate(told):
        left = item.amount - item.applied
        amount = left if at != 2 else left - Decimal(1)
        name = distributor.name if at != 3 else distributor.name.replace("有限公司", "有限责任公司")
        words = item.number if at == 0 else "货款"
        rows.append(f"{day},{amount:.2f},,{name},,{words},BK{day:%y%m%d}{at:03d}")
    rows.append(f"{day},36.80,,中国建设银行,,结息,BK{day:%y%m%d}900")
    received = files.receive("建行对账单.csv", "\n".join(rows).encode())
    given = NewFile(received, None, "中国建设银行", "3500 1618 0070")
    file_id = floor.do(upload_bank_file, "finance", given)
    file, mapping = banking.get_file(floor.session, floor.stage.actor("finance"), file_id)
    read = files.rows_of(file, mapping.columns, mapping, day)
    taken = Taken(SeenFile(file_id, file.version), mapping.columns, read)
    floor.do(take_bank_file, "finance", taken)
