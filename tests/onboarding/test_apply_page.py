"""The public page as strangers and programs meet it: nothing begun by a program, and the way back to one's own page."""

import re

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.admin.site import TOKEN, Browser
from tests.onboarding.applicants import NOBODY, begin, one
from tests.onboarding.test_applications import connect, count, refused
from tests.reused import application
from tests.world import OPERATOR
from trade import db
from trade.actor import Actor
from trade.applications import letters
from trade.applications.models import Application
from trade.distributors.models import LegalEntity
from trade.flows.begin_application import Typed, verify_contact
from trade.flows.keep_application import SeenApplication, withdraw_application
from trade.flows.resend_application_link import Lost, resend_application_link
from trade.notices.models import Dispatch

pytestmark = pytest.mark.usefixtures("verified")


@pytest.fixture
def stranger(sqlite_url: str) -> Browser:
    client = application(sqlite_url).test_client()
    found = TOKEN.search(client.get("/apply").text)
    assert found
    return Browser(client, found[1])


def test_a_program_that_fills_in_what_nobody_sees_begins_nothing_and_does_not_learn_why(stranger: Browser):
    connect("sms")
    form = {
        "company": "漳州恒通商贸有限公司",
        "contact_name": "林恒",
        "phone": "13800001111",
        "agreed": "yes",
    }
    seen = stranger.get("/apply").text
    assert re.search(
        r'class="visually-hidden" aria-hidden="true"[^\n]*name="website"[^\n]*tabindex="-1"', seen
    )
    caught = stranger.post("/apply", {**form, "website": "https://spam.example"})
    assert caught.status_code == 303 and caught.location.endswith("/apply?thanks=1")
    assert count(Application) == count(Dispatch) == 0
    begun = stranger.post("/apply", form)  # a person, who leaves it empty
    assert begun.status_code == 303 and "key=" in begun.location
    assert count(Application) == count(Dispatch) == 1


def test_where_no_message_can_leave_nobody_is_told_that_a_link_is_on_its_way(stranger: Browser):
    def call(session: Session, actor: Actor, phone: str) -> None:
        session.execute(update(LegalEntity).values(phone=phone))

    for phone, said in (("", "由工作人员为您查找申请。"), ("0596-2681234", "查找申请：0596-2681234")):
        db.run(call, OPERATOR, phone)
        sent = stranger.post("/apply/links", {"contact": "13800001111"}, follow_redirects=True)
        for page in (stranger.get("/apply").text, sent.text):
            assert "本系统暂未开通短信和邮件" in page and said in page
            assert "链接已发出" not in page and "重新发送链接" not in page
    connect("sms")
    assert "本系统暂未开通短信和邮件" not in stranger.get("/apply").text


def test_who_lost_the_link_gets_it_again_and_nobody_learns_whether_there_is_one(stranger: Browser):
    connect("sms")
    key = begin("13800001111")
    assert "撤回申请</button>" in stranger.get(f"/application?key={key}").text
    db.run(verify_contact, NOBODY, Typed(key, True))
    over = begin("13800002222")
    db.run(withdraw_application, NOBODY, SeenApplication(over, one(over).version))

    def links() -> list[str]:
        with db.read() as session:
            wanted = select(Dispatch).where(Dispatch.topic == "applicant.link").order_by(Dispatch.id)
            return [letters.opened(each.facts)["key"] for each in session.scalars(wanted)]

    answers = [
        stranger.post("/apply/links", {"contact": contact}, follow_redirects=True)
        for contact in ("138 0000 1111", "13800002222", "13800007777", "nobody@example.com")
    ]
    assert links() == [key] and one(key).state == "draft"
    pages = {re.sub(r'(nonce|value|content)="[^"]*"', "", each.text) for each in answers}
    assert len(pages) == 1 and all("链接已发出" in each.text for each in answers)
    odd = stranger.post("/apply/links", {"contact": "恒通"})
    assert odd.status_code == 422 and "手机号或邮箱" in odd.text
    for contact in ("13800001111", "13800006666"):
        for _at in range(6):
            said = stranger.post("/apply/links", {"contact": contact})
        assert said.status_code == 422 and len(links()) <= 5  # as for a code, and alike for both
    before = links()
    refused("login.too_many", resend_application_link, NOBODY, Lost("13800001111", "203.0.113.50"))
    refused("login.too_many", resend_application_link, NOBODY, Lost("13800006666", "203.0.113.50"))
    assert links() == before == [key] * 4
