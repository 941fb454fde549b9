"""Filling a cart from elsewhere, lists of a company and stars, as flows on both databases."""

from decimal import Decimal

import pytest
from sqlalchemy import select, update

from tests.flows.cast import change_stock, lines
from trade import clock, db
from trade.catalog.models import Family, Sku, SkuPack
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.flows.fill_cart import Addition, add_to_cart
from trade.flows.save_template import (
    Edit,
    NewTemplate,
    Seen,
    archive_template,
    edit_template,
    save_template,
)
from trade.flows.star_sku import Star, star_sku
from trade.orders import queries, quick_check, templates
from trade.orders.models import OrderTemplate, OrderTemplateLine
from trade.orders.quick import read_text
from trade.pricing.models import PriceList, PriceRow
from trade.shelf import again, habits
from trade.shelf.models import Favourite


def look(question):
    with db.read() as session:
        return question(session)


def alter(*statements):
    db.run(lambda session, actor, given: [session.execute(each) for each in statements] and None, None, None)


def cart_of(cast, who="buyer"):
    found = look(lambda session: queries.find_cart(session, cast[who]))
    codes = {key: code for code, key in cast.world.skus.items()}
    return {codes[line.sku_id]: line.quantity for line in lines(found.id)} if found else {}


def add(cast, once, who="buyer", *, replaces=False, template_id=None, **quantities):
    wanted = {cast.world.skus[code]: each for code, each in quantities.items()}
    return db.run(add_to_cart, cast[who], Addition(wanted, once, replaces, template_id))


def terms(session, cast, code="D1"):
    return terms_of(session, cast.world.distributors[code], clock.today())


def refused(code, flow, actor, given):
    with pytest.raises(Refused) as told:
        db.run(flow, actor, given)
    assert told.value.code == code


def test_adding_comes_on_top_once_and_replacing_takes_the_rest_out(cast):
    cast.fill(CP0515=2, JG3025=1)
    for _tap in range(2):
        add(cast, "a", CP0515=3, SQ5524=10)
    assert cart_of(cast) == {"CP0515": 5, "JG3025": 1, "SQ5524": 10}
    add(cast, "a", "owner", CP0515=1)  # somebody else's page may have the same name
    assert cart_of(cast, "owner") == {"CP0515": 1}
    for _tap in range(2):
        add(cast, "b", replaces=True, CP0515=3)
    assert cart_of(cast) == {"CP0515": 3}
    with pytest.raises(Refused):
        add(cast, "c", "stranger", VIP001=1)
    assert cart_of(cast, "stranger") == {}
    add(cast, "c", "buyer", VIP001=1)
    assert cart_of(cast) == {"CP0515": 3, "VIP001": 1}


def test_a_cart_has_a_cap_that_is_told_and_nothing_is_written(cast, monkeypatch):
    cast.fill(CP0515=2)
    monkeypatch.setattr(queries, "CART_LINES", 2)
    with pytest.raises(Refused) as told:
        add(cast, "a", JG3025=1, SQ5524=10)
    assert told.value.code == "cart.too_many_lines" and cart_of(cast) == {"CP0515": 2}
    add(cast, "a", JG3025=1)  # the name of a page that was refused is free again
    assert cart_of(cast) == {"CP0515": 2, "JG3025": 1}


def test_a_list_is_shared_within_the_company_and_nowhere_else(cast):
    cast.fill(CP0515=2, JG3025=1)
    key = db.run(save_template, cast["buyer"], NewTemplate("周一补货"))
    refused("template.empty", save_template, cast["owner"], NewTemplate("周二补货"))  # no cart
    cast.fill("owner", SQ5524=10)
    refused("template.name_taken", save_template, cast["owner"], NewTemplate("周一补货"))
    for actor, given in ((edit_template, Edit(key, 1, "偷", {1: 1})), (archive_template, Seen(key, 1))):
        refused("template.not_found", actor, cast["stranger"], given)
    assert look(lambda session: templates.listing(session, cast["stranger"])) == []
    add(cast, "t", "owner", template_id=key, CP0515=2)
    with pytest.raises(Refused):
        add(cast, "t", "stranger", template_id=key, CP0515=2)
    assert cart_of(cast, "stranger") == {}
    (row,) = look(lambda session: templates.listing(session, cast["owner"]))
    assert (row.template.uses, row.lines, row.person_name) == (1, 2, "buyer")


