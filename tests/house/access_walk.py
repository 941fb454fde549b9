"""The walk: the cast knocks at every door, and what they hear is held against tests/access.toml."""

import re
import sqlite3
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zlib import crc32

from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.house import access_world
from tests.house.access_world import CAST, Objects
from tests.world import OPERATOR, actor_of
from trade import clock, db
from trade.actor import Actor, Permission
from trade.db import Base
from trade.people import resets
from trade.people.models import Face, LoginSession
from trade.people.resets import PasswordReset
from web.access import COOKIE
from web.store import store

LIST: dict[str, Any] = tomllib.loads(Path("tests/access.toml").read_text("utf-8"))
WHOLE = {name: str(select(table)) for name, table in Base.metadata.tables.items()}
USUAL = {
    "order_id": "D1.shipped",
    "request_id": "D1.approval",
    "attachment_id": "D1.file",
    "shipment_id": "D1.parcel",
    "line_id": "D1.line",
    "sku_id": "CP0515",
    "template_id": "D1.template",
    "distributor_id": "D1",
    "person_id": "clerk",
    "return_id": "D1.return",
    "invoice_id": "D1.invoice",
    "registration_id": "D1.registration",
    "opportunity_id": "D1.opportunity",
    "quotation_id": "D1.quotation",
    "pooled_id": "pooled",
    "customer_id": "direct",
    "tier_id": "tier",
    "price_id": "D1.agreed",
    "tax_invoice_id": "D1.real",
    "statement_id": "D1.statement",
    "dispute_id": "D1.dispute",
    "amendment_id": "D1.amendment",
    "contact_id": "D1.contact",
    "address_id": "D1.address",
    "standing_id": "D1.planned",
    "authorisation_id": "D1.authorisation",
    "entity_id": "company",
    "territory_id": "spare.territories",
    "picture_id": "picture of CP0515",
    "rule_id": "opening of VIP001",
    "category_id": "category spare",
    "family_id": "family spare",
    "list_id": "GOLD.prices",
    "draft_id": "D1.announced",
    "payment_id": "D1.payment",
    "note_id": "D1.note",
    "application_id": "D1.application",
}
# Who is to D2 what these are to D1; the rest of D1's people are strangers to D2.
TWINS = {"stranger": "buyer", "other-rep": "rep", "other-manager": "manager", "regional": "administrator"}
AT_HOME = ("buyer", "owner", "clerk", "rep", "manager")
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
CSRF = re.compile(r'name="csrf-token" content="([^"]*)"')
# What the address line can add to a page, with ids of both distributors.
QUESTIONS = {
    "GET /admin": [
        *("tab=held", "tab=shipping", "item={D1.approval}", "item={D2.approval}", "item=99999"),
        *("subject=order", "subject=return", "subject=limit_request", "subject=price_list"),
    ],
    "GET /admin/orders": [
        "distributor={D1}",
        "distributor={D2}",
        "q=漳州",
        "q=福州",
        "rep={rep}",
        "state=held",
    ],
    "GET /admin/invoices": ["distributor={D1}", "distributor={D2}", "noted=yes"],
    "GET /admin/invoices/waiting": ["distributor={D1}", "distributor={D2}"],
    "GET /admin/payments": ["distributor={D1}", "distributor={D2}", "q=CANARY"],
    "GET /admin/distributors": ["q=D1", "q=D2"],
    "GET /admin/broadcasts": ["state=owing", "kind=policy", "q=told"],
    "GET /admin/people": ["role=buyer"],
    "GET /admin/opportunities": ["distributor={D1}&stage=open", "distributor={D2}", "territory=1"],
    "GET /admin/opportunities/board": ["distributor={D1}&age=0", "distributor={D2}"],
    "GET /admin/opportunities/forecast": ["distributor={D2}&by=distributor", "by=territory&due=yes"],
    "GET /portal/catalog": ["q=CP0515", "breaks=yes", "stock=yes"],
    "GET /portal/catalog/<id:sku_id>/price": ["quantity=60"],
    "GET /portal/orders": ["state=held", "q=SO", "q=福州"],
}


HOLDERS, EVERYBODY, SOME = "holders", "everybody", "some"


def one_of(key: str, people: Sequence[str]) -> list[str]:
    """One of them, if there is any: at each door another, and at one door always the same."""
    return [people[crc32(key.encode()) % len(people)]] if people else []


def expanded(names: Iterable[str]) -> list[str]:
    """The people behind names of groups, in order."""
    people: list[str] = []
    for name in names:
        inner = LIST["groups"].get(name)
        people += [name] if inner is None else expanded(inner)
    return list(dict.fromkeys(people))


