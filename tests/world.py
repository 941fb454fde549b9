"""The cast, the goods and the brand that tests act in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.databases import begin_with
from tests.tables import migrated
from trade import clock, db, text
from trade.actor import EVERYONE, Actor, Permission, Scope, system
from trade.books.models import LedgerEntry
from trade.books.rules import PARTS
from trade.catalog.models import Category, SearchGram, Sku, VisibilityRule
from trade.credit.models import CreditAccount, CreditLimit
from trade.distributors.models import Address, Distributor, Standing, Territory, Tier
from trade.flows.create_person import NewPerson, create_person
from trade.flows.set_up_brand import set_up_brand
from trade.inventory.models import Stock, StockMovement
from trade.people import queries
from trade.people.models import Membership, Person, Role, RolePermission
from trade.pricing.models import PriceList, PriceRow
from trade.settings import Setting

OPERATOR = system("test")
PASSWORD = "correct-horse-battery"
LONG_AGO = date(2020, 1, 1)
PEOPLE = {
    # name: role, distributor, manager
    "owner": ("owner", "D1", None),
    "buyer": ("buyer", "D1", None),
    "clerk": ("distributor_finance", "D1", None),
    "stranger": ("buyer", "D2", None),
    "manager": ("sales_manager", None, None),
    "rep": ("sales_rep", None, "manager"),
    "other-manager": ("sales_manager", None, None),
    "other-rep": ("sales_rep", None, "other-manager"),
    "finance": ("finance", None, None),
    "warehouse": ("warehouse", None, None),
    "marketing": ("marketing", None, None),
    "administrator": ("administrator", None, None),
}
# code: name, category, order unit, factor, moq, multiple, base price per order unit, safety stock, on hand (base units)
GOODS = {
    "CP0515": ("云岫 冷泡茉莉乌龙茶 无糖 500ml", "tea", "case", 15, 1, 1, "46.00", 1500, 15000),
    "JG3025": ("云岫 每日坚果混合果仁 成人款 25g×30 包 礼盒装", "nuts", "case", 6, 1, 1, "89.00", 1200, 576),
    "QP3324": ("云岫 陈皮白桃气泡水 0 糖 0 脂 330ml", "soda", "case", 24, 5, 5, "72.00", 2400, 24000),
    "SQ5524": ("云岫 山泉饮用天然水 550ml", "water", "case", 24, 10, 1, "24.00", 2400, 48000),
    "DJ4815": ("云岫 海盐荔枝味电解质饮料 480ml", "tea", "case", 15, 1, 1, "52.00", 600, 0),
    "VIP001": ("云岫 古树普洱 礼盒", "tea", "box", 1, 1, 1, "880.00", 10, 500),
    "NOPRICE": ("云岫 尚未定价的新品", "soda", "case", 24, 1, 1, None, 0, 2400),
}
TIER_PRICES = {
    "CP0515": {1: "43.20", 10: "42.30", 50: "41.50"},
    "JG3025": {1: "82.50"},
    "QP3324": {1: "66.40"},
}
CATEGORIES = {
    "drinks": ("饮料", None),
    "tea": ("茶饮料", "drinks"),
    "soda": ("气泡水", "drinks"),
    "water": ("饮用水", "drinks"),
    "snacks": ("零食", None),
    "nuts": ("坚果炒货", "snacks"),
}


@dataclass(frozen=True)
class World:
    """Ids by code or name."""

    distributors: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)
    skus: Mapping[str, int] = field(default_factory=dict)


def build_template(url: str) -> None:
    """Fill an empty database: the schema by migration, then the brand and its cast."""
    begin_with(migrated, url)
    engine = db.connect(url)
    db.run(set_up_brand, OPERATOR, None)
    db.run(build, OPERATOR, None)
    engine.dispose()


def make_schema(url: str) -> None:
    """The tables alone, and the brand's basics."""
    begin_with(migrated, url)
    engine = db.connect(url)
    db.run(set_up_brand, OPERATOR, None)
    engine.dispose()


