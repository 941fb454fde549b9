"""A world in which every route has something to act on, with words planted that must not leave their place."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ops.worker import Worker
from tests import world
from tests.databases import begin_with
from tests.house import (
    access_approvals,
    access_broadcasts,
    access_care,
    access_channels,
    access_credit,
    access_imports,
    access_invoices,
    access_masters,
    access_onboarding,
    access_opportunities,
    access_orders,
    access_payments,
    access_people,
    access_policies,
    access_prices,
    access_products,
    access_registrations,
    access_statements,
    access_status,
    access_stock,
)
from tests.house.access_plain import PLAIN
from tests.world import OPERATOR, PASSWORD, actor_of
from trade import clock, db
from trade.actor import Actor, Permission
from trade.distributors.models import Address, Distributor
from trade.flows.attach_file import NewFile, attach_file, keep_file
from trade.flows.confirm_receipt import Receipt as Signed
from trade.flows.confirm_receipt import confirm_receipt
from trade.flows.create_person import NewPerson, create_person
from trade.flows.decide_order import Decision, decide_order
from trade.flows.decide_return import ReturnDecision, decide_return
from trade.flows.fill_cart import Delivery, Wishes, fill_cart, set_delivery
from trade.flows.order_papers import Papers, order_papers
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.request_return import NewReturn, request_return
from trade.flows.save_template import NewTemplate, save_template
from trade.flows.set_credit import NewLimit, set_limit
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.split_cart import Change, add_delivery
from trade.flows.submit_order import Submission, submit_order
from trade.fulfilment.models import Shipment
from trade.money import rounded
from trade.notices.models import Notice
from trade.orders.deliveries import of_cart
from trade.orders.delivery import Wanted
from trade.orders.models import Order, OrderLine, OrderTemplate
from trade.papers.models import PaperRun
from trade.people import passwords
from trade.people.models import LoginSession, Membership, Person, Role, RolePermission, SavedView
from trade.people.queries import token_hash
from trade.pricing.models import PriceList, PriceRow
from trade.returns.models import ReturnReason, ReturnRequest
from trade.settings import DEFAULTS, Setting

CAST = (*world.PEOPLE, "regional")
BUYERS = {"D1": "buyer", "D2": "stranger"}
REPS = {"D1": "rep", "D2": "other-rep"}
PHONES = {"D1": ("13912345678", "13912345679"), "D2": ("13987654321", "13987654322")}
COSTS = {"D1": Decimal("777.77"), "D2": Decimal("888.88")}
# What is the whole brand's alone; `regional` has every other right of the brand's side.
WHOLE_BRAND = {
    "master.manage",
    "person.manage",
    "role.manage",
    "setting.manage",
    "import.run",
    "audit.read",
    "system.operate",
    "period.close",
}
PORTAL = {"catalog.read", "cart.edit", "order.submit", "order.read", "order.withdraw", "receipt.confirm"}
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001487f5f900000000049454e44ae426082"
)
Objects = dict[str, int]


def build(url: str) -> None:
    """Two distributors, each with a cart, a pending, a returned and a partly shipped order, a file and a payment."""
    begin_with(world.build_template, url)
    engine = db.connect(url)
    db.run(_plant, OPERATOR, None)
    db.run(access_masters.plant, OPERATOR, [keep_file("执照.png", PICTURE) for _each in PHONES])
    _appoint_regional()
    db.run(access_people.plant, OPERATOR, None)
    db.run(access_policies.plant, OPERATOR, None)
    for code in "D1", "D2":
        _orders(code)
    _fill("owner", SQ5524=11)
    with db.read() as session:
        finance = actor_of(session, "finance")
        ids = world.world(session).distributors
    db.run(set_limit, finance, NewLimit(ids["D1"], Decimal("34567.89"), "CANARY-REASON"))
    _submit(_fill("buyer", SQ5524=1600))  # beyond the limit: held
    access_credit.ask(_actor("owner"))
    access_approvals.plant(_actor("marketing"))
    for at, code in enumerate(("D1", "D2"), 1):
        paid = Receipt(ids[code], clock.today(), Decimal(100), f"CANARY-BANK-{at}", "CANARY-NOTE")
        db.run(record_payment, finance, paid)
        cart = _fill(BUYERS[code], SQ5524=10)  # the cart, last, since each person has one
        change = Change(cart, _version(cart), Wanted(None, None, ""), {})
        db.run(add_delivery, _actor(BUYERS[code]), change)
    access_payments.plant(finance, ids)
    with db.read() as session:
        shipped = list(session.scalars(select(Shipment.order_id)))
    db.run(order_papers, _actor("warehouse"), Papers("order", shipped, "CANARY-PAPERS"))
    for code, who in BUYERS.items():
        db.run(save_template, _actor(who), NewTemplate(f"{code} 常购"))
    db.run(access_stock.plant, OPERATOR, None)
    access_imports.plant(OPERATOR)
    access_invoices.plant(finance, PICTURE)
    access_statements.plant({ids["D1"]: _actor("owner"), ids["D2"]: _actor("stranger")}, PICTURE)
    speaking = {name: _actor(name) for name in ("manager", "other-manager", "marketing")}
    access_broadcasts.plant(speaking, dict(ids), PICTURE)
    buying = {code: _actor(who) for code, who in BUYERS.items()}
    access_registrations.plant(buying, _actor("administrator"), PICTURE)
    papers = [keep_file(f"{name}.png", PICTURE) for name in ("执照", "证明", "合同一", "合同二")]
    db.run(access_onboarding.plant, OPERATOR, papers)
    access_opportunities.plant(buying)
    Worker().once()
    db.run(_plant_on_orders, OPERATOR, None)
    db.run(access_channels.plant, OPERATOR, None)
    db.run(access_status.plant, OPERATOR, None)
    db.run(_open_sessions, OPERATOR, None)
    engine.dispose()


def token(who: str) -> str:
    """The session cookie of somebody in the cast."""
    return f"token-of-{who}-for-tests-only"


def objects(session: Session) -> Objects:
    """Ids by name: D1.pending, D2.file, CP0515, buyer, notice of buyer, version of D1.cart, membership of rep."""
    known = world.world(session)
    found: Objects = {**known.people, **known.distributors, **known.skus, **access_masters.objects(session)}
    members = session.execute(select(Person.user_name, Membership.id).join(Membership))
    found |= {f"membership of {who}": key for who, key in members}
    made = session.execute(select(Person.user_name, PaperRun.id).join(PaperRun))
    found |= {f"papers of {who}": key for who, key in made}
    notices = session.execute(select(Person.user_name, Notice.id).join(Notice).order_by(Notice.id.desc()))
    found |= {f"notice of {who}": key for who, key in notices}
    views = session.execute(select(Person.user_name, SavedView.id).join(SavedView))
    found |= {f"view of {who}": key for who, key in views}
    found |= access_orders.returns(session, found["D1"])
    for room in (
        *(access_prices, access_registrations, access_approvals, access_products, access_stock),
        *(access_channels, access_imports, access_people, access_status, access_policies),
        *(access_credit, access_payments, access_broadcasts, access_onboarding, access_opportunities),
    ):
        found |= room.objects(session)
    for theirs in access_care, access_invoices, access_statements:
        found |= theirs.objects(session, found["D1"])
    amended = access_care.orders(session)
    given_back = set(session.scalars(select(ReturnRequest.order_id)))
    for template in session.scalars(select(OrderTemplate)):
        found["D1.template" if template.distributor_id == found["D1"] else "D2.template"] = template.id
    for order in session.scalars(select(Order).order_by(Order.id)):
        code = "D1" if order.distributor_id == found["D1"] else "D2"
        name = {"approved": "shipped", "draft": "cart"}.get(order.approval_state, order.approval_state)
        name = "back" if order.id in given_back else name
        name = "amended" if order.id in amended else name
        place = "owner" if order.buyer_id == found["owner"] else code
        found |= {f"{place}.{name}": order.id, f"version of {order.id}": order.version}
        found |= {f"{place}.place": no for no in of_cart(session, order.id)}
        if name == "shipped":
            found |= {f"{code}.{kind}": key for kind, key in access_orders.parts(session, order.id).items()}
    return found


def fields(key: str, row: dict[str, Any], who: str, known: Objects) -> dict[str, Any]:
    """What `who` would send in the form of a route; `sent` of the row says which objects."""
    route, _, case = key.partition(" # ")
    sent = row.get("sent", {})
    theirs = (
        *(each.fields(route, known) for each in (access_invoices, access_statements)),
        *(each.fields(route, row, known) for each in (access_registrations, access_opportunities)),
        *(access_masters.fields(route, known, PICTURE), access_onboarding.fields(route, PICTURE)),
    )
    if (form := next((each for each in theirs if each is not None), None)) is not None:
        return form
    shown = row["ids"].get("order_id", "D1.shipped")
    if "order" in sent:
        shown = sent["order"]
    elif route.startswith("POST /portal/cart/"):
        shown = {"owner": "owner.cart", "stranger": "D2.cart"}.get(who, "D1.cart")
    order_id = known[shown]
    version = str(known[f"version of {order_id}"])
    if (form := access_care.fields(route, version, known)) is not None:
        return form
    if (form := access_approvals.fields(route, row, known)) is not None:
        return form
    if (form := access_credit.fields(route, version)) is not None:
        return form
    checkout = {"order": str(order_id), "version": version, "remark": "周二上午送"}
    own = who if not case else "stranger" if who != "stranger" else "buyer"
    if "<id:return_id>" in route or route.endswith("/returns"):
        return _return_form(route, row["ids"].get("return_id", "D1.return"), known)
    forms: dict[str, dict[str, Any]] = {
        **access_policies.forms(known),
        **access_stock.fields(known),
        **access_payments.fields(known),
        **access_broadcasts.fields(known, PICTURE),
        **access_channels.fields(),
        **access_imports.fields(known),
        **access_prices.fields(known),
        **access_products.fields(known, PICTURE),
        **_order_forms(sent, version, known, order_id),
        "POST /sign-in": {"name": "buyer", "password": PASSWORD if who == "nobody" else ""},
        "POST /membership": {
            "membership": str(known.get(f"membership of {own}", known["membership of buyer"]))
        },
        "POST /password": _password(who),
        "/notices/reading": _reading(route, who, case, known),
        **_fast(known, sent),
        **PLAIN,
        "/division": {**checkout, "origin": "1", "target": str(known["D1.place"]), "quantity": "2"},
        **dict.fromkeys(("/clearance", "/delivery", "/deliveries", "/removal", "/submission"), checkout),
        "/attachments": {"file": ("slip.png", PICTURE)},
        "/payments": {"paid_on": clock.today().isoformat(), "amount": "10", "reference": "R-9"},
        "/approvals": {"pick": f"{known['D1.pending']}-{known['version of ' + str(known['D1.pending'])]}"},
        "POST /views": _view(who, case),
        "/settings": _settings(),
        **access_people.forms(route, known),
    }
    return next((form for name, form in forms.items() if route == name or _ends(route, name)), {})


def _order_forms(
    sent: dict[str, Any], version: str, known: Objects, order_id: int
) -> dict[str, dict[str, Any]]:
    """What is done to an order on its version."""
    part = {"version": version, "reason": "卖完了", f"quantity_{known['D1.line']}": "15"}
    return {
        "/receipt": {"version": version},
        "/withdrawal": {"version": version},
        "/decision": {
            "version": version,
            "decision": sent.get("decision", "approve"),
            "comment": "改",
            "place": "document",
        },
        "/cancellation": {"version": version, "reason": "卖完了"},
        **dict.fromkeys(("/cancelled-parts", "/cancelled-parts/preview"), part),
        "/shipments": {
            "version": version,
            "carrier": "顺丰",
            "tracking_number": "SF9",
            f"quantity_{known['D1.line']}": "15",
        },
        "/papers": {"kind": "order", "id": str(order_id)},
    }


def _fast(known: Objects, sent: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the fast ways to order are sent."""
    sku_id, once = known["SQ5524"], "0123456789abcdef"
    of_order = {"order": str(known[sent["order"]])} if "order" in sent else {}
    return {
        "/star": {"is_on": "yes"},
        "/quick/check": {"text": "CP0515 3"},
        "/quick/text": {"text": "CP0515 3"},
        "/quick/bad-rows": {"good": "CP0515\t3", "row": "CP0516 3"},
        "/quick/cart": {"good": "CP0515\t3", "once": once},
        "/quick/scans": {"code": "CP0515", "once": once},
        "/reorder": {"once": once, "mode": "add", f"take-{sku_id}": "1", f"quantity-{sku_id}": "10"},
        "/order-templates": {"name": "周一补货", **of_order},
        "/order-templates/<id:template_id>": {"version": "1", "name": "周二", f"quantity-{sku_id}": "4"},
        "/archiving": {"version": "1"},
    }


