"""The world as it is now: which orders, parcels, returns and rows a request could be about, by the names of the walk."""

import random
from collections import defaultdict
from typing import Any

from sqlalchemy import text

from tests.house.access_walk import Site
from trade import db
from trade.db import Base

Row = dict[str, Any]
Objects = dict[str, int]
NEWEST = 120
LOOKS = {
    "orders": "SELECT id, version, distributor_id, buyer_id, approval_state, fulfilment FROM sales_order"
    f" ORDER BY id DESC LIMIT {NEWEST}",
    "lines": "SELECT id, order_id, sku_id, factor, quantity, base_quantity, reserved, shipped, cancelled, received, returned, lost"
    f" FROM order_line ORDER BY id DESC LIMIT {3 * NEWEST}",
    "parcels": f"SELECT id, order_id, state, version FROM shipment ORDER BY id DESC LIMIT {NEWEST}",
    "returns": "SELECT r.id, r.version, r.state, r.order_id, r.distributor_id, l.id AS line_id, l.order_line_id,"
    " l.requested, l.accepted FROM return_request r JOIN return_line l ON l.request_id = r.id"
    f" ORDER BY r.id DESC LIMIT {NEWEST}",
    "amendments": "SELECT a.id, a.version, a.state, a.order_id, o.distributor_id FROM order_amendment a"
    f" JOIN sales_order o ON o.id = a.order_id ORDER BY a.id DESC LIMIT {NEWEST}",
    "places": "SELECT order_id, delivery_no FROM cart_delivery",
    "drafts": "SELECT price_list_id, id, version, state FROM price_draft ORDER BY id DESC LIMIT 30",
}
# Which table the last id of an address is a row of.
TABLES = {
    "template_id": "order_template",
    "contact_id": "contact",
    "address_id": "address",
    "standing_id": "distributor_standing",
    "authorisation_id": "authorisation",
    "territory_id": "territory",
    "entity_id": "legal_entity",
    "channel_id": "notice_channel",
    "sku_id": "sku",
    "category_id": "category",
    "family_id": "product_family",
    "warehouse_id": "warehouse",
    "transfer_id": "stock_transfer",
    "person_id": "person",
    "role_id": "role",
    "amendment_id": "order_amendment",
    "shipment_id": "shipment",
    "return_id": "return_request",
    "order_id": "sales_order",
    "distributor_id": "distributor",
    "list_id": "price_list",
    "draft_id": "price_draft",
    "upload_id": "import_upload",
    "rule_id": "visibility_rule",
    "picture_id": "sku_picture",
    "view_id": "saved_view",
    "passkey_id": "passkey",
    "session_id": "login_session",
    "membership_id": "membership",
    "job_id": "job",
    "message_id": "outbox_message",
    "letter_id": "notice_dispatch",
}
MASTERS = {
    "tiers": "tier",
    "channels": "channel",
    "price-groups": "price_group",
    "credit-groups": "credit_group",
    "return-reasons": "return_reason",
    "territories": "territory",
}
OWNED = {"contact", "address", "authorisation", "distributor_standing", "order_template"}


