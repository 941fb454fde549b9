"""Who sees a restricted product: what a distributor is asked and what the brand is told are the same."""

import itertools
from typing import Any

from sqlalchemy import delete, select, update

from tests.admin.site import Site
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import system
from trade.catalog import audience
from trade.catalog.models import Sku, VisibilityRule
from trade.catalog.queries import visible
from trade.catalog.rules import Opening
from trade.distributors.models import Channel, Distributor, Standing, Territory, Tier
from trade.distributors.queries import terms_of


def ids(session: Any, model: Any) -> dict[str, int]:
    return {code: key for code, key in session.execute(select(model.code, model.id))}


def prepared(session: Any, actor: Any, given: None) -> dict[str, dict[str, int]]:
    """D1: gold, minnan, the first channel. D2: silver, fuzhou, no channel."""
    known = {each.__tablename__: ids(session, each) for each in (Tier, Territory, Channel, Distributor)}
    channel = min(known["channel"].values())
    of_first = Standing.distributor_id == known["distributor"]["D1"]
    session.execute(update(Standing).where(of_first).values(channel_id=channel))
    return known


def set_rules(session: Any, actor: Any, given: tuple[int, list[Opening]]) -> None:
    sku_id, openings = given
    session.execute(delete(VisibilityRule).where(VisibilityRule.sku_id == sku_id))
    session.add_all([VisibilityRule(sku_id=sku_id, **vars(each)) for each in openings])
    session.execute(update(Sku).where(Sku.id == sku_id).values(is_restricted=True))


def seeing(sku_id: int, known: dict[str, dict[str, int]]) -> set[str]:
    """Who may open it, asked as each distributor; the brand is told the same."""
    day = clock.today()
    with db.read() as session:
        found = {
            code
            for code, key in known["distributor"].items()
            if session.scalar(
                select(Sku.id).where(Sku.id == sku_id, visible(terms_of(session, key, day), day))
            )
        }
        openings = [audience.opening_of(each.rule) for each in audience.rules_of(session, OPERATOR, sku_id)]
        told = audience.audience(session, OPERATOR, day, openings, is_restricted=True)
        assert {each.code for each in told.first} == found and told.count == len(found) and told.all == 2
    return found


def test_every_combination_opens_to_those_who_are_all_of_it(site: Site):
    known = db.run(prepared, OPERATOR, None)
    sku_id = site.world.skus["CP0515"]
    channels = sorted(known["channel"].values())
    options = {
        "tier_id": {None: {"D1", "D2"}, known["tier"]["gold"]: {"D1"}, known["tier"]["silver"]: {"D2"}},
        "territory_id": {
            None: {"D1", "D2"},
            known["territory"]["south"]: {"D1", "D2"},
            known["territory"]["minnan"]: {"D1"},
        },
        "channel_id": {None: {"D1", "D2"}, channels[0]: {"D1"}, channels[1]: set[str]()},
        "distributor_id": {None: {"D1", "D2"}, known["distributor"]["D2"]: {"D2"}},
    }
    for picked in itertools.product(*(each.items() for each in options.values())):
        values = [value for value, _who in picked]
        expected = set.intersection(*(set(who) for _value, who in picked))
        db.run(set_rules, system("test"), (sku_id, [Opening(*values)]))
        assert seeing(sku_id, known) == expected, values
    two = [Opening(tier_id=known["tier"]["silver"]), Opening(distributor_id=known["distributor"]["D1"])]
    db.run(set_rules, system("test"), (sku_id, two))
    assert seeing(sku_id, known) == {"D1", "D2"}
    db.run(set_rules, system("test"), (sku_id, []))
    assert seeing(sku_id, known) == set()


def test_the_brand_looks_before_it_opens(site: Site):
    sku_id, browser = site.world.skus["VIP001"], site.browser("marketing")
    address = f"/admin/products/{sku_id}"
    page = browser.get(address).text
    assert "2 家经销商中的 1 家" in page and "金牌" in page
    stranger = site.browser("stranger")
    with db.read() as session:
        silver = ids(session, Tier)["silver"]
    shown = browser.post(f"{address}/openings", {"tier": str(silver), "preview": "yes"})
    assert shown.status_code == 200 and "2 家经销商中有 2 家能看到" in shown.text
    assert stranger.get(f"/portal/catalog/{sku_id}").status_code == 404
    assert browser.post(f"{address}/openings", {"tier": str(silver)}).status_code == 303
    assert stranger.get(f"/portal/catalog/{sku_id}").status_code == 200
    for bad in ({}, {"tier": "99999"}, {"distributor": "nobody"}, {"tier": str(silver)}):
        assert browser.post(f"{address}/openings", bad).status_code == 422, bad
    with db.read() as session:
        rules = session.scalars(select(VisibilityRule.id).where(VisibilityRule.sku_id == sku_id)).all()
    assert len(rules) == 2
    other = f"/admin/products/{site.world.skus['CP0515']}/openings/{rules[1]}/removal"
    assert browser.post(other).status_code == 404
    assert browser.post(f"{address}/openings/{rules[1]}/removal").status_code == 303
    assert stranger.get(f"/portal/catalog/{sku_id}").status_code == 404
    assert browser.post(f"{address}/visibility", {"version": "1", "shown_to": "everybody"}).status_code == 303
    assert stranger.get(f"/portal/catalog/{sku_id}").status_code == 200
    stale = browser.post(f"{address}/visibility", {"version": "1", "shown_to": "some"})
    assert stale.status_code == 422 and stranger.get(f"/portal/catalog/{sku_id}").status_code == 200


def test_the_list_tells_what_a_distributor_sees(site: Site):
    browser = site.browser("marketing")
    assert "古树普洱" in browser.get("/admin/catalog?sees=D1").text
    page = browser.get("/admin/catalog?sees=D2").text
    assert "古树普洱" not in page and "冷泡茉莉" in page
    assert "冷泡茉莉" not in browser.get("/admin/catalog?sees=nobody").text