def _return_form(route: str, name: str, known: Objects) -> dict[str, Any]:
    """What is sent about a return, or about an order of which something goes back."""
    line, order_line = known[f"line of {name}"], known[f"order line of {name}"]
    reason = {"reason": "5", "remark": "滞销", f"loose_{order_line}": "3"}
    if route.endswith("/returns"):
        return reason
    version = {"version": str(known[f"version of {name}"])}
    forms: dict[str, dict[str, Any]] = {
        "/revision": version | reason,
        "/withdrawal": version,
        "/decision": version | {"decision": "approve", f"accepted_{line}": "10"},
        "/intake": version | {"warehouse": "1", f"good_{line}": "9", f"doubtful_{line}": "1"},
        "/attachments": {"photos": ("slip.png", PICTURE)},
    }
    return next((form for end, form in forms.items() if route.endswith(end)), {})


def _ends(route: str, name: str) -> bool:
    return name.startswith("/") and route.endswith(name)


def _password(who: str) -> dict[str, str]:
    """One of them changes it; the others' mistake is found before the slow proof."""
    new = "another-good-sentence"
    return {"current": PASSWORD, "password": new, "repeated": new if who == "buyer" else "typing mistake"}


def _view(who: str, case: str) -> dict[str, str]:
    """A view of the list of orders on one's own side, or on the other."""
    is_portal = (who in {*BUYERS.values(), "owner", "clerk"}) != bool(case)
    return {
        "page": f"{'portal' if is_portal else 'admin'}.orders.index",
        "name": "退回的",
        "query": "state=returned",
    }


