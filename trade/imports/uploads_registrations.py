"""Customers by upload: those that distributors have already, and the brand's own; conflicts are told before anything is written."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock, text
from trade.actor import Actor
from trade.db import among
from trade.distributors import queries as distributors
from trade.distributors import rules as shapes
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.imports.merge import chunks
from trade.imports.uploads_rows import (
    NEW,
    SAME,
    Choices,
    Difference,
    Line,
    Names,
    blame_repeats,
    companies_by,
    difference,
    named,
    rows_by,
)
from trade.notices import outbox
from trade.notices.registrations import follow
from trade.registrations import direct, ending, intake, likely, matching, queries, states
from trade.registrations.models import DirectCustomer, Registration, RegistrationKey
from trade.registrations.rules import Figures

Key = tuple[int, str, str]  # product line, kind, value
MOST_SHARING = 100  # rows of a file that share a piece of a name with a later one
MOST_ALIKE = 20  # of them that are compared
CELLS = {"registration.rests": "cell.customer_rests", "registration.too_many": "cell.customer_over_cap"}


def plan(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> None:
    """Say of each customer whether its distributor can have it; who has it already is told, for the brand may know."""
    figures = queries.figures(session)
    product_lines = _lines(session)
    names = dict(queries.product_lines(session))
    columns = (Distributor.id, Distributor.code, Distributor.name, Distributor.status)
    known = companies_by(session, columns, lines)
    _read(lines, product_lines)
    blame_repeats(lines, lambda line: line.payload and (line.payload["line"], line.payload["key"]), "name")
    blame_repeats(lines, _code_of, "credit_code")
    held = _held(session, lines, figures)
    resting = _resting(session, lines)
    rooms: dict[int, tuple[int, int]] = {}
    for line in lines:
        found = known.get(line.values.get("distributor") or "")
        if line.values.get("distributor") and found is None:
            line.blame("distributor", "cell.unknown", line.values["distributor"])
        if found is not None and found.status != "active":
            line.blame("distributor", "row.ended", found.code)
        if found is None or line.payload is None:
            continue
        given = line.payload = {**line.payload, "distributor": found.id}
        holders = [held[each] for each in _keys_of(given) if each in held]
        others = [told for key, told in holders if key != found.id]
        rests = [resting[each] for each in ((found.id, *key) for key in _keys_of(given)) if each in resting]
        if others:
            line.blame("name", "cell.customer_taken", line.name, others[0])
        elif holders:
            line.become(SAME)
        elif likely.is_self(session, found.id, given["key"], given["code"]):
            line.blame("name", "cell.customer_self", line.name)
        elif likely.direct(session, given["line"], given["key"], given["code"]) is not None:
            line.blame("name", "cell.customer_direct", line.name)
        elif rests:
            line.blame("name", "cell.customer_rests", line.name, max(rests).isoformat())
        elif line.is_good:
            shown = {"distributor": f"{found.code} {found.name}", "line": names[given["line"]]}
            _become_new(session, line, figures, shown)
            _take_room(session, line, figures, rooms)
    _mark_near_rows([line for line in lines if line.is_good and line.deed == NEW], figures.similar)


def write(
    session: Session, actor: Actor, lines: Sequence[Line], choices: Choices
) -> list[tuple[str, int, str]]:
    """Register them, protected from today on; what is near to another goes to a person, as if it were reported."""
    figures, now = queries.figures(session), clock.now()
    touched = []
    for line in lines:
        if line.deed != NEW:
            continue
        try:
            with session.begin_nested():
                touched.append(_register(session, actor, line, figures, now))
        except (
            Refused
        ) as refused:  # it was free when the rows were judged: this row stays out, the others go in
            line.blame("name", CELLS.get(refused.code, "cell.customer_taken"), line.name)
    return touched


def _register(
    session: Session, actor: Actor, line: Line, figures: Figures, now: datetime
) -> tuple[str, int, str]:
    """Register one of them. Raises Refused, also where somebody has it since the file was judged."""
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
    terms = distributors.terms_of(session, given["distributor"], clock.business_date(now))
    heard = partial(follow, session, actor)
    answer = intake.answer(session, actor, registration, terms, figures, now, heard, source_rule="import")
    if answer.outcome not in {"accepted", "queued"}:
        raise Refused("registration.changed_meanwhile")
    if answer.outcome == "queued":  # somebody has to decide it, and hears of it
        outbox.post(session, "registration.queued", registration_id=registration.id)
    return ("registration", registration.id, line.name)


def plan_direct(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> None:
    """Say of each of the brand's own customers whether it is new, and how many distributors have it."""
    _read(lines, _lines(session), is_line_needed=False)
    blame_repeats(lines, lambda line: line.payload and (line.payload["line"], line.payload["key"]), "name")
    keys = [line.payload["key"] for line in lines if line.payload]
    columns = (DirectCustomer.name_key, DirectCustomer.product_line_id, DirectCustomer.archived_at)
    rows = rows_by(session, columns, DirectCustomer.name_key, set(keys))
    there = {(row.product_line_id, row.name_key) for row in rows if row.archived_at is None}
    asked = [
        (line.payload["line"], line.payload["key"], line.payload["code"]) for line in lines if line.payload
    ]
    holders = direct.holders(session, asked)
    for line in lines:
        if line.payload is None:
            continue
        wanted = (line.payload["line"], line.payload["key"], line.payload["code"])
        told = [difference("name", None, line.name)]
        if wanted in holders:
            told.append(difference("held_by", None, "; ".join(each.told for each in holders[wanted])))
        is_there = wanted[:2] in there
        line.become(SAME if is_there else NEW, () if is_there else told)


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