def test_two_people_editing_a_list_do_not_overwrite_each_other(cast):
    skus = cast.world.skus
    cast.fill(CP0515=2, JG3025=1)
    key = db.run(save_template, cast["buyer"], NewTemplate("周一补货"))
    db.run(edit_template, cast["owner"], Edit(key, 1, "周一", {skus["CP0515"]: 9, skus["SQ5524"]: 10}))
    before = _picture(key)
    assert before == ("周一", 2, [(skus["CP0515"], 9), (skus["SQ5524"], 10)])
    refused(
        "template.changed_meanwhile", edit_template, cast["buyer"], Edit(key, 1, "二", {skus["JG3025"]: 5})
    )
    refused("template.changed_meanwhile", archive_template, cast["buyer"], Seen(key, 1))
    refused("template.empty", edit_template, cast["buyer"], Edit(key, 2, "空", {skus["CP0515"]: 0}))
    alter(update(Sku).where(Sku.code == "JG3025").values(is_sellable=False))
    refused("sku.not_found", edit_template, cast["buyer"], Edit(key, 2, "藏", {skus["JG3025"]: 1}))
    assert _picture(key) == before
    db.run(archive_template, cast["buyer"], Seen(key, 2))
    refused("template.not_found", edit_template, cast["buyer"], Edit(key, 3, "又", {skus["CP0515"]: 1}))
    assert look(lambda session: templates.listing(session, cast["buyer"])) == []


def _picture(key):
    def read(session):
        found = session.scalars(select(OrderTemplate).where(OrderTemplate.id == key)).one()
        rows = select(OrderTemplateLine).where(OrderTemplateLine.template_id == key)
        kept = session.scalars(rows.order_by(OrderTemplateLine.line_no))
        return found.name, found.version, [(line.sku_id, line.quantity) for line in kept]

    return look(read)


def test_an_order_of_a_stranger_makes_no_list(cast):
    placed = cast.submit(cast.fill(CP0515=3))
    refused("order.not_found", save_template, cast["stranger"], NewTemplate("偷", placed.id))
    refused("template.empty", save_template, cast["stranger"], NewTemplate("空"))
    key = db.run(save_template, cast["owner"], NewTemplate("同上次", placed.id))
    assert _picture(key)[2] == [(cast.world.skus["CP0515"], 3)]


def test_a_star_is_one_persons_at_one_company(cast):
    sku_id, hidden = cast.world.skus["CP0515"], cast.world.skus["VIP001"]
    for _tap in range(2):
        db.run(star_sku, cast["buyer"], Star(sku_id, True))
    stars = lambda: look(lambda session: [each.person_id for each in session.scalars(select(Favourite))])
    assert stars() == [cast["buyer"].person_id]
    refused("sku.not_found", star_sku, cast["stranger"], Star(hidden, True))
    assert len(stars()) == 1
    shown = look(lambda s: habits.liked(s, cast["buyer"], terms(s, cast), clock.today(), 8))
    assert [each.sku.code for each in shown] == ["CP0515"] and shown[0].is_starred
    assert look(lambda s: habits.liked(s, cast["owner"], terms(s, cast), clock.today(), 8)) == []
    db.run(star_sku, cast["buyer"], Star(sku_id, False))
    assert stars() == []


def test_the_last_purchase_and_the_habit_are_the_companys_own(cast):
    cast.submit(cast.fill(CP0515=3, JG3025=1))
    cast.submit(cast.fill("owner", CP0515=5), "owner")
    cast.submit(cast.fill("stranger", CP0515=9), "stranger")
    codes = "CP0515", "SQ5524"

    def last(day):
        ids = [cast.world.skus[code] for code in codes]
        return look(lambda s: [habits.about(s, cast["buyer"], each, day).bought for each in ids])

    bought, nothing = last(clock.today())
    assert nothing is None
    assert (bought.quantity, bought.unit, bought.price) == (5, "case", Decimal("43.20"))
    shown = look(lambda s: habits.liked(s, cast["buyer"], terms(s, cast), clock.today(), 8))
    assert [(each.sku.code, each.times) for each in shown] == [("CP0515", 2), ("JG3025", 1)]
    later = clock.today() + habits.LATELY + habits.LATELY
    assert last(later) == [None, None]


def test_what_changed_since_is_told_and_the_quantities_are_right(cast):
    skus = cast.world.skus
    placed = cast.submit(cast.fill(CP0515=3, JG3025=60, QP3324=10, SQ5524=10, VIP001=1))
    base = select(PriceList.id).where(PriceList.code == "GOLD").scalar_subquery()
    alter(
        update(PriceRow)
        .where(PriceRow.sku_id == skus["CP0515"], PriceRow.price_list_id == base, PriceRow.min_quantity == 1)
        .values(price=Decimal(44)),
        update(Sku).where(Sku.code == "QP3324").values(multiple=4, moq=4),
        update(Sku).where(Sku.code == "SQ5524").values(order_factor=12),
        update(Sku).where(Sku.code == "VIP001").values(is_sellable=False),
    )
    _family(cast)
    change_stock(skus["JG3025"], -36 - 12)  # 576 - 360 reserved - 48: 28 cases are left

    def compared(session):
        found = again.compare(
            session, terms(session, cast), again.of_order(session, placed.id), clock.today()
        )
        return {each.sku.code: each for each in found}

    found = look(compared)
    told = {code: [change["code"] for change in each.changes] for code, each in found.items()}
    assert told == {
        "CP0515": ["up"],
        "JG3025": ["short"],
        "QP3324": ["off_multiple"],
        "SQ5524": ["pack"],
        "VIP001": ["gone"],
    }
    quantities = {code: each.quantity for code, each in found.items()}
    assert quantities == {"CP0515": 3, "JG3025": 28, "QP3324": 12, "SQ5524": 20, "VIP001": 0}
    assert [offer.sku.code for offer in found["VIP001"].others] == ["CP0515"]


