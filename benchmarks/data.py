"""A brand of any size, the same every time: SKUs in five tiers, distributors, buyers who are signed in, carts."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops import schema
from trade import clock, db, text
from trade.actor import Actor, system
from trade.catalog.models import Category, Sku
from trade.credit.models import CreditAccount, CreditLimit
from trade.db import Base, insert_many
from trade.distributors.models import Address, Distributor, Standing, Tier
from trade.flows.set_up_brand import set_up_brand
from trade.inventory.models import Stock, StockMovement
from trade.orders.models import Order, OrderEvent, OrderLine
from trade.people.models import LoginSession, Membership, Person, Role
from trade.people.queries import token_hash
from trade.pricing.models import PriceList, PriceRow
from trade.settings import Setting

OPERATOR = system("bench")
LONG_AGO = date(2020, 1, 1)
TIERS, CATEGORIES, DISTRIBUTORS = 5, 40, 50
ON_HAND, LIMIT = 10_000_000, Decimal(1_000_000_000)
CHUNK = 20_000
KINDS = ("冷泡茉莉乌龙茶", "陈皮白桃气泡水", "每日坚果混合果仁", "山泉饮用天然水", "海盐荔枝味电解质饮料")


@dataclass(frozen=True)
class Wanted:
    """How much of everything; `carts` are filled with `lines` lines each, one buyer per cart."""

    skus: int
    carts: int = 8
    lines: int = 0
    distributors: int = 50


@dataclass(frozen=True)
class Cart:
    """A signed-in buyer's cart; version 2 and its gross as the page would show them."""

    token: str
    order_id: int
    address_id: int
    gross: Decimal


def fill(url: str, wanted: Wanted) -> list[Cart]:
    """Fill an empty database; answers the buyers with their carts."""
    engine = db.connect(url)
    schema.upgrade(engine)
    db.run(set_up_brand, OPERATOR, None)
    db.run(_goods, OPERATOR, wanted)
    carts = db.run(_buyers, OPERATOR, wanted)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    return carts


def tier_price(number: int, tier: int) -> Decimal:
    """The price of a SKU in a tier from one order unit on."""
    return _list_price(number) * (100 - 2 * tier) / 100


def _list_price(number: int) -> Decimal:
    return Decimal(20 + number % 400)


def _goods(session: Session, actor: Actor, wanted: Wanted) -> None:
    """Categories, SKUs with stock, a base list, and a list per tier in which every fifth SKU has breaks."""
    names = [f"类目 {at}" for at in range(CATEGORIES)]
    _add(session, Category, [_category(name) for name in names])
    for category_id in range(1, CATEGORIES + 1):
        session.get_one(Category, category_id).path = f"/{category_id}/"
    _add(session, Tier, [{"code": f"T{at}", "name": f"{at} 级", "rank": at} for at in range(1, TIERS + 1)])
    common = {"valid_from": LONG_AGO, "published_at": clock.now()}
    tiers = [
        {"code": f"T{at}", "name": f"{at} 级价目表", "kind": "tier", "tier_id": at}
        for at in range(1, TIERS + 1)
    ]
    base = {"code": "BASE", "name": "目录价", "kind": "base", "tier_id": None}
    _add(session, PriceList, [{**each, **common} for each in (base, *tiers)])
    _add(session, Sku, [_sku(number) for number in range(1, wanted.skus + 1)])
    numbers = range(1, wanted.skus + 1)
    _add(session, Stock, [{"warehouse_id": 1, "sku_id": each, "on_hand": ON_HAND} for each in numbers])
    counted = {"warehouse_id": 1, "kind": "count", "on_hand": ON_HAND, "source": "opening"}
    _add(session, StockMovement, [{"sku_id": each, **counted} for each in numbers])
    for which in range(TIERS + 1):
        _add(session, PriceRow, [row for number in numbers for row in _price_rows(number, which)])


