"""Distributors by upload: a code that is known is changed where a cell says something, one that is not is taken in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import String, bindparam, func, select, update
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.credit import families
from trade.credit.models import CreditAccount
from trade.db import insert_many
from trade.distributors import queries as distributors
from trade.distributors import rules, standings
from trade.distributors.models import Address, Channel, Distributor, PriceGroup, Standing, Territory, Tier
from trade.distributors.profile import CURRENCIES
from trade.editing import record
from trade.errors import LostRace
from trade.imports.uploads_rows import (
    CHANGED,
    NEW,
    SAME,
    Choices,
    Line,
    Names,
    blame_repeats,
    difference,
    named,
    names_of,
    rows_by,
    spelled,
)
from trade.notices import hands
from trade.people.models import Person

SOURCE = "page"
PROFILE = (
    *("name", "credit_code", "legal_representative", "registered_address", "contact_name", "phone"),
    *("invoice_title", "bank_name", "bank_account", "currency", "back_order_policy", "internal_note"),
)
LISTS: Mapping[str, tuple[str, Any]] = {
    "tier": ("tier_id", Tier),
    "territory": ("territory_id", Territory),
    "channel": ("channel_id", Channel),
    "price_group": ("price_group_id", PriceGroup),
}
PLAIN = ("terms", "terms_days", "advance_percent")


def plan(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> None:
    """Say of each row what it would do, without doing it."""
    for line in lines:
        _read_code(line)
    blame_repeats(lines, lambda line: line.values.get("code"), "code")
    known = _known(session, {line.values.get("code") for line in lines})
    stands = _standings(session, [row["id"] for row in known.values()])
    places = _places(session, [row["id"] for row in known.values()])
    names = {name: names_of(session, model) for name, (_column, model) in LISTS.items()}
    names["rep"] = _reps(session, actor)
    parents = _parents(session, lines)
    _blame_credit_codes(session, lines, known)
    for line in lines:
        before = known.get(line.values.get("code") or "")
        standing = _wanted_standing(line, names, parents)
        profile = {name: line.values[name] for name in PROFILE if line.values.get(name) is not None}
        _judge(line, before, profile, standing, stands, places, {**names, "parent": parents})


def write(
    session: Session, actor: Actor, lines: Sequence[Line], choices: Choices
) -> list[tuple[str, int, str]]:
    """Take in the new companies set-based and change the known ones, each with its audit; answers what was touched."""
    new = [line for line in lines if line.deed == NEW]
    changed = [line for line in lines if line.deed == CHANGED]
    ids = _open(session, new)
    for line in new:
        told = {each.field: (None, each.after) for each in line.changes}
        record(session, actor, "distributor.created", Distributor, ids[line.name], told, version=1)
    _change(session, actor, changed)
    return [
        ("distributor", ids.get(line.name) or line.payload["before"]["id"], line.name)
        for line in lines
        if line.deed in (NEW, CHANGED)
    ]


def _read_code(line: Line) -> None:
    code = line.values.get("code")
    if code is not None:
        line.name = line.values["code"] = rules.company_code(code) or code
        if rules.plain_code(code) is None:
            line.blame("code", "cell.odd_code", code)
    if typed := line.values.get("credit_code"):
        line.values["credit_code"] = rules.credit_code(typed)
        if line.values["credit_code"] is None:
            line.blame("credit_code", "cell.odd_credit_code", typed)
    if typed := line.values.get("phone"):
        line.values["phone"] = rules.phone(typed)
        if line.values["phone"] is None:
            line.blame("phone", "cell.odd_phone", typed)
    days = line.values.get("terms_days")
    if days is not None and days > 365:
        line.blame("terms_days", "cell.too_large", days)
    currency = line.values.get("currency")
    if currency is not None and currency not in CURRENCIES:
        line.blame("currency", "cell.not_a_choice", currency)


def _known(session: Session, codes: set[str | None]) -> dict[str, dict[str, Any]]:
    names = ("id", "code", "version", "archived_at", "status", "search_text", *PROFILE)
    columns = [getattr(Distributor, name) for name in names]
    found = rows_by(session, columns, func.upper(Distributor.code, type_=String), codes)
    return {row.code.upper(): dict(row._mapping) for row in found}


def _standings(session: Session, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What each is today, or will be when its first day comes."""
    columns = [Standing.distributor_id, Standing.valid_from, Standing.valid_to]
    columns += [getattr(Standing, name) for name in standings.FIELDS]
    found: dict[int, dict[str, Any]] = {}
    today = clock.today()
    for row in sorted(
        rows_by(session, columns, Standing.distributor_id, ids), key=lambda row: row.valid_from
    ):
        is_over = row.valid_to is not None and row.valid_to <= today
        if not is_over and (row.valid_from <= today or row.distributor_id not in found):
            found[row.distributor_id] = dict(row._mapping)
    return found