def _reading(route: str, who: str, case: str, known: Objects) -> dict[str, str]:
    if case:
        another = "stranger" if who in {"buyer", "owner", "clerk"} else "buyer"
        return {"notice": str(known[f"notice of {another}"])}
    name = "notice" if route.startswith("POST /portal") else "up_to_id"
    return {name: str(known.get(f"notice of {who}", 1))}


def _settings() -> dict[str, str]:
    values = {key.replace(".", "_"): value for key, value in DEFAULTS.items()}
    values["payment_gateway"] = "test"  # else nobody after this could pay online
    return {key: str(value) for key, value in values.items() if not isinstance(value, bool)}


def _actor(who: str) -> Actor:
    with db.read() as session:
        return actor_of(session, who)


def _version(order_id: int) -> int:
    with db.read() as session:
        return session.scalars(select(Order.version).where(Order.id == order_id)).one()


def _fill(who: str, **quantities: int) -> int:
    with db.read() as session:
        skus = world.world(session).skus
    order_id = db.run(fill_cart, _actor(who), Wishes({skus[code]: each for code, each in quantities.items()}))
    return order_id


def _submit(order_id: int) -> None:
    """Submit as the person whose cart it is, with the address that has a phone."""
    with db.read() as session:
        order = session.scalars(select(Order).where(Order.id == order_id)).one()
        who = session.scalars(select(Person.user_name).where(Person.id == order.buyer_id)).one()
        address = session.scalars(
            select(Address.id).where(Address.distributor_id == order.distributor_id, Address.is_default)
        ).one()
    db.run(set_delivery, _actor(who), Delivery(order_id, order.version, address, None, ""))
    db.run(submit_order, _actor(who), Submission(order_id, _version(order_id)))