def build(session: Session, actor: Actor, given: None) -> None:
    """Two distributors with a rep each, seven SKUs with prices and stock, a limit of ¥50,000.00 for the first."""
    session.add(Setting(key="order.approve_first", value=False))
    tiers = _tiers(session)
    territories = _territories(session)
    people: dict[str, int] = {}
    for name in (
        "manager",
        "other-manager",
        "rep",
        "other-rep",
        "finance",
        "warehouse",
        "marketing",
        "administrator",
    ):
        people[name] = _person(session, name, None, people)
    reps = {"D1": people["rep"], "D2": people["other-rep"]}
    companies = {
        "D1": ("漳州市鑫禾源食品商贸有限公司", "gold", "minnan"),
        "D2": ("福州榕江冷链配送有限公司", "silver", "fuzhou"),
    }
    for code, (name, tier, territory) in companies.items():
        distributor = _distributor(session, code, name)
        session.add(
            Standing(
                distributor_id=distributor.id,
                valid_from=LONG_AGO,
                tier_id=tiers[tier],
                territory_id=territories[territory],
                rep_id=reps[code],
            )
        )
        for who, (_, home, _) in PEOPLE.items():
            if home == code:
                people[who] = _person(session, who, distributor.id, people)
        _account(session, distributor.id, Decimal(50000) if code == "D1" else Decimal(20000))
    skus = _goods(session, _categories(session))
    _prices(session, skus, tiers)
    session.add(VisibilityRule(sku_id=skus["VIP001"].id, tier_id=tiers["gold"]))


def actor_of(session: Session, name: str) -> Actor:
    """The actor whom a signed-in person would be."""
    membership, role = session.execute(
        select(Membership, Role)
        .join(Person, Person.id == Membership.person_id)
        .join(Role, Role.id == Membership.role_id)
        .where(Person.user_name == name)
    ).one()
    names = session.scalars(select(RolePermission.permission).where(RolePermission.role_id == role.id))
    reach = {
        "distributor": lambda: Scope(distributor_ids=frozenset({membership.distributor_id})),
        "own": lambda: Scope(rep_ids=frozenset({membership.person_id})),
        "team": lambda: Scope(rep_ids=queries.team_of(session, membership.person_id)),
        "everyone": lambda: EVERYONE,
    }
    permissions = frozenset(Permission(each) for each in names)
    scope = reach[role.reach]()
    return Actor(f"test {name}", membership.person_id, membership.distributor_id, scope, permissions)


def standing(session: Session, code: str = "D1") -> tuple[Decimal, dict[str, tuple[int, int]]]:
    """Credit used and, per SKU, on hand and reserved, after proving that the ledgers say the same."""
    account = session.execute(
        select(CreditAccount)
        .join(Distributor, Distributor.id == CreditAccount.distributor_id)
        .where(Distributor.code == code)
    ).scalar_one()
    booked = dict.fromkeys(PARTS, Decimal(0))
    for entry in session.scalars(select(LedgerEntry).where(LedgerEntry.account_id == account.id)):
        for part, amount in ((entry.debit, entry.amount), (entry.credit, -entry.amount)):
            if part in booked:
                booked[part] += amount
    assert booked == {part: getattr(account, part) for part in PARTS}
    assert account.used == sum(booked.values(), Decimal(0))
    stock = {
        sku: (on_hand, reserved)
        for sku, on_hand, reserved in session.execute(
            select(Sku.code, Stock.on_hand, Stock.reserved).join(Sku, Sku.id == Stock.sku_id)
        )
    }
    moved = {
        sku: (on_hand, reserved)
        for sku, on_hand, reserved in session.execute(
            select(Sku.code, func.sum(StockMovement.on_hand), func.sum(StockMovement.reserved))
            .join(Sku, Sku.id == StockMovement.sku_id)
            .group_by(Sku.code)
        )
    }
    assert {sku: moved.get(sku, (0, 0)) for sku in stock} == stock
    return account.used, stock


def world(session: Session) -> World:
    """The ids that the builder gave."""
    return World(
        {code: key for code, key in session.execute(select(Distributor.code, Distributor.id))},
        {name: key for name, key in session.execute(select(Person.user_name, Person.id)) if name},
        {code: key for code, key in session.execute(select(Sku.code, Sku.id))},
    )


