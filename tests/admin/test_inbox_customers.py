"""Doubtful customers and applicants in the inbox: the figures stand there, and the answer leads on."""

from sqlalchemy import select

from tests.admin.site import PARTIAL, Site
from tests.flows.cast import Cast
from tests.registrations.reports import Reports, row
from trade import db
from trade.approvals.models import ApprovalRequest


def asked_about(subject: str) -> int:
    with db.read() as session:
        wanted = select(ApprovalRequest.id).where(
            ApprovalRequest.subject == subject, ApprovalRequest.state == "open"
        )
        return session.scalars(wanted).one()


def test_a_doubtful_customer_is_decided_in_the_inbox(site: Site) -> None:
    reports = Reports(Cast())
    reports.report("owner", name="漳州鑫禾源食品商贸有限公司")
    doubtful = reports.report("stranger", name="漳州鑫禾源食品商贸公司", phone="13900000002")
    manager = site.browser("other-manager")
    request_id = asked_about("registration")
    for path in ("/admin", f"/admin?item={request_id}", f"/admin/approvals/{request_id}"):
        page = manager.get(path)
        assert page.status_code == 200 and "漳州鑫禾源食品商贸公司" in page.text, path
        assert "registration." not in page.text.replace("/registration", ""), path
    page = manager.get(f"/admin?item={request_id}", headers=PARTIAL).text
    assert "双方对照" in page and "是不同客户，予以保护" in page
    found = row(doubtful.registration_id)
    answer = {"version": str(found.version), "place": "approval", "step": "1", "comment": ""}
    path = f"/admin/registrations/{found.id}/decision"
    assert manager.post(path, {**answer, "decision": "reject"}).status_code == 422
    assert row(found.id).state == "submitted"
    assert manager.post(path, {**answer, "decision": "approve"}).status_code == 303
    assert row(found.id).state == "live"
