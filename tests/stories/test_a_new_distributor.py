"""A company comes in by itself: it applies on a phone, is examined and taken in on a PC, and signs in for the first time."""

import re

import pytest
from PIL import Image
from sqlalchemy import select

from tests import world
from tests.databases import Prepare, begin_with
from tests.onboarding.applicants import CODE, know_regions
from tests.stories.hands import Cost, Hands, asked, breaches, note
from trade import db
from trade.distributors.models import Distributor
from trade.people.models import Membership, Person


def build(url: str) -> None:
    """A brand that knows the regions of one county, in one of its territories."""
    begin_with(world.build_template, url)
    engine = db.connect(url)
    know_regions()
    engine.dispose()


@pytest.fixture
def prepare() -> Prepare:
    return build


@pytest.mark.browser
def test_from_applying_to_the_first_login(served, sqlite_url, open_context, tmp_path, monkeypatch):
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    cost, work = Cost(), Cost()
    applicant = Hands(open_context("phone"), cost)
    applicant.page.goto("/sign-in")
    apply(applicant, tmp_path)
    applicant.sees("审核中")
    applicant.page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth || (() => { throw 'too wide' })()"
    )
    reviewer = Hands(open_context("desk"), work)
    reviewer.sign_in("administrator", world.PASSWORD)
    take_in(reviewer, tmp_path)
    note("A reviewer: examined, called, taken in, contract filed", work)
    applicant.page.reload()
    applicant.sees("申请已通过")
    applicant.sees("请尽快寄回合同")
    applicant.send("form[action$='/application/entry'] button")
    applicant.sees("13800001111")
    words = {"password": "a-good-long-sentence", "repeated": "a-good-long-sentence"}
    applicant.post("/invitation", **words)
    applicant.page.wait_for_url(re.compile("/portal"))
    applicant.sees("新手清单")
    applicant.sees("阅读合同")
    note("A new distributor: applied on a phone, accepted, first login", cost)
    place = asked(sqlite_url, lambda session: session.execute(first_place()).one())
    assert place == ("漳州恒通商贸有限公司", "active", "林恒")
    assert breaches(sqlite_url) == []


def apply(applicant: Hands, folder) -> None:
    """Who one is, the company with a code that is wrong first, the licence, the region, and off it goes."""
    applicant.follow("/apply")
    applicant.fill("/apply", company="漳州恒通商贸有限公司", contact_name="林恒", phone="138 0000 1111")
    applicant.tap("label[for=agreed]")
    applicant.send("form[action$='/apply'] button[type=submit]")
    photo = folder / "IMG_0012.jpg"
    Image.new("RGB", (1080, 1920), "#e8e8e8").save(photo)
    huge = folder / "too-large.jpg"
    huge.write_bytes(bytes(11 * 1024 * 1024))
    applicant.fill("/application", legal_representative="林恒", photos=huge)
    applicant.tap("form[action*='/application?'] button.btn[value=save]")
    applicant.sees("“too-large.jpg”太大，最大 10 MB")  # told before it is sent: what was typed is still there
    assert applicant.page.locator("[name=legal_representative]").input_value() == "林恒"
    applicant.fill("/application", photos=photo)
    assert applicant.page.locator("#files-too-large").count() == 0
    applicant.choose("/application", "province", "福建省")
    applicant.sees("IMG_0012.jpg")
    applicant.choose("/application", "city", "漳州市")
    applicant.fill("/application", region="芗城区", line="北环路 8 号", expected="600,000")
    applicant.fill("/application", credit_code="91350100M000100Y4Z")
    applicant.send("form[action*='/application?'] button[value=send]", status=422)
    applicant.sees("IMG_0012.jpg")
    applicant.fill("/application", credit_code=CODE)
    applicant.send("form[action*='/application?'] button[value=send]")


def take_in(reviewer: Hands, folder) -> None:
    """From the list to the call, the yes with everything, and the signed contract."""
    reviewer.follow("/admin/applications")
    reviewer.follow_like("/admin/applications/")
    reviewer.sees(CODE)
    reviewer.page.locator("img[src*='/attachments/']").first.wait_for()
    reviewer.send("form[action$='/call'] button[type=submit]")
    page = reviewer.page.url.rpartition("/")[2]
    reviewer.follow(f"/admin/applications/{page}/approval")
    tier = "金牌" if reviewer.page.get_by_text("金牌").count() else "1"
    reviewer.fill("/approval", tier_id=tier, comment="请尽快寄回合同")
    reviewer.send("form[action$='/approval'] button[type=submit]")
    assert "/invitation?key=" in reviewer.page.locator("#link-message").input_value()
    home = (
        reviewer.page.locator("a.btn-outline[href^='/admin/distributors/']").last.get_attribute("href") or ""
    )
    reviewer.follow(home)
    reviewer.follow(f"{home}/contracts")
    paper = folder / "contract.png"
    Image.new("RGB", (600, 800), "#ffffff").save(paper)
    reviewer.post("/contracts", title="2026 年度经销合同", file=paper)
    reviewer.sees("2026 年度经销合同")


def first_place():
    """The new company, how it stands, and who owns it."""
    named = Person.phone == "13800001111"
    places = select(Distributor.name, Distributor.status, Person.name).select_from(Membership)
    return places.join(Distributor).join(Person, Person.id == Membership.person_id).where(named)
