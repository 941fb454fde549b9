"""The demo brand: loaded whole or not at all, into an empty database, with passwords that nobody can guess."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ops import demo_data
from trade.actor import Actor, Scope, system
from trade.catalog import index
from trade.catalog.models import Sku
from trade.db import read, run
from trade.distributors.models import Distributor
from trade.flows.create_person import NewPerson, create_person
from trade.flows.decide_order import Decision, decide_order
from trade.flows.fill_cart import Wishes, fill_cart
from trade.flows.give_login import Login as GivenLogin
from trade.flows.give_login import give_login
from trade.flows.import_batch import import_batch
from trade.flows.set_credit import NewLimit, set_limit
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.submit_order import Submission, submit_order
from trade.orders import queries as orders
from trade.orders.models import Order
from trade.people import passwords
from trade.people.models import Membership, Person

OPERATOR = system("demo")


@dataclass(frozen=True)
class Login:
    """Somebody who can sign in to the demo."""

    name: str
    role: str
    user_name: str
    distributor: str | None
    password: str


@dataclass(frozen=True)
class Cast:
    """The people with the hashes of their passwords, made before the transaction."""

    logins: tuple[Login, ...]
    hashes: Mapping[str, str]


PEOPLE = (
    ("王采购", "buyer", "buyer", "D1001"),
    ("黄老板", "owner", "owner", "D1001"),
    ("郑会计", "distributor_finance", "clerk", "D1001"),
    ("吴采购", "buyer", "buyer2", "D1004"),
    ("周经理", "sales_manager", "manager", None),
    ("赵财务", "finance", "finance", None),
    ("钱仓库", "warehouse", "warehouse", None),
    ("孙市场", "marketing", "marketing", None),
    ("李管理", "administrator", "admin", None),
)
REPS = (("rep-1", "rep", "陈闽生"), ("rep-2", "rep2", "林东海"))  # as demo_data brings them in


def is_empty() -> bool:
    """Whether no distributor was ever entered here."""
    with read() as session:
        return not session.scalar(select(exists().where(Distributor.id > 0)))


def load() -> list[Login]:
    """Fill an empty database in one transaction; answers who can sign in with what."""
    named = [*PEOPLE, *((name, "sales_rep", user_name, None) for _key, user_name, name in REPS)]
    logins = tuple(Login(*each, password=secrets.token_urlsafe(9)) for each in named)
    hashes = {login.user_name: passwords.hashed(login.password) for login in logins}
    run(_load, OPERATOR, Cast(logins, hashes))
    return [*logins]


def _load(session: Session, actor: Actor, cast: Cast) -> None:
    import_batch(session, actor, demo_data.batch())
    _dress(session)
    _people(session, actor, cast)
    for code, *_, limit in demo_data.DISTRIBUTORS:
        set_limit(session, actor, NewLimit(_distributor(session, code), Decimal(limit), "开户额度"))
    session.flush()
    _orders(session)


def _dress(session: Session) -> None:
    """Give the SKUs what a source seldom knows: barcode, brand, smallest order."""
    for at, goods in enumerate(demo_data.GOODS):
        sku = session.scalars(select(Sku).where(Sku.code == goods[0])).one()
        sku.barcode, sku.brand = _barcode(at), "云岫"
        sku.moq, sku.multiple = goods[6], goods[7]
        session.flush()
        index.write(session, sku.id)


def _barcode(at: int) -> str:
    """An EAN-13 of the range for use within a company."""
    body = f"20{at + 1:010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def _people(session: Session, actor: Actor, cast: Cast) -> None:
    for login in cast.logins:
        if login.role == "sales_rep":
            continue
        home = _distributor(session, login.distributor) if login.distributor else None
        create_person(
            session,
            actor,
            NewPerson(
                login.name,
                login.role,
                cast.hashes[login.user_name],
                user_name=login.user_name,
                distributor_id=home,
            ),
        )
    session.flush()
    manager_id = session.scalars(select(Person.id).where(Person.user_name == "manager")).one()
    for external_code, user_name, _name in REPS:
        person_id = session.scalars(select(Person.id).where(Person.external_code == external_code)).one()
        give_login(
            session, actor, GivenLogin(person_id, "sales_rep", cast.hashes[user_name], user_name, manager_id)
        )
    session.flush()


def _orders(session: Session) -> None:
    """Work for everybody: one order on its way, one that waits for the rep."""
    skus = {code: sku_id for code, sku_id in session.execute(select(Sku.code, Sku.id))}
    buyer = _member(session, "buyer")
    first = _order(session, buyer, {skus["YX-CP0515"]: 47, skus["YX-SQ5524"]: 200, skus["YX-JG3025"]: 12})
    decide_order(session, _member(session, "rep"), Decision(first.id, first.version, "approve", ""))
    lines = orders.lines_of(session, first.id)
    parcel = [Packed(line.id, line.base_quantity) for line in lines[:2]]
    warehouse = _member(session, "warehouse")
    ship_order(session, warehouse, Dispatch(first.id, first.version, "城际快运", "CJ8830221746", parcel))
    _order(session, _member(session, "buyer2"), {skus["YX-NR8820"]: 30, skus["YX-QP3324"]: 60})


def _order(session: Session, buyer: Actor, quantities: Mapping[int, int]) -> Order:
    order_id = fill_cart(session, buyer, Wishes(quantities))
    session.flush()
    cart = orders.get_for(session, buyer, order_id)
    submit_order(session, buyer, Submission(order_id, cart.version))
    session.flush()
    session.expire_all()
    return orders.get_for(session, OPERATOR, order_id)


def _member(session: Session, user_name: str) -> Actor:
    person_id, home = session.execute(
        select(Person.id, Membership.distributor_id)
        .join(Membership, Membership.person_id == Person.id)
        .where(Person.user_name == user_name)
    ).one()
    scope = Scope(distributor_ids=frozenset({home})) if home else OPERATOR.scope
    return Actor("demo", person_id, home, scope, OPERATOR.permissions)


def _distributor(session: Session, code: str) -> int:
    return session.scalars(select(Distributor.id).where(Distributor.code == code)).one()
