"""Doubtful customers and applicants in the inbox: the figures stand there, and the answer leads on."""

import re
from datetime import timedelta

from sqlalchemy import select

from tests.admin.site import PARTIAL, Site
from tests.flows.cast import Cast
from tests.registrations.reports import Reports, row
from trade import clock, db
from trade.approvals.models import ApprovalRequest
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.order_for_registration import ForWhom, order_for_registration


def asked_about(subject: str) -> int:
    with db.read() as session:
        wanted = select(ApprovalRequest.id).where(
            ApprovalRequest.subject == subject, ApprovalRequest.state == "open"
        )
        return session.scalars(wanted).one()


def test_a_doubtful_customer_is_decided_in_the_inbox(site: Site) -> None:
    reports = Reports(Cast())
    reports.report("owner", name="漳州鑫禾源食品商贸有限公司", phone="13900000001")
    doubtful = reports.report("stranger", name="漳州鑫禾源食品商贸公司", phone="13900000002")
    manager = site.browser("other-manager")
    request_id = asked_about("registration")
    both = [
        site.browser(who).get(f"/admin/registrations/{doubtful.registration_id}").text
        for who in ("other-rep", "other-manager")
    ]
    for page, is_named in zip(
        both, (False, True), strict=True
    ):  # another's distributor and its customer's phone
        assert "双方对照" in page and ("漳州市鑫禾源" in page) is is_named, page
        assert ("13900000001" in page) is is_named
    for path in ("/admin", f"/admin?item={request_id}", f"/admin/approvals/{request_id}"):
        page = manager.get(path)
        assert page.status_code == 200 and "漳州鑫禾源食品商贸公司" in page.text, path
        assert "registration." not in page.text.replace("/registration", ""), path
    assert (
        "漳州鑫禾源食品商贸公司"
        in re.search(r'class="what">.*?</td>', manager.get("/admin").text, re.DOTALL)[0]
    )
    page = manager.get(f"/admin?item={request_id}", headers=PARTIAL).text
    assert "双方对照" in page and "是不同客户，予以保护" in page
    found = row(doubtful.registration_id)
    answer = {"version": str(found.version), "place": "approval", "step": "1", "comment": ""}
    path = f"/admin/registrations/{found.id}/decision"
    assert manager.post(path, {**answer, "decision": "reject"}).status_code == 422
    assert row(found.id).state == "submitted"
    assert manager.post(path, {**answer, "decision": "approve"}).status_code == 303
    assert row(found.id).state == "live"


def test_an_appeal_is_read_where_it_is_decided_and_a_won_customer_tells_its_own_end(site: Site) -> None:
    reports = Reports(Cast())
    held = reports.report("owner", name="漳州鑫禾源食品商贸有限公司", phone="13900000001")
    taken = reports.report("stranger", name="漳州鑫禾源食品商贸有限责任公司", phone="13900000002")
    db.run(
        appeal_registration,
        reports["stranger"],
        Appeal(taken.registration_id, row(taken.registration_id).version, "三月已签意向书"),
    )
    boss = site.browser("administrator")
    asked = asked_about("registration")
    for path in (f"/admin/registrations/{taken.registration_id}", f"/admin/approvals/{asked}"):
        page = boss.get(path).text
        assert page.index("申诉理由") < page.index("双方对照") and "三月已签意向书" in page, path
        assert "13900000001" in page and "13900000002" in page, "both phones, for who may read them"
    cart = db.run(order_for_registration, reports["owner"], ForWhom(held.registration_id))
    reports.cast.fill("owner", CP0515=1)
    reports.cast.submit(cart, "owner")
    assert reports.look(held.registration_id) == "win"
    listed = boss.get("/admin/registrations?state=won").text
    won = row(held.registration_id)
    assert str(won.maintained_until) in listed and str(won.protected_until) not in listed
    soon = won.protected_until + timedelta(days=1)
    assert won.name not in boss.get(f"/admin/registrations?state=won&until={soon}").text
    assert won.maintained_until > soon > clock.today()
