from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.applications import founding
from trade.applications.founding import Founding
from trade.distributors.profile import Profile


@dataclass(frozen=True)
class NewDistributor:
    """A company with what it is to the brand from its first day on."""

    profile: Profile
    valid_from: date
    standing: Mapping[str, Any]
    is_namesake: bool = False  # the person looked again: another company of the same name


def create_distributor(session: Session, actor: Actor, given: NewDistributor) -> int:
    """Take in a company that will buy, with its standing and an account without credit; returns the id."""
    wanted = Founding(given.profile, given.valid_from, given.standing, is_namesake=given.is_namesake)
    return founding.found(session, actor, wanted)