class Living:
    """What exists, looked at before each request; picks are by the dice alone, so that a seed tells all."""

    def __init__(self, site: Site, dice: random.Random):
        self.site, self.dice = site, dice
        self.rows: dict[str, list[Row]] = {}
        self.lines: dict[int, list[Row]] = {}
        self.missing: set[str] = set()  # names for which nothing is in the right state

    def look(self) -> None:
        """See the documents as they are."""
        with db.read() as session:
            self.rows = {
                name: [dict(row) for row in session.execute(text(look)).mappings()]
                for name, look in LOOKS.items()
            }
        lines = defaultdict(list)
        for row in self.rows["lines"]:
            lines[row["order_id"]].append(row)
        self.lines = dict(lines)

    def table(self, name: str, owner: int | None = None) -> list[tuple[int, int]]:
        """Ids and versions of a table's newest rows."""
        columns = Base.metadata.tables[name].columns
        version = "version" if "version" in columns else "1"
        if name == "sku_picture":
            statement = "SELECT attachment_id, 1 FROM sku_picture ORDER BY attachment_id"
        else:
            whose = f" WHERE distributor_id = {owner}" if owner is not None and name in OWNED else ""
            statement = f"SELECT id, {version} FROM {name}{whose} ORDER BY id DESC LIMIT 60"
        with db.read() as session:
            return [(int(key), int(seen)) for key, seen in session.execute(text(statement))]

    def known(self, key: str, who: str, side: str) -> Objects:
        """The walk's names for objects of one side, filled with rows in the state that the route needs."""
        found, self.missing = dict(self.site.known), set()
        if side == "D2":
            mine = {name.replace("D2", "D1"): thing for name, thing in found.items() if "D2" in name}
            found |= mine
            found["rep"], found["other-rep"] = found["other-rep"], found["rep"]
        home = found["D1"]
        self._carts(found, who, home)
        self._orders(found, key, home)
        self._returns(found, home)
        mine = [row for row in self.rows["amendments"] if row["distributor_id"] == home]
        if row := self._one([row for row in mine if row["state"] == "pending"]):
            found["D1.amendment"] = row["id"]
        else:
            self.missing.add("D1.amendment")
        for row in self.rows["drafts"]:
            if row["price_list_id"] == found["GOLD.prices"] and row["state"] == "open":
                found["version of draft"] = row["version"]
        if "/prices" in key:
            found["version of GOLD"] = dict(self.table("price_list")).get(found["GOLD.prices"], 1)
        return found

    def _carts(self, found: Objects, who: str, home: int) -> None:
        drafts = [row for row in self.rows["orders"] if row["approval_state"] == "draft"]
        mine = [row for row in drafts if row["buyer_id"] == found.get(who)]
        cart = self._one(mine or [row for row in drafts if row["distributor_id"] == home] or drafts)
        if cart is None:
            return
        for name in ("owner.cart", "D1.cart", "D2.cart"):
            found[name] = cart["id"]
        found[f"version of {cart['id']}"] = cart["version"]
        if places := [row["delivery_no"] for row in self.rows["places"] if row["order_id"] == cart["id"]]:
            found["D1.place"] = self.dice.choice(places)

    def _orders(self, found: Objects, key: str, home: int) -> None:
        """An order for each state's name; the one that is shipped suits the route."""
        mine = [row for row in self.rows["orders"] if row["distributor_id"] == home]
        states = {
            state: [row for row in mine if row["approval_state"] == state]
            for state in ("pending", "held", "returned")
        }
        for state, orders in states.items():
            self._name(found, f"D1.{state}", self._one(orders))
        approved = [row for row in mine if row["approval_state"] == "approved"]
        sent = [row["order_id"] for row in self.rows["parcels"] if row["state"] == "shipped"]
        on_the_way = [row for row in approved if row["id"] in set(sent)]
        still_open = [row for row in approved if row["fulfilment"] != "complete"]
        fits = on_the_way if "shipment_id" in key else still_open
        self._name(found, "D1.shipped", self._one(fits))
        arrived = [row for row in approved if any(self.left(line) for line in self.lines.get(row["id"], ()))]
        self._name(found, "D1.back", self._one(arrived))
        parcels = [row for row in self.rows["parcels"] if row["order_id"] == found["D1.shipped"]]
        if parcel := self._one([row for row in parcels if row["state"] == "shipped"]):
            found["D1.parcel"] = parcel["id"]
        else:
            self.missing.add("D1.parcel")
        lines = self.lines.get(found["D1.shipped"], [])
        if line := self._one([row for row in lines if self.open(row)] or lines):
            found["D1.line"] = line["id"]

    def _returns(self, found: Objects, home: int) -> None:
        mine = [row for row in self.rows["returns"] if row["distributor_id"] == home]
        names = {"D1.return": "requested", "D1.return-approved": "approved", "D1.return-returned": "returned"}
        for name, state in names.items():
            row = self._one([row for row in mine if row["state"] == state])
            if row is None:
                self.missing.add(name)
            else:
                found |= {name: row["id"], f"version of {name}": row["version"]}
                found |= {f"line of {name}": row["line_id"], f"order line of {name}": row["order_line_id"]}
        if lines := [line for line in self.lines.get(found["D1.back"], ()) if self.left(line)]:
            found["order line to give back"] = self.dice.choice(lines)["id"]

    def line(self, line_id: int) -> Row | None:
        return next((row for row in self.rows["lines"] if row["id"] == line_id), None)

    @staticmethod
    def open(line: Row) -> int:
        """Base units that could still be sent."""
        return int(line["base_quantity"] - line["shipped"] - line["cancelled"])

    @staticmethod
    def left(line: Row) -> int:
        """Base units that came and could go back."""
        return int(line["received"] - line["returned"])

    def _one(self, rows: list[Row]) -> Row | None:
        return self.dice.choice(rows) if rows else None

    def _name(self, found: Objects, name: str, order: Row | None) -> None:
        if order is None:
            self.missing.add(name)
        else:
            found |= {name: order["id"], f"version of {order['id']}": order["version"]}
