"""One of thousands: typed by code, name or pinyin, suggested meanwhile, within reach, and no page grows with them."""

import re
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests.admin.site import PARTIAL, Browser, Site
from tests.lists.book import opened
from tests.world import OPERATOR
from trade import clock, db, text
from trade.approvals.models import ApprovalRequest
from trade.catalog.models import Category
from trade.distributors.models import Distributor, Standing, Tier
from trade.people.models import Person
from trade.registrations.models import Registration
from web import choosing

MANY = 2_000
CALLED = "三明永昌{}号食品商贸有限公司"
LIST = "/admin/registrations"
TOTAL = re.compile(r'<th scope="row"[^>]*>([0-9,]+)')


def plant(session: Any, actor: Any, count: int) -> None:
    """Companies of D1's rep, each with a customer; two of them have one name, and one is another rep's."""
    names = [CALLED.format(at) for at in range(count)]
    names[1] = names[0]
    rows = [
        {
            "code": f"C{at:05}",
            "name": name,
            "sort_key": text.sort_key(name),
            "search_text": text.search_text(f"C{at:05}", name),
            "invoice_title": name,
        }
        for at, name in enumerate(names)
    ]
    session.execute(insert(Distributor), rows)
    ids = list(
        session.scalars(select(Distributor.id).where(Distributor.code.like("C0%")).order_by(Distributor.id))
    )
    tier = session.scalars(select(Tier.id)).first()
    terms = {"valid_from": clock.today(), "tier_id": tier, "rep_id": actor.person_id}
    session.execute(insert(Standing), [{**terms, "distributor_id": key} for key in ids])
    line = session.scalars(select(Category.id).where(Category.parent_id.is_(None))).first()
    told = {"product_line_id": line, "name": "晋江客户", "name_key": "晋江客户", "state": "draft"}
    session.execute(insert(Registration), [{**told, "distributor_id": key} for key in ids])


def pass_on(session: Any, actor: Any, code: str) -> None:
    """Give one company to the other rep."""
    whose = select(Distributor.id).where(Distributor.code == code).scalar_subquery()
    session.execute(update(Standing).where(Standing.distributor_id == whose).values(rep_id=actor.person_id))


def id_of(code: str) -> int:
    with db.read() as session:
        return session.scalars(select(Distributor.id).where(Distributor.code == code)).one()


def rows(browser: Browser, question: str) -> int:
    found = TOTAL.search(browser.get(f"{LIST}?{question}").text)
    return int(found[1].replace(",", "")) if found else 0


@pytest.fixture
def many(lite: Site) -> Site:
    db.run(plant, lite.actors["rep"], MANY)
    db.run(pass_on, lite.actors["other-rep"], "C00007")
    return lite


def test_a_page_does_not_grow_with_those_who_may_be_asked_for(many: Site):
    browser = many.browser("manager")
    for page in (LIST, "/admin/opportunities", "/admin/opportunities/board", "/admin/prices/lookup"):
        answer = browser.get(page)
        assert answer.status_code == 200 and len(answer.data) < 60_000, (page, len(answer.data))
        assert answer.text.count("<option") < 60, page


def test_whoever_is_typed_is_found_also_without_javascript(many: Site):
    browser = many.browser("rep")
    seventeen = id_of("C00017")
    for typed in ("c00017", CALLED.format(17), "三明 永昌17号", "smyc17h"):
        page = browser.get(f"{LIST}?distributor-typed={typed}&state=draft").text
        assert TOTAL.search(page)[1] == "1", typed
        assert f'name="distributor" value="{seventeen}"' in page and f'value="{CALLED.format(17)}"' in page
        assert f"distributor={seventeen}" in page and "distributor-typed=" not in linked(page), typed
    kept = f"distributor={seventeen}&distributor-typed={CALLED.format(17)}"
    assert rows(browser, kept) == rows(browser, f"distributor={seventeen}") == 1
    assert rows(browser, f"distributor={seventeen}&distributor-typed=C00018") == 1
    assert CALLED.format(18) in browser.get(f"{LIST}?distributor={seventeen}&distributor-typed=C00018").text
    assert rows(browser, f"distributor={seventeen}&distributor-typed=") == MANY - 1
    sheet = browser.post(f"{LIST}/export?distributor-typed=C00017")
    assert len(opened(sheet)) == 2


def linked(page: str) -> str:
    """The addresses of a page's forms and links of the list itself."""
    return " ".join(re.findall(rf'(?:href|action)="{LIST}[^"]*"', page))