def rows() -> dict[str, dict[str, Any]]:
    """The list with groups and ids filled in, keyed `METHOD path` or `METHOD path # case`."""
    known = {}
    for key, row in LIST.items():
        if key not in {"groups", "canaries"}:
            people = {kind: expanded(row.get(kind, ())) for kind in ("passes", "hidden")}
            known[key] = {**row, **people, "ids": {**USUAL, **row.get("ids", {})}}
    return known


class Site:
    """The application over one database, with a browser per person; SQLite can be put back as it was."""

    def __init__(self, app: Flask, url: str):
        self.app, self.url = app, url
        db.run(come_in, OPERATOR, None)
        with db.read() as session:
            self.known: Objects = access_world.objects(session)
        self.live = self._file() if url.startswith("sqlite") else None
        self.seen: object = None
        self.cookies: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        for who in ("nobody", *CAST):
            self._open(who)
        self.first = self.picture()
        if self.live is not None:
            self.copy = sqlite3.connect(":memory:")
            self.live.backup(self.copy)

    def ask(
        self,
        who: str,
        method: str,
        path: str,
        fields: Mapping[str, Any] | None = None,
        *,
        partial: bool = False,
    ) -> TestResponse:
        """Ask once, as if nothing had been answered before: cookies are never taken over."""
        headers = {"Cookie": self.cookies[who], **(PARTIAL if partial else {})}
        data = None
        if fields is not None:
            sent = {
                name: (BytesIO(value[1]), value[0]) if isinstance(value, tuple) else value
                for name, value in fields.items()
            }
            data = {"csrf_token": self.tokens[who], **sent}
        client = self.app.test_client(use_cookies=False)
        return client.open(path, method=method, data=data, headers=headers)

    def picture(self) -> dict[str, list[Any]]:
        """The rows of each table as the database holds them."""
        if self.live is not None:
            return {name: self.live.execute(whole).fetchall() for name, whole in WHOLE.items()}
        with db.read() as session:
            return {
                name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
                for name, table in Base.metadata.tables.items()
            }

    def changes(self) -> set[str]:
        """The tables that differ from the beginning, without the audit."""
        if self.live is not None:
            before, self.seen = self.seen, self.live.execute("PRAGMA data_version").fetchone()
            if before == self.seen:
                return set()
        now = self.picture()
        return {name for name, seen in self.first.items() if now[name] != seen} - {"audit_entry"}

    def denials(self) -> int:
        """How often a denied access was written down."""
        with db.read() as session:
            return session.scalar(text("SELECT count(*) FROM audit_entry WHERE event = 'access.denied'")) or 0

    def restore(self) -> None:
        """Put the whole database back."""
        assert self.live is not None, "only a file can be put back"
        self.copy.backup(self.live)

    def path(self, key: str, row: Mapping[str, Any], side: str = "D1") -> str:
        """The address of a route for the objects of one side."""
        route = key.partition(" # ")[0].split(" ", 1)[1]
        ids = {name: self.known[thing.replace("D1", side)] for name, thing in row["ids"].items()}
        route = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", route)
        path = re.sub(r"<id:(\w+)>", lambda found: str(ids[found[1]]), route)
        return f"{path}?{row['query']}" if row.get("query") else path

    def close(self) -> None:
        """Let go of the database."""
        if self.live is not None:
            self.live.close()
        with self.app.app_context():
            store.engine.dispose()

    def _open(self, who: str) -> None:
        """Take the form token from a page, as a browser does."""
        self.cookies[who] = "" if who == "nobody" else f"{COOKIE}={access_world.token(who)}"
        page = self.ask(who, "GET", "/sign-in" if who == "nobody" else "/password")
        found = CSRF.search(page.text)
        assert page.status_code == 200 and found, f"{who} is not signed in"
        form_cookie = page.headers["Set-Cookie"].partition(";")[0]
        self.cookies[who] = "; ".join(filter(None, (self.cookies[who], form_cookie)))
        self.tokens[who] = found[1]

    def _file(self) -> sqlite3.Connection:
        live = sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)
        live.execute("PRAGMA synchronous=OFF")
        return live


def come_in(session: Session, actor: Actor, given: None) -> None:
    """Everybody was seen just now, and codes were given just now: the database may have been made long before this test."""
    session.execute(update(LoginSession).values(seen_at=clock.now()))
    session.execute(update(PasswordReset).values(expires_at=clock.now() + resets.CODE_LASTS))


