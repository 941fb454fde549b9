"""The step that makes a company a distributor, whoever takes it: an editor by hand, or an approved application."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.credit import families, groups, ledger
from trade.db import insert_once
from trade.distributors import profile, standings
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor
from trade.distributors.profile import Profile
from trade.editing import record
from trade.errors import Refused
from trade.notices import outbox


@dataclass(frozen=True)
class Founding:
    """A company with what it is to the brand from its first day on, and how it begins."""

    profile: Profile
    valid_from: date
    standing: Mapping[str, Any]
    status: str = "active"
    is_namesake: bool = False  # the person looked again: another company of the same name
    is_new: bool = False  # its people see the list of first steps; who was a customer before needs none


def found(session: Session, actor: Actor, given: Founding) -> int:
    """Take in a company with its standing and an account without credit; returns the id."""
    values = profile.checked(session, actor, given.profile)
    if not given.is_namesake:
        profile.refuse_namesake(session, actor, given.profile.name)
    now = clock.now()
    values |= {"status": given.status, "version": 1, "created_at": now}
    values["welcome_since"] = now if given.is_new else None
    if not insert_once(session, Distributor, **values):
        raise Refused("distributor.code_taken", taken=values["code"], field="code")
    wanted = select(Distributor).where(Distributor.code == values["code"])
    distributor = session.scalars(wanted).one()
    if not actor.scope.is_everyone and given.standing.get("rep_id") is None:
        raise Refused("standing.rep_needed", field="rep_id")
    done = standings.apply(session, actor, distributor.id, given.valid_from, given.standing, "")
    entity_id = distributors.default_legal_entity(session)
    ledger.open_account(session, distributor.id, entity_id, distributor.currency, clock.today())
    groups.link(session, distributor.id)
    families.relink(session, distributor.id, clock.today())
    told = {"code": (None, values["code"]), "name": (None, values["name"]), **done.changes}
    event, day = "distributor.created", given.valid_from.isoformat()
    record(session, actor, event, Distributor, distributor.id, told, version=1, valid_from=day)
    if done.rep_after is not None and done.rep_after != actor.person_id:
        outbox.post(
            session, "distributor.assigned", distributor_id=distributor.id, rep_id=done.rep_after, day=day
        )
    return distributor.id
