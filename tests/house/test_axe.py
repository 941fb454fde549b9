"""Every page of the route map can be read and used by everybody: axe finds nothing serious, nothing is wider than the screen."""

import os
from zlib import crc32

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.house import access_world
from tests.house.opened import Open, open_site, prepare, uploads
from tests.house.pages import Place, places
from web.access import COOKIE
from web.theme import COOKIE as THEME

__all__ = ["open_site", "prepare", "uploads"]
PAYING = {"TONGQU_WSGI": "tests.house.paying:create_app()"}  # else there is no page to pay online
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}
GRAVE = {"serious", "critical"}
# What pages are made of is looked at on the guide's page of every part (tests/portal/test_vocabulary.py): of the pages
# one in four each time, and all by the proof.
ONE_IN = 1 if os.environ.get("TONGQU_PROOF") else 4
# Where each side is worked: the other size is looked at by the proof.
USUAL = {"portal": "phone", "admin": "desk"}
# One page of each kind, in dark: lists, papers, forms, grids, bars and charts.
DARK = {
    "phone": ("/portal", "/portal/catalog", "/portal/cart", "/portal/me"),
    "desk": ("/admin", "/admin/orders", "/admin/settings", "/admin/reports"),
}


@pytest.fixture
def known(sqlite_url: str, open_site: Open) -> list[Place]:
    """The addresses with the ids of this database."""
    found = list(places(open_site(sqlite_url)))
    assert len(found) > 80
    return found


def look(open_context, base_url: str, device: str, known: list[Place], theme: str = "system") -> list[str]:
    """Open the pages at one size, and say what is wrong with them."""
    faults, pages = list[str](), dict[str, object]()
    for place in known:
        if place.who not in pages:
            context = open_context(device, base_url=base_url, bypass_csp=True)
            context.add_cookies([{"name": THEME, "value": theme, "url": base_url}])
            if place.who != "nobody":
                token = access_world.token(place.who)
                context.add_cookies([{"name": COOKIE, "value": token, "url": base_url}])
            pages[place.who] = context.new_page()
        page = pages[place.who]
        answer = page.goto(place.path, wait_until="load")
        if answer.status != 200:
            faults.append(f"{device} {place.path}: {answer.status}")
            continue
        width = page.viewport_size["width"]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            faults.append(f"{device} {place.path}: {wide} wide")
        for found in Axe().run(page, options=RULES).response["violations"]:
            if found["impact"] in GRAVE:
                where = " | ".join(node["html"][:160] for node in found["nodes"][:2])
                faults.append(f"{device} {place.path}: {found['id']} {where}")
    return faults


def side_of(known: list[Place], side: str) -> list[Place]:
    """The pages of one side of the counter, as many as are looked at this time."""
    mine = [place for place in known if place.path.startswith("/admin") == (side == "admin")]
    return [place for place in mine if crc32(place.key.encode()) % ONE_IN == 0]


@pytest.mark.browser
@pytest.mark.parametrize("side", ["portal", "admin"])
def test_pages_are_accessible_and_fit(open_context, serve, sqlite_url, known, uploads, side):
    asked = side_of(known, side)
    server = serve(sqlite_url, environment=PAYING | {"TONGQU_DATA_DIR": str(uploads)})
    assert not (faults := look(open_context, server.base_url, USUAL[side], asked)), "\n".join(faults)


@pytest.mark.proof
@pytest.mark.browser
@pytest.mark.parametrize("side", ["portal", "admin"])
def test_pages_are_accessible_and_fit_at_the_other_size(
    open_context, serve, sqlite_url, known, uploads, side
):
    asked = side_of(known, side)
    other = "desk" if USUAL[side] == "phone" else "phone"
    server = serve(sqlite_url, environment=PAYING | {"TONGQU_DATA_DIR": str(uploads)})
    assert not (faults := look(open_context, server.base_url, other, asked)), "\n".join(faults)


@pytest.mark.proof
@pytest.mark.browser
def test_pages_can_be_read_in_the_dark(open_context, serve, sqlite_url, known, uploads):
    server = serve(sqlite_url, environment=PAYING | {"TONGQU_DATA_DIR": str(uploads)})
    faults = list[str]()
    for device, paths in DARK.items():
        asked = [place for place in known if place.path in paths]
        assert len(asked) == len(paths)
        faults += look(open_context, server.base_url, device, asked, "dark")
    assert not faults, "\n".join(faults)


@pytest.mark.browser
def test_a_fault_is_found(open_context, serve, sqlite_url, known, uploads):
    server = serve(sqlite_url, environment=PAYING | {"TONGQU_DATA_DIR": str(uploads)})
    place = Place("GET /password", "administrator", "/password")

    def broken(*arguments, **options):
        context = open_context(*arguments, **options)
        spoil = "addEventListener('load', () => document.body.insertAdjacentHTML('beforeend', '<button></button>'))"
        context.add_init_script(spoil)
        return context

    assert ["button-name" in fault for fault in look(broken, server.base_url, "phone", [place])] == [True]