def _family(cast):
    def give(session, actor, given):
        family = Family(code="F1", name="乌龙")
        session.add(family)
        session.flush()
        session.execute(update(Sku).where(Sku.code.in_(["VIP001", "CP0515"])).values(family_id=family.id))

    db.run(give, None, None)


def check(cast, text, code="D1"):
    return look(
        lambda session: quick_check.check(
            session, terms(session, cast, code), read_text(text).entries, clock.today()
        )
    )


def test_a_list_is_held_against_the_catalogue(cast):
    alter_packs(cast)
    rows = "cp0515 10\n6901234500011 3箱\n16901234500011 2\nQP3324 7\nCP0515 5\nSQ5524 1\nSQ5524 25瓶\nSQ5524 215瓶"
    rows += "\nNOPRICE 1\nCP0551 3\nVIP001 1\nCP0515 3托\nJG3025 2瓶"
    sheet = check(cast, rows)
    good = {each.sku.code: (each.quantity, list(each.lines)) for each in sheet.good}
    assert good == {
        "CP0515": (15, [1, 5]),
        "SQ5524": (11, [6, 7, 8]),
        "VIP001": (1, [11]),
        "JG3025": (13, [2, 3]),
    }
    told = {each.text: (each.code, [pick.quantity for pick in each.picks]) for each in sheet.bad}
    assert told == {
        "JG3025 2瓶": ("not_whole", [1]),
        "QP3324 7": ("off_multiple", [5, 10]),
        "NOPRICE 1": ("no_price", []),
        "CP0551 3": ("unknown", [3]),
        "CP0515 3托": ("unknown_unit", [3]),
    }
    assert sum(len(each.lines) for each in (*sheet.good, *sheet.bad)) == 13


def test_one_wrong_row_swallows_no_good_ones(cast):
    sheet = check(cast, "CP0515 10\nCP0515 99999999999\ncp-0515 5\nc p0515 2箱")
    (good,), (bad,) = sheet.good, sheet.bad
    assert (good.quantity, list(good.lines)) == (17, [1, 3, 4])
    assert (bad.code, bad.text, list(bad.lines)) == ("too_many", "CP0515 99999999999", [2])


def test_a_product_is_known_by_its_whole_name_and_by_its_initials(cast):
    name = look(lambda session: session.scalar(select(Sku.name).where(Sku.code == "CP0515")))
    (good,) = check(cast, f"{name.lower()} 4\n{name}\t3\nlpmlwlc\t2").good
    assert (good.sku.code, good.quantity) == ("CP0515", 9)


@pytest.mark.parametrize(
    "typed, offered",
    [
        ("2.5", [2, 3]),
        ("十箱", [10]),
        ("十二", [12]),
        ("2.5托", []),
        *((each, []) for each in ("-1", "1e5", "٣", "0")),
    ],
)
def test_only_a_quantity_near_what_was_typed_is_offered(cast, typed, offered):
    (bad,) = check(cast, f"CP0515 {typed}").bad
    assert [pick.quantity for pick in bad.picks] == offered


def alter_packs(cast):
    db.run(
        lambda session, actor, given: session.add(given),
        None,
        SkuPack(sku_id=cast.world.skus["JG3025"], unit="托", factor=30, barcode="16901234500011"),
    )


def test_what_cannot_be_seen_is_unknown_and_never_suggested(cast):
    for typed in ("VIP001", "VIP01", "VIPOO1", "古树普洱", "6901234500051"):
        (bad,) = check(cast, f"{typed} 1", "D2").bad
        assert bad.code == "unknown" and "VIP001" not in {pick.code for pick in bad.picks}, typed
    assert [pick.code for pick in check(cast, "VIPO01 1").bad[0].picks] == ["VIP001"]


def test_a_scan_is_an_order_unit_or_the_pack(cast):
    alter_packs(cast)

    def scan(code, home="D1"):
        return look(
            lambda session: quick_check.scanned(session, terms(session, cast, home), code, clock.today())
        )

    assert scan("6901234500011")[1] == 1 and scan("16901234500011")[1] == 5
    assert scan("VIP001", "D2") is None and scan("nothing") is None
