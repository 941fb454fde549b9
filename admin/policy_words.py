"""Policies of approval as people say them: who decides about what, when, and why one cannot be published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import ndiff
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from trade.approvals.policy import ALL, KEEPER, PERSON, REP, REP_MANAGER, ROLE, Policy, Rule, Step, When
from web.i18n import money
from web.words import role_name

SUBJECTS: dict[str, Any] = {
    "order": _("Orders"),
    "amendment": _("Changes of orders"),
    "return": _("Returns"),
    "price_list": _("Price lists"),
    "limit_request": _("Temporary limits"),
    "registration": _("Customer registrations"),
    "application": _("Applications of distributors"),
}
REASONS: dict[str, dict[str, Any]] = {
    "order": {
        "order.first": _("First order"),
        "order.large": _("Large order"),
        "order.unauthorised": _("Outside the authorisation"),
    },
    "registration": {
        "registration.name": _("The name is near to that of a registered customer"),
        "registration.phone": _("The same phone number belongs to a registered customer"),
        "registration.branch": _("It is the branch, or the short name, of a registered customer"),
        "registration.distributor": _("It is a distributor of the brand, or near to one"),
        "registration.direct": _("The name is near to that of a customer whom the brand serves itself"),
        "registration.rest": _("Near to a customer whom this distributor let go not long ago"),
        "registration.kind": _("The name is that of a mainland company, but it came without a credit code"),
        "registration.appeal": _("Appeal against a refusal or an ending by the brand"),
    },
}
TERMS = {
    "tiers": _("tier %(names)s"),
    "channels": _("channel %(names)s"),
    "territories": _("territory %(names)s"),
}
PROBLEMS: dict[str, Any] = {
    "no_rules": _("There is no rule; nobody would be asked"),
    "too_long": _("That is more than can be followed; please use fewer rules, steps or people"),
    "amounts_crossed": _("The amount from which it holds is not below the amount up to which it holds"),
    "unknown_terms": _("A tier, channel or territory is not there any more"),
    "no_steps": _("Nobody is asked; please add a step"),
    "no_approvers": _("Nobody is asked; please tick somebody"),
    "named_twice": _("Somebody stands there twice"),
    "hours": _("Hours go from 1 to %(most)s"),
    "reminded_late": _("The reminder comes after the next one is asked already"),
    "unknown_approver": _("%(approver)s cannot be asked: no such role or person, or one that cannot sign in"),
    "no_rule": _("No rule says who decides from %(amount)s on%(where)s; please add one for all the others"),
    "never": _("It never comes to this rule, because those before it take everything"),
    "nobody": _("Nobody could say yes as %(approver)s%(where)s"),
    "same": _("Only one person could say both this yes and another of the step, as %(approver)s%(where)s"),
    "away": _("As long as people are away, those who keep the roles answer instead of %(approver)s%(where)s"),
    "own": _("If %(applicant)s asks, nobody else could say yes as %(approver)s%(where)s"),
}


@dataclass(frozen=True)
class Names:
    """What ids of a policy are called now."""

    people: Mapping[int, str]
    roles: Mapping[str, str]
    tiers: Mapping[int, str]
    channels: Mapping[int, str]
    territories: Mapping[int, str]


def subject(code: str) -> str:
    return str(SUBJECTS.get(code, code))


def approver(code: str, names: Names) -> str:
    """Who is meant, for a sentence."""
    if code == REP:
        return gettext("the distributor's sales rep")
    if code == REP_MANAGER:
        return gettext("that sales rep's manager")
    if code == KEEPER:
        return gettext("whoever keeps the roles")
    if code.startswith(ROLE):
        name = code.removeprefix(ROLE)
        return gettext("any %(role)s", role=role_name(names.roles.get(name, name)))
    key = code.removeprefix(PERSON)
    return names.people.get(int(key), key) if key.isdecimal() else code


def when(asked: When, names: Names, about: str) -> str:
    """Which requests a rule means; "always" where it says nothing."""
    said: list[str] = []
    if asked.at_least is not None:
        said.append(gettext("amount from %(amount)s on", amount=money(asked.at_least)))
    if asked.below is not None:
        said.append(gettext("amount below %(amount)s", amount=money(asked.below)))
    tables = {"tiers": names.tiers, "channels": names.channels, "territories": names.territories}
    for key, table in tables.items():
        ids = sorted(getattr(asked, key))
        if ids:
            said.append(str(TERMS[key]) % {"names": _or([table.get(each, str(each)) for each in ids])})
    if asked.reasons:
        known = REASONS.get(about, {})
        said.append(_or([str(known.get(each, each)) for each in sorted(asked.reasons)]))
    return gettext(" and ").join(said)


def step(asked: Step, names: Names) -> str:
    """Who is asked in a step, and what happens when nobody answers."""
    people = [approver(each, names) for each in asked.approvers] or [gettext("(nobody is chosen yet)")]
    if asked.mode == ALL and len(people) > 1:
        said = gettext("all of %(people)s say yes", people=gettext(" and ").join(people))
    else:
        said = gettext("%(people)s says yes", people=_or(people))
    if asked.remind_hours:
        said += ngettext(
            "; reminded after %(num)s hour", "; reminded after %(num)s hours", asked.remind_hours
        )
    if asked.then:
        later = gettext(", then ").join(approver(each, names) for each in asked.then)
        if asked.escalate_hours:
            hours = asked.escalate_hours
            said += ngettext(
                "; unanswered for %(num)s hour, also %(people)s",
                "; unanswered for %(num)s hours, also %(people)s",
                hours,
                people=later,
            )
        else:
            said += gettext("; unanswered, also %(people)s", people=later)
    return said


def sentence(asked: Rule, names: Names, about: str, *, is_only: bool = False, is_last: bool = True) -> str:
    """A whole rule as one sentence; without a condition it means all the others only where none follows it."""
    steps = gettext("; after that ").join(step(each, names) for each in asked.steps)
    if condition := when(asked.when, names, about):
        return gettext("When %(condition)s: %(steps)s.", condition=condition, steps=steps)
    if is_only:
        return gettext("Always: %(steps)s.", steps=steps)
    if not is_last:
        return gettext("(when it holds is not chosen yet): %(steps)s.", steps=steps)
    return gettext("Everything else: %(steps)s.", steps=steps)


def sentences(asked: Policy, names: Names, about: str) -> list[str]:
    last = len(asked.rules)
    return [
        sentence(each, names, about, is_only=last == 1, is_last=at == last)
        for at, each in enumerate(asked.rules, 1)
    ]


def changes(before: Policy, after: Policy, names: Names, about: str) -> list[tuple[bool, str]]:
    """What a version says otherwise than the one in force, in its order: what it says no more, and what instead."""
    old, new = ([*sentences(each, names, about), repeats(each)] for each in (before, after))
    told = [each for each in ndiff(old, new) if each[:2] in ("- ", "+ ")]
    return [(each.startswith("+"), each[2:]) for each in told]


def repeats(asked: Policy) -> str:
    if asked.skips_repeats:
        return gettext("Who said yes once is not asked again at a later step.")
    return gettext("Who said yes once is asked again at a later step.")


def problem(found: Mapping[str, Any], names: Names) -> str:
    """A problem with the path on which it stands."""
    facts = dict(found["facts"])
    facts["approver"] = approver(str(facts["approver"]), names) if facts.get("approver") else ""
    facts["applicant"] = names.people.get(facts.get("applicant", 0), "")
    facts["amount"] = money(Decimal(str(facts.get("amount", "0"))))
    facts["where"] = _where(facts, names)
    said = str(PROBLEMS[found["code"]]) % {"most": "", **facts}
    return path(found["rule"], found["step"]) + said


def _where(facts: Mapping[str, Any], names: Names) -> str:
    """For whom: a company that is there today, or what kind of one there could be."""
    company = facts.get("distributor")
    if not company and not facts.get("has_rep", True):
        company = gettext("a distributor without a sales rep")
    tables = {"tiers": names.tiers, "channels": names.channels, "territories": names.territories}
    said = [
        str(TERMS[key]) % {"names": tables[key].get(each, str(each))}
        for key, each in facts.get("kind", {}).items()
        if each is not None and not company
    ]
    company = company or " · ".join(said)
    return gettext(", for example for %(company)s", company=company) if company else ""


def path(rule: int, at: int) -> str:
    if not rule:
        return ""
    if not at:
        return gettext("Rule %(rule)s: ", rule=rule)
    return gettext("Rule %(rule)s, step %(step)s: ", rule=rule, step=at)


def _or(words: Sequence[str]) -> str:
    return gettext(" or ").join(words)