def _orders(code: str) -> None:
    """One received with returns in every open state, one shipped in part with a file, one returned, one that waits."""
    buyer, rep = BUYERS[code], _actor(REPS[code])
    _given_back(buyer, rep)
    amended = _placed(buyer, {"SQ5524": 12})
    db.run(decide_order, rep, Decision(amended, _version(amended), "approve", ""))
    access_care.ask(amended, _version(amended), _actor(buyer), rep)
    shipped, returned, pending = (
        _placed(buyer, each) for each in ({"CP0515": 9, "SQ5524": 10}, {"CP0515": 8}, {"CP0515": 7})
    )
    assert pending
    db.run(decide_order, rep, Decision(shipped, _version(shipped), "approve", ""))
    db.run(decide_order, rep, Decision(returned, _version(returned), "return", "改一下"))
    with db.read() as session:
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == shipped)).first()
    parcel = Dispatch(shipped, _version(shipped), "顺丰", "SF1", [Packed(line.id, 30)])
    db.run(ship_order, _actor("warehouse"), parcel)
    db.run(attach_file, _actor(buyer), NewFile("order", shipped, keep_file("回单.png", PICTURE)))


def _given_back(buyer: str, rep: Actor) -> None:
    """An order that was received, of which one return waits, one is accepted and one was sent back."""
    order_id = _placed(buyer, {"SQ5524": 10})
    db.run(decide_order, rep, Decision(order_id, _version(order_id), "approve", ""))
    with db.read() as session:
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).one()
        reason = session.scalars(select(ReturnReason.id).where(ReturnReason.code == "unsold")).one()
    sent = Dispatch(order_id, _version(order_id), "顺丰", "SF0", [Packed(line.id, 240)])
    parcel = db.run(ship_order, _actor("warehouse"), sent)
    db.run(confirm_receipt, _actor(buyer), Signed(order_id, _version(order_id), parcel, {}))
    for decision in "approve", "return", "":
        photo = keep_file("破损.png", PICTURE)
        wanted = NewReturn(order_id, reason, {line.id: 10}, "滞销", [photo])
        return_id = db.run(request_return, _actor(buyer), wanted)
        if decision:
            db.run(decide_return, rep, ReturnDecision(return_id, 1, decision, "请改"))


