"""The invented brand's masters: one delivery through the importers, and what a source seldom knows put in after it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ops.demo import history
from ops.demo.goods import BRAND, CATEGORIES, FAMILIES, Good
from ops.demo.history import Trade
from ops.demo.partners import AREAS, OFFICES, PROVINCES, Partner, office_province, person_name
from trade import text
from trade.actor import Actor
from trade.catalog import index
from trade.catalog.models import Sku, SkuPack
from trade.catalog.rules import Opening
from trade.clock import BRAND_ZONE
from trade.db import insert_many
from trade.distributors.models import (
    Address,
    Channel,
    Contact,
    CreditGroup,
    Distributor,
    LegalEntity,
    PriceGroup,
    Standing,
    Territory,
    TerritoryRegion,
    Tier,
)
from trade.flows.set_visibility import NewOpening, open_to
from trade.imports.rows import (
    Batch,
    DistributorRow,
    FamilyRow,
    NodeRow,
    PersonRow,
    PriceEntry,
    PriceListRow,
    SkuRow,
    StockCount,
    TierRow,
)
from trade.inventory.models import Warehouse, WarehouseTerritory

SOURCE = "history"
REPS = {
    "rep-1": "陈闽生",
    "rep-2": "林东海",
    "rep-3": "刘洋",
    "rep-4": "张晓峰",
    "rep-5": "何静",
    "rep-6": "王志远",
}
TIERS = (("gold", "金牌", 1), ("silver", "银牌", 2))
HOUSES = (
    # code, name, address, who, phone, days on the road, areas served first, share of the goods
    (
        "MAIN",
        "华东总仓（昆山）",
        "江苏省苏州市昆山市 花桥物流园 8 号",
        "钱强",
        "13800009001",
        2,
        ("east", "north"),
        1.0,
    ),
    (
        "GZ",
        "华南仓（佛山）",
        "广东省佛山市南海区 里水仓储基地 B2",
        "罗文斌",
        "13800009002",
        2,
        ("south",),
        0.7,
    ),
    (
        "CD",
        "西南仓（成都）",
        "四川省成都市龙泉驿区 车城东六路 66 号",
        "马丽",
        "13800009003",
        3,
        ("west",),
        0.5,
    ),
)
PRICE_GROUPS = (("east-key", "华东重点客户"), ("catering", "餐饮直供"), ("online", "电商专供"))
LOW = {"YX-DJ102": 0.0, "YX-DJ104": 0.01, "YX-QP103": 0.02, "YX-KF103": 0.02, "YX-SP104": 0.02, "YX-GN101": 0.03,
       "YX-NR101": 0.03, "YX-YM102": 0.0, "YX-GG101": 0.04}  # fmt: skip
BREAKS = ((10, Decimal("0.985")), (50, Decimal("0.965")))


def batch(trade: Trade, counted: datetime) -> Batch:
    """The brand with its past as one delivery."""
    goods = trade.goods
    return Batch(
        source=SOURCE,
        brand=f"{BRAND}食品（示例）有限公司",
        territories=tuple(_territories()),
        tiers=tuple(TierRow(code, code, name, rank) for code, name, rank in TIERS),
        people=tuple(PersonRow(code, name) for code, name in REPS.items()),
        distributors=tuple(_distributor(each) for each in trade.partners),
        categories=tuple(NodeRow(code, code, name, parent) for code, name, parent in CATEGORIES),
        families=tuple(FamilyRow(each.code, each.code, each.name) for each in FAMILIES),
        skus=tuple(_sku(each) for each in goods),
        price_lists=tuple(_lists(trade.since)),
        prices=tuple(entry for good in goods for entry in _prices(good, trade.since)),
        counts=tuple(_counts(goods, counted)),
        orders=history.orders(trade),
    )


def _territories() -> list[NodeRow]:
    rows = [NodeRow(code, code, name) for code, name in AREAS]
    rows += [NodeRow(f"p{code}", f"p{code}", name, area) for code, (name, area, _rep) in PROVINCES.items()]
    rows += [NodeRow(code, code, name, f"p{office_province(code)}") for code, (name, _) in OFFICES.items()]
    return rows


def _distributor(each: Partner) -> DistributorRow:
    return DistributorRow(
        external_code=each.code,
        code=each.code,
        name=each.name,
        phone=each.phone,
        address=each.street,
        tier=each.tier,
        territory=each.office,
        facts={},
        currency="CNY",
        rep=each.rep,
        since=each.since,
    )


def _sku(good: Good) -> SkuRow:
    family = good.family
    return SkuRow(
        external_code=good.code,
        code=good.code,
        name=good.name,
        category=family.category,
        family=family.code,
        tax_rate=Decimal(family.tax),
        base_unit=family.unit,
        order_unit="case",
        order_factor=good.size.factor,
        is_sellable=True,
        safety_stock=round(60 * family.popularity) * good.size.factor,
        colour=None,
        size=good.size.label,
        description=family.text.format(flavour=good.flavour),
        facts={},
    )


def _lists(since: date) -> list[PriceListRow]:
    year = since.year
    named = [("gold", f"{year} 金牌经销商价目表"), ("silver", f"{year} 银牌经销商价目表")]
    rows = [PriceListRow("BASE", "BASE", f"{year} 全国目录价", "base", None, "CNY", "gross", since)]
    return rows + [
        PriceListRow(tier.upper(), tier.upper(), name, "tier", tier, "CNY", "gross", since)
        for tier, name in named
    ]


def _prices(good: Good, since: date) -> list[PriceEntry]:
    def entry(of_list: str, at_least: int, price: Decimal) -> PriceEntry:
        key = f"{good.code}-{of_list}-{at_least}"
        return PriceEntry(key, of_list, good.code, "case", good.size.factor, at_least, price, since, None)

    entries = [entry("BASE", 1, good.price)]
    for tier in "gold", "silver":
        price = history.tier_price(good, tier)
        entries.append(entry(tier.upper(), 1, price))
        if tier == "gold" and good.family.popularity >= 1:
            for at_least, share in BREAKS:
                entries.append(
                    entry("GOLD", at_least, (price * share).quantize(Decimal("0.1"), ROUND_HALF_UP))
                )
    return entries


def _counts(goods: Sequence[Good], counted: datetime) -> list[StockCount]:
    rng = Random(11)
    rows = []
    for good in goods:
        usual = 1700 * good.family.popularity * rng.uniform(0.7, 1.4)
        for house, *_rest, share in HOUSES:
            whole = round(usual * share * LOW.get(good.code, 1.0))
            rows.append(StockCount(house, good.code, whole * good.size.factor, counted, is_opening=True))
    return rows


def open_houses(session: Session) -> None:
    """Three warehouses; the first is the one that every installation has."""
    known = set(session.scalars(select(Warehouse.code)))
    for at, (code, name, address, who, phone, days, _areas, _share) in enumerate(HOUSES, 1):
        values = {
            "name": name,
            "address": address,
            "contact_name": who,
            "phone": phone,
            "transit_days": days,
            "priority": at,
        }
        if code in known:
            session.execute(update(Warehouse).where(Warehouse.code == code).values(values))
        else:
            insert_many(session, Warehouse, [{"code": code, **values}])


def dress(session: Session, actor: Actor, trade: Trade) -> None:
    """Put in what the delivery did not bring: packs and barcodes, coverage, profiles, standings."""
    _entity(session)
    _dress_goods(session, actor, trade)
    territories = _ids(session, Territory)
    rows = [{"territory_id": territories[f"p{code}"], "region_code": code} for code in PROVINCES]
    cities = {city: office for office, (_name, places) in OFFICES.items() for city, *_ in places}
    rows += [{"territory_id": territories[office], "region_code": city} for city, office in cities.items()]
    insert_many(session, TerritoryRegion, rows)
    houses = _ids(session, Warehouse)
    served = [(houses[house[0]], territories[area]) for house in HOUSES for area in house[6]]
    insert_many(
        session, WarehouseTerritory, [{"warehouse_id": each, "territory_id": where} for each, where in served]
    )
    _dress_partners(session, trade)


def _entity(session: Session) -> None:
    values = {
        "name": f"{BRAND}食品（示例）有限公司",
        "credit_code": "91320583MA00000017",
        "address": "江苏省苏州市昆山市 花桥经济开发区 8 号",
        "phone": "0512-55550000",
        "bank_name": "中国工商银行昆山支行",
        "bank_account": "1102020019000012345",
    }
    session.execute(update(LegalEntity).where(LegalEntity.code == "MAIN").values(values))


def _dress_goods(session: Session, actor: Actor, trade: Trade) -> None:
    skus = {sku.code: sku for sku in session.scalars(select(Sku))}
    packs = []
    for good in trade.goods:
        sku = skus[good.code]
        sku.barcode, sku.brand, sku.flavour = good.barcode, BRAND, good.flavour
        sku.moq, sku.multiple, sku.floor_price = good.size.moq, good.size.multiple, good.floor
        sku.is_restricted = good.family.is_restricted
        packs.append(
            {"sku_id": sku.id, "unit": "case", "factor": good.size.factor, "barcode": good.case_barcode}
        )
        if good.family.pallet:
            factor = good.size.factor * good.family.pallet
            packs.append({"sku_id": sku.id, "unit": "pallet", "factor": factor, "barcode": None})
    session.flush()
    insert_many(session, SkuPack, packs)
    tiers, channels = _ids(session, Tier), _ids(session, Channel)
    for good in trade.goods:
        sku_id = skus[good.code].id
        index.write(session, sku_id)
        if good.family.is_restricted:
            open_to(session, actor, NewOpening(sku_id, Opening(tier_id=tiers["gold"])))
            opening = Opening(tier_id=tiers["silver"], channel_id=channels["key-account"])
            open_to(session, actor, NewOpening(sku_id, opening))


def _dress_partners(session: Session, trade: Trade) -> None:
    rng = Random(3)
    insert_many(session, PriceGroup, [{"code": code, "name": name} for code, name in PRICE_GROUPS])
    insert_many(session, CreditGroup, [{"code": "minnan", "name": "闽南关联企业"}])
    groups, channels = _ids(session, PriceGroup), _ids(session, Channel)
    related = _ids(session, CreditGroup)["minnan"]
    rows = {each.code: each for each in session.scalars(select(Distributor))}
    standings = {each.distributor_id: each for each in session.scalars(select(Standing))}
    addresses = {each.distributor_id: each for each in session.scalars(select(Address))}
    contacts, more = [], []
    for partner in trade.partners:
        row = rows[partner.code]
        row.credit_code, row.contact_name = partner.credit_code, partner.contact
        row.search_text = text.search_text(row.code, row.name, partner.credit_code, partner.contact)
        row.legal_representative, row.registered_address = person_name(rng), partner.street
        row.licence_expires_on = partner.licence_until
        row.bank_name, row.bank_account = partner.bank, partner.account
        row.back_order_policy = ("partial", "wait", "refuse", "refuse")[
            partner.at % 4 if not partner.is_lead else partner.at % 3
        ]
        row.created_at = datetime.combine(partner.since, time(9), BRAND_ZONE)
        standing = standings[row.id]
        standing.channel_id = channels[partner.channel]
        standing.terms, standing.terms_days = partner.terms
        standing.reason, standing.set_at = "开户", row.created_at
        group = _group(partner)
        standing.price_group_id = groups[group] if group else None
        address = addresses[row.id]
        address.region_code, address.contact_name, address.phone = (
            partner.region,
            partner.contact,
            partner.phone,
        )
        contacts.append(_contact(row.id, partner.contact, "负责人", partner.phone))
        if partner.at % 2:
            contacts.append(_contact(row.id, person_name(rng), "财务", f"1380001{partner.at:04d}"))
        if partner.at % 3 == 1:
            more.append(_second(row.id, partner, rng))
    rows["D1001"].credit_group_id = rows["D1003"].credit_group_id = related
    rows["D1001"].internal_note = "老客户，中秋前会集中备货；对账找郑会计。"
    standings[rows["D1003"].id].parent_id = rows["D1002"].id
    standings[rows["D1008"].id].parent_id = rows["D1002"].id
    session.flush()
    insert_many(session, Contact, contacts)
    insert_many(session, Address, more)


def _group(partner: Partner) -> str | None:
    by_channel = {"catering": "catering", "online": "online"}.get(partner.channel)
    is_east = PROVINCES[office_province(partner.office)][1] == "east"
    return "east-key" if is_east and partner.channel == "key-account" else by_channel


def _contact(distributor_id: int, name: str, position: str, phone: str) -> Mapping[str, object]:
    return {"distributor_id": distributor_id, "name": name, "position": position, "phone": phone}


def _second(distributor_id: int, partner: Partner, rng: Random) -> Mapping[str, object]:
    """A further place to which goods go."""
    return {
        "distributor_id": distributor_id,
        "contact_name": person_name(rng),
        "phone": f"1380002{partner.at:04d}",
        "region_code": partner.region,
        "line": f"{rng.choice(('城南', '城北', '高新区', '机场'))}分仓 {rng.randrange(2, 60)} 号",
        "is_default": False,
    }


def _ids(
    session: Session,
    model: type[Territory]
    | type[Tier]
    | type[Channel]
    | type[Warehouse]
    | type[PriceGroup]
    | type[CreditGroup],
) -> dict[str, int]:
    return {code: row_id for code, row_id in session.execute(select(model.code, model.id))}
