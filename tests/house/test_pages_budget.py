"""Every page of the route map, as somebody with the widest rights: few statements, and as many with few rows as with many."""

import re

import pytest

from benchmarks.counting import counted
from tests.admin.test_admin_budget import fill
from tests.house.access_walk import QUESTIONS, Site, rows
from tests.house.opened import Open, legible, open_site, prepare, uploads
from tests.portal.test_portal_budget import add_rows
from tests.world import OPERATOR, actor_of
from trade import db

__all__ = ["legible", "open_site", "prepare", "uploads"]
pytestmark = pytest.mark.usefixtures("legible")  # a paper's statements are asked before it is drawn
MOST = 12
WIDEST = ("regional", "manager", "administrator", "owner", "buyer")  # by face, from the widest rights on
MANY = range(500, 560)  # numbers that the rows of the other side do not have


def costs(site: Site) -> dict[str, int]:
    """Statements by page, session, frame and all."""
    found: dict[str, int] = {}
    for key, row in rows().items():
        if not key.startswith("GET ") or not row["passes"]:
            continue
        who = next((each for each in WIDEST if each in row["passes"]), row["passes"][0])
        for question in ("", *QUESTIONS.get(key, ())):
            asked = re.sub(r"{([^}]+)}", lambda name: str(site.known[name[1]]), question)
            path = site.path(key, row)
            with counted() as seen:
                answer = site.ask(who, "GET", f"{path}{'&' if '?' in path else '?'}{asked}")
            assert answer.status_code in {200, 303, 422}, (who, key, answer.status_code)
            found[f"{key} ? {question}" if question else key] = len(seen)
    return found


def over(found: dict[str, int]) -> dict[str, int]:
    """Pages that cost more than they may."""
    return {page: cost for page, cost in found.items() if cost > MOST}


def grow(session, actor, given) -> None:
    fill(session, actor_of(session, "manager"), MANY)
    add_rows(session, actor, len(MANY))


def test_every_page_keeps_its_budget_whatever_it_shows(sqlite_url: str, open_site: Open):
    site = open_site(sqlite_url)
    few = costs(site)
    assert over(few) == {} and len(few) > 120
    db.run(grow, OPERATOR, None)
    many = costs(site)
    grown = {page: (cost, many[page]) for page, cost in few.items() if many[page] > cost}
    assert grown == {} and over(many) == {}


def test_the_other_database_opens_every_page_at_the_same_cost(postgresql_url: str, open_site: Open):
    found = costs(open_site(postgresql_url))
    assert over(found) == {} and len(found) > 120


def test_a_page_that_costs_more_is_told():
    assert over({"GET /a": 13, "GET /b": 12, "GET /admin ? item=1": 15}) == {
        "GET /a": 13,
        "GET /admin ? item=1": 15,
    }
