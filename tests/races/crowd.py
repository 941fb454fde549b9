"""Many people at once: companies, goods and signed-in buyers by the dozen, and the moment when all of them tap."""

import queue
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.world import LONG_AGO
from trade import clock, db, text
from trade.actor import Actor, Permission, Scope
from trade.catalog.models import Category, Sku
from trade.credit.models import CreditAccount, CreditLimit
from trade.db import insert_many
from trade.distributors.models import Address, Distributor, Standing
from trade.flows.fill_cart import Wishes, fill_cart
from trade.inventory.models import Stock, StockMovement
from trade.orders.models import Order
from trade.people.models import LoginSession, Membership, Person, Role
from trade.people.queries import token_hash
from trade.pricing.models import PriceList, PriceRow
from trade.verify.everything import INVARIANTS

THREADS = 64
PRICE = Decimal("10.00")  # of every SKU made here, per order unit of one base unit
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Buyer:
    """Somebody signed in; `order_id` and `version` name the cart."""

    actor: Actor
    token: str
    order_id: int = 0
    version: int = 0


@dataclass(frozen=True)
class Company:
    """A distributor to be made, with its limit in yuan, a second person's rep as approver."""

    code: str
    limit: Decimal
    rep: str = "rep"


@dataclass(frozen=True)
class Goods:
    """SKUs to be made, each with so many base units on hand."""

    codes: Sequence[str]
    on_hand: int


@dataclass(frozen=True)
class Staff:
    """People to be signed in: at a distributor, or those of the world by name."""

    names: Sequence[str]
    distributor_id: int | None = None


def at_once(deeds: Sequence[Callable[[], Answer]], threads: int = THREADS) -> list[Answer]:
    """Let as many threads start together and do everything in order of the list; answers in that order."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for at in range(len(deeds)):
        waiting.put(at)
    answers: dict[int, Answer] = {}
    failures: list[BaseException] = []
    gate = threading.Barrier(min(threads, len(deeds)))

    def work() -> None:
        gate.wait()
        while not failures:
            try:
                at = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                answers[at] = deeds[at]()
            except BaseException as error:  # noqa: BLE001 (told by the thread that waits)
                failures.append(error)

    crowd = [threading.Thread(target=work) for _ in range(gate.parties)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    if failures:
        raise failures[0]
    return [answers[at] for at in range(len(deeds))]


def make_company(session: Session, actor: Actor, given: Company) -> int:
    """A distributor of the lowest tier with an address, a rep and a limit; answers its id."""
    like = select(Standing).join(Distributor, Distributor.id == Standing.distributor_id)
    model = session.scalars(like.where(Distributor.code == "D2")).one()
    rep_id = session.scalars(select(Person.id).where(Person.user_name == given.rep)).one()
    distributor = Distributor(
        code=given.code,
        name=given.code,
        sort_key=text.sort_key(given.code),
        search_text=text.search_text(given.code),
        invoice_title=given.code,
    )
    session.add(distributor)
    session.flush()
    account = CreditAccount(
        distributor_id=distributor.id,
        legal_entity_id=1,
        currency="CNY",
        effective_limit=given.limit,
        as_of=clock.today(),
    )
    session.add(account)
    session.flush()
    standing = {"tier_id": model.tier_id, "territory_id": model.territory_id, "rep_id": rep_id}
    limit = {"kind": "base", "amount": given.limit, "valid_from": LONG_AGO, "reason": "opening"}
    session.add_all(
        [
            Standing(distributor_id=distributor.id, valid_from=LONG_AGO, **standing),
            Address(distributor_id=distributor.id, contact_name="林先生", line="1 号仓", is_default=True),
            CreditLimit(account_id=account.id, **limit),
        ]
    )
    return distributor.id


def make_goods(session: Session, actor: Actor, given: Goods) -> list[int]:
    """SKUs at ten yuan with stock; answers their ids in the order of the codes."""
    category_id = session.scalars(select(Category.id).order_by(Category.id).limit(1)).one()
    base_id = session.scalars(select(PriceList.id).where(PriceList.code == "BASE")).one()
    common = {
        "category_id": category_id,
        "base_unit": "box",
        "order_unit": "box",
        "tax_rate": Decimal("0.13"),
    }
    rows = [
        {"code": code, "name": code, "sort_key": code, "search_text": "", **common} for code in given.codes
    ]
    insert_many(session, Sku, rows)
    known = {
        code: key for code, key in session.execute(select(Sku.code, Sku.id).where(Sku.code.in_(given.codes)))
    }
    ids = [known[code] for code in given.codes]
    price = {"price_list_id": base_id, "unit": "box", "price": PRICE, "valid_from": LONG_AGO}
    insert_many(session, PriceRow, [{"sku_id": each, **price} for each in ids])
    place = {"warehouse_id": 1, "on_hand": given.on_hand}
    insert_many(session, Stock, [{"sku_id": each, **place} for each in ids])
    counted = {"kind": "count", "source": "opening", **place}
    insert_many(session, StockMovement, [{"sku_id": each, **counted} for each in ids])
    return ids


def sign_in(session: Session, actor: Actor, given: Staff) -> list[str]:
    """Open a session for each person named, as signing in does but without its slow password; answers tokens."""
    tokens = [secrets.token_urlsafe(32) for _ in given.names]
    people = {
        name: (person, membership)
        for name, person, membership in session.execute(
            select(Person.user_name, Person.id, Membership.id)
            .join(Membership, Membership.person_id == Person.id)
            .where(Person.user_name.in_(given.names))
        )
    }
    common = {"expires_at": clock.now() + timedelta(hours=8), "address": "127.0.0.1", "user_agent": "test"}
    rows = []
    for name, token in zip(given.names, tokens, strict=True):
        person_id, membership_id = people[name]
        whose = {"person_id": person_id, "membership_id": membership_id}
        rows.append({"token_hash": token_hash(token), **whose, **common})
    insert_many(session, LoginSession, rows)
    return tokens


def hire(session: Session, actor: Actor, given: Staff) -> list[Buyer]:
    """Let new people buy for a distributor, each signed in."""
    insert_many(session, Person, [{"name": name, "user_name": name} for name in given.names])
    found = select(Person.user_name, Person.id).where(Person.user_name.in_(given.names))
    ids = {name: key for name, key in session.execute(found)}
    role_id = session.scalars(select(Role.id).where(Role.code == "buyer")).one()
    place = {"distributor_id": given.distributor_id, "role_id": role_id}
    insert_many(session, Membership, [{"person_id": ids[name], **place} for name in given.names])
    tokens = sign_in(session, actor, given)
    reach = Scope(distributor_ids=frozenset({given.distributor_id or 0}))
    may = frozenset(Permission)
    return [
        Buyer(Actor("test", ids[name], given.distributor_id, reach, may), token)
        for name, token in zip(given.names, tokens, strict=True)
    ]


def with_cart(buyer: Buyer, quantities: dict[int, int]) -> Buyer:
    """Put goods into the buyer's cart, lines in the order of the dictionary."""
    order_id = db.run(fill_cart, buyer.actor, Wishes(quantities))
    with db.read() as session:
        version = session.scalars(select(Order.version).where(Order.id == order_id)).one()
    return Buyer(buyer.actor, buyer.token, order_id, version)


def breaches() -> list[str]:
    """What `tongqu verify` would name, every invariant looked at in one read transaction."""
    with db.read() as session:
        return [f"{each.name}: {breach}" for each in INVARIANTS for breach in each.find(session)]
