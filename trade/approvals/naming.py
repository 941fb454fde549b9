"""Whom a step of a policy means: people who can decide it today, and never the applicant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, select
from sqlalchemy.orm import Session, aliased

from trade.approvals import deciders
from trade.approvals.models import Whose
from trade.approvals.policy import KEEPER, PERSON, REP, REP_MANAGER, ROLE, Step
from trade.people.models import Membership, Person, Role


@dataclass(frozen=True)
class Ground:
    """Who could decide something today, by id with the roles held at the brand; and who is away."""

    able: Mapping[int, frozenset[str]]
    rep_id: int | None = None
    manager_id: int | None = None
    away: Mapping[int, int | None] = field(default_factory=dict)  # and who is there for them

    def named(self, approver: str) -> frozenset[int]:
        """Those of them whom a policy means by a word."""
        if approver.startswith(ROLE):
            code = approver.removeprefix(ROLE)
            return frozenset(person_id for person_id, roles in self.able.items() if code in roles)
        if approver == KEEPER:
            return frozenset()  # the kernel knows them
        whom = {REP: self.rep_id, REP_MANAGER: self.manager_id}
        person_id = int(approver.removeprefix(PERSON)) if approver.startswith(PERSON) else whom[approver]
        return frozenset({person_id} & self.able.keys()) if person_id is not None else frozenset()

    def heard(self, people: Iterable[int], applicant_id: int | None) -> frozenset[int]:
        """Who would say the yes of these people today: themselves, or whoever is there for them; not the applicant."""
        there = {self.away.get(each, each) for each in people}
        return frozenset(each for each in there if each is not None and each != applicant_id)


@dataclass(frozen=True)
class Turn:
    """One yes that is needed, and who may give it from which level on."""

    approvers: tuple[str, ...]
    levels: Mapping[int, int]
    is_kept: bool = False  # others than the policy names are asked, as none of those is there

    def at(self, level: int) -> frozenset[int]:
        return frozenset(person_id for person_id, since in self.levels.items() if since <= level)


def ground(session: Session, subject: str, whose: Whose, day: date) -> Ground:
    """Look up who could decide; one statement."""
    rep = deciders.rep_of(whose, day)
    about = rep, manager_of(rep), deciders.absent(subject, day)
    found = session.execute(staff(subject, whose, day).add_columns(*about)).all()
    if not found:
        return Ground({})
    rep_id, manager_id, absent = found[0][2:]
    able = by_role(row[:2] for row in found)
    return Ground(able, rep_id, manager_id, deciders.there(absent))


def staff(subject: str, whose: Whose, day: date) -> Select[int, str]:
    """Who could decide something on a day, once for each role held at the brand."""
    return (
        select(Person.id, Role.code)
        .join(Membership, and_(Membership.person_id == Person.id, Membership.is_active))
        .join(Role, and_(Role.id == Membership.role_id, Role.face == "admin"))
        .where(
            Person.id.in_(deciders.deciders(subject, whose, day)),
            Membership.distributor_id.is_(None),
        )
    )


def manager_of(person_id: Any) -> ScalarSelect[int | None]:
    """To whom somebody reports, as a part of a statement."""
    leader = aliased(Person)
    return select(leader.manager_id).where(leader.id == person_id).scalar_subquery()


def by_role(rows: Iterable[Sequence[Any]]) -> dict[int, frozenset[str]]:
    """The roles of each person."""
    able: dict[int, frozenset[str]] = {}
    for person_id, code in rows:
        able[person_id] = able.get(person_id, frozenset()) | {code}
    return able


def turns(step: Step, where: Ground, applicant_id: int | None) -> list[Turn]:
    """The turns of a step; one that nobody could take has no levels. All that have somebody begin at one level.

    Whoever is the nearest is asked at once, and further ones until each turn has somebody there who is not needed
    for another: a person says one yes of a step.
    """
    found = [Turn(approvers, _levels(approvers, step.then, where, applicant_id)) for approvers in step.turns]
    reach = [min(each.levels.values(), default=1) for each in found]
    while gaps := unheard(
        [where.heard(each.at(to), applicant_id) for each, to in zip(found, reach, strict=True)]
    ):
        if (at := _next_up(found, reach, gaps)) is None:
            break
        reach[at] = min(level for level in found[at].levels.values() if level > reach[at])
    first = min((to for each, to in zip(found, reach, strict=True) if each.levels), default=1)
    return [_from(each, first, to) for each, to in zip(found, reach, strict=True)]


def unheard(asked: Sequence[frozenset[int]]) -> list[int]:
    """Which of several yeses nobody is left to say when everybody says one, shared out as well as can be."""
    taken: dict[int, int] = {}
    return [at for at in range(len(asked)) if not _is_placed(at, asked, taken, set())]


def _is_placed(at: int, asked: Sequence[frozenset[int]], taken: dict[int, int], seen: set[int]) -> bool:
    """Find somebody for a yes; who was to say another one may change over (an augmenting path)."""
    for who in sorted(asked[at] - seen):
        seen.add(who)
        if who not in taken or _is_placed(taken[who], asked, taken, seen):
            taken[who] = at
            return True
    return False


def _next_up(found: Sequence[Turn], reach: Sequence[int], gaps: Sequence[int]) -> int | None:
    """The turn for which more are to be asked, those with a gap first; none when all are asked."""
    order = [*gaps, *(at for at in range(len(found)) if at not in gaps)]
    return next((at for at in order if max(found[at].levels.values(), default=0) > reach[at]), None)


def _levels(
    approvers: tuple[str, ...], then: tuple[str, ...], where: Ground, applicant_id: int | None
) -> dict[int, int]:
    levels: dict[int, int] = {}
    for level, names in enumerate([approvers, *((each,) for each in then)], start=1):
        for person_id in frozenset[int]().union(*(where.named(each) for each in names)):
            if person_id != applicant_id:
                levels.setdefault(person_id, level)
    return levels


def _from(turn: Turn, first: int, reach: int) -> Turn:
    levels = {key: first if level <= reach else level for key, level in turn.levels.items()}
    return Turn(turn.approvers, levels)