def test_several_are_told_beside_the_field_and_nobody_is_nobody(many: Site):
    browser = many.browser("rep")
    page = browser.get(f"{LIST}?distributor-typed={CALLED.format(0)}").text
    assert not TOTAL.search(page) and "有 2 个相符" in page
    first, second = id_of("C00000"), id_of("C00001")
    assert f'href="{LIST}?distributor={first}"' in page and f'href="{LIST}?distributor={second}"' in page
    page = browser.get(f"{LIST}?distributor-typed=永昌").text
    assert "有 20 个以上相符" in page and page.count('<li><a href="/admin/registrations?distributor=') == 20
    page = browser.get(f"{LIST}?distributor-typed=查无此号").text
    assert "没有编码或名称" in page and 'value="查无此号"' in page and not TOTAL.search(page)
    assert len(opened(browser.post(f"{LIST}/export?distributor-typed=查无此号"))) == 1


def test_nobody_is_suggested_or_shown_beyond_ones_reach(many: Site):
    rep, other = many.browser("rep"), many.browser("other-rep")
    strange = id_of("C00007")
    assert rows(other, f"distributor={strange}") == 1
    for question in (
        f"distributor={strange}",
        "distributor-typed=C00007",
        f"distributor-typed={CALLED.format(7)}",
    ):
        page = rep.get(f"{LIST}?{question}").text
        assert not TOTAL.search(page) and "没有" in page, question
    for typed, count in (("C00007", 0), ("smyc7h", 0), ("C0001", 10), ("永昌", 20), ("", 0), ("%", 0)):
        got = rep.get("/admin/distributors/lookup", query_string={"of": "x", "x": typed}, headers=PARTIAL)
        assert got.text.count("<option") == count and CALLED.format(7) not in got.text, typed
    assert "C00007" in other.get("/admin/distributors/lookup?of=x&x=smyc7h", headers=PARTIAL).text


def call_alike(session: Any, actor: Any, given: None) -> None:
    """Two reps have one name."""
    for who in ("rep", "other-rep"):
        session.execute(update(Person).where(Person.user_name == who).values(name="王伟"))


def test_one_of_many_people_is_typed_where_a_smaller_house_chooses(
    lite: Site, monkeypatch: pytest.MonkeyPatch
):
    browser, first, rep = lite.browser("administrator"), lite.world.people["rep"], lite.browser("rep")
    monkeypatch.setattr(choosing, "MOST_DRAWN", 1)
    db.run(call_alike, OPERATOR, None)
    page = browser.get("/admin/distributors?rep-typed=王伟 · rep").text
    assert f'name="rep" value="{first}"' in page and "漳州" in page and "榕江" not in page
    assert '<select class="form-select" name="rep"' not in page
    page = browser.get("/admin/distributors?rep-typed=ww").text
    assert "有 2 个相符" in page and f"rep={first}" in page and "漳州" not in page
    new = {"name": "新人", "role": "finance", "user_name": "new.one"}
    for typed, told in (("ww", "王伟 · rep、王伟 · other-rep"), ("查无此人", "没有编码或名称")):
        answer = browser.post("/admin/people", {**new, "manager": typed})
        assert answer.status_code == 422 and told in answer.text and f'value="{typed}"' in answer.text
    assert browser.post("/admin/people", {**new, "manager": "王伟 · rep"}).status_code in {200, 303}
    with db.read() as session:
        added = session.scalars(select(Person).where(Person.user_name == "new.one")).one()
    assert added.manager_id == first
    assert 'value="王伟 · rep"' in browser.get(f"/admin/people/{added.id}").text
    for who, among, count in (
        ("administrator", "staff", 2),
        ("manager", "staff", 1),
        ("other-rep", "reps", 1),
    ):
        asked = f"/admin/people/lookup?among={among}&of=x&x=ww"
        assert lite.browser(who).get(asked, headers=PARTIAL).text.count("<option") == count, who
    lite.pending()
    with db.read() as session:
        path = f"/admin/approvals/{session.scalars(select(ApprovalRequest.id)).one()}/approvers"
    names = rep.get(f"{path}/lookup?of=x&x=m", headers=PARTIAL).text
    assert 'value="manager"' in names and "other-" not in names and f"{path}/lookup" in rep.get(path).text
    page = browser.get("/admin/absences?person=王伟 · rep").text
    assert 'value="王伟 · rep"' in page and "<select" not in page.split('id="absence-new"')[1]
