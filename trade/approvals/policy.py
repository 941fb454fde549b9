"""A policy as data: which requests it means, who says yes in which order, and who is asked when nobody does."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

ANY, ALL = "any", "all"
REP, REP_MANAGER = "rep", "rep_manager"
ROLE, PERSON = "role:", "person:"
KEEPER = "keeper"  # never in a policy: who is asked where a policy names nobody who is there


@dataclass(frozen=True)
class Facts:
    """What a request is judged by. `territory_ids` lead from the root to its own; amounts are yuan, gross."""

    amount: Decimal
    tier_id: int | None = None
    channel_id: int | None = None
    territory_ids: frozenset[int] = frozenset()
    reasons: frozenset[str] = frozenset()


@dataclass(frozen=True)
class When:
    """Which requests a rule means; what is empty asks nothing. From `at_least` on, up to but without `below`."""

    at_least: Decimal | None = None
    below: Decimal | None = None
    tiers: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    territories: frozenset[int] = frozenset()
    reasons: frozenset[str] = frozenset()

    @property
    def is_always(self) -> bool:
        return self == When()

    def means(self, facts: Facts) -> bool:
        """Whether a request is meant; of several tiers, territories, channels or reasons one suffices."""
        if self.at_least is not None and facts.amount < self.at_least:
            return False
        if self.below is not None and facts.amount >= self.below:
            return False
        if self.tiers and facts.tier_id not in self.tiers:
            return False
        if self.channels and facts.channel_id not in self.channels:
            return False
        if self.territories and not self.territories & facts.territory_ids:
            return False
        return not self.reasons or bool(self.reasons & facts.reasons)


@dataclass(frozen=True)
class Step:
    """Who is asked at once, one or all of them; whoever stands in `then` is asked too, one more at each deadline."""

    approvers: tuple[str, ...]  # rep, rep_manager, role:<code>, person:<id>
    mode: str = ANY
    then: tuple[str, ...] = ()
    escalate_hours: int | None = None  # none: as the settings say
    remind_hours: int | None = None  # none: nobody is reminded

    @property
    def turns(self) -> list[tuple[str, ...]]:
        """Each yes that is needed, with those who may give it at once."""
        return [self.approvers] if self.mode == ANY else [(each,) for each in self.approvers]


@dataclass(frozen=True)
class Rule:
    steps: tuple[Step, ...]
    when: When = field(default_factory=When)


@dataclass(frozen=True)
class Policy:
    """Rules from the top; the first that means a request decides who is asked."""

    rules: tuple[Rule, ...]
    skips_repeats: bool = True  # who said yes at an earlier step is not asked again

    def rule_for(self, facts: Facts) -> int | None:
        """The place of the rule, from 0."""
        return next((at for at, rule in enumerate(self.rules) if rule.when.means(facts)), None)

    def steps_of(self, at: int) -> tuple[Step, ...]:
        """Those of the rule at a place; behind the last one stands what no rule means: those who keep the roles."""
        return self.rules[at].steps if at < len(self.rules) else (Step((KEEPER,)),)


def chain(approvers: Sequence[str]) -> Policy:
    """The simplest policy: one yes, of the first who can give it, the next one coming in after each deadline."""
    return Policy((Rule((Step((approvers[0],), then=tuple(approvers[1:])),)),))


def dump(policy: Policy) -> dict[str, Any]:
    """As it is kept: plain JSON, amounts as text."""
    return {
        "skips_repeats": policy.skips_repeats,
        "rules": [
            {"when": _dump_when(rule.when), "steps": [_dump_step(step) for step in rule.steps]}
            for rule in policy.rules
        ],
    }


def load(content: Mapping[str, Any]) -> Policy:
    """What was kept."""
    rules = tuple(
        Rule(tuple(_load_step(step) for step in each["steps"]), _load_when(each["when"]))
        for each in content["rules"]
    )
    return Policy(rules, content["skips_repeats"])


def _dump_when(when: When) -> dict[str, Any]:
    sets: dict[str, Collection[Any]] = {
        "tiers": when.tiers,
        "channels": when.channels,
        "territories": when.territories,
        "reasons": when.reasons,
    }
    amounts = {"at_least": when.at_least, "below": when.below}
    kept: dict[str, Any] = {key: sorted(each) for key, each in sets.items() if each}
    return kept | {key: str(each) for key, each in amounts.items() if each is not None}


def _load_when(kept: Mapping[str, Any]) -> When:
    return When(
        at_least=Decimal(kept["at_least"]) if "at_least" in kept else None,
        below=Decimal(kept["below"]) if "below" in kept else None,
        tiers=frozenset(kept.get("tiers", ())),
        channels=frozenset(kept.get("channels", ())),
        territories=frozenset(kept.get("territories", ())),
        reasons=frozenset(kept.get("reasons", ())),
    )


def _dump_step(step: Step) -> dict[str, Any]:
    return {
        "mode": step.mode,
        "approvers": list(step.approvers),
        "then": list(step.then),
        "escalate_hours": step.escalate_hours,
        "remind_hours": step.remind_hours,
    }


def _load_step(kept: Mapping[str, Any]) -> Step:
    return Step(
        tuple(kept["approvers"]),
        kept["mode"],
        tuple(kept["then"]),
        kept["escalate_hours"],
        kept["remind_hours"],
    )
