"""Registrations: who holds a customer is told by keys alone, and no protection is longer than was given."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.registrations import matching
from trade.registrations.models import Registration, RegistrationEvent, RegistrationKey
from trade.verify.invariant import Breach, Invariant, by_sql

GIVEN = ("accept", "approve", "grant", "extend")  # what gives days of protection


def _unprotected(session: Session) -> Iterator[Breach]:
    """Hold each protection against the last event that gave days, and against the longest one fixed at its start."""
    given: dict[int, str] = {}
    told = select(RegistrationEvent.registration_id, RegistrationEvent.facts)
    for key, facts in session.execute(
        told.where(RegistrationEvent.action.in_(GIVEN)).order_by(RegistrationEvent.id)
    ):
        given[key] = str(facts.get("until"))
    rows = select(Registration.id, Registration.protected_until, Registration.longest_until)
    for key, until, longest in session.execute(rows.order_by(Registration.id)):
        if until is None:
            continue
        if given.get(key) != until.isoformat():
            yield Breach("registration", key, f"found {until}, expected {given.get(key, 'no protection')}")
        elif longest is None or until > longest:
            yield Breach("registration", key, f"found {until}, expected {longest or date.min} at most")


def _misnamed(session: Session) -> Iterator[Breach]:
    """A key of a name is what the matcher makes of the name, or two spellings could be held by two."""
    held = select(RegistrationKey.id, RegistrationKey.value, Registration.name).join(
        Registration, Registration.id == RegistrationKey.registration_id
    )
    for key, value, name in session.execute(
        held.where(RegistrationKey.kind == "name").order_by(RegistrationKey.id)
    ):
        if (wanted := matching.key_of(name)) != value:
            yield Breach("registration_key", key, f"found {value}, expected {wanted}")


INVARIANTS = (
    by_sql(
        "registration.keys",
        "a registration holds its name, and its code if it has one, while it is submitted, live or kept for correction, or until its customer is free again",
        "registration",
        """
        SELECT r.id, COUNT(k.id), CASE WHEN r.state IN ('submitted', 'live', 'won') OR r.returned_until IS NOT NULL
            THEN 1 + CASE WHEN r.credit_code IS NULL THEN 0 ELSE 1 END ELSE 0 END
        FROM registration r LEFT JOIN registration_key k ON k.registration_id = r.id
            AND k.product_line_id = r.product_line_id AND k.value = CASE k.kind WHEN 'code' THEN r.credit_code ELSE r.name_key END
        WHERE r.state <> 'won' OR NOT EXISTS (SELECT 1 FROM registration_event e
            WHERE e.registration_id = r.id AND e.action = 'finish' AND NOT EXISTS (SELECT 1 FROM registration_event x
                WHERE x.registration_id = r.id AND x.version > e.version AND x.action IN ('renew', 'win')))
        GROUP BY r.id, r.state, r.credit_code, r.returned_until
        HAVING COUNT(k.id) <> CASE WHEN r.state IN ('submitted', 'live', 'won') OR r.returned_until IS NOT NULL
            THEN 1 + CASE WHEN r.credit_code IS NULL THEN 0 ELSE 1 END ELSE 0 END ORDER BY r.id
        """,
    ),
    by_sql(
        "registration.held",
        "nothing is held for a registration that is over, and each that holds a key is found by its name",
        "registration",
        """
        SELECT r.id, r.state || ' with ' || COUNT(DISTINCT k.id) || ' keys, '
            || CASE WHEN COUNT(DISTINCT g.gram) > 0 THEN 'found' ELSE 'not found' END, 'keys and found, or neither'
        FROM registration r LEFT JOIN registration_key k ON k.registration_id = r.id
        LEFT JOIN registration_gram g ON g.registration_id = r.id
        GROUP BY r.id, r.state, r.returned_until HAVING (COUNT(DISTINCT k.id) > 0) <> (COUNT(DISTINCT g.gram) > 0)
            OR (COUNT(DISTINCT k.id) > 0 AND r.state NOT IN ('submitted', 'live', 'won')
                AND (r.state <> 'draft' OR r.returned_until IS NULL)) ORDER BY r.id
        """,
    ),
    by_sql(
        "registration.quota",
        "what counts against a distributor's cap is what it has submitted, live and kept for correction",
        "registration_quota",
        """
        SELECT q.id, q.used, COUNT(r.id) FROM registration_quota q
        LEFT JOIN registration r ON r.distributor_id = q.distributor_id
            AND (r.state IN ('submitted', 'live') OR r.returned_until IS NOT NULL)
        GROUP BY q.id, q.used HAVING q.used <> COUNT(r.id) ORDER BY q.id
        """,
    ),
    by_sql(
        "registration.asked",
        "each registration that waits for a person has one open request about the version that waits, and no other has",
        "registration",
        """
        SELECT r.id, r.state || ' with ' || COUNT(a.id) || ' open about version ' || COALESCE(MAX(a.subject_version), 0),
            'version ' || r.version
        FROM registration r
        LEFT JOIN approval_request a ON a.subject = 'registration' AND a.subject_id = r.id AND a.state = 'open'
        GROUP BY r.id, r.state, r.version
        HAVING COUNT(a.id) <> CASE WHEN r.state IN ('submitted', 'appealed') THEN 1 ELSE 0 END
            OR (COUNT(a.id) > 0 AND MAX(a.subject_version) <> r.version) ORDER BY r.id
        """,
    ),
    by_sql(
        "registration.state",
        "a registration is in the state of its last event, whose version is its own; its events have no gap",
        "registration",
        """
        SELECT r.id, r.state || ' at version ' || r.version,
            COALESCE(e.state, 'no event') || ' at version ' || COALESCE(e.version, 0)
        FROM registration r
        LEFT JOIN registration_event e ON e.registration_id = r.id AND e.version =
            (SELECT MAX(x.version) FROM registration_event x WHERE x.registration_id = r.id)
        WHERE e.id IS NULL OR e.state <> r.state OR e.version <> r.version
            OR e.version <> (SELECT COUNT(*) FROM registration_event x WHERE x.registration_id = r.id)
        ORDER BY r.id
        """,
    ),
    Invariant(
        "registration.protection",
        "a customer is protected until the day that was last given, never beyond the longest one fixed at the start",
        _unprotected,
    ),
    Invariant(
        "registration.name", "a name is held in the one spelling that all its spellings have", _misnamed
    ),
    by_sql(
        "registration.order",
        "an order names a registration of its own distributor",
        "sales_order",
        """
        SELECT o.id, 'distributor ' || r.distributor_id, 'distributor ' || o.distributor_id
        FROM sales_order o JOIN registration r ON r.id = o.registration_id
        WHERE r.distributor_id <> o.distributor_id ORDER BY o.id
        """,
    ),
)