def _placed(buyer: str, quantities: dict[str, int]) -> int:
    order_id = _fill(buyer, **quantities)
    _submit(order_id)
    return order_id


def _plant(session: Session, actor: Actor, given: None) -> None:
    """Prices by tier with words of their own, phones, and a threshold under which nothing passes by itself."""
    session.merge(Setting(key="order.approve_above", value="10.00"))
    gold = session.scalars(select(PriceList).where(PriceList.code == "GOLD")).one()
    silver = PriceList(
        code="SILVER",
        name="CANARY-SILVER",
        kind="tier",
        tier_id=session.scalars(select(world.Tier.id).where(world.Tier.code == "silver")).one(),
        valid_from=world.LONG_AGO,
        published_at=clock.now(),
    )
    session.add(silver)
    session.flush()
    gold.name = "CANARY-GOLD"
    sku = session.scalars(select(world.Sku).where(world.Sku.code == "CP0515")).one()
    row = update(PriceRow).where(PriceRow.price_list_id == gold.id, PriceRow.sku_id == sku.id)
    session.execute(row.values(price=Decimal("43.1739")))
    world._row(session, silver, sku, 1, "45.7391")
    access_prices.plant(session)
    access_products.plant(session, PICTURE)
    for code, (own, warehouse) in PHONES.items():
        key = session.scalars(select(Distributor.id).where(Distributor.code == code)).one()
        session.execute(
            update(Distributor).where(Distributor.id == key).values(phone=own, source_facts="CANARY-FACT")
        )
        session.execute(update(Address).where(Address.distributor_id == key).values(phone=warehouse))
    buyer = session.scalars(select(Person.id).where(Person.user_name == "buyer")).one()
    session.add(SavedView(person_id=buyer, page="portal.orders.index", name="卡住的", query="state=held"))
    for who, phone in {"buyer": "13755556666", "rep": "13711112222"}.items():
        session.execute(update(Person).where(Person.user_name == who).values(phone=phone))


def _appoint_regional() -> None:
    """Somebody above D2's manager who may do all that can be done within a team."""
    db.run(_add_role, OPERATOR, None)
    given = NewPerson("regional", "regional", passwords.hashed(PASSWORD), user_name="regional")
    db.run(create_person, OPERATOR, given)
    db.run(_put_above, OPERATOR, None)


def _add_role(session: Session, actor: Actor, given: None) -> None:
    role = Role(code="regional", name="Regional", face="admin", reach="team")
    session.add(role)
    session.flush()
    wanted = [each.value for each in Permission if each.value not in WHOLE_BRAND | PORTAL | {"credit.read"}]
    session.execute(insert(RolePermission), [{"role_id": role.id, "permission": each} for each in wanted])


def _put_above(session: Session, actor: Actor, given: None) -> None:
    above = session.scalars(select(Person.id).where(Person.user_name == "regional")).one()
    session.execute(update(Person).where(Person.user_name == "other-manager").values(manager_id=above))


def _plant_on_orders(session: Session, actor: Actor, given: None) -> None:
    """Costs and what a source said, on every order and line."""
    for code, cost in COSTS.items():
        orders = select(Order.id).join(Distributor, Distributor.id == Order.distributor_id)
        of = OrderLine.order_id.in_(orders.where(Distributor.code == code))
        session.execute(
            update(OrderLine)
            .where(of)
            .values(unit_cost=rounded(cost), source_facts="CANARY-FACT")
            .execution_options(synchronize_session=False)
        )
    session.execute(update(Order).values(source_facts="CANARY-FACT"))


def _open_sessions(session: Session, actor: Actor, given: None) -> None:
    now = clock.now()
    rows = session.execute(select(Person.user_name, Person.id, Membership.id).join(Membership))
    values = [
        {
            "token_hash": token_hash(token(who)),
            "person_id": person_id,
            "membership_id": membership_id,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + timedelta(hours=8),
            "address": "127.0.0.1",
            "user_agent": "test",
        }
        for who, person_id, membership_id in rows
    ]
    elsewhere = [{**each, "token_hash": f"elsewhere {each['token_hash']}"[:64]} for each in values]
    session.execute(insert(LoginSession), [*values, *elsewhere])