def unlisted(app: Flask) -> list[str]:
    """Routes that the list does not name, names that are no route, and permissions that differ."""
    found = {}
    for rule in app.url_map.iter_rules():
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        found |= {f"{method} {rule}": permission for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    listed = {key: row["permission"] for key, row in rows().items() if " # " not in key}
    return [
        f"{route}: the code says {found.get(route, 'nothing')}, the list says {listed.get(route, 'nothing')}"
        for route in sorted(found.keys() | listed.keys())
        if found.get(route) != listed.get(route) or route not in found or route not in listed
    ]


def holders(actors: Mapping[str, Actor], permission: str, path: str) -> set[str]:
    """Who has the permission, and works on the side of the counter where the path lies."""
    side = path.split("/")[1]
    return {
        who
        for who, actor in actors.items()
        if side not in set(Face) or (side == Face.PORTAL) == (actor.distributor_id is not None)
        if permission not in set(Permission) or actor.may(Permission(permission))
    }


def useless() -> list[str]:
    """Routes that the list lets nobody pass."""
    return [key for key, row in rows().items() if " # " not in key and not row["passes"]]


def expected(row: Mapping[str, Any], who: str) -> set[int]:
    """The answers that the list allows."""
    if who in row["passes"]:
        return {200, 303, 422}
    if who in row["hidden"]:
        return {404}
    return {401} if who == "nobody" else {403}


def mirrored(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same row for the objects of D2: whose people pass there, and for whom they do not exist."""
    both = {*row["passes"], *row["hidden"]}
    here = [who for who, twin in TWINS.items() if twin in row["passes"] and who in row["hidden"]]
    away = [who for who in AT_HOME if who in both]
    others = [who for who in row["passes"] if who not in AT_HOME and who not in here]
    return {**row, "passes": [*here, *others], "hidden": away}


def has_twin(key: str, row: Mapping[str, Any]) -> bool:
    """Whether the route leads to something of a distributor's, of which D2 has one too."""
    owned = any(f"<id:{name}>" in key for name in ("order_id", "distributor_id", "invoice_id"))
    return owned and " # " not in key and bool(row["passes"]) and "D1.held" not in row["ids"].values()


class Walk:
    """What was wrong, and every page that somebody got.

    Whoever lacks a route's permission is turned away by the same guard everywhere: one of them knocks at each door, in
    turn, and somebody who is not signed in; all do if `asked` is `EVERYBODY`. With `SOME`, of those whom the permission
    lets so far a few come, at each door others.
    """

    def __init__(
        self, site: Site, known: Mapping[str, dict[str, Any]] | None = None, *, asked: str = HOLDERS
    ):
        self.site, self.faults, self.asked = site, list[str](), asked
        self.pages: dict[str, list[tuple[str, str]]] = {}
        self.rows = rows() if known is None else known
        self.denied = 0
        with db.read() as session:
            self.actors: Mapping[str, Actor] = {who: actor_of(session, who) for who in CAST}

    def gets(self) -> None:
        """Open every page as everyone, on both sides, with its questions, whole and as a block."""
        for key, row in self._of("GET"):
            for who in self._asked(key, row):
                self._get(key, row, who, self.site.path(key, row))
                for question in QUESTIONS.get(key, ()) if who in row["passes"] else ():
                    asked = re.sub(r"{([^}]+)}", lambda found: str(self.site.known[found[1]]), question)
                    self._get(key, row, who, f"{self.site.path(key, row)}?{asked}")
            if has_twin(key, row):
                twin = mirrored(row)
                friends = twin["passes"][:1] if self.asked == SOME else twin["passes"]
                for who in (*friends, *self._strangers(key, row)):
                    self._get(f"{key} of D2", twin, who, self.site.path(key, row, "D2"))
        if changed := self.site.changes():
            self.faults.append(f"reading wrote to {sorted(changed)}")
        if self.site.denials() != self.denied:
            self.faults.append(f"{self.denied} denials, {self.site.denials()} written down")

    def posts(self) -> None:
        """Send every form as everyone, and once without its token; what was written is put back each time.

        The database is looked at after each one, and once after all who are turned away at the door.
        """
        self._turned_away(("passes", "hidden"))
        for key, row in self._of("POST"):
            path, known = self.site.path(key, row), {*row["passes"], *row["hidden"]}
            for who in self._asked(key, row):
                if who in known:
                    self._post(key, row, who, path)
            if has_twin(key, row):
                strangers = {**mirrored(row), "passes": []}
                for who in self._strangers(key, row):
                    self._post(f"{key} of D2", strangers, who, self.site.path(key, row, "D2"))
            if row["passes"] and " # " not in key and not row.get("signed"):
                forged = self.site.ask(row["passes"][0], "POST", self.site.path(key, row))
                if forged.status_code != 400 or self.site.changes():
                    self.faults.append(f"{key}: {forged.status_code} without the form's token")

    def refused_posts(self) -> None:
        """Send every form as everyone who may not, and look at the database once."""
        self._turned_away(("passes",))

    def _turned_away(self, others: tuple[str, ...]) -> None:
        """Send every form as everyone who is not among the others."""
        for key, row in self._of("POST"):
            known = {who for kind in others for who in row[kind]}
            for who in self._asked(key, row):
                if who not in known:
                    self._hear(key, row, who, self._send(key, row, who, self.site.path(key, row)))
        if changed := self.site.changes():
            self.faults.append(f"refusals wrote to {sorted(changed)}")
            if self.site.live is not None:
                self.site.restore()

    def leaks(self) -> list[str]:
        """Planted words on pages of people who must not see them, and words that nobody sees at all."""
        found = []
        for name, canary in LIST["canaries"].items():
            seen, may = set(), set(expanded(canary["seen"]))
            for who, pages in self.pages.items():
                places = [place for place, body in pages if any(word in body for word in canary["words"])]
                seen |= {who} if places else set()
                if places and who not in may:
                    found.append(f"{name}: {who} sees it at {sorted(set(places))}")
            if may and not seen & may:
                found.append(f"{name}: nobody sees it, so the test sees nothing")
        return found

    def _of(self, method: str) -> Iterator[tuple[str, dict[str, Any]]]:
        return ((key, row) for key, row in self.rows.items() if key.startswith(f"{method} "))

    def _asked(self, key: str, row: Mapping[str, Any]) -> Iterable[str]:
        """Whom the permission lets so far; but for a further case of a route, also who is turned away."""
        known, passes, hidden = [*row["passes"], *row["hidden"]], row["passes"], row["hidden"]
        come = [*passes[:1], *one_of(key, [*passes[1:], *hidden])] if self.asked == SOME else known
        if " # " in key:
            return come
        away = [who for who in ("nobody", *CAST) if who not in known]
        if self.asked == EVERYBODY:
            return [*known, *away]
        may = holders(self.actors, row["permission"], key.split(" ")[1])
        guarded = [who for who in away if who != "nobody" and who not in may]
        one = one_of(key, guarded)
        return [*come, *(who for who in away if who not in guarded or who in one)]

    def _strangers(self, key: str, row: Mapping[str, Any]) -> list[str]:
        """For whom the same of the other distributor does not exist."""
        hidden = list(mirrored(row)["hidden"])
        return one_of(key, hidden) if self.asked == SOME else hidden

    def _get(self, key: str, row: Mapping[str, Any], who: str, path: str) -> None:
        is_denied = who not in row["passes"] and who not in row["hidden"]
        answer = self.site.ask(who, "GET", path, partial=is_denied)  # a denied block is quicker to draw
        self._hear(key, row, who, answer)
        if who in row["passes"][:1]:
            self._hear(f"{key} as a block", row, who, self.site.ask(who, "GET", path, partial=True))
        if who in row["passes"][:1] and answer.status_code != row.get("answer", 200):
            self.faults.append(f"{who} {key}: {answer.status_code}, but must get it")

    def _post(self, key: str, row: Mapping[str, Any], who: str, path: str) -> None:
        answer = self._send(key, row, who, path)
        self._hear(key, row, who, answer)
        changed = self.site.changes()
        if changed:
            self.site.restore()
        status = answer.status_code
        if changed and (status in {401, 403, 404} or not row.get("changes", True)):
            self.faults.append(f"{who} {key}: {status}, and yet {sorted(changed)} changed")
        has_form = not row.get("signed")  # a callback carries a signature instead of the form's token
        if (
            status == 422
            and has_form
            and ("data-problem" in answer.text or 'method="post"' not in answer.text)
        ):
            self.faults.append(f"{who} {key}: 422 without the form")
        if who in row["passes"][:1]:
            wanted = row.get("answer", 303)
            is_silent = wanted in {200, 303} and row.get("changes", True) and not changed
            if status != wanted or is_silent:
                self.faults.append(f"{who} {key}: {status}, {sorted(changed)}, but must get it done")

    def _send(self, key: str, row: Mapping[str, Any], who: str, path: str) -> TestResponse:
        given = access_world.fields(key, dict(row), who, self.site.known)
        is_denied = who not in row["passes"] and who not in row["hidden"]
        return self.site.ask(who, "POST", path, given, partial=is_denied)

    def _hear(self, key: str, row: Mapping[str, Any], who: str, answer: TestResponse) -> None:
        self.denied += answer.status_code == 403
        self.pages.setdefault(who, []).append((key, _words(answer)))
        if answer.status_code not in expected(row, who):
            wanted = "/".join(map(str, sorted(expected(row, who))))
            self.faults.append(f"{who} {key}: {answer.status_code}, not {wanted}")


def _words(answer: TestResponse) -> str:
    """What somebody reads in an answer; a sheet cell by cell, as a spreadsheet shows it."""
    if answer.status_code != 200 or "spreadsheetml" not in (answer.content_type or ""):
        return answer.data.decode("utf-8", "replace")
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    cells = (row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())
    return "\n".join(str(cell) for row in cells for cell in row)
