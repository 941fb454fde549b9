from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.distributors import queries as distributors
from trade.distributors import regions
from trade.distributors.models import Address
from trade.distributors.people_there import address_of
from trade.editing import differing, record, take_turn
from trade.errors import Refused

FIELDS = ("contact_name", "phone", "region_code", "line", "is_default")


@dataclass(frozen=True)
class AddressGiven:
    """Where goods may go; without an id a new one."""

    distributor_id: int
    contact_name: str
    phone: str | None
    region_code: str | None
    line: str
    is_default: bool = False
    address_id: int | None = None
    version: int = 0


@dataclass(frozen=True)
class AddressGone:
    distributor_id: int
    address_id: int
    version: int


def keep_address(session: Session, actor: Actor, given: AddressGiven) -> int:
    """Add a place where goods may go, or correct one; exactly one is the default. Returns the id."""
    distributors.get_for(session, actor, given.distributor_id)
    regions.refuse_vague(session, given.region_code)
    values: dict[str, Any] = {name: getattr(given, name) for name in FIELDS}
    others = distributors.addresses_of(session, given.distributor_id)
    if given.address_id is None:
        values["is_default"] = given.is_default or not others
        address = Address(distributor_id=given.distributor_id, **values)
        session.add(address)
        session.flush()
        event = "distributor.address_added"
    else:
        address_of(session, given.distributor_id, given.address_id)
        version = take_turn(session, Address, given.address_id, given.version, FIELDS)
        address = address_of(session, given.distributor_id, given.address_id)
        if address.is_default and not given.is_default:
            raise Refused("address.default_needed", field="is_default")
        if given.phone is None and not actor.may(Permission.PHONE_READ):
            values["phone"] = address.phone
        changes = differing({name: getattr(address, name) for name in FIELDS}, values)
        for name, value in values.items():
            setattr(address, name, value)
        record(session, actor, "address.edited", Address, address.id, changes, version=version)
        event = "distributor.address_edited"
    if values["is_default"]:
        _make_only_default(session, address)
    _note(session, actor, event, address)
    return address.id


def archive_address(session: Session, actor: Actor, given: AddressGone) -> None:
    """Lay a place aside; orders that went there keep it, carts must choose another."""
    distributors.get_for(session, actor, given.distributor_id)
    address_of(session, given.distributor_id, given.address_id)
    version = take_turn(session, Address, given.address_id, given.version, FIELDS)
    address = address_of(session, given.distributor_id, given.address_id)
    if address.is_default and len(distributors.addresses_of(session, given.distributor_id)) > 1:
        raise Refused("address.is_default")
    address.archived_at, address.is_default = clock.now(), False
    record(session, actor, "address.archived", Address, address.id, {}, version=version)
    _note(session, actor, "distributor.address_archived", address)


def _make_only_default(session: Session, address: Address) -> None:
    session.execute(
        update(Address)
        .where(Address.distributor_id == address.distributor_id, Address.id != address.id, Address.is_default)
        .values(is_default=False, version=Address.version + 1)
    )


def _note(session: Session, actor: Actor, event: str, address: Address) -> None:
    facts = {"line": address.line}
    audit.record(session, actor, event, facts, subject="distributor", subject_id=address.distributor_id)
