"""Contracts with a distributor: filed by the brand, read by the distributor, told before they end."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.applications import contracts
from trade.applications.models import Contract
from trade.attachments.filing import Stored, file_under
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor
from trade.editing import record, take_turn
from trade.errors import Refused
from trade.notices import outbox


@dataclass(frozen=True)
class NewContract:
    """A signed paper with its days, both included; without a last day it goes on."""

    distributor_id: int
    title: str
    valid_from: date
    valid_to: date | None
    paper: Stored


@dataclass(frozen=True)
class ContractGone:
    distributor_id: int
    contract_id: int


def file_contract(session: Session, actor: Actor, given: NewContract) -> int:
    """File a signed contract; a prospect becomes active with one that holds today, as nothing else was waited for.

    One that begins later opens on its first day, by a daily round; one that is over is only kept.
    """
    distributor = distributors.get_for(session, actor, given.distributor_id)
    if given.valid_to is not None and given.valid_to < given.valid_from:
        raise Refused("authorisation.ends_before", field="valid_to")
    if contracts.is_valid(given.valid_from, given.valid_to, clock.today()):
        _open(session, actor, distributor, given.title)
    contract = Contract(
        distributor_id=distributor.id,
        title=given.title,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
        person_id=actor.person_id,
    )
    session.add(contract)
    session.flush()
    file_under(session, actor, contracts.SUBJECT, contract.id, given.paper)
    facts = {"title": given.title, "valid_from": given.valid_from.isoformat()}
    facts |= {"until": given.valid_to.isoformat() if given.valid_to else ""}
    audit.record(session, actor, "contract.filed", facts, subject="distributor", subject_id=distributor.id)
    return contract.id


def open_by_contract(session: Session, actor: Actor, contract_id: int) -> None:
    """A prospect becomes active on the first day of the contract that was filed ahead."""
    contract = session.get_one(Contract, contract_id)
    if contract.archived_at is None and contracts.is_valid(
        contract.valid_from, contract.valid_to, clock.today()
    ):
        distributor = session.get_one(Distributor, contract.distributor_id)
        _open(session, actor, distributor, contract.title)


def _open(session: Session, actor: Actor, distributor: Distributor, reason: str) -> None:
    """Let a prospect order, and tell it; whoever is no prospect stays what it is."""
    if distributor.status != "prospect":
        return
    version = take_turn(session, Distributor, distributor.id, distributor.version, ("status",))
    session.refresh(distributor)
    distributor.status, distributor.status_reason = "active", reason
    session.flush()
    change = {"status": ("prospect", "active")}
    event = "distributor.status_changed"
    record(session, actor, event, Distributor, distributor.id, change, version=version, reason=reason)
    outbox.post(session, "distributor.activated", distributor_id=distributor.id, reason=reason)


def archive_contract(session: Session, actor: Actor, given: ContractGone) -> None:
    """Lay a contract aside that was filed by mistake or replaced; its paper stays in the house."""
    distributors.get_for(session, actor, given.distributor_id)
    contract = contracts.get_of(session, given.distributor_id, given.contract_id)
    contract.archived_at = clock.now()
    facts = {"title": contract.title}
    audit.record(
        session, actor, "contract.archived", facts, subject="distributor", subject_id=given.distributor_id
    )


def read_contract(session: Session, actor: Actor, contract_id: int) -> None:
    """Note that the distributor opened its contract, the first time."""
    contract = contracts.get_of(session, actor.distributor_id or 0, contract_id)
    if contract.read_at is None and actor.on_behalf_of is None:
        contract.read_at = clock.now()


def lay_aside_welcome(session: Session, actor: Actor, given: None) -> None:
    """Take the list of first steps off the distributor's home, for all who work there."""
    distributor = distributors.get_for(session, actor, actor.distributor_id or 0)
    distributor.welcome_since = None


def warn_of_contract(session: Session, actor: Actor, contract_id: int) -> None:
    """Tell once that a contract ends soon, unless a later one goes on where it ends."""
    wanted = select(Contract).where(Contract.id == contract_id).with_for_update()
    contract = session.scalars(wanted.execution_options(populate_existing=True)).one()
    if contract.warned_at is not None or contract.archived_at is not None or contract.valid_to is None:
        return
    contract.warned_at = clock.now()
    if not contracts.is_followed(session, contract):
        facts = {"title": contract.title, "day": contract.valid_to.isoformat()}
        outbox.post(session, "contract.ending", distributor_id=contract.distributor_id, **facts)
