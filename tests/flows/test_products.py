"""Products, categories and families change as the brand says, and nothing that counts on them breaks."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.flows.cast import Cast
from trade import clock, db
from trade.audit import AuditEntry
from trade.catalog import audience, facts, index, masters, tree
from trade.catalog.facts import Pack, SkuFacts
from trade.catalog.models import BarcodeClaim, Category, Family, Sku, SkuPack
from trade.catalog.queries import get_whole
from trade.catalog.rules import Opening
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.flows.change_products import Changed, change_products
from trade.flows.create_product import create_product
from trade.flows.edit_product import Edited, edit_product
from trade.flows.manage_categories import (
    CategoryFacts,
    EditedCategory,
    SeenCategory,
    Step,
    create_category,
    edit_category,
    remove_category,
    restore_category,
    step_category,
)
from trade.flows.manage_families import FamilyFacts, SeenFamily, create_family, remove_family
from trade.flows.remove_product import Seen, remove_product, restore_product
from trade.shelf import products
from trade.shelf.products import Wanted
from trade.shelf.queries import Filter, listing
from trade.windows import Window

BARCODES = ("6901234567892", "96385074", "036000291452", "16901234567899")


def of(code: str) -> tuple[Sku, SkuFacts]:
    with db.read() as session:
        sku = session.scalars(select(Sku).where(Sku.code == code)).one()
        return sku, facts.of(session, sku)


def new(cast: Cast, **more: Any) -> int:
    _sku, model = of("CP0515")
    plain = replace(model, barcode=None, packs=())
    given = replace(plain, **{"code": "NEW-1", "name": "云岫 青柑普洱 300ml", **more})
    return db.run(create_product, cast["marketing"], given)


def edit(
    cast: Cast, code: str, who: str = "marketing", version: int | None = None, **changes: Any
) -> list[str]:
    sku, known = of(code)
    return db.run(edit_product, cast[who], Edited(sku.id, version or sku.version, replace(known, **changes)))


def refused(call: Any, *args: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as told:
        call(*args, **options)
    return told.value


def count(model: Any) -> int:
    with db.read() as session:
        return session.scalar(select(func.count(model.id))) or 0


def found_by(cast: Cast, word: str) -> list[str]:
    """Codes that the brand and a distributor find by a word; both search alike."""
    with db.read() as session:
        home = terms_of(session, 1, clock.today())
        buyer = [
            sku.code for sku in listing(session, cast["buyer"], home, Filter(search=word), clock.today()).skus
        ]
        staff = products.page(session, cast["marketing"], Wanted(search=word), Window(), clock.today())
        codes = [row.sku.code for row in staff.rows]
    assert set(buyer) <= set(codes)
    return codes


def test_a_product_with_packs_is_found_by_every_barcode(cast: Cast):
    packs = (Pack("bundle", 6, BARCODES[1]), Pack("pallet", 900, BARCODES[3]))
    new(cast, barcode=BARCODES[0], packs=packs, flavour="青柑")
    for word in (BARCODES[0], BARCODES[1], BARCODES[3], "青柑", "qgpe", "NEW-1"):
        assert "NEW-1" in found_by(cast, word), word
    assert "barcode" in edit(cast, "NEW-1", barcode=BARCODES[2])
    assert found_by(cast, BARCODES[2]) == ["NEW-1"] and found_by(cast, BARCODES[0]) == []
    assert edit(cast, "NEW-1", barcode=BARCODES[2]) == []  # nothing changed, nothing written


def test_a_barcode_belongs_to_one_sku_or_pack(cast: Cast):
    new(cast, barcode=BARCODES[0], packs=(Pack("pallet", 900, BARCODES[3]),))
    before = count(Sku), count(SkuPack), count(BarcodeClaim)
    for more in (
        {"barcode": BARCODES[0]},
        {"barcode": BARCODES[3]},
        {"packs": (Pack("pallet", 60, BARCODES[0]),)},
        {"packs": (Pack("pallet", 60, BARCODES[3]),)},
    ):
        told = refused(new, cast, code="NEW-2", **more)
        assert told.code == "product.barcode_taken" and told.facts["sku"] == "NEW-1"
    assert refused(new, cast, code="NEW-2", barcode="6901234567890").code == "product.barcode_odd"
    same = {"barcode": BARCODES[2], "packs": (Pack("pallet", 60, BARCODES[2]),)}
    assert refused(new, cast, code="NEW-2", **same).code == "product.barcode_twice"
    assert before == (count(Sku), count(SkuPack), count(BarcodeClaim))
    with db.read() as session:
        assert index.owners(session, BARCODES).keys() == {BARCODES[0], BARCODES[3]}


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"code": "CP0515"}, "product.code_taken"),
    ({"moq": 5, "multiple": 2}, "product.moq_not_multiple"),
    ({"category_id": 10**6}, "product.category_unknown"),
    ({"family_id": 10**6}, "product.family_unknown"),
    ({"tax_rate": Decimal("0.14")}, "product.tax_unknown"),
    ({"sale_from": clock.today(), "sale_to": clock.today()}, "product.dates_crossed"),
    ({"base_unit": "case", "order_unit": "case"}, "product.base_is_one"),
    ({"packs": (Pack("case", 12),)}, "product.pack_twice"),
    ({"packs": (Pack("box", 3), Pack("box", 4))}, "product.pack_twice"),
    ({"packs": tuple(Pack(f"u{at}", 2) for at in range(7))}, "product.too_many_packs"),
]


def test_what_cannot_be_is_refused_and_nothing_is_written(cast: Cast):
    before = count(Sku)
    for more, code in IMPOSSIBLE:
        assert refused(new, cast, **more).code == code
    assert count(Sku) == before


def test_units_stay_while_orders_and_prices_count_in_them(cast: Cast):
    told = refused(edit, cast, "CP0515", order_factor=12)
    assert told.code == "product.units_used" and "目录价" in told.facts["users"]
    assert told.facts["field"] == "order_factor"
    order = cast.submit(cast.fill(NOPRICE=0, CP0515=3))
    assert order.number in refused(edit, cast, "CP0515", order_factor=12).facts["users"]
    assert refused(edit, cast, "CP0515", base_unit="can").code == "product.base_unit_used"
    assert of("CP0515")[1].order_factor == 15
    assert edit(cast, "NOPRICE", order_factor=12) == ["order_factor"]


def test_a_floor_is_for_those_who_may_see_it(cast: Cast):
    assert edit(cast, "CP0515", floor_price=Decimal("40.5")) == ["floor_price"]
    blind = replace(
        cast["marketing"],
        permissions=frozenset({p for p in cast["marketing"].permissions if p.value == "product.edit"}),
    )
    sku, known = of("CP0515")
    given = Edited(sku.id, sku.version, replace(known, floor_price=None, brand="新"))
    assert db.run(edit_product, blind, given) == ["brand"]
    assert of("CP0515")[1].floor_price == Decimal("40.5")
    assert refused(edit, cast, "CP0515", "rep", brand="x").code == "access.denied"


def test_the_second_editor_learns_what_changed_and_other_fields_do_not_clash(cast: Cast):
    seen = of("CP0515")[0].version
    edit(cast, "CP0515", brand="甲")
    sku, known = of("CP0515")
    told = refused(edit, cast, "CP0515", version=seen, brand="乙")
    assert told.code == "row.changed_meanwhile" and told.facts["changes"] == {"brand": ("云岫", "甲")}
    assert of("CP0515")[1].brand == "甲"
    assert edit(cast, "CP0515", version=seen, size="500ml") == ["size"]
    with db.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.event == "product.changed")).all()[-1]
    assert entry.facts["changes"] == {"size": ["", "500ml"]} and entry.subject_id == sku.id
    assert known.size is None


def test_what_is_referred_to_is_archived_and_the_rest_is_deleted(cast: Cast):
    fresh = new(cast, barcode=BARCODES[0])
    assert db.run(remove_product, cast["marketing"], Seen(fresh, 1)) is True
    with db.read() as session:
        assert index.owners(session, [BARCODES[0]]) == {} and refused(masters.get, session, fresh)
    sku, _known = of("CP0515")
    assert db.run(remove_product, cast["marketing"], Seen(sku.id, sku.version)) is False
    sku, _known = of("CP0515")
    assert sku.archived_at is not None and "CP0515" not in found_by(cast, "CP0515")
    assert refused(db.run, remove_product, cast["rep"], Seen(sku.id, sku.version)).code == "access.denied"
    db.run(restore_product, cast["marketing"], Seen(sku.id, sku.version))
    sku, _known = of("CP0515")
    assert sku.archived_at is None and sku.is_sellable


def test_many_change_together_or_none(cast: Cast):
    versions = {of(code)[0].id: of(code)[0].version for code in ("CP0515", "JG3025", "QP3324")}
    told = refused(db.run, change_products, cast["marketing"], Changed(versions, {"multiple": 2}))
    assert told.code == "product.rows_refused" and told.facts["count"] == 3
    assert of("QP3324")[1].multiple == 5
    values = {"moq": 10, "multiple": 5, "is_restricted": True}
    assert db.run(change_products, cast["marketing"], Changed(versions, values)) == 3
    assert [of(code)[1].moq for code in ("CP0515", "JG3025", "QP3324")] == [10, 10, 10]
    again = refused(db.run, change_products, cast["marketing"], Changed(versions, {"moq": 20}))
    assert again.code == "product.rows_refused" and of("CP0515")[1].moq == 10
    assert refused(db.run, change_products, cast["marketing"], Changed(versions, {"floor_price": 1})).code


def category(code: str) -> Category:
    with db.read() as session:
        return session.scalars(select(Category).where(Category.code == code)).one()


def test_the_tree_moves_with_all_that_is_below(cast: Cast):
    who, top = cast["marketing"], db.run(create_category, cast["marketing"], CategoryFacts("all", "全部"))
    drinks = category("drinks")
    moved = EditedCategory(drinks.id, drinks.version, CategoryFacts("drinks", "饮料", top))
    db.run(edit_category, who, moved)
    assert category("tea").path == f"/{top}/{drinks.id}/{category('tea').id}/"
    below = EditedCategory(top, 1, CategoryFacts("all", "全部", category("tea").id))
    assert refused(db.run, edit_category, who, below).code == "category.below_itself"
    db.run(step_category, who, Step(category("water").id, -1))
    with db.read() as session:
        order = [each.code for each, _count in tree.rows(session)]
    assert order.index("water") < order.index("soda") or order.index("water") < order.index("tea")
    assert (
        refused(db.run, remove_category, who, SeenCategory(category("tea").id, 1)).code == "category.in_use"
    )
    empty = db.run(create_category, who, CategoryFacts("empty", "空"))
    assert db.run(remove_category, who, SeenCategory(empty, 1)) is True


def test_an_archived_category_comes_back(cast: Cast):
    who, at = cast["marketing"], category("nuts")
    sku, known = of("JG3025")
    assert db.run(remove_product, who, Seen(sku.id, sku.version)) is False
    assert db.run(remove_category, who, SeenCategory(at.id, at.version)) is False
    assert category("nuts").archived_at is not None
    assert refused(new, cast, category_id=at.id).code == "product.category_unknown"
    db.run(restore_category, who, SeenCategory(at.id, category("nuts").version))
    assert category("nuts").archived_at is None and category("nuts").path.endswith(f"/{at.id}/")
    assert known.category_id == at.id


def test_a_family_goes_when_no_live_product_is_in_it(cast: Cast):
    family = db.run(create_family, cast["marketing"], FamilyFacts("F1", "冷泡茶"))
    edit(cast, "CP0515", family_id=family)
    assert refused(db.run, remove_family, cast["marketing"], SeenFamily(family, 1)).code == "family.in_use"
    edit(cast, "CP0515", family_id=None)
    assert db.run(remove_family, cast["marketing"], SeenFamily(family, 1)) is True
    assert count(Family) == 0


def test_the_brand_reads_its_catalogue_alike_on_both_databases(cast: Cast):
    new(cast, packs=(Pack("pallet", 900), Pack("bundle", 3)))
    day = clock.today()
    with db.read() as session:
        offered = masters.openings_on_offer(session)
        assert (
            list(offered.tiers.values())[:2] == ["金牌", "银牌"]
            and "华南大区 / 闽南" in offered.territories.values()
        )
        told = audience.audience(
            session, cast["marketing"], day, [Opening(*[None] * 3, 1)], is_restricted=True
        )
        assert (told.count, told.all) == (1, 2) and [each.code for each in told.first] == ["D1"]

        def codes(**wanted: Any) -> set[str]:
            found = products.page(session, cast["marketing"], Wanted(**wanted), Window(sort="-code"), day)
            assert products.totals(session, cast["marketing"], Wanted(**wanted), day).count == len(found.rows)
            return {row.sku.code for row in found.rows}

        assert codes(lacks="price") == {"NOPRICE", "NEW-1"}
        assert codes(seen_by="D1") - codes(seen_by="D2") == codes(is_restricted=True) == {"VIP001"}
        assert codes(state="stopped") == codes(state="archived") == codes(seen_by="nobody") == set()
        sku = session.scalars(select(Sku).where(Sku.code == "NEW-1")).one()
        whole = get_whole(session, terms_of(session, 1, day), sku.id, day)
        assert [pack.unit for pack in whole[2]] == ["bundle", "pallet"] and whole[1] == []