def _nearness(found: likely.Likeness, least: float) -> Difference:
    """Why a person has to look: a like name with how like it is, a branch, another distributor, or the same phone."""
    if found.rule == "soft.distributor":
        return difference("is_distributor", None, found.customer)
    if found.similarity >= least:
        return difference("near", None, f"{round(found.similarity * 100)}%")
    return difference("branch" if found.rule == "soft.branch" else "same_phone", None, "yes")


def _mark_near_rows(lines: Sequence[Line], least: float) -> None:
    """Say beside a row which earlier one of the file it is near to: when they are written, the first one is there."""
    sharing: dict[tuple[int, str], list[Line]] = {}
    for line in lines:
        given = line.payload
        phone = [f"+{given['phone']}"] if given["phone"] else []
        pieces = [(given["line"], each) for each in [*phone, *sorted(matching.grams(line.name))]]
        counts: Counter[int] = Counter()
        known: dict[int, Line] = {}
        for piece in pieces:
            for earlier in sharing.get(piece, ()):
                counts[earlier.number] += 1
                known[earlier.number] = earlier
        alike = [known[number] for number, _shared in counts.most_common(MOST_ALIKE)]
        told = [found for earlier in alike if (found := _near_row(line, earlier, least))]
        told.sort(key=lambda each: each.field != "near_row")  # what a person has to decide says more
        line.become(NEW, [*line.changes, *told[:1]])
        for piece in pieces:
            held = sharing.setdefault(piece, [])
            if len(held) < MOST_SHARING:
                held.append(line)


def _near_row(line: Line, earlier: Line, least: float) -> Difference | None:
    """An own row of the distributor that is like it is only shown; another distributor's brings it to a person."""
    is_own = line.payload["distributor"] == earlier.payload["distributor"]
    is_called = bool(line.payload["phone"]) and line.payload["phone"] == earlier.payload["phone"]
    if likely.near(line.name, earlier.name, least) or (is_called and not is_own):
        return difference("like_row" if is_own else "near_row", None, f"{earlier.number} {earlier.name}")
    return None


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
        if intake.odd_name(name):
            line.blame("name", "cell.customer_nameless", name)
        elif line.is_good:
            line.payload = {"key": key, "code": kept, "line": chosen, "phone": shapes.phone(phone) or ""}


def _keys_of(given: Mapping[str, Any]) -> list[Key]:
    """By what a customer is held in its line: its code, where it has one, and its name."""
    found = [(given["line"], "name", given["key"])]
    return [(given["line"], "code", given["code"]), *found] if given["code"] else found


