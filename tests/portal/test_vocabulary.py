"""The style guide draws every macro in every state, so a macro that breaks is seen here first."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.databases import Prepare
from tests.served import Server
from tests.tables import migrated
from wsgi import create_app

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def prepare() -> Prepare:
    return migrated


@pytest.fixture
def guide(monkeypatch, sqlite_url):
    monkeypatch.setenv("TONGQU_STYLE_GUIDE", "1")
    return create_app(sqlite_url, "for tests only, and long enough").test_client()


@pytest.mark.parametrize("query", ["", "?title=&cases=1e5&day=2026-02-30&kind=z&version=x&amount=0"])
def test_the_guide_renders_page_and_block(guide, query):
    page = guide.get(f"/style-guide{query}")
    assert page.status_code == 200 and "undefined" not in page.text.lower()
    assert ("invalid-feedback" in page.text) == bool(query)
    block = guide.get(f"/style-guide{query}", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert block.status_code == 200 and "<html" not in block.text


def test_every_error_is_tied_to_its_field(guide):
    page = guide.get("/style-guide?title=&cases=7.5&day=x&kind=").text
    for name in "title", "cases", "day", "kind":
        assert f'id="{name}-error"' in page and re.search(f'aria-describedby="{name}-error[^"]*"', page)
    assert 'value="7.5"' in page, "what was typed stays"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("device", "scheme"),
    [
        ("phone", "dark"),
        pytest.param("desk", "light", marks=pytest.mark.proof),
        pytest.param("phone", "light", marks=pytest.mark.proof),
        pytest.param("desk", "dark", marks=pytest.mark.proof),
    ],
)
def test_the_vocabulary_is_accessible_and_fits(open_context, serve, sqlite_url, device, scheme):
    server: Server = serve(sqlite_url, environment={"TONGQU_STYLE_GUIDE": "1"})
    page = open_context(device, base_url=server.base_url, color_scheme=scheme, bypass_csp=True).new_page()
    for path in "/style-guide", "/style-guide?title=&cases=x", "/sign-in", "/nope":
        page.goto(path)
        findings = Axe().run(page, options=RULES).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in findings] == [], path
        for width in (320, 360, 390) if device == "phone" else (1440,):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"


@pytest.mark.browser
def test_what_was_typed_survives_signing_in_again(open_context, serve, sqlite_url):
    server: Server = serve(sqlite_url, environment={"TONGQU_STYLE_GUIDE": "1"})
    page = open_context("phone", base_url=server.base_url).new_page()
    page.goto("/style-guide")
    page.evaluate("document.addEventListener('submit', event => event.preventDefault())")
    page.fill("#reason", "周二上午送，仓库 11:30 休息")
    page.click("#guide button.btn-primary")
    page.goto("/sign-in?next=/style-guide")
    page.goto("/style-guide")
    assert page.input_value("#reason") == "周二上午送，仓库 11:30 休息"
    page.reload()
    assert page.input_value("#reason") == "", "brought back once"