def _places(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    columns = [Address.distributor_id, Address.id, Address.line, Address.is_default, Address.archived_at]
    rows = rows_by(session, columns, Address.distributor_id, ids)
    return {row[0]: (row[1], row[2]) for row in rows if row.is_default and row.archived_at is None}


def _reps(session: Session, actor: Actor) -> Names:
    """Who may look after distributors, by user name and name."""
    offered = [key for key, _name in standings.reps_on_offer(session, actor)]
    columns = (Person.id, Person.user_name, Person.name)
    return named((row[0], row[1] or "", row[2]) for row in rows_by(session, columns, Person.id, offered))


def _parents(session: Session, lines: Sequence[Line]) -> Names:
    wanted = {line.values.get("parent") for line in lines} | {None}
    if wanted == {None}:
        return named(())
    alive = select(Distributor.id, Distributor.code, Distributor.name).where(Distributor.status != "ended")
    return named((key, code, name) for key, code, name in session.execute(alive))


def _blame_credit_codes(session: Session, lines: Sequence[Line], known: Mapping[str, dict[str, Any]]) -> None:
    """A company has one code here: the same credit code under two of ours is a mistake."""
    blame_repeats(lines, lambda line: line.values.get("credit_code"), "credit_code")
    columns = (Distributor.credit_code, Distributor.code)
    wanted = {line.values.get("credit_code") for line in lines}
    owners = {row[0]: row[1] for row in rows_by(session, columns, Distributor.credit_code, wanted)}
    for line in lines:
        owner = owners.get(line.values.get("credit_code"))
        if owner is not None and owner.upper() != line.values.get("code"):
            line.blame("credit_code", "cell.taken", line.values["credit_code"], owner)


def _wanted_standing(line: Line, names: Mapping[str, Names], parents: Names) -> dict[str, Any]:
    wanted = {
        column: names[name].resolve(line, name)
        for name, column in (*((name, column) for name, (column, _model) in LISTS.items()), ("rep", "rep_id"))
    }
    wanted["parent_id"] = parents.resolve(line, "parent")
    wanted |= {name: line.values.get(name) for name in PLAIN}
    return {name: value for name, value in wanted.items() if value is not None}


def _judge(
    line: Line,
    before: dict[str, Any] | None,
    profile: dict[str, Any],
    standing: dict[str, Any],
    stands: Mapping[int, dict[str, Any]],
    places: Mapping[int, tuple[int, str]],
    names: Mapping[str, Names],
) -> None:
    address = line.values.get("address")
    line.payload = {"before": before, "profile": profile, "standing": standing, "address": address}
    _blame_share(line, {} if before is None else stands.get(before["id"], {}))
    if before is None:
        for name in ("name", "tier"):
            if line.values.get(name) is None and not any(flaw.field == name for flaw in line.flaws):
                line.blame(name, "cell.needed_when_new")
        told = {name: line.values[name] for name in line.values if line.values[name] is not None}
        line.become(NEW, [difference(name, None, value) for name, value in told.items()])
        return
    if before["archived_at"] is not None or before["status"] == "ended":
        line.blame("code", "row.ended", line.name)
    if profile.get("currency", before["currency"]) != before["currency"]:
        line.blame("currency", "cell.fixed", profile["currency"])
    if "name" in profile and "invoice_title" not in profile and before["invoice_title"] == before["name"]:
        profile["invoice_title"] = profile["name"]
    changes = [
        difference(name, before[name], value) for name, value in profile.items() if before[name] != value
    ]
    now = stands.get(before["id"], {})
    moved = {name: value for name, value in standing.items() if now.get(name) != value}
    line.payload["standing"] = moved
    for name, value in moved.items():
        words = names.get(name.removesuffix("_id"))
        shown: Callable[[Any], object] = words.shown.get if words else spelled
        changes.append(difference(name.removesuffix("_id"), shown(now.get(name)), shown(value)))
    place = places.get(before["id"])
    line.payload["place"] = place
    if address and (place is None or place[1] != address):
        changes.append(difference("address", place[1] if place else None, address))
    else:
        line.payload["address"] = None
    line.become(CHANGED if changes else SAME, changes)


def _blame_share(line: Line, now: Mapping[str, Any]) -> None:
    """A part in advance means nothing with other terms: whoever writes one expects that it is waited for."""
    percent, terms = line.values.get("advance_percent"), line.values.get("terms") or now.get("terms")
    if percent is not None and percent < 100 and terms != "advance":
        line.blame("advance_percent", "cell.not_in_advance", percent)


def _company(code: str, values: Mapping[str, Any]) -> dict[str, Any]:
    found = {**dict.fromkeys(PROFILE), "currency": "CNY", "back_order_policy": "refuse", **values}
    found["invoice_title"] = found["invoice_title"] or found["name"]
    return {
        **found,
        "code": code,
        "sort_key": text.sort_key(found["name"]),
        "search_text": text.search_text(code, found["name"], found["credit_code"], found["contact_name"]),
    }


def _open(session: Session, lines: Sequence[Line]) -> dict[str, int]:
    """Companies with standing, account without credit and address, from today on."""
    codes = [line.name for line in lines]
    used = set(rows_by(session, [Distributor.external_code], Distributor.external_code, codes))
    taken = {row[0] for row in used}
    common = {"status": "active", "source": SOURCE}
    insert_many(
        session,
        Distributor,
        [
            {
                **_company(line.name, line.payload["profile"]),
                **common,
                "external_code": None if line.name in taken else line.name,
            }
            for line in lines
        ],
    )
    ids = {
        row.code: row.id
        for row in rows_by(session, [Distributor.code, Distributor.id], Distributor.code, codes)
    }
    today, entity_id = clock.today(), distributors.default_legal_entity(session)
    blank = {
        **dict.fromkeys(standings.FIELDS),
        "terms": "monthly",
        "terms_days": 30,
        "advance_percent": 100,
        "valid_from": today,
    }
    insert_many(
        session,
        Standing,
        [{**blank, "distributor_id": ids[line.name], **line.payload["standing"]} for line in lines],
    )
    accounts = [
        {
            "distributor_id": ids[line.name],
            "legal_entity_id": entity_id,
            "currency": line.payload["profile"].get("currency", "CNY"),
            "as_of": today,
        }
        for line in lines
    ]
    insert_many(session, CreditAccount, accounts)
    insert_many(
        session, Address, [_address(ids[line.name], line) for line in lines if line.payload["address"]]
    )
    for line in lines:
        if line.payload["standing"].get("parent_id"):
            families.relink(session, ids[line.name], today)
    return ids


def _address(distributor_id: int, line: Line) -> dict[str, Any]:
    profile, before = line.payload["profile"], line.payload["before"] or {}
    return {
        "distributor_id": distributor_id,
        "contact_name": profile.get("contact_name")
        or before.get("contact_name")
        or profile.get("name")
        or before["name"],
        "phone": profile.get("phone") or before.get("phone"),
        "line": line.payload["address"],
        "is_default": True,
    }


def _change(session: Session, actor: Actor, lines: Sequence[Line]) -> None:
    """Change profiles as they were seen, then standings from today on, then where goods go."""
    ordered = sorted(lines, key=lambda line: line.payload["before"]["id"])
    rows = []
    for line in ordered:
        before = line.payload["before"]
        after = _company(line.name, {**{name: before[name] for name in PROFILE}, **line.payload["profile"]})
        rows.append(
            {
                **after,
                "seen_id": before["id"],
                "seen_version": before["version"],
                "version": before["version"] + 1,
            }
        )
    table = Distributor.__table__
    if rows:
        statement = update(Distributor.__table__).where(  # type: ignore[arg-type]
            table.c.id == bindparam("seen_id"), table.c.version == bindparam("seen_version")
        )
        names = [name for name in rows[0] if not name.startswith("seen_")]
        statement = statement.values({name: bindparam(name) for name in names})
        if session.connection().execute(statement, rows).rowcount != len(rows):
            raise LostRace
    for line in ordered:
        before = line.payload["before"]
        if line.payload["standing"]:
            today, changes = clock.today(), line.payload["standing"]
            hands.tell(
                session, before["id"], standings.apply(session, actor, before["id"], today, changes, "")
            )
            if "parent_id" in line.payload["standing"]:
                families.relink(session, before["id"], clock.today())
        if line.payload["address"] and line.payload.get("place"):
            place = update(Address).where(Address.id == line.payload["place"][0])
            session.execute(place.values(line=line.payload["address"], version=Address.version + 1))
        told = {each.field: (each.before or None, each.after or None) for each in line.changes}
        record(
            session,
            actor,
            "distributor.edited",
            Distributor,
            before["id"],
            told,
            version=before["version"] + 1,
        )
    fresh = [line for line in ordered if line.payload["address"] and not line.payload.get("place")]
    insert_many(session, Address, [_address(line.payload["before"]["id"], line) for line in fresh])
