"""The brand's colour and logo, light and dark, and the app on a home screen, over HTTP."""

import io
import json
import re
from typing import Any

import pytest
from PIL import Image

from tests.admin.site import Site, field_error
from tests.admin.test_admin_people import entries, settings
from tests.reused import application
from web.access import COOKIE


def drawn(colour: str = "#c8102e", width: int = 300) -> dict[str, Any]:
    kept = io.BytesIO()
    Image.new("RGBA", (width, 100), colour).save(kept, "PNG")
    kept.seek(0)
    return {"picture": (kept, "logo.png")}


def test_a_brand_shows_its_own_colour(site: Site):
    administrator, anybody = site.browser("administrator"), site.app.test_client()
    assert "brand-colours" not in anybody.get("/sign-in").text
    assert administrator.post("/admin/settings", settings(brand_accent="#C8102E")).status_code == 303
    page = anybody.get("/sign-in").text
    found = re.search(r'href="(/brand-colours\?v=c8102e)"', page)
    assert found and 'name="theme-color" content="#c8102e"' in page
    answer = anybody.get(found[1])
    assert "--brand: #c8102e" in answer.text and "immutable" in answer.headers["Cache-Control"]
    again = anybody.get(found[1], headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert anybody.get("/brand-colours?v=old").headers["Cache-Control"] == "no-cache"
    assert json.loads(anybody.get("/app-manifest").text)["theme_color"] == "#c8102e"
    assert administrator.post("/admin/settings", settings(brand_accent="")).status_code == 303
    assert "brand-colours" not in anybody.get("/sign-in").text


def test_a_colour_that_hides_white_words_is_refused(site: Site):
    administrator = site.browser("administrator")
    before = site.everything()
    for colour in "#ffd700", "red", "#12", "#1b5bd0;", "url(x)":
        answer = administrator.post("/admin/settings", settings(brand_accent=colour))
        assert answer.status_code == 422 and field_error(answer, "brand_accent"), colour
    told = administrator.post("/admin/settings", settings(brand_accent="#ffd700")).text
    assert "1.4" in told and "4.5" in told
    assert site.everything() == before


def test_a_logo_stands_on_every_page_until_it_is_taken_away(site: Site):
    administrator, anybody = site.browser("administrator"), site.app.test_client()
    assert administrator.post("/admin/settings/logo", drawn()).status_code == 303
    found = re.search(r'src="(/brand-logo/\d+)"', anybody.get("/sign-in").text)
    assert found
    picture = anybody.get(found[1])
    assert picture.status_code == 200 and picture.content_type == "image/webp"
    with Image.open(io.BytesIO(picture.data)) as opened:
        assert opened.size == (240, 80)
    for sent in {}, {"picture": (io.BytesIO(b"<svg onload='x()'/>"), "logo.svg")}, drawn(width=2000):
        answer = administrator.post("/admin/settings/logo", sent)
        assert answer.status_code == 422 and field_error(answer, "picture")
    assert anybody.get(found[1]).status_code == 200
    for who in "finance", "owner":
        assert site.browser(who).post("/admin/settings/logo", drawn()).status_code == 403
    assert administrator.post("/admin/settings/logo/removal").status_code == 303
    assert anybody.get(found[1]).status_code == 404 and "/brand-logo/" not in anybody.get("/sign-in").text
    assert [entry.facts["key"] for entry in entries("setting.changed")] == ["brand.logo", "brand.logo"]
    assert "品牌标志" in administrator.get("/admin/audit").text


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_the_server_writes_light_or_dark_into_the_page(sqlite_url: str, theme: str):
    browser = application(sqlite_url).test_client()
    page = browser.get("/sign-in").text
    assert 'data-bs-theme="system"' in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = browser.post("/theme", data={"csrf_token": token[1], "theme": theme, "next": "/sign-in?a=1"})
    assert answer.status_code == 303 and answer.location == "/sign-in?a=1"
    assert f'data-bs-theme="{theme}"' in browser.get("/sign-in").text
    for wrong in {"theme": "pink", "next": "/sign-in"}, {"theme": theme, "next": "//elsewhere"}:
        assert browser.post("/theme", data={"csrf_token": token[1], **wrong}).location == "/"
    browser.set_cookie("theme", 'x"><script>')
    assert 'data-bs-theme="system"' in browser.get("/sign-in").text


def test_the_app_leads_to_what_its_reader_works_with(site: Site):
    manifest = json.loads(site.browser("buyer").get("/app-manifest").text)
    assert [each["url"] for each in manifest["shortcuts"]] == [
        "/portal/catalog",
        "/portal/orders",
        "/portal/quick",
    ]
    assert (
        manifest["display"] == "standalone" and manifest["start_url"] == "/" and manifest["lang"] == "zh-CN"
    )
    assert {each["sizes"] for each in manifest["icons"]} == {"192x192", "512x512"}
    desk = json.loads(site.browser("finance").get("/app-manifest").text)
    assert [each["url"] for each in desk["shortcuts"]] == ["/admin", "/admin/orders"]
    browser = site.app.test_client()
    browser.set_cookie("locale", "en")
    assert json.loads(browser.get("/app-manifest").text)["name"].endswith("ordering")


@pytest.mark.browser
def test_without_a_connection_a_page_says_so_and_nothing_private_was_kept(open_context, served):
    context = open_context("phone", service_workers="allow")
    page = context.new_page()
    page.goto("/sign-in")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate(
        "async () => { const old = await caches.open('tongqu-old'); await old.put('/x', new Response('x')); }"
    )
    page.goto("/sign-in?again")
    kept = page.evaluate(
        """async () => { const names = (await caches.keys()).filter((each) => each !== 'tongqu-old');
        const all = await Promise.all(names.map(async (each) => (await (await caches.open(each)).keys())));
        return all.flat().map((each) => new URL(each.url).pathname); }"""
    )
    assert "/offline" in kept and all(each == "/offline" or each.startswith("/static/") for each in kept)
    context.set_offline(True)
    page.goto("/portal/orders")
    assert "网络断了" in page.content() and "You are offline" in page.content()
    assert context.cookies() == [] or all(each["name"] != COOKIE for each in context.cookies())
