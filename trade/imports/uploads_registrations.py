"""Customers by upload: those that distributors have already, and the brand's own; conflicts are told before anything is written."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock, text
from trade.actor import Actor
from trade.db import among
from trade.distributors import queries as distributors
from trade.distributors import rules as shapes
from trade.distributors.models import Distributor
from trade.errors import LostRace, Refused
from trade.imports.merge import chunks
from trade.imports.uploads_rows import (
    NEW,
    SAME,
    Choices,
    Difference,
    Line,
    Names,
    blame_repeats,
    difference,
    named,
    rows_by,
)
from trade.registrations import direct, intake, likely, matching, queries, states
from trade.registrations.models import DirectCustomer, Registration, RegistrationKey


def plan(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> None:
    """Say of each customer whether its distributor can have it; who has it already is told, for the brand may know."""
    figures = queries.figures(session)
    product_lines = _lines(session)
    codes = {line.values.get("distributor") for line in lines}
    columns = (Distributor.id, Distributor.code, Distributor.name, Distributor.status)
    known = {row.code: row for row in rows_by(session, columns, Distributor.code, codes)}
    _read(lines, product_lines)
    blame_repeats(lines, lambda line: line.payload and (line.payload["line"], line.payload["key"]), "name")
    held = _held(session, [line.payload["key"] for line in lines if line.payload])
    for line in lines:
        found = known.get(line.values.get("distributor") or "")
        if line.values.get("distributor") and found is None:
            line.blame("distributor", "cell.unknown", line.values["distributor"])
        if found is not None and found.status != "active":
            line.blame("distributor", "row.ended", found.code)
        if found is None or line.payload is None:
            continue
        given = line.payload
        line.payload = {**given, "distributor": found.id}
        holder = held.get((given["line"], given["key"]))
        if holder is not None and holder[0] == found.id:
            line.become(SAME)
        elif holder is not None:
            line.blame("name", "cell.customer_taken", line.name, holder[1])
        elif likely.direct(session, given["line"], given["key"], given["code"]) is not None:
            line.blame("name", "cell.customer_direct", line.name)
        else:
            near = likely.similar(
                session,
                given["line"],
                line.name,
                given["phone"],
                figures.similar,
                but_distributor=found.id,
            )
            told = [difference("name", None, line.name)]
            line.become(NEW, [*told, _nearness(near)] if near else told)


def write(
    session: Session, actor: Actor, lines: Sequence[Line], choices: Choices
) -> list[tuple[str, int, str]]:
    """Register them, protected from today on; what is near to another goes to a person, as if it were reported."""
    figures, now = queries.figures(session), clock.now()
    today = clock.business_date(now)
    touched = []
    for line in lines:
        if line.deed != NEW:
            continue
        given = line.payload
        registration = Registration(
            distributor_id=given["distributor"],
            product_line_id=given["line"],
            name=line.name,
            name_key=given["key"],
            credit_code=given["code"],
            contact_name=line.values.get("contact_name") or "",
            phone=given["phone"],
            project=line.values.get("project") or "",
            source="import",
            person_id=actor.person_id,
            currency="CNY",
        )
        session.add(registration)
        session.flush()
        states.enter(session, actor, registration, {"name": line.name})
        terms = distributors.terms_of(session, given["distributor"], today)
        try:
            answer = intake.answer(session, actor, registration, terms, figures, now, source_rule="import")
        except Refused as refused:
            raise LostRace from refused
        if answer.outcome not in {"accepted", "queued"}:
            raise LostRace  # somebody registered it since the file was checked
        touched.append(("registration", registration.id, line.name))
    return touched


def plan_direct(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> None:
    """Say of each of the brand's own customers whether it is new, and how many distributors have it."""
    _read(lines, _lines(session), is_line_needed=False)
    blame_repeats(lines, lambda line: line.payload and (line.payload["line"], line.payload["key"]), "name")
    keys = [line.payload["key"] for line in lines if line.payload]
    columns = (DirectCustomer.name_key, DirectCustomer.product_line_id, DirectCustomer.archived_at)
    rows = rows_by(session, columns, DirectCustomer.name_key, set(keys))
    there = {(row.product_line_id, row.name_key) for row in rows if row.archived_at is None}
    for line in lines:
        if line.payload is not None:
            is_there = (line.payload["line"], line.payload["key"]) in there
            line.become(SAME if is_there else NEW, () if is_there else [difference("name", None, line.name)])


def write_direct(
    session: Session, actor: Actor, lines: Sequence[Line], choices: Choices
) -> list[tuple[str, int, str]]:
    """Put them on the list, which blocks registrations from now on; who has one keeps it."""
    touched = []
    for line in lines:
        if line.deed != NEW:
            continue
        customer = DirectCustomer(
            name=line.name,
            name_key=line.payload["key"],
            sort_key=text.sort_key(line.name),
            credit_code=line.payload["code"],
            product_line_id=line.payload["line"],
            note=line.values.get("note") or "",
        )
        session.add(customer)
        session.flush()
        told = {"name": line.name, "credit_code": customer.credit_code or ""}
        audit.record(
            session, actor, "direct_customer.added", told, subject=direct.SUBJECT, subject_id=customer.id
        )
        touched.append((direct.SUBJECT, customer.id, line.name))
    return touched


def _nearness(found: Sequence[likely.Likeness]) -> Difference:
    """Why a person has to look: a like name with how like it is, or the same phone, whatever the names."""
    named = [each for each in found if each.rule == "soft.name"]
    if named:
        return difference("near", None, f"{round(named[0].similarity * 100)}%")
    return difference("same_phone", None, "yes")


def _lines(session: Session) -> Names:
    return named((key, name, "") for key, name in queries.product_lines(session))


def _read(lines: Sequence[Line], product_lines: Names, *, is_line_needed: bool = True) -> None:
    """Key, code, phone and product line of each row; `payload` stays empty where one of them cannot stand."""
    only = next(iter(product_lines.ids.values())) if len(product_lines.ids) == 1 else None
    for line in lines:
        name = " ".join((line.values.get("name") or "").split())
        line.name = name
        code = line.values.get("credit_code") or ""
        kept = shapes.credit_code(code) if code else None
        if code and kept is None:
            line.blame("credit_code", "cell.odd_credit_code", code)
        phone = line.values.get("phone") or ""
        if phone and shapes.phone(phone) is None:
            line.blame("phone", "cell.odd_phone", phone)
        chosen = product_lines.resolve(line, "product_line")
        if chosen is None and is_line_needed:
            chosen = only
            if only is None and not line.values.get("product_line"):
                line.blame("product_line", "cell.empty")
        key = matching.key_of(name)
        if len(key) < intake.SHORTEST_NAME:
            line.blame("name", "cell.empty")
        elif line.is_good:
            line.payload = {"key": key, "code": kept, "line": chosen, "phone": shapes.phone(phone) or ""}


def _held(session: Session, keys: Sequence[str]) -> dict[tuple[int, str], tuple[int, str]]:
    """Who holds a name in a line: distributor and what it is called."""
    found: dict[tuple[int, str], tuple[int, str]] = {}
    for part in chunks(sorted(set(keys))):
        rows: Any = session.execute(
            select(RegistrationKey.product_line_id, RegistrationKey.value, Distributor.id, Distributor.name)
            .join(Registration, Registration.id == RegistrationKey.registration_id)
            .join(Distributor, Distributor.id == Registration.distributor_id)
            .where(RegistrationKey.kind == "name", among(session, RegistrationKey.value, part))
        )
        found |= {(line, value): (key, name) for line, value, key, name in rows}
    return found
