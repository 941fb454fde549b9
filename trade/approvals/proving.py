"""Proof before a policy is published: every path ends at somebody who can decide and is not the applicant.

What is proven holds for the staff of this moment and for every kind of distributor that there could be with its
tiers, channels and territories; what changes later is mended by trade.approvals.succession for open requests and by
those who keep the roles for new ones.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import product
from typing import Any

from trade.approvals import naming
from trade.approvals.naming import Ground
from trade.approvals.policy import ALL, ANY, PERSON, REP, REP_MANAGER, ROLE, Policy, Rule, Step, When
from trade.money import ZERO

MOST_RULES, MOST_STEPS, MOST_APPROVERS = 20, 8, 10
MOST_HOURS = 720
SHOWN = 12  # problems that are told at once
Interval = tuple[Decimal, Decimal | None]  # from, up to but without; none: no end


@dataclass(frozen=True)
class Colleague:
    """A member of staff who can sign in: roles held, and how far the right to decide and to ask reach."""

    roles: frozenset[str]
    decides: frozenset[str]  # own, team, everyone
    asks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Whose:
    """Distributors of one kind that look the same to a policy; `name` is one of them, where there is one today."""

    name: str = ""
    rep_id: int | None = None
    tier_id: int | None = None
    channel_id: int | None = None
    territory_id: int | None = None
    territory_ids: frozenset[int] = frozenset()  # from the root to its own

    @property
    def told(self) -> dict[str, Any]:
        """For a sentence: by name, or else what kind it is."""
        kind = {"tiers": self.tier_id, "channels": self.channel_id, "territories": self.territory_id}
        return {"distributor": self.name, "kind": {} if self.name else kind}


@dataclass(frozen=True)
class World:
    """Who is there, who leads whom, whose distributors there are, and what a policy may name."""

    staff: Mapping[int, Colleague]
    manager_of: Mapping[int, int | None]
    distributors: Sequence[Whose]
    roles: frozenset[str]
    tiers: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    territories: Mapping[int, frozenset[int]] = field(default_factory=dict)  # with all above each
    is_of_distributor: bool = True
    has_reps: bool = True
    away: Mapping[int, int | None] = field(default_factory=dict)  # and who is there for them


@dataclass(frozen=True)
class Problem:
    """Why a policy cannot be published; `rule` and `step` count from 1 and name the path, 0 is the whole of it."""

    code: str
    rule: int = 0
    step: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


def problems(policy: Policy, world: World) -> list[Problem]:
    """All that stands against publishing; nobody is looked for before the rules make sense."""
    found = list(_shape(policy, world))
    if not found:
        found = [*_coverage(policy, world), *_people(policy, replace(world, away={}))]
    return found[:SHOWN]


def warnings(policy: Policy, world: World) -> list[Problem]:
    """Where only those who keep the roles could answer, as long as those are away who are; no reason to refuse."""
    if not world.away:
        return []
    known = {(each.code, each.rule, each.step) for each in _people(policy, replace(world, away={}))}
    found = [each for each in _people(policy, world) if (each.code, each.rule, each.step) not in known]
    return [replace(each, code="away") for each in found][:SHOWN]


def _shape(policy: Policy, world: World) -> Iterator[Problem]:
    if not policy.rules:
        yield Problem("no_rules")
    if len(policy.rules) > MOST_RULES:
        yield Problem("too_long")
    for number, rule in enumerate(policy.rules, start=1):
        when = rule.when
        if when.at_least is not None and when.below is not None and when.at_least >= when.below:
            yield Problem("amounts_crossed", number)
        named = ((when.tiers, world.tiers), (when.channels, world.channels))
        if any(asked - known for asked, known in (*named, (when.territories, world.territories.keys()))):
            yield Problem("unknown_terms", number)
        if not rule.steps:
            yield Problem("no_steps", number)
        if len(rule.steps) > MOST_STEPS:
            yield Problem("too_long", number)
        for at, step in enumerate(rule.steps, start=1):
            yield from _step_shape(step, number, at, world)


def _step_shape(step: Step, number: int, at: int, world: World) -> Iterator[Problem]:
    asked = (*step.approvers, *step.then)
    if not step.approvers:
        yield Problem("no_approvers", number, at)
    if step.mode not in {ANY, ALL} or len(asked) > MOST_APPROVERS:
        yield Problem("too_long", number, at)
    if len(set(asked)) < len(asked):
        yield Problem("named_twice", number, at)
    for approver in asked:
        if not _is_known(approver, world):
            yield Problem("unknown_approver", number, at, {"approver": approver})
    for hours in (step.escalate_hours, step.remind_hours):
        if hours is not None and not 1 <= hours <= MOST_HOURS:
            yield Problem("hours", number, at, {"most": MOST_HOURS})
    wait = step.escalate_hours
    if wait is not None and step.remind_hours is not None and step.remind_hours >= wait and step.then:
        yield Problem("reminded_late", number, at)


def _is_known(approver: str, world: World) -> bool:
    if approver in {REP, REP_MANAGER}:
        return world.has_reps
    if approver.startswith(ROLE):
        return approver.removeprefix(ROLE) in world.roles
    person = approver.removeprefix(PERSON)
    return approver.startswith(PERSON) and person.isdecimal() and int(person) in world.staff


def _coverage(policy: Policy, world: World) -> Iterator[Problem]:
    """No request without a rule, and no rule without a request."""
    used: set[int] = set()
    for whose in _kinds(policy, world):
        told: list[Interval] = []
        for number, rule in enumerate(policy.rules, start=1):
            if not _could_mean(rule.when, whose):
                continue
            asked = _interval(rule.when)
            if _gaps(asked, told):
                used.add(number)
            if not rule.when.reasons:
                told.append(asked)
        if gaps := _gaps((ZERO, None), told):
            yield Problem("no_rule", 0, 0, {"amount": gaps[0][0], **whose.told})
            return
    for number in range(1, len(policy.rules) + 1):
        if number not in used:
            yield Problem("never", number)


def _kinds(policy: Policy, world: World) -> Iterator[Whose]:
    """The distributors of today, then every kind that there could be, as far as the rules tell one from another."""
    yield from world.distributors
    asked = [rule.when for rule in policy.rules]
    tiers = _told_apart(world.tiers, (each.tiers for each in asked))
    channels = _told_apart(world.channels, (each.channels for each in asked))
    named = frozenset[int]().union(*(each.territories for each in asked))
    places = {path & named: (key, path) for key, path in sorted(world.territories.items())}
    for tier, channel, (place, path) in product(
        tiers if world.is_of_distributor else [None],
        [None, *channels],
        [(None, frozenset[int]()), *places.values()],
    ):
        yield Whose("", None, tier, channel, place, path)


def _told_apart(known: frozenset[int], asked: Iterable[frozenset[int]]) -> Sequence[int | None]:
    """What the rules name, and one for all the others; nothing where there is nothing to choose from."""
    named = known & frozenset[int]().union(*asked)
    return [*sorted(named), *sorted(known - named)[:1]] or [None]


def _people(policy: Policy, world: World) -> Iterator[Problem]:
    """Every rule with each rep, as a distributor of any kind may get any of them, and with none."""
    by_rep = {whose.rep_id: whose for whose in world.distributors} | {None: _without_rep(world)}
    for number, rule in enumerate(policy.rules, start=1):
        told: set[tuple[str, int]] = set()
        meant = [whose for whose in world.distributors if _could_mean(rule.when, whose)]
        for whose in (by_rep | {each.rep_id: each for each in meant}).values():
            for problem in _walk(rule, number, whose, world):
                if (problem.code, problem.step) not in told:  # one distributor tells it for all
                    told.add((problem.code, problem.step))
                    yield problem


def _without_rep(world: World) -> Whose:
    return next((each for each in world.distributors if each.rep_id is None), Whose())


def _walk(rule: Rule, number: int, whose: Whose, world: World) -> Iterator[Problem]:
    """A path with each applicant who could also decide on it, and with one who could not.

    For a distributor without a rep it is enough that somebody could say each yes, as long as there is none; what is
    no distributor's yet comes in without a rep any day.
    """
    ground = _ground(whose, world)
    is_there = whose.name or whose.rep_id is not None or not world.is_of_distributor
    able = ground.able if is_there else ()
    askers = [key for key in able if _reaches(world.staff[key].asks, key, whose, world)]
    facts = {"distributor": whose.name, "has_rep": whose.rep_id is not None}
    for at, step in enumerate(rule.steps, start=1):
        for applicant in (None, *askers):
            turns = naming.turns(step, ground, applicant)
            there = [ground.heard(turn.levels, applicant) for turn in turns]
            for gap in naming.unheard(there):
                if there[gap] and not is_there:
                    continue
                code = "own" if applicant else "nobody"
                named = {"approver": turns[gap].approvers[0], "applicant": applicant}
                yield Problem("same" if there[gap] else code, number, at, facts | named)


def _ground(whose: Whose, world: World) -> Ground:
    able = {key: each.roles for key, each in world.staff.items() if _reaches(each.decides, key, whose, world)}
    manager = world.manager_of.get(whose.rep_id) if whose.rep_id is not None else None
    return Ground(able, whose.rep_id, manager, world.away)


def _reaches(reach: frozenset[str], person_id: int, whose: Whose, world: World) -> bool:
    """Whether a right that reaches so far reaches a distributor; as trade.approvals.deciders asks the database."""
    if "everyone" in reach:
        return True
    if "own" in reach and person_id == whose.rep_id:
        return True
    return "team" in reach and person_id in _chain(whose.rep_id, world)


def _chain(person_id: int | None, world: World) -> frozenset[int]:
    """The rep and everyone to whom they report; ends also on a circle."""
    seen: set[int] = set()
    while person_id is not None and person_id not in seen:
        seen.add(person_id)
        person_id = world.manager_of.get(person_id)
    return frozenset(seen)


def _could_mean(when: When, whose: Whose) -> bool:
    """Whether some request of such a distributor could be meant, whatever its amount and reasons."""
    if when.tiers and whose.tier_id not in when.tiers:
        return False
    if when.channels and whose.channel_id not in when.channels:
        return False
    return not when.territories or bool(when.territories & whose.territory_ids)


def _interval(when: When) -> Interval:
    return when.at_least or ZERO, when.below


def _gaps(wanted: Interval, told: Sequence[Interval]) -> list[Interval]:
    """What of an interval of amounts is in none of the others."""
    left = [wanted]
    for since, until in told:
        kept: list[Interval] = []
        for first, last in left:
            if since > first:
                kept.append((first, since if last is None else min(since, last)))
            if until is not None and (last is None or until < last):
                kept.append((max(until, first), last))
        left = [(first, last) for first, last in kept if last is None or first < last]
    return left
