"""Who may decide today, said once more from the bare tables: what the code under test answers is not asked.

A role decides with its right and reaches its own, its team's or all distributors. Whoever is away is there through the
last of the chain of substitutes, if that one holds the right. The applicant is never there. Of a step, each says one yes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.approvals.models import ApprovalCandidate, ApprovalRequest
from trade.approvals.policy import Step
from trade.distributors.models import Standing
from trade.people.models import Absence, Membership, Person, Role, RolePermission

RIGHT, KEEPS = "order.approve", "role.manage"


@dataclass(frozen=True)
class Member:
    """One place of somebody at the brand who can sign in."""

    person_id: int
    role: str
    reach: str
    rights: frozenset[str]


@dataclass(frozen=True)
class House:
    """Everybody, whom they report to, whose distributors they look after, and whose work is done by whom today."""

    members: Sequence[Member]
    boss_of: Mapping[int, int | None]
    rep_of: Mapping[int, int | None]
    deputy_of: Mapping[int, int]

    def holding(self, right: str) -> set[int]:
        return {each.person_id for each in self.members if right in each.rights}

    def able(self, home: int | None) -> set[int]:
        rep = self.rep_of.get(home or 0)
        team, at = set[int](), rep
        while at is not None and at not in team:
            team.add(at)
            at = self.boss_of.get(at)
        found = set()
        for each in self.members:
            is_near = {"everyone": True, "own": each.person_id == rep, "team": each.person_id in team}
            if RIGHT in each.rights and is_near.get(each.reach, False):
                found.add(each.person_id)
        return found

    def works_for(self, person_id: int) -> set[int]:
        """Themselves, and everybody whose work they do today."""
        found = {person_id}
        while more := {away for away, deputy in self.deputy_of.items() if deputy in found} - found:
            found |= more
        return found

    def voice(self, person_id: int) -> int | None:
        """Who is there for somebody; none where the last of the chain lacks the right."""
        at = person_id
        while at in self.deputy_of:
            at = self.deputy_of[at]
        return at if at == person_id or at in self.holding(RIGHT) else None

    def there(self, people: Iterable[int], home: int | None, without: set[int | None]) -> set[int]:
        voices = {self.voice(each) for each in set(people) & self.able(home)}
        return {each for each in voices - without if each is not None}

    def named(self, word: str, home: int | None) -> set[int]:
        """Whom a policy means by a word."""
        rep = self.rep_of.get(home or 0)
        if word == "rep":
            return {rep} - {None}  # type: ignore[arg-type]
        if word == "rep_manager":
            return {self.boss_of.get(rep or 0)} - {None}  # type: ignore[arg-type]
        kind, _, name = word.partition(":")
        if kind == "person":
            return {int(name)}
        return {each.person_id for each in self.members if each.role == name}

    def nearest(self, turn: tuple[str, ...], step: Step, home: int | None, applicant: int | None) -> set[int]:
        """Of whom one at least must be asked at once for a turn: the first in the order of whom somebody is there."""
        for words in (turn, *((each,) for each in step.then)):
            people = set().union(*(self.named(each, home) for each in words)) & self.able(home) - {applicant}
            if there := self.there(people, home, {applicant}):
                return {each for each in people if self.voice(each) in there}
        return set()


def of_today(session: Session) -> House:
    rows = session.execute(
        select(Membership.person_id, Role.code, Role.reach, RolePermission.permission)
        .join(Role, Role.id == Membership.role_id)
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(RolePermission, RolePermission.role_id == Role.id)
        .where(
            *(Role.face == "admin", ~Role.is_archived, Membership.is_active),
            *(Person.is_active, Person.password_hash.is_not(None)),
        )
    )
    held: dict[tuple[int, str, str], set[str]] = {}
    for person_id, code, reach, right in rows:
        held.setdefault((person_id, code, reach), set()).add(right or "")
    day = clock.today()
    absent = select(Absence.person_id, Absence.substitute_id).where(
        Absence.from_day <= day, Absence.until > day
    )
    standing = select(Standing.distributor_id, Standing.rep_id, Standing.valid_to).where(
        Standing.valid_from <= day
    )
    return House(
        [Member(*key, frozenset(rights)) for key, rights in held.items()],
        {key: boss for key, boss in session.execute(select(Person.id, Person.manager_id))},
        {home: rep for home, rep, end in session.execute(standing) if end is None or end > day},
        {away: deputy for away, deputy in session.execute(absent)},
    )


def open_turns(session: Session, request: ApprovalRequest) -> dict[int, set[int]]:
    """By turn whom the request has reached."""
    rows = session.execute(
        select(ApprovalCandidate.place, ApprovalCandidate.person_id, ApprovalCandidate.level).where(
            ApprovalCandidate.request_id == request.id, ApprovalCandidate.state == "open"
        )
    )
    found: dict[int, set[int]] = {}
    for place, person_id, level in rows:
        found.setdefault(place, set()).update({person_id} if level <= request.level else set())
    return found


def said(session: Session, request: ApprovalRequest) -> set[int | None]:
    """Who said yes in the step that is open."""
    taken = select(ApprovalCandidate.taken_by_id).where(
        ApprovalCandidate.request_id == request.id, ApprovalCandidate.step == request.step
    )
    return {each for each in session.scalars(taken) if each is not None}


def unanswered(session: Session, house: House, request: ApprovalRequest) -> bool:
    """Whether nobody is there for some yes of the open step."""
    turns = open_turns(session, request).values()
    without = {request.applicant_id}
    return not turns or not all(house.there(people, request.distributor_id, without) for people in turns)


def could(house: House, request: ApprovalRequest) -> set[int]:
    """Who is there and could say a yes, whether asked or not."""
    return house.there(house.able(request.distributor_id), request.distributor_id, {request.applicant_id})


def waits(session: Session, house: House, request: ApprovalRequest) -> bool:
    """Whether more people are demanded than are there; it waits until somebody is let in."""
    done = said(session, request) | {request.applicant_id}
    people = open_turns(session, request).values()
    return not _can_share([house.there(each, request.distributor_id, done) for each in people])


def _can_share(turns: Sequence[set[int]]) -> bool:
    """Tries everybody for the first, and the rest without them."""
    if not turns:
        return True
    return any(_can_share([each - {who} for each in turns[1:]]) for who in turns[0])


def may_decide(session: Session, house: House, person_id: int, request: ApprovalRequest) -> bool:
    """Not the applicant, not twice in a step, and only in whose turn it is or for somebody who is away."""
    if person_id == request.applicant_id or person_id in said(session, request):
        return False
    mine = house.works_for(person_id)
    return any(people & mine for people in open_turns(session, request).values())
