from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.credit import groups, ledger
from trade.db import insert_once
from trade.distributors import profile, standings
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor
from trade.distributors.profile import Profile
from trade.editing import record
from trade.errors import Refused
from trade.notices import outbox


@dataclass(frozen=True)
class NewDistributor:
    """A company with what it is to the brand from its first day on."""

    profile: Profile
    valid_from: date
    standing: Mapping[str, Any]
    is_namesake: bool = False  # the person looked again: another company of the same name


def create_distributor(session: Session, actor: Actor, given: NewDistributor) -> int:
    """Take in a company that will buy, with its standing and an account without credit; returns the id."""
    values = profile.checked(session, actor, given.profile)
    if not given.is_namesake:
        profile.refuse_namesake(session, actor, given.profile.name)
    if not insert_once(session, Distributor, **values, status="active", version=1, created_at=clock.now()):
        raise Refused("distributor.code_taken", taken=values["code"], field="code")
    wanted = select(Distributor).where(Distributor.code == values["code"])
    distributor = session.scalars(wanted).one()
    if not actor.scope.is_everyone and given.standing.get("rep_id") is None:
        raise Refused("standing.rep_needed", field="rep_id")
    done = standings.apply(session, actor, distributor.id, given.valid_from, given.standing, "")
    entity_id = distributors.default_legal_entity(session)
    ledger.open_account(session, distributor.id, entity_id, distributor.currency, clock.today())
    groups.link(session, distributor.id)
    told = {"code": (None, values["code"]), "name": (None, values["name"]), **done.changes}
    record(
        session,
        actor,
        "distributor.created",
        Distributor,
        distributor.id,
        told,
        version=1,
        valid_from=given.valid_from.isoformat(),
    )
    if done.rep_after is not None and done.rep_after != actor.person_id:
        outbox.post(
            session,
            "distributor.assigned",
            distributor_id=distributor.id,
            rep_id=done.rep_after,
            day=given.valid_from.isoformat(),
        )
    return distributor.id
