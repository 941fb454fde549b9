"""A bank's file by page: columns named, rows looked at, taken in; lines confirmed, and the next one follows."""

from io import BytesIO

import pytest
from sqlalchemy import select

from tests.admin.site import Site, field_error
from trade import clock, db
from trade.banking.models import BankFile, BankLine, BankMapping
from trade.distributors.models import Distributor


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))


def only(model):
    with db.read() as session:
        return session.scalars(select(model).order_by(model.id.desc())).first()


def upload(finance, text: str, **more: str):
    given = {"bank": "招商银行", "account_no": "7559", "file": (BytesIO(text.encode("gb18030")), "流水.csv")}
    return finance.post("/admin/bank/files", {**given, **more})


def test_from_the_file_to_the_next_line(site: Site) -> None:
    finance, today = site.browser("finance"), clock.today()
    assert "还没有文件" in finance.get("/admin/bank/files").text
    assert upload(finance, "", bank="").status_code == 422 and only(BankFile) is None
    with db.read() as session:
        name = session.scalars(select(Distributor.name).where(Distributor.code == "D1")).one()
    text = f"时刻,进账,谁,说明\n{today:%d/%m/%Y},100.00,{name},货款\n{today:%d/%m/%Y},<b>x</b>,谁,<i>\n{today:%d/%m/%Y},5.00,谁,利息\n"
    page = upload(finance, text).headers["Location"]
    assert "请先指定各列含义" in finance.get(page).text
    columns = {"field_day": "时刻", "field_payer_name": "谁", "field_reference": "说明", "day_format": "dmy"}
    refused = finance.post(f"{page}/columns", {**columns, "version": "1"})
    assert refused.status_code == 422 and field_error(refused, "field_credit")
    columns["field_credit"] = "进账"
    assert finance.post(f"{page}/columns", {**columns, "version": "1"}).status_code == 303
    shown = finance.get(page).text
    assert "收入 2 条" in shown and "不是金额" in shown and "<b>x</b>" not in shown
    assert only(BankMapping).columns["credit"] == "进账" and only(BankLine) is None
    assert finance.post(f"{page}/lines", {"version": "2"}).status_code == 303
    assert finance.post(f"{page}/lines", {"version": "2"}).status_code == 422
    for who, is_told in (("finance", True), ("rep", False)):
        assert ("/admin/bank?state=open" in site.browser(who).get("/admin").text) is is_told
    queue = finance.get("/admin/bank").text
    assert name in queue and "付款户名与其名称一致" in queue and "逐条确认" in queue
    known = {"mapping": str(only(BankMapping).id)}  # preselected by the page; what is typed goes before it
    for half, missing in (({"bank": ""}, "bank"), ({"account_no": ""}, "account_no")):
        refused = upload(finance, text, **known, **half)
        assert refused.status_code == 422 and "都填写" in field_error(refused, missing)
    assert only(BankFile).id == 1 and only(BankMapping).account_no == "7559"
    upload(finance, text, **known, bank="工商银行", account_no="6222")
    assert only(BankMapping).account_no == "6222" and only(BankFile).mapping_id == only(BankMapping).id
    finance.post(f"/admin/bank/files/{only(BankFile).id}/removal", {"version": "1"})
    again = upload(finance, text, **known, bank="", account_no="").headers["Location"]
    assert only(BankFile).mapping_id == int(known["mapping"])
    finance.post(f"{again}/lines", {"version": "1"})
    assert only(BankFile).counts == {"new": 0, "known": 2, "skipped": 0, "bad": 1}

    with db.read() as session:
        first, second = session.scalars(select(BankLine).order_by(BankLine.id)).all()
    here = f"/admin/bank/lines/{first.id}"
    assert "全部挂预收" in finance.get(here).text
    unknown = finance.post(f"{here}/confirmation", {"version": "1", "distributor": "没有", "way": "proposed"})
    assert unknown.status_code == 422 and field_error(unknown, "line-distributor")
    other = finance.post(
        f"{here}/confirmation",
        {"version": "1", "distributor": "D2", "whose": first.proposed_id, "way": "proposed"},
    )
    assert f"distributor={site.world.distributors['D2']}" in other.headers["Location"]
    booked = {"version": "1", "distributor": "D1", "whose": first.proposed_id, "way": "proposed"}
    onward = finance.post(f"{here}/confirmation", booked)
    assert onward.headers["Location"].endswith(f"/admin/bank/lines/{second.id}")
    late = finance.post(f"{here}/aside", {"version": "1", "reason": "利息"})
    assert late.status_code == 422 and "已由" in late.text
    done = finance.post(f"/admin/bank/lines/{second.id}/aside", {"version": "1", "reason": "利息"})
    assert done.headers["Location"].endswith("/admin/bank")
    back = finance.post(f"{here}/reopening", {"version": "2", "reason": "看错了"})
    assert back.status_code == 303 and "待确认" in finance.get("/admin/bank?state=open").text
    assert site.browser("rep").get("/admin/bank").status_code == 403