@cache
def password_hash(password: str = PASSWORD) -> str:
    """As the application hashes, but for the work: it is signed in with a thousand times."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


def _person(session: Session, name: str, distributor_id: int | None, people: Mapping[str, int]) -> int:
    role, _, manager = PEOPLE[name]
    given = NewPerson(
        name=name,
        role=role,
        password_hash=password_hash(),
        user_name=name,
        distributor_id=distributor_id,
        manager_id=people.get(manager or ""),
    )
    return create_person(session, OPERATOR, given)


def _tiers(session: Session) -> dict[str, int]:
    tiers = [Tier(code="gold", name="金牌", rank=1), Tier(code="silver", name="银牌", rank=2)]
    session.add_all(tiers)
    session.flush()
    return {tier.code: tier.id for tier in tiers}


def _territories(session: Session) -> dict[str, int]:
    ids: dict[str, int] = {}
    for code, name, parent in (
        ("south", "华南大区", None),
        ("minnan", "闽南", "south"),
        ("fuzhou", "福州", "south"),
    ):
        territory = Territory(code=code, name=name, parent_id=ids.get(parent or ""))
        session.add(territory)
        session.flush()
        above = f"/{territory.parent_id}/" if territory.parent_id else "/"
        territory.path = f"{above}{territory.id}/"
        ids[code] = territory.id
    return ids


def _distributor(session: Session, code: str, name: str) -> Distributor:
    distributor = Distributor(
        code=code,
        name=name,
        sort_key=text.sort_key(name),
        search_text=text.search_text(code, name),
        invoice_title=name,
        phone="13800000000",
    )
    session.add(distributor)
    session.flush()
    session.add(
        Address(
            distributor_id=distributor.id,
            contact_name="林先生",
            phone="13800000000",
            line="芗城区 南坑仓 2 号门",
            is_default=True,
        )
    )
    return distributor


def _account(session: Session, distributor_id: int, limit: Decimal) -> None:
    account = CreditAccount(
        distributor_id=distributor_id,
        legal_entity_id=1,
        currency="CNY",
        effective_limit=limit,
        as_of=clock.today(),
    )
    session.add(account)
    session.flush()
    session.add(
        CreditLimit(account_id=account.id, kind="base", amount=limit, valid_from=LONG_AGO, reason="opening")
    )


def _categories(session: Session) -> dict[str, int]:
    ids: dict[str, int] = {}
    paths: dict[str, str] = {}
    for code, (name, parent) in CATEGORIES.items():
        category = Category(
            code=code, name=name, parent_id=ids.get(parent or ""), sort_key=text.sort_key(name)
        )
        session.add(category)
        session.flush()
        category.path = paths[code] = f"{paths.get(parent or '', '/')}{category.id}/"
        ids[code] = category.id
    return ids


def _goods(session: Session, categories: Mapping[str, int]) -> dict[str, Sku]:
    skus: dict[str, Sku] = {}
    for at, (code, (name, category, unit, factor, moq, multiple, _, safety, on_hand)) in enumerate(
        GOODS.items()
    ):
        barcode = f"69012345{at:04d}1"
        skus[code] = sku = Sku(
            code=code,
            name=name,
            sort_key=text.sort_key(name),
            search_text=text.search_text(code, name, barcode),
            category_id=categories[category],
            brand="云岫",
            barcode=barcode,
            base_unit="bottle",
            order_unit=unit,
            order_factor=factor,
            moq=moq,
            multiple=multiple,
            tax_rate=Decimal("0.13"),
            safety_stock=safety,
            is_restricted=code == "VIP001",
        )
        session.add(sku)
        session.flush()
        session.add_all(SearchGram(gram=gram, sku_id=sku.id) for gram in text.grams(sku.search_text))
        session.add(Stock(warehouse_id=1, sku_id=sku.id, on_hand=on_hand))
        if on_hand:
            movement = {"kind": "count", "on_hand": on_hand, "source": "opening"}
            session.add(StockMovement(warehouse_id=1, sku_id=sku.id, **movement))
    session.flush()
    return skus


def _prices(session: Session, skus: Mapping[str, Sku], tiers: Mapping[str, int]) -> None:
    base = PriceList(code="BASE", name="目录价", kind="base", valid_from=LONG_AGO, published_at=clock.now())
    gold = PriceList(
        code="GOLD",
        name="金牌经销商价目表",
        kind="tier",
        tier_id=tiers["gold"],
        valid_from=LONG_AGO,
        published_at=clock.now(),
    )
    session.add_all([base, gold])
    session.flush()
    for code, facts in GOODS.items():
        if facts[6] is not None:
            _row(session, base, skus[code], 1, facts[6])
    for code, breaks in TIER_PRICES.items():
        for quantity, price in breaks.items():
            _row(session, gold, skus[code], quantity, price)


def _row(session: Session, of_list: PriceList, sku: Sku, quantity: int, price: str) -> None:
    session.add(
        PriceRow(
            price_list_id=of_list.id,
            sku_id=sku.id,
            unit=sku.order_unit,
            factor=sku.order_factor,
            min_quantity=quantity,
            price=Decimal(price),
            valid_from=LONG_AGO,
        )
    )
