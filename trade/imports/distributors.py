"""Distributors with address, standing and credit account, and what they hang on: tiers, territories, reps."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import text
from trade.credit.models import CreditAccount
from trade.db import insert_many
from trade.distributors.models import Address, Distributor, LegalEntity, Standing, Territory, Tier
from trade.errors import Refused
from trade.imports.merge import (
    Merged,
    Result,
    Tally,
    Values,
    chunks,
    count_absent,
    facts_text,
    ids_by,
    known_by_code,
    merge_by_code,
)
from trade.imports.rows import DistributorRow, NodeRow, PersonRow, TierRow
from trade.imports.tree import import_tree
from trade.people.models import Person


def legal_entity(session: Session, brand: str) -> int:
    """The company that invoices: the brand's first one, or one under this name where none is set up yet."""
    query = select(LegalEntity.id).order_by(LegalEntity.id).limit(1)
    found = session.scalar(query)
    if found is None:
        insert_many(session, LegalEntity, [{"code": "MAIN", "name": brand}])
        found = session.scalars(query).one()
    return found


def import_territories(session: Session, source: str, rows: Sequence[NodeRow]) -> Result:
    return import_tree(session, Territory, source, rows)


def import_tiers(session: Session, source: str, rows: Sequence[TierRow]) -> Result:
    wanted = {row.external_code: {"code": row.code, "name": row.name, "rank": row.rank} for row in rows}
    tally = Tally("tier", len(rows))
    merged = merge_by_code(session, Tier, source, wanted)
    tally.add(merged, str)
    tally.absent = count_absent(session, Tier, source, len(rows))
    return tally.result()


def import_people(session: Session, source: str, rows: Sequence[PersonRow]) -> Result:
    """Bring in reps without a password; a name that was corrected here stays."""
    wanted = {row.external_code: {"name": row.name} for row in rows}
    tally = Tally("person", len(rows))
    merged = merge_by_code(session, Person, source, wanted, opening=("name",))
    tally.add(merged, str)
    tally.absent = count_absent(session, Person, source, len(rows))
    return tally.result()


def people_by_code(session: Session, source: str, codes: set[str]) -> dict[str, int]:
    """Ids of reps by the source's code. Raises Refused("import.unknown")."""
    found = known_by_code(session, Person, source, codes, ())
    if missing := codes - found.keys():
        raise Refused("import.unknown", noun="person", codes=sorted(missing)[:20])
    return {code: int(values["id"]) for code, values in found.items()}


def import_distributors(
    session: Session, source: str, rows: Sequence[DistributorRow], *, legal_entity_id: int, today: date
) -> Result:
    """Bring in companies; tier and territory follow the source, currency, rep and limit are ours after the opening.

    Raises Refused("import.unknown") for a tier, territory or rep that does not exist.
    """
    tiers = ids_by(session, Tier, Tier.code, {row.tier for row in rows}, "tier")
    wanted_territories = {row.territory for row in rows if row.territory}
    territories = ids_by(session, Territory, Territory.code, wanted_territories, "territory")
    reps = people_by_code(session, source, {row.rep for row in rows if row.rep})
    codes = {row.external_code: row.code for row in rows}
    tally = Tally("distributor", len(rows))

    merged = merge_by_code(
        session,
        Distributor,
        source,
        {row.external_code: _company(row) for row in rows},
        opening=("currency",),
    )
    tally.add(merged, codes.__getitem__, derived=("sort_key", "search_text", "invoice_title"))
    addresses = {row.external_code: _address(row, merged.ids[row.external_code]) for row in rows}
    places = merge_by_code(
        session, Address, source, addresses, opening=("contact_name", "distributor_id", "is_default")
    )
    tally.add(places, codes.__getitem__)

    by_id = {merged.ids[row.external_code]: row for row in rows}
    opened = {row_id for row_id, row in by_id.items() if row.external_code in merged.new}
    standings = [
        {
            "distributor_id": row_id,
            "valid_from": by_id[row_id].since,
            "tier_id": tiers[by_id[row_id].tier],
            "territory_id": territories.get(by_id[row_id].territory or ""),
            "rep_id": reps.get(by_id[row_id].rep or ""),
        }
        for row_id in sorted(opened)
    ]
    insert_many(session, Standing, standings)
    accounts = [_account(row_id, by_id[row_id], legal_entity_id, today) for row_id in sorted(opened)]
    insert_many(session, CreditAccount, accounts)
    moved = _change_standings(
        session,
        {
            row_id: {"tier_id": tiers[row.tier], "territory_id": territories.get(row.territory or "")}
            for row_id, row in by_id.items()
            if row_id not in opened
        },
        today,
    )
    tally.add(moved, lambda row_id: by_id[row_id].code)
    tally.absent = count_absent(session, Distributor, source, len(rows))
    return tally.result(_labels(tiers, territories, session, moved))


def _company(row: DistributorRow) -> Values:
    return {
        "code": row.code,
        "name": row.name,
        "sort_key": text.sort_key(row.name),
        "search_text": text.search_text(row.code, row.name),
        "phone": row.phone,
        "invoice_title": row.name,
        "currency": row.currency,
        "source_facts": facts_text(row.facts),
    }


def _address(row: DistributorRow, distributor_id: int) -> Values:
    """The phone belongs to the company; kept once, a change of it is one change."""
    return {
        "distributor_id": distributor_id,
        "contact_name": row.name,
        "line": row.address,
        "is_default": True,
    }


def _account(row_id: int, row: DistributorRow, legal_entity_id: int, today: date) -> Values:
    return {
        "distributor_id": row_id,
        "legal_entity_id": legal_entity_id,
        "currency": row.currency,
        "effective_limit": Decimal(0),
        "as_of": today,
    }


def _change_standings(session: Session, wanted: dict[int, Values], today: date) -> Merged[int]:
    """Close the standing that differs and open the next one today; one that began today is corrected in place."""
    merged: Merged[int] = Merged({}, set(), {})
    corrected, closed, opened = [], [], []
    for some in chunks(wanted):
        query = select(Standing).where(Standing.distributor_id.in_(some), Standing.valid_to.is_(None))
        for standing in session.scalars(query):
            values = wanted[standing.distributor_id]
            differing = {
                name: (getattr(standing, name), value)
                for name, value in values.items()
                if getattr(standing, name) != value
            }
            if not differing:
                continue
            merged.changed[standing.distributor_id] = differing
            if standing.valid_from >= today:
                corrected.append({"id": standing.id, **values})
                continue
            closed.append({"id": standing.id, "valid_to": today})
            opened.append(_next(standing, values, today))
    for updates in corrected, closed:
        if updates:
            session.execute(update(Standing), updates)
    insert_many(session, Standing, opened)
    return merged


def _next(standing: Standing, values: Values, today: date) -> dict[str, Any]:
    kept = ("distributor_id", "channel_id", "rep_id", "parent_id", "terms", "terms_days", "advance_percent")
    return {**{name: getattr(standing, name) for name in kept}, **values, "valid_from": today}


def _labels(
    tiers: dict[str, int], territories: dict[str, int], session: Session, moved: Merged[int]
) -> dict[str, dict[int, str]]:
    labels = {
        "tier_id": {row_id: code for code, row_id in tiers.items()},
        "territory_id": {row_id: code for code, row_id in territories.items()},
    }
    if moved.changed:
        labels["tier_id"] |= {row_id: code for row_id, code in session.execute(select(Tier.id, Tier.code))}
        every = select(Territory.id, Territory.code)
        labels["territory_id"] |= {row_id: code for row_id, code in session.execute(every)}
    return labels
