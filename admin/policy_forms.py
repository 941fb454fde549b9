"""The editor of a policy: fields named by rule and step, as many as the draft has; the server adds and removes them."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from trade.approvals.policy import ALL, ANY, PERSON, Policy, Rule, Step, When
from trade.approvals.proving import MOST_APPROVERS, MOST_HOURS, MOST_RULES, MOST_STEPS
from trade.money import rounded
from web import choosing
from web.forms import parse_number

THEN = 3  # fields for who is asked later
NAMED = 2  # fields for people by name
MOST_TICKS = 200
NEW = Rule((Step(()),))


@dataclass
class Typed:
    """What was typed as a policy, and what is wrong with it by the name of the field."""

    policy: Policy
    errors: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)  # what could not be read, as it was typed


def read(sent: MultiDict[str, str], known: Policy) -> Typed:
    """Read the fields of a draft; what cannot be read is kept beside its words and leaves what stood."""
    typed = Typed(known)
    rules = [
        _rule(typed, sent, number, known)
        for number in range(min(_count(sent, "rules", len(known.rules)), MOST_RULES))
    ]
    typed.policy = Policy(tuple(rules), sent.get("skips_repeats") == "yes")
    return typed


def settle(
    sent: MultiDict[str, str], people: choosing.Choices, roles: choosing.Choices
) -> tuple[MultiDict[str, str], dict[str, str], dict[str, str]]:
    """Codes in place of names that were typed; what means nobody or several is left out, told and kept by its field."""
    settled, errors, kept = sent.copy(), dict[str, str](), dict[str, str]()
    for name in sent:
        last = name.rpartition(".")[2]
        if last not in {"person", "then"}:
            continue
        known = [*roles, *people] if last == "then" else people
        codes, found = {code for code, _said in known}, list[str]()
        for said in sent.getlist(name)[:MOST_TICKS]:
            meant = [] if said in codes or not said.strip() else choosing.among(known, said)
            if said in codes or len(meant) == 1:
                found.append(said if said in codes else meant[0][0])
            elif said.strip():
                errors[name] = choosing.several(len(meant)) if meant else choosing.nobody()
                kept[f"{name}.{len([each for each in kept if each.startswith(name)])}"] = said[:40]
        settled.setlist(name, found)
    return settled, errors, kept


def act(policy: Policy, action: str) -> Policy:
    """Add, remove or move a rule or a step: add-rule, drop-rule-0, up-rule-1, add-step-0, drop-step-0-1."""
    verb, what, at = _parsed(action)
    rules = list(policy.rules)
    if (verb, what) == ("add", "rule"):
        # before the one that already takes everything else, else at the end, where it is that one
        at_end = not rules or not rules[-1].when.is_always
        rules.insert(len(rules) if at_end else len(rules) - 1, NEW)
    elif at and at[0] < len(rules):
        _act_on(rules, verb, what, at)
    return replace(policy, rules=tuple(rules))


def place(policy: Policy, action: str) -> str:
    """Where on the page stands what an action has made or moved, as the id of its heading; "" where nothing is."""
    verb, what, at = _parsed(action)
    count = len(policy.rules)
    if (verb, what) == ("add", "rule"):
        is_last = count < 2 or not policy.rules[-2].when.is_always
        return f"rule-{count - 1 if is_last else count - 2}"
    if not at or not count or verb not in {"add", "drop", "up"}:
        return ""
    if (verb, what) == ("add", "step") and at[0] < count:
        return f"step-{at[0]}-{len(policy.rules[at[0]].steps) - 1}"
    return f"rule-{min(at[0] - (verb == 'up'), count - 1)}"


def _parsed(action: str) -> tuple[str, str, list[int]]:
    verb, _dash, rest = action.partition("-")
    what, *places = rest.split("-")
    return verb, what, [int(each) for each in places if each.isdecimal() and len(each) < 3]


def fields(policy: Policy) -> dict[str, str]:
    """Single fields as they are shown before anybody types."""
    shown: dict[str, str] = {}
    for number, rule in enumerate(policy.rules):
        for key, amount in (("at_least", rule.when.at_least), ("below", rule.when.below)):
            shown[f"r{number}.{key}"] = "" if amount is None else str(rounded(amount))
        for at, step in enumerate(rule.steps):
            for key, hours in (("escalate", step.escalate_hours), ("remind", step.remind_hours)):
                shown[f"r{number}.s{at}.{key}"] = "" if hours is None else str(hours)
    return shown


def _act_on(rules: list[Rule], verb: str, what: str, at: list[int]) -> None:
    number = at[0]
    if (verb, what) == ("drop", "rule"):
        del rules[number]
    elif (verb, what) == ("up", "rule") and number:
        rules[number - 1], rules[number] = rules[number], rules[number - 1]
    elif (verb, what) == ("add", "step"):
        rules[number] = replace(rules[number], steps=(*rules[number].steps, Step(())))
    elif (verb, what) == ("drop", "step") and len(at) > 1:
        steps = [step for place, step in enumerate(rules[number].steps) if place != at[1]]
        rules[number] = replace(rules[number], steps=tuple(steps))


def _rule(typed: Typed, sent: MultiDict[str, str], number: int, known: Policy) -> Rule:
    name = f"r{number}"
    before = known.rules[number] if number < len(known.rules) else Rule(())
    when = When(
        at_least=_amount(typed, sent, f"{name}.at_least", before.when.at_least),
        below=_amount(typed, sent, f"{name}.below", before.when.below),
        tiers=_ids(sent, f"{name}.tiers"),
        channels=_ids(sent, f"{name}.channels"),
        territories=_ids(sent, f"{name}.territories"),
        reasons=frozenset(_texts(sent, f"{name}.reasons")),
    )
    if when.at_least is not None and when.below is not None and when.at_least >= when.below:
        said = gettext("Please type more than the amount from which it holds")
        typed.errors.setdefault(f"{name}.below", said)
    count = min(_count(sent, f"{name}.steps", len(before.steps)), MOST_STEPS)
    return Rule(tuple(_step(typed, sent, f"{name}.s{at}") for at in range(count)), when)


def _step(typed: Typed, sent: MultiDict[str, str], name: str) -> Step:
    people = [each for each in _texts(sent, f"{name}.person") if each.startswith(PERSON)]
    return Step(
        approvers=tuple([*_texts(sent, f"{name}.approvers"), *people][:MOST_APPROVERS]),
        mode=ALL if sent.get(f"{name}.mode") == ALL else ANY,
        then=tuple(_texts(sent, f"{name}.then")[:THEN]),
        escalate_hours=_hours(typed, sent, f"{name}.escalate"),
        remind_hours=_hours(typed, sent, f"{name}.remind"),
    )


def _amount(typed: Typed, sent: MultiDict[str, str], name: str, before: Decimal | None) -> Decimal | None:
    text = sent.get(name, "").strip()
    if not text:
        return None
    number = parse_number(text)
    if number is None or number != rounded(number):
        typed.errors[name], typed.kept[name] = (
            gettext("Please type an amount such as 5000 or 88.50"),
            text[:40],
        )
        return before
    return number


def _hours(typed: Typed, sent: MultiDict[str, str], name: str) -> int | None:
    text = sent.get(name, "").strip()
    if not text:
        return None
    number = parse_number(text)
    if number is None or number != int(number) or not 1 <= number <= MOST_HOURS:
        typed.errors[name] = gettext("Please type whole hours from 1 to %(most)s", most=MOST_HOURS)
        typed.kept[name] = text[:40]
        return None
    return int(number)


def _count(sent: MultiDict[str, str], name: str, usual: int) -> int:
    text = sent.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else usual


def _ids(sent: MultiDict[str, str], name: str) -> frozenset[int]:
    return frozenset(int(each) for each in _texts(sent, name) if each.isdecimal() and len(each) < 10)


def _texts(sent: MultiDict[str, str], name: str) -> list[str]:
    """Ticks and selects; nothing longer than a code, and no control characters."""
    given = sent.getlist(name)[:MOST_TICKS]
    return [each for each in given if each and len(each) <= 60 and each.isprintable() and each.isascii()]