def _buyers(session: Session, actor: Actor, wanted: Wanted) -> list[Cart]:
    """Distributors over all tiers with plenty of credit, and a buyer for every cart."""
    session.add(Setting(key="order.approve_first", value=False))
    session.add(Setting(key="order.approve_above", value="100000000.00"))
    ids = range(1, wanted.distributors + 1)
    _add(session, Distributor, [_distributor(each) for each in ids])
    place = {"contact_name": "林先生", "line": "1 号仓", "is_default": True}
    _add(session, Address, [{"distributor_id": each, **place} for each in ids])
    _add(session, Standing, [_standing(each) for each in ids])
    account = {"legal_entity_id": 1, "currency": "CNY", "effective_limit": LIMIT, "as_of": clock.today()}
    _add(session, CreditAccount, [{"distributor_id": each, **account} for each in ids])
    limit = {"kind": "base", "amount": LIMIT, "valid_from": LONG_AGO, "reason": "opening"}
    _add(session, CreditLimit, [{"account_id": each, **limit} for each in ids])
    role_id = session.scalars(select(Role.id).where(Role.code == "buyer")).one()
    buyers = range(1, wanted.carts + 1)
    tokens = [secrets.token_urlsafe(32) for _ in buyers]
    _add(session, Person, [{"name": f"采购 {each}", "user_name": f"buyer-{each}"} for each in buyers])
    homes = [{"person_id": each, "distributor_id": _home(each), "role_id": role_id} for each in buyers]
    _add(session, Membership, homes)
    life = {"expires_at": clock.now() + timedelta(days=1), "address": "127.0.0.1", "user_agent": "bench"}
    sessions = [
        {"token_hash": token_hash(token), "person_id": each, "membership_id": each, **life}
        for each, token in zip(buyers, tokens, strict=True)
    ]
    _add(session, LoginSession, sessions)
    if not wanted.lines:
        return [Cart(token, 0, _home(each), Decimal(0)) for each, token in zip(buyers, tokens, strict=True)]
    _add(session, Order, [_cart(each) for each in buyers])
    edited = {"version": 2, "action": "edit", "state": "draft", "facts": {}, "origin": "bench"}
    _add(session, OrderEvent, [{"order_id": each, "person_id": each, **edited} for each in buyers])
    _add(session, OrderLine, [row for each in buyers for row in _lines(each, wanted)])
    return [
        Cart(token, each, _home(each), _gross(each, wanted))
        for each, token in zip(buyers, tokens, strict=True)
    ]


def picked(cart: int, wanted: Wanted) -> list[int]:
    """The SKUs of a cart, by number: spread over the assortment, in an order of its own."""
    step = max(wanted.skus // wanted.lines, 1)
    numbers = [(cart * 7 + at * step) % wanted.skus + 1 for at in range(wanted.lines)]
    return numbers if cart % 2 else numbers[::-1]


def quantity(at: int) -> int:
    """Of the line at this place, in order units."""
    return 1 + at % 9


def _home(buyer: int) -> int:
    return (buyer - 1) % DISTRIBUTORS + 1


def _gross(cart: int, wanted: Wanted) -> Decimal:
    tier = (_home(cart) - 1) % TIERS + 1
    parts = [tier_price(number, tier) * quantity(at) for at, number in enumerate(picked(cart, wanted))]
    return sum(parts, Decimal(0))


def _cart(buyer: int) -> dict[str, object]:
    place = {"distributor_id": _home(buyer), "legal_entity_id": 1, "address_id": _home(buyer)}
    return {"buyer_id": buyer, "currency": "CNY", "version": 2, **place}


def _lines(cart: int, wanted: Wanted) -> list[dict[str, object]]:
    return [
        {
            "order_id": cart,
            "line_no": at + 1,
            "sku_id": number,
            "unit": "case",
            "factor": 12,
            "quantity": quantity(at),
            "base_quantity": quantity(at) * 12,
        }
        for at, number in enumerate(picked(cart, wanted))
    ]


def _price_rows(number: int, which: int) -> list[dict[str, object]]:
    """Of list 0, the base, or a tier's."""
    common = {
        "price_list_id": which + 1,
        "sku_id": number,
        "unit": "case",
        "factor": 12,
        "valid_from": LONG_AGO,
    }
    if which == 0:
        return [{**common, "min_quantity": 1, "price": _list_price(number)}]
    own = tier_price(number, which)
    steps = {1: own, 10: own * 98 / 100, 50: own * 96 / 100} if number % 5 == 0 else {1: own}
    return [{**common, "min_quantity": least, "price": price} for least, price in steps.items()]


def _sku(number: int) -> dict[str, object]:
    name = f"云岫 {KINDS[number % len(KINDS)]} {number:06d}"
    return {
        "code": f"SKU{number:06d}",
        "name": name,
        "sort_key": f"{_key(KINDS[number % len(KINDS)])} {number:06d}",
        "search_text": "",
        "category_id": number % CATEGORIES + 1,
        "brand": "云岫",
        "base_unit": "bottle",
        "order_unit": "case",
        "order_factor": 12,
        "tax_rate": Decimal("0.13"),
        "safety_stock": 1000,
    }


@cache
def _key(kind: str) -> str:
    return text.sort_key(f"云岫 {kind}")


def _category(name: str) -> dict[str, object]:
    return {"code": name, "name": name, "path": "", "sort_key": text.sort_key(name)}


def _distributor(number: int) -> dict[str, object]:
    name = f"经销商 {number}"
    keys = {"sort_key": text.sort_key(name), "search_text": text.search_text(name)}
    return {"code": f"D{number}", "name": name, "invoice_title": name, **keys}


def _standing(number: int) -> dict[str, object]:
    return {"distributor_id": number, "valid_from": LONG_AGO, "tier_id": (number - 1) % TIERS + 1}


def _add(session: Session, model: type[Base], rows: Sequence[dict[str, object]]) -> None:
    """Insert in portions that fit into memory; ids count from 1 in the order given."""
    for at in range(0, len(rows), CHUNK):
        insert_many(session, model, rows[at : at + CHUNK])
    session.flush()
