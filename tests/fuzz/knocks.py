"""Requests: the forms of every route as somebody would send them now, most of them with something wrong in it."""

import random
import re
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

from tests.fuzz import values
from tests.fuzz.knock import Knock, urlencoded
from tests.fuzz.living import MASTERS, TABLES, Living, Objects
from tests.fuzz.values import Pairs, Value
from tests.house import access_world
from tests.house.access_walk import PARTIAL, Site, mirrored, rows
from tests.house.access_world import BUYERS, CAST, REPS

OWNED = ("order_id", "distributor_id", "return_id", "amendment_id")
AT_D2 = {"stranger", "other-rep", "other-manager", "regional"}
AT_D1 = {"buyer", "owner", "clerk", "rep", "manager"}
# Deeds after which somebody of the cast is not who they were: seldom, or the world is barren soon.
RARE = (
    "/activity",
    "/handover",
    "/sign-out",
    "/password",
    "/reset-code",
    "/status",
    "/block",
    "/settings",
    "/role",
)
RARE += ("/removal", "/behalf", "/revocation", "/second-factor-removal", "/archival", "/archiving", "/state")
RARE += (
    "/channels",
    "/membership",
    "/profile",
    "/standing",
    "/ending",
    "/reset",
    "/code",
    "/link",
    "/verification",
)
CORE = (
    "/portal/cart/lines/",
    "/portal/cart/submission",
    "/decision",
    "/shipments",
    "/receipt",
    "/returns",
    "/intake",
)
CORE += (
    "/amendment",
    "/quantity",
    "/quick/cart",
    "/goods",
    "/payments",
    "/submission",
    "/allocation",
    "/withdrawal",
)
CORE += (
    "/division",
    "/portal/cart/delivery",
    "/deliveries",
    "/reorder",
    "/limits",
    "/cancellation",
    "/approvals",
)
CODES = {"code", "user_name"}
PLANNED = 0.3  # of all forms are steps of an order's life, in their order
LIFE = (
    ("buyer", "/portal/catalog/<id:sku_id>/quantity"),
    ("buyer", "/portal/catalog/<id:sku_id>/quantity"),
    ("buyer", "/portal/cart/submission"),
    ("rep", "/admin/orders/<id:order_id>/decision"),
    ("finance", "/admin/distributors/<id:distributor_id>/payments"),
    ("buyer", "/portal/orders/<id:order_id>/amendment"),
    ("rep", "/admin/amendments/<id:amendment_id>/decision"),
    ("warehouse", "/admin/orders/<id:order_id>/shipments"),
    ("buyer", "/portal/orders/<id:order_id>/shipments/<id:shipment_id>/receipt"),
    ("buyer", "/portal/orders/<id:order_id>/returns"),
    ("rep", "/admin/returns/<id:return_id>/decision"),
    ("warehouse", "/admin/returns/<id:return_id>/intake"),
)
ON_BEHALF = (
    "/portal/catalog/<id:sku_id>/quantity",
    "/portal/cart/submission",
    "/portal/orders/<id:order_id>/remarks",
    "/portal/behalf/ending",
)
OF_THE_WALK = {"sales_order", "return_request", "price_list"}  # whose versions the walk's form knows
SOLD = ("CP0515", "SQ5524", "QP3324", "JG3025")
GOODS_ALONE = (
    "/removal",
    "/visibility",
    "/restoration",
    "/products/<id:sku_id>",
    "/openings",
)  # spare what is sold


