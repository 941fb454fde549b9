"""Imports by page, from the file to the rows, on both databases: what is written, what never is, and never twice."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from ops import uploads as errands
from tests.imports.uploading import check, flaws, found, seen, through, told, upload, workbook, write
from tests.world import OPERATOR
from trade import clock, db
from trade.audit import AuditEntry
from trade.catalog.models import Sku
from trade.credit.models import CreditAccount, CreditLimit
from trade.distributors.models import Distributor, Standing, Tier
from trade.errors import Refused
from trade.flows.write_import import Wish, ask_to_write
from trade.inventory.models import Stock, StockCount
from trade.notices.models import OutboxMessage
from trade.orders.models import Order, OrderLine
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceList, PriceRow


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))


DISTRIBUTORS = [
    ["经销商编码*", "经销商名称", "等级", "区域", "结算方式", "账期", "联系电话", "收货地址", "别的"],
    ["D1", "漳州市鑫禾源食品商贸有限公司", "银牌", "闽南", "月结", 45, "13911112222", "", "x"],
    ["N1", "厦门新客户有限公司", "gold", "福州", "款到发货", "", "０５９２-5123456", "厦门市湖里区 1 号", ""],
]


def scalar(query):
    with db.read() as session:
        return session.scalar(query)


def count(model, *conditions):
    return scalar(select(func.count(model.id)).where(*conditions))


def test_distributors_are_added_and_changed_and_the_same_file_again_writes_nothing(cast):
    first = check(OPERATOR, upload(OPERATOR, "distributors", workbook(DISTRIBUTORS)))
    assert (first.state, first.counts["new"], first.counts["changed"], first.bad) == ("checked", 1, 1, 0), (
        first.problems
    )
    changed = {each[0]: each[1:] for each in first.counts["preview"][0][3]}
    assert changed["tier"] == ["金牌", "银牌"] and changed["terms_days"] == ["30", "45"]
    assert count(Distributor, Distributor.code == "N1") == 0, "a check writes nothing"
    done = write(OPERATOR, first.id)
    assert done.state == "done" and done.counts["written"] == {"new": 1, "changed": 1}, done.counts
    with db.read() as session:
        new = session.scalars(select(Distributor).where(Distributor.code == "N1")).one()
        standing = session.scalars(select(Standing).where(Standing.distributor_id == new.id)).one()
        assert (new.source, new.phone, standing.terms) == ("page", "0592-5123456", "advance")
        account = session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == new.id)).one()
        assert account.effective_limit == 0
        old = session.scalars(select(Distributor).where(Distributor.code == "D1")).one()
        now = session.execute(
            select(Tier.code, Standing.terms_days)
            .join(Tier, Tier.id == Standing.tier_id)
            .where(Standing.distributor_id == old.id, Standing.valid_to.is_(None))
        ).one()
        assert tuple(now) == ("silver", 45) and (old.phone, old.version) == ("13911112222", 2)
        told_of = session.scalars(
            select(AuditEntry.event).where(AuditEntry.event.like("distributor.%"))
        ).all()
        assert sorted(told_of) == ["distributor.created", "distributor.edited"]
        assert session.scalar(select(OutboxMessage.topic).order_by(OutboxMessage.id.desc())) == "import.done"
    again = through(OPERATOR, "distributors", DISTRIBUTORS)
    assert again.counts["written"] == {"same": 2} and count(Distributor) == 3


def test_bad_rows_are_named_and_valid_ones_written_alone(cast):
    rows = [
        ["经销商编码", "名称", "等级", "税号", "上级", "联系电话"],
        ["N1", "甲公司", "金牌", "91350100M000100Y43", ""],
        ["N1", "乙公司", "金牌", "", ""],
        ["N2", "丙公司", "金脾", "91350100M000100Y4Z", ""],
        ["坏 码", "", "银牌", "", "D9"],
        ["n3", "丁公司", "金牌", "", "", "abc"],
    ]
    upload_id = upload(OPERATOR, "distributors", workbook(rows))
    checked = check(OPERATOR, upload_id)
    assert flaws(checked) == {
        (3, "code", "cell.duplicate"),
        (4, "tier", "cell.unknown"),
        (4, "credit_code", "cell.odd_credit_code"),
        (5, "code", "cell.odd_code"),
        (5, "name", "cell.needed_when_new"),
        (5, "parent", "cell.unknown"),
        (6, "phone", "cell.odd_phone"),
    }
    assert next(flaw for each in checked.problems for flaw in each["flaws"] if flaw[0] == "tier")[3] == "金牌"
    with pytest.raises(Refused, match="has_bad_rows"):
        db.run(ask_to_write, OPERATOR, Wish(seen(upload_id), "all"))
    done = write(OPERATOR, upload_id, "valid")
    assert done.counts["written"] == {"new": 1, "skipped": 4} and count(Distributor) == 3


def test_a_part_in_advance_comes_with_the_terms_and_means_nothing_with_others(cast):
    rows = [
        ["经销商编码", "名称", "等级", "结算方式", "账期", "预付比例（%）"],
        ["D1", "", "", "款到发货", "", "30%"],
        ["N1", "甲公司", "金牌", "预付", 15, 0.5],
        ["N2", "乙公司", "金牌", "月结", "", 30],
        ["N3", "丙公司", "金牌", "预付", "", 101],
        ["N4", "丁公司", "金牌", "预付", "", 1],
        ["D2", "", "", "", "", "12.5%"],
    ]
    upload_id = upload(OPERATOR, "distributors", workbook(rows))
    checked = check(OPERATOR, upload_id)
    assert flaws(checked) == {
        (4, "advance_percent", "cell.not_in_advance"),
        (5, "advance_percent", "cell.odd_share"),
        (6, "advance_percent", "cell.one_or_all"),
        (7, "advance_percent", "cell.odd_share"),
    }
    (changed,) = [each[3] for each in checked.counts["preview"] if each[1] == "D1"]
    assert {each[0]: each[1:] for each in changed} == {
        "terms": ["monthly", "advance"],
        "advance_percent": ["100", "30"],
    }
    done = write(OPERATOR, upload_id, "valid")
    assert done.counts["written"] == {"changed": 1, "new": 1, "skipped": 4}
    with db.read() as session:
        wanted = select(Distributor.code, Standing.terms, Standing.terms_days, Standing.advance_percent)
        standing = wanted.join(Distributor, Distributor.id == Standing.distributor_id)
        found_now = session.execute(standing.where(Standing.valid_to.is_(None)).order_by(Distributor.code))
        now = {row[0]: tuple(row[1:]) for row in found_now}
    assert now["D1"] == ("advance", 30, 30) and now["N1"] == ("advance", 15, 50) and now["D2"][2] == 100
    again = through(OPERATOR, "distributors", rows[:3])
    assert again.counts["written"] == {"same": 2}


def test_products_are_written_set_based_and_what_is_fixed_stays(cast):
    rows = [
        ["产品编码", "产品名称", "分类", "单位", "订货单位", "箱规", "税率", "条码", "起订量", "可售"],
        ["CP0515", "云岫 新名字", "饮料/茶饮料", "瓶", "", "", "", "", 2, "否"],
        ["NEW01", "云岫 新品", "气泡水", "瓶", "箱", "24", "13%", "6901234567892", "", ""],
        ["JG3025", "", "", "", "", 12, "", "", "", ""],
    ]
    upload_id = upload(OPERATOR, "products", workbook(rows))
    checked = check(OPERATOR, upload_id)
    assert flaws(checked) == {(4, "order_factor", "cell.fixed")}
    done = write(OPERATOR, upload_id, "valid")
    assert done.counts["written"] == {"changed": 1, "new": 1, "skipped": 1}, done.counts
    with db.read() as session:
        sku = session.scalars(select(Sku).where(Sku.code == "CP0515")).one()
        assert (sku.name, sku.moq, sku.is_sellable, sku.version) == ("云岫 新名字", 2, False, 2)
        assert "新名字" in sku.search_text and sku.barcode in sku.search_text
        new = session.scalars(select(Sku).where(Sku.code == "NEW01")).one()
        assert (new.order_unit, new.order_factor, new.tax_rate) == ("case", 24, Decimal("0.13"))


def test_prices_wait_in_the_draft_or_hold_from_a_day_on_if_the_check_lets_them(cast):
    gold = scalar(select(PriceList.id).where(PriceList.code == "GOLD"))
    rows = [
        ["SKU", "数量", "单价"],
        ["CP0515", 1, "¥43.10"],
        ["cp0515", "10", "４２.30"],
        ["JG3025", "", "82.50"],
    ]
    done = through(OPERATOR, "prices", rows, price_list_id=gold)
    assert done.counts["written"] == {"changed": 1, "same": 2}, done.counts
    assert count(PriceDraftRow) == 1 and count(PriceDraft, PriceDraft.state == "open") == 1
    rows = [["SKU", "数量", "单价"], ["JG3025", "", "82.00"]]
    day = clock.today().isoformat()
    held = through(OPERATOR, "prices", rows, price_list_id=gold, publish_on=day)
    assert [each[2] for each in held.counts["published"]] == ["upload.draft_not_alone"]
    assert count(PriceDraft, PriceDraft.state == "published") == 0, (
        "nobody publishes what another still types"
    )
    base = scalar(select(PriceList.id).where(PriceList.code == "BASE"))
    leap = through(OPERATOR, "prices", [["SKU", "单价"], ["SQ5524", 2]], price_list_id=base, publish_on=day)
    assert [each[2] for each in leap.counts["published"]] == ["price_draft.not_accepted"], leap.counts
    assert count(PriceDraft, PriceDraft.state == "published") == 0


def test_prices_are_published_from_a_day_when_nothing_is_wrong(cast):
    rows = [["价目表", "货号", "价格"], ["SILVER", "CP0515", "45.50"]]

    def plant(session, actor, given):
        tier = session.scalar(select(Tier.id).where(Tier.code == "silver"))
        session.add(
            PriceList(code="SILVER", name="银牌", kind="tier", tier_id=tier, valid_from=clock.today())
        )

    db.run(plant, OPERATOR, None)
    done = through(OPERATOR, "prices", rows, publish_on=clock.today().isoformat())
    published = done.counts["published"]
    price = scalar(
        select(PriceRow.price)
        .join(PriceList, PriceList.id == PriceRow.price_list_id)
        .where(PriceList.code == "SILVER")
    )
    why = published[0][2]
    assert (why == "" and price == Decimal("45.5")) or (why == "price_draft.not_accepted" and price is None)


def test_a_count_is_booked_once_even_when_its_worker_dies_before_saying_so(cast, monkeypatch):
    rows = [["产品编码", "实盘数量", "单位"], ["CP0515", "1,000", "箱"], ["SQ5524", 48000, ""]]
    upload_id = upload(OPERATOR, "stock", workbook(rows))
    checked = check(OPERATOR, upload_id, warehouse_id=1, as_of=clock.now().isoformat())
    assert (checked.counts["changed"], checked.counts["same"]) == (0, 2), checked.counts
    rows[1][1] = 900
    upload_id = upload(OPERATOR, "stock", workbook(rows))
    check(OPERATOR, upload_id, warehouse_id=1, as_of=clock.now().isoformat())
    db.run(ask_to_write, OPERATOR, Wish(seen(upload_id), "all"))
    with monkeypatch.context() as patched:
        patched.setattr(errands, "finish_import", _dies)
        with pytest.raises(KeyboardInterrupt):
            errands.write_upload(OPERATOR, upload_id, told)
    errands.write_upload(OPERATOR, upload_id, told)
    assert found(upload_id).state == "done" and found(upload_id).counts["written"]["changed"] == 1
    sku = scalar(select(Sku.id).where(Sku.code == "CP0515"))
    assert count(StockCount) == 1 and scalar(select(Stock.on_hand).where(Stock.sku_id == sku)) == 13500


def test_credit_limits_show_before_and_after_and_keep_history(cast):
    rows = [
        ["客户编码", "信用额度", "原因"],
        ["ｄ１", "¥60,000.00", ""],
        ["d2", "20000", ""],
        ["D3", "(5)", ""],
    ]
    upload_id = upload(OPERATOR, "credit-limits", workbook(rows))
    checked = check(OPERATOR, upload_id, reason="年度授信")
    assert flaws(checked) == {(4, "distributor", "cell.unknown"), (4, "amount", "cell.not_a_number")}
    assert checked.counts["preview"] == [[2, "D1", "changed", [["amount", "50000", "60000"]]]]
    done = write(OPERATOR, upload_id, "valid")
    assert done.counts["written"] == {"changed": 1, "same": 1, "skipped": 1}
    with db.read() as session:
        home = session.scalar(select(Distributor.id).where(Distributor.code == "D1"))
        account = session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == home)).one()
        assert account.effective_limit == 60000
        limits = session.scalars(select(CreditLimit).where(CreditLimit.account_id == account.id)).all()
        assert [each.valid_to is None for each in limits] == [False, True]
        entry = session.scalars(select(AuditEntry).where(AuditEntry.event == "credit.limit_changed")).one()
        assert (entry.facts["before"], entry.facts["amount"]) == ("50000.00", "60000.00")


ORDERS = [
    ["订单号", "订单日期", "客户编码", "产品编码", "数量", "单位", "含税单价", "含税金额"],
    ["X-1", "2025年6月18日", "D1", "CP0515", 2, "箱", "43.20", "86.40"],
    ["X-1", "2025-06-18", "ｄ1", "SQ5524", 24, "瓶", "1", ""],
    ["X-2", "2025-06-19", "D2", "CP0515", 1, "箱", "46", "4.60"],
    ["X-2", "2025-06-19", "D2", "JG3025", 1, "箱", "89", ""],
]


def test_orders_come_in_whole_or_not_and_move_nothing(cast):
    upload_id = upload(OPERATOR, "orders", workbook(ORDERS))
    checked = check(OPERATOR, upload_id)
    assert flaws(checked) == {(4, "amount", "row.amounts_disagree"), (5, "number", "row.order_is_bad")}
    stock = scalar(select(func.sum(Stock.on_hand)))
    done = write(OPERATOR, upload_id, "valid")
    assert done.counts["written"] == {"new": 2, "skipped": 2}
    with db.read() as session:
        order = session.scalars(select(Order).where(Order.source == "import")).one()
        assert (order.number, order.gross, order.payment) == ("X-1", Decimal("110.4"), "complete")
        lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
        assert [each.base_quantity for each in lines] == [30, 24]
    assert scalar(select(func.sum(Stock.on_hand))) == stock
    assert through(OPERATOR, "orders", ORDERS[:3]).counts["written"] == {"same": 2}
    fewer = check(OPERATOR, upload(OPERATOR, "orders", workbook(ORDERS[:2])))
    assert flaws(fewer) == {(2, "number", "row.lines_missing")}


def test_a_killed_worker_goes_on_after_the_last_row_that_was_written(cast, monkeypatch):
    monkeypatch.setattr(errands, "AT_ONCE", 2)
    rows = [["编码", "名称", "等级"], *([f"K{at}", f"公司{at}", "金牌"] for at in range(5))]
    upload_id = upload(OPERATOR, "distributors", workbook(rows))
    check(OPERATOR, upload_id)
    db.run(ask_to_write, OPERATOR, Wish(seen(upload_id), "valid"))
    steps = []

    def dies(done, total):
        steps.append(done)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        errands.write_upload(OPERATOR, upload_id, dies)
    assert (found(upload_id).state, found(upload_id).done, count(Distributor)) == ("writing", 2, 4)
    errands.write_upload(OPERATOR, upload_id, told)
    assert found(upload_id).counts["written"] == {"new": 5} and count(Distributor) == 7
    errands.write_upload(OPERATOR, upload_id, told)
    assert count(AuditEntry, AuditEntry.event == "import.written") == 1, "a job that comes twice does nothing"


def test_what_changed_since_the_check_stops_everything(cast):
    upload_id = upload(OPERATOR, "distributors", workbook(DISTRIBUTORS))
    check(OPERATOR, upload_id)

    def rename(session, actor, given):
        session.scalars(select(Distributor).where(Distributor.code == "D1")).one().phone = "1"

    db.run(rename, OPERATOR, None)
    failed = write(OPERATOR, upload_id)
    assert (failed.state, failed.counts["refused"]) == ("failed", "upload.changed_since_check")
    assert (
        count(Distributor) == 2 and scalar(select(Distributor.phone).where(Distributor.code == "D1")) == "1"
    )
    check(OPERATOR, upload_id)
    assert write(OPERATOR, upload_id).state == "done"


def _dies(*_):
    raise KeyboardInterrupt