def _code_of(line: Line) -> object:
    """The code of a row in its line; None where it has none."""
    return (line.payload["line"], line.payload["code"]) if line.payload and line.payload["code"] else None


def _become_new(session: Session, line: Line, figures: Figures, shown: Mapping[str, str]) -> None:
    """Say what would be registered for whom, and why a person has to look at it, where one has."""
    given = line.payload
    told = [
        difference("name", None, line.name),
        difference("distributor", None, shown["distributor"]),
        difference("credit_code", None, given["code"]),
        difference("product_line", None, shown["line"]),
    ]
    reported = likely.Reported(given["distributor"], given["line"], line.name, given["code"], given["phone"])
    near = likely.doubts(session, reported, figures.similar, clock.today())
    if near:
        told.append(_nearness(near[0], figures.similar))
    if likely.odd_kind("company", line.name, given["code"], is_filed=True):
        told.append(difference("no_code", None, "yes"))
    line.become(NEW, told)


def _take_room(session: Session, line: Line, figures: Figures, rooms: dict[int, tuple[int, int]]) -> None:
    """Count the row against what its distributor may have at a time; what is beyond it is told here."""
    distributor_id = line.payload["distributor"]
    if distributor_id not in rooms:
        try:
            terms = distributors.terms_of(session, distributor_id, clock.today())
        except Refused:
            line.blame("distributor", "cell.customer_no_terms", line.values["distributor"])
            return
        most = queries.cap_of(session, terms.tier_id, figures)
        rooms[distributor_id] = (queries.used_of(session, distributor_id), most)
    used, most = rooms[distributor_id]
    if used >= most:
        line.blame("distributor", "cell.customer_over_cap", line.values["distributor"], str(most))
    else:
        rooms[distributor_id] = (used + 1, most)


def _held(session: Session, lines: Sequence[Line], figures: Figures) -> dict[Key, tuple[int, str]]:
    """Who holds a code or a name in a line: distributor, and what it is called with the day until when, which whoever
    imports may know, for the whole brand is within reach; not whose days are over.
    """
    found: dict[Key, tuple[int, str]] = {}
    today = clock.today()
    for kind, part in _values(lines):
        rows: Any = session.execute(
            select(RegistrationKey.product_line_id, RegistrationKey.value, Registration, Distributor.name)
            .join(Registration, Registration.id == RegistrationKey.registration_id)
            .join(Distributor, Distributor.id == Registration.distributor_id)
            .where(RegistrationKey.kind == kind, among(session, RegistrationKey.value, part))
        )
        found |= {
            (line, kind, value): (holder.distributor_id, _told(name, ending.told_until(holder, today)))
            for line, value, holder, name in rows
            if ending.standing(session, holder, figures, today) != ending.OVER
        }
    return found


def _told(name: str, until: date | None) -> str:
    return f"{until.isoformat()} {name}" if until else name


def _resting(session: Session, lines: Sequence[Line]) -> dict[tuple[int, int, str, str], date]:
    """Which distributor may not register a code or a name in a line, since it let it go not long ago; until when."""
    found: dict[tuple[int, int, str, str], date] = {}
    columns = {"code": Registration.credit_code, "name": Registration.name_key}
    for kind, part in _values(lines):
        column: Any = columns[kind]
        rows = session.execute(
            select(
                Registration.distributor_id, Registration.product_line_id, column, Registration.rests_until
            )
            .where(Registration.rests_until >= clock.today(), among(session, column, part))
            .order_by(Registration.rests_until)
        )
        found |= {(owner, line, kind, value): until for owner, line, value, until in rows if until}
    return found


def _values(lines: Sequence[Line]) -> Iterator[tuple[str, list[str]]]:
    """The codes and the names of the rows, piece by piece."""
    every = {"code": "code", "name": "key"}
    for kind, field in every.items():
        wanted = {line.payload[field] for line in lines if line.payload and line.payload[field]}
        for part in chunks(sorted(wanted)):
            yield kind, list(part)