class Maker:
    """Makes one request after the other; `skill` is the share that is sent without anything wrong in it."""

    def __init__(
        self,
        site: Site,
        dice: random.Random,
        asked: dict[str, set[str]],
        *,
        only: str = "",
        skill: float = 0.5,
    ):
        self.site, self.dice, self.skill, self.asked = site, dice, skill, asked
        self.living = Living(site, dice)
        self.serial = 0
        self.posts = [(key, row) for key, row in rows().items() if key.startswith("POST ") and row["passes"]]
        self.gets = [(key, row) for key, row in rows().items() if key.startswith("GET ") and row["passes"]]
        self.only = [each for each in self.posts if each[0] == only]
        self.weights = [_weight(key, row) for key, row in self.posts]
        self.known_rows = dict(self.posts)
        self.plan: deque[tuple[str, str, str]] = deque()

    def next(self) -> Knock:
        """What is asked next."""
        self.serial += 1
        self.living.look()
        if self.only:
            return self._worse(self._filled(*self.only[0], self._who(*self.only[0])))
        if self.dice.random() < 0.055:
            return self._reading()
        is_planned = self.dice.random() < PLANNED
        knock = self._planned() if is_planned else self._drawn()
        if self.dice.random() >= (0.85 if is_planned else self.skill):
            for _time in range(self.dice.choice((1, 1, 1, 2, 3))):
                knock = self._worse(knock)
        if self.dice.random() < 0.8:
            knock = replace(knock, headers=PARTIAL)
        return self._broken(knock) if self.dice.random() < 0.035 else knock

    def _planned(self) -> Knock:
        """The next step of an order's life, so that there is always something of everything."""
        if not self.plan:
            side = self.dice.choice(("D1", "D1", "D2"))
            people = {"buyer": BUYERS[side], "rep": REPS[side]}
            self.plan.extend((people.get(who, who), f"POST {path}", side) for who, path in LIFE)
        while True:
            who, key, side = self.plan.popleft()
            row = self.known_rows[key]
            knock = self._filled(key, row, who, side)
            if not self.plan or not self.living.missing & self.needed(key, row):
                return knock

    def stand_in(self, who: str, distributor: str) -> None:
        """Order for a distributor next, as somebody does who has just begun to stand in for them."""
        side = "D1" if distributor == str(self.site.known["D1"]) else "D2"
        self.plan.extendleft((who, f"POST {path}", side) for path in reversed(ON_BEHALF))

    def _drawn(self) -> Knock:
        """Any form, of somebody who has something to use it on."""
        for _try in range(6):
            (key, row) = self.dice.choices(self.posts, self.weights)[0]
            who = self._who(key, row)
            knock = self._filled(key, row, who)
            if not self.living.missing & self.needed(key, row):
                break
        return knock

    def needed(self, key: str, row: dict[str, Any]) -> set[str]:
        """The names in the address and in the form."""
        named = {thing for name, thing in row["ids"].items() if f"<id:{name}>" in key}
        return named | ({"D1.pending"} if "approvals" in key else set())

    def _who(self, key: str, row: dict[str, Any]) -> str:
        """Mostly somebody who may."""
        if self.dice.random() < 0.035:
            return self.dice.choice(("nobody", *CAST))
        may = list(row["passes"])
        if any(name in key for name in OWNED) and " # " not in key:
            may += [who for who in mirrored(row)["passes"] if who not in may]
        return self.dice.choice(may)

    def _filled(self, key: str, row: dict[str, Any], who: str, side: str = "") -> Knock:
        """The form of a route as somebody sends it who knows what is there."""
        is_twin = who in AT_D2 or (who not in AT_D1 and self.dice.random() < 0.3)
        known = self.living.known(key, who, side or ("D2" if is_twin else "D1"))
        route = key.partition(" # ")[0]
        ids = {name: known.get(thing, 1) for name, thing in row["ids"].items() if f"<id:{name}>" in route}
        path, last = self._path(route, ids)
        given = access_world.fields(key, dict(row), who, known)
        pairs: Pairs = list(self._fresh(route, given, known, ids, last).items())
        return Knock(who, "POST", path, pairs=pairs, key=key)

    def _path(self, route: str, ids: Objects) -> tuple[str, tuple[str, int, int]]:
        """The address, and table, id and version of what its last id names; often another row than the walk's."""
        last, table, version = "", "", 1
        for name in ids:
            last = name
        if last:
            table = TABLES.get(last, "")
            master = re.search(r"/masters/([a-z-]+)/<id:(row_id|territory_id)>", route)
            table = MASTERS[master[1]] if master else table
        if table:
            there = self.living.table(table, None)
            if last == "sku_id" and route.startswith("POST /portal"):
                ids[last] = self.site.known[self.dice.choice(SOLD)]
                there = []
            is_free = last not in {
                "order_id",
                "return_id",
                "shipment_id",
                "amendment_id",
                "distributor_id",
                "list_id",
            }
            share = 0.97 if table == "sku" and route.endswith(GOODS_ALONE) else 0.6 if len(ids) == 1 else 0.25
            if is_free and there and self.dice.random() < share:
                ids[last] = self._row(table, there)
            version = dict(there).get(ids[last], 1)
        path = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", route.split(" ", 1)[1])
        return re.sub(r"<id:(\w+)>", lambda found: str(ids[found[1]]), path), (
            table,
            ids.get(last, 0),
            version,
        )

    def _row(self, table: str, there: list[tuple[int, int]]) -> int:
        if table in {"person", "sku"}:  # those of the cast have work to do, and what is sold must be on sale
            spared = {self.site.known[name] for name in (CAST if table == "person" else SOLD)}
            there = [row for row in there if row[0] not in spared] or there
        return self.dice.choice(there)[0]

    def _fresh(
        self, route: str, given: dict[str, Any], known: Objects, ids: Objects, last: tuple[str, int, int]
    ) -> dict[str, Value]:
        """The walk's form brought up to what is there now: versions, keys of forms, codes that are free, open goods."""
        form: dict[str, Value] = dict(given)
        table, _key, version = last
        if (
            "receipt" not in route
            and "/cart/" not in route
            and "version" in form
            and table
            and table not in OF_THE_WALK
        ):
            form["version"] = str(version)
        for name, size in ("once", 16), ("key", 12):
            if name in form and "/password-reset" not in route and route != "POST /invitation":
                form[name] = f"{self.dice.getrandbits(64):016x}"[:size]
        for name in sorted(CODES & form.keys()):
            if self.dice.random() < 0.7 and "/password-reset" not in route and "/second-factor" not in route:
                form[name] = f"F{self.serial}" if name == "code" else f"f{self.serial}"
        if "reference" in form and self.dice.random() < 0.9:
            form |= {"reference": f"R{self.serial}", "amount": str(self.dice.choice((10, 99.5, 2000, 5000)))}
        if "pick" in form and "approvals" not in route:
            target = str(form["pick"]).partition("-")[0]
            rows_there = self.living.table("sku" if "catalog" in route else "distributor")
            form["pick"] = f"{target}-{dict(rows_there).get(int(target), 1)}"
        if route == "POST /admin/orders/<id:order_id>/shipments":
            packed = self._packed(ids["order_id"])
            form = {
                name: value for name, value in form.items() if not packed or not name.startswith("quantity_")
            } | packed
        if route == "POST /admin/orders/<id:order_id>/decision" or route.endswith("/decision"):
            form["decision"] = self.dice.choice(
                ("approve", "approve", "approve", "approve", "return", "reject")
            )
        if route.endswith("/returns") and (line := known.get("order line to give back")):
            form = {name: value for name, value in form.items() if not name.startswith("loose_")}
            form |= {f"loose_{line}": str(self.dice.randint(1, 6)), "key": f"{self.dice.getrandbits(40):x}"}
        if "<id:return_id>" in route:
            asked = next((row for row in self.living.rows["returns"] if row["id"] == ids["return_id"]), None)
            for name in [
                name for name in form if asked and name.startswith(("accepted_", "good_", "doubtful_"))
            ]:
                most = asked["requested"] if name.startswith("accepted_") else (asked["accepted"] or 0) // 2
                form[name] = str(self.dice.choice((most, most, self.dice.randint(0, most))))
            form.setdefault("comment", "行")
        if "status" in form:
            form["status"] = self.dice.choice(("suspended", "active", "active"))
        if "change" in form:
            form["change"] = self.dice.choice(("block", "unblock", "exempt"))
        if "/quantity" in route or "/portal/cart/lines/" in route:
            for name in "quantity", "number":
                if name in form and self.dice.random() < 0.6:
                    form[name] = str(self.dice.choice((5, 10, 10, 15, 20, 40)))
        return form

    def _packed(self, order_id: int) -> dict[str, Value]:
        """All that is open of an order, or a part of it."""
        form: dict[str, Value] = {}
        for line in self.living.lines.get(order_id, ()):
            units = min(self.living.open(line), int(line["reserved"]))
            if units and self.dice.random() < 0.8:
                cases = units // line["factor"]
                some = self.dice.choice((cases, cases, self.dice.randint(0, cases))) if cases else 0
                form |= {
                    f"cases_{line['id']}": str(some),
                    f"quantity_{line['id']}": str(some * line["factor"]),
                }
        return form

    def _worse(self, knock: Knock) -> Knock:
        """Something wrong in one place."""
        ways: dict[Callable[[Knock], Knock], int] = {
            self._field_plausible: 34,
            self._field_odd: 22,
            self._other_id: 12,
            self._stale: 6,
            self._more: 14,
            self._missing: 5,
            self._twice: 4,
            self._forged: 3,
        }
        return self.dice.choices(list(ways), list(ways.values()))[0](knock)

    def _field_plausible(self, knock: Knock) -> Knock:
        return self._changed(knock, is_odd=False)

    def _field_odd(self, knock: Knock) -> Knock:
        return self._changed(knock, is_odd=True)

    def _changed(self, knock: Knock, *, is_odd: bool) -> Knock:
        if not knock.pairs:
            return self._more(knock)
        at = self.dice.randrange(len(knock.pairs))
        name, value = knock.pairs[at]
        kind = values.kind_of(name, value)
        if is_odd or isinstance(value, tuple):
            new = values.odd(self.dice, kind)
        else:
            ids = [str(each) for each in self.site.known.values()][:60]
            new = values.plausible(self.dice, kind, value, ids)
        return replace(knock, pairs=[*knock.pairs[:at], (name, new), *knock.pairs[at + 1 :]])

    def _other_id(self, knock: Knock) -> Knock:
        """Another's row, a row of another kind, one that never was."""
        places = list(re.finditer(r"/(\d+)", knock.path))
        if not places:
            return self._field_odd(knock)
        place = self.dice.choice(places)
        other = self.dice.choice(
            [*values.IDS[:11], *(str(each) for each in list(self.site.known.values())[:150])]
        )
        return replace(knock, path=f"{knock.path[: place.start(1)]}{other}{knock.path[place.end(1) :]}")

    def _stale(self, knock: Knock) -> Knock:
        pairs = [
            (name, values.plausible(self.dice, "version", value, []))
            if name == "version" and isinstance(value, str)
            else (name, value)
            for name, value in knock.pairs
        ]
        return replace(knock, pairs=pairs)

    def _more(self, knock: Knock) -> Knock:
        """A field that the form knows and the walk leaves out, or one that nobody knows."""
        known = sorted(self.asked[knock.key] - {name for name, _value in knock.pairs} - {"csrf_token"})
        name = (
            self.dice.choice(known)
            if known and self.dice.random() < 0.8
            else self.dice.choice(("id", "price", "x" * 300))
        )
        kind = self.dice.choice(("number", "day", "words", "id", "choice"))
        return replace(knock, pairs=[*knock.pairs, (name, values.odd(self.dice, kind))])

    def _missing(self, knock: Knock) -> Knock:
        gone = self.dice.randrange(len(knock.pairs)) if knock.pairs else 0
        return replace(knock, pairs=[pair for at, pair in enumerate(knock.pairs) if at != gone])

    def _twice(self, knock: Knock) -> Knock:
        if not knock.pairs:
            return self._more(knock)
        name, value = self.dice.choice(knock.pairs)
        other = value if self.dice.random() < 0.5 else values.odd(self.dice, values.kind_of(name, value))
        return replace(knock, pairs=[*knock.pairs, (name, other)])

    def _forged(self, knock: Knock) -> Knock:
        return replace(knock, token=self.dice.choice(("missing", "garbage", "buyer", "administrator")))

    def _broken(self, knock: Knock) -> Knock:
        """A request that no browser makes."""
        token = self.site.tokens[knock.who]
        plain = [(name, value) for name, value in knock.pairs if isinstance(value, str)]
        name = plain[-1][0] if plain else "name"
        body = urlencoded([("csrf_token", token), *plain])
        boundary = "multipart/form-data; boundary=b"
        part = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'.encode()
        bad = b"%ED%A0%80" if self.dice.random() < 0.5 else values.BROKEN
        raw, content_type = self.dice.choice(
            (
                (body + b"&" + quote_plus(name).encode() + b"=" + bad, "application/x-www-form-urlencoded"),
                (body + b"&" + bad + b"=1", "application/x-www-form-urlencoded"),
                (body, "application/json"),
                (body, "text/plain"),
                (body, "application/x-www-form-urlencoded; charset=utf-16"),
                (b'{"a": [1, {"b": null}', "application/json"),
                (
                    part + b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n',
                    boundary,
                ),
                (part + b"--b\r\nno header here\r\n\r\nx\r\n--b--\r\n", boundary),
                (
                    part
                    + b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n'
                    + values.SURROGATE
                    + b"\r\n--b--\r\n",
                    boundary,
                ),
                (part, "multipart/form-data"),
                (b"", "multipart/form-data; boundary="),
                (b"&&&=&==&%&%zz=%", "application/x-www-form-urlencoded"),
            )
        )
        if self.dice.random() < 0.3:
            method = self.dice.choice(("PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"))
            return replace(knock, method=method)
        return replace(knock, raw=raw, content_type=content_type)

    def _reading(self) -> Knock:
        """A page with questions in its address that it may know."""
        key, row = self.dice.choice(self.gets)
        who = self._who(key, row)
        side = "D2" if who in AT_D2 else "D1"
        known = self.living.known(key, who, side)
        ids = {name: known.get(thing, 1) for name, thing in row["ids"].items() if f"<id:{name}>" in key}
        path, _last = self._path(key.partition(" # ")[0], ids)
        knock = Knock(who, self.dice.choice(("GET",) * 9 + ("HEAD",)), path, key=key, query=self._query(key))
        knock = self._other_id(knock) if self.dice.random() < 0.15 and re.search(r"/\d", path) else knock
        return replace(knock, headers=PARTIAL) if self.dice.random() < 0.6 else knock

    def _query(self, key: str) -> str:
        names = sorted(self.asked[key]) or ["page", "q"]
        chosen = [self.dice.choice(names) for _each in range(self.dice.choice((0, 1, 1, 2, 4)))]
        parts = []
        for name in chosen:
            kind = self.dice.choice(("number", "day", "words", "id", "choice"))
            value = values.odd(self.dice, kind)
            if name == "page":
                value = self.dice.choice(("1", "2", "0", "-1", "999999", "1e3", "２", ""))
            parts.append(urlencoded([(name, value)]).decode())
        if self.dice.random() < 0.06:
            parts.append(
                self.dice.choice(("q=%ED%A0%80", "page=%FF", "%FF=1", "q=%00", "q=%", "q[]=1", ";="))
            )
        return "&".join(parts)


def _weight(key: str, row: dict[str, Any]) -> float:
    if "/handover" in key or key == "POST /admin/settings":
        return 0.05
    if not row.get("changes", True) and "export" not in key and "allocation" not in key:
        return 0.25
    path = key.partition(" # ")[0]
    if any(part in path for part in CORE):
        return 4.0 if " # " not in key else 0.3
    return 0.3 if any(part in path for part in RARE) else 1.0
