"""Forms about a return: what is accepted of each line, and what of it came back."""

from collections.abc import Iterator, Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from admin.inbox import DecisionForm
from trade.flows.receive_return import Back
from trade.inventory.models import Warehouse
from trade.returns.queries import Asked
from web.forms import (
    CheckField,
    ChoiceField,
    LongTextField,
    PlainField,
    TextField,
    VersionForm,
    WholeNumberField,
)
from web.returned import LARGEST
from web.units import unit_word


class ReturnDecisionForm(DecisionForm):
    comment = LongTextField(
        _("Comment (needed to return, reject or accept a part)"), is_needed=False, is_conditional=True
    )
    is_waived = CheckField(_("The goods need not come back: credit at once"))


class IntakeForm(VersionForm):
    warehouse = ChoiceField(_("Warehouse"))
    comment = LongTextField(
        _("Comment (needed when less came than was accepted)"), is_needed=False, is_conditional=True
    )


def decision_form(lines: Sequence[Asked]) -> type[ReturnDecisionForm]:
    """Cases and loose units to accept per line; all that was asked for to begin with."""
    fields: dict[str, PlainField] = {}
    for each in lines:
        fields |= dict(_counts(each, "accepted", each.asked.requested))
    return type("LinesDecisionForm", (ReturnDecisionForm,), fields)


def accepted(form: VersionForm, lines: Sequence[Asked]) -> dict[int, int]:
    return {each.asked.id: _typed(form, each, "accepted") for each in lines}


def intake_form(lines: Sequence[Asked], houses: Sequence[Warehouse]) -> type[IntakeForm]:
    """Good and doubtful units and their lot per line; all that was accepted as good to begin with."""
    choices = [(str(house.id), house.name) for house in houses]
    preset = choices[0][0] if len(choices) == 1 else None
    fields: dict[str, PlainField] = {
        "warehouse": ChoiceField(_("Warehouse"), choices=choices, default=preset)
    }
    for each in lines:
        fields |= dict(_counts(each, "good", each.asked.accepted or 0))
        fields |= dict(_counts(each, "doubtful", 0))
        fields[f"lot_{each.asked.id}"] = TextField(_("Lot"), longest=40, is_needed=False)
    return type("LinesIntakeForm", (IntakeForm,), fields)


def came(form: VersionForm, lines: Sequence[Asked]) -> dict[int, Back]:
    """What was typed per line; lines of which nothing came are left out."""
    found = {}
    for each in lines:
        good, doubtful = _typed(form, each, "good"), _typed(form, each, "doubtful")
        if good or doubtful:
            found[each.asked.id] = Back(good, doubtful, form[f"lot_{each.asked.id}"].data or "")
    return found


def _counts(each: Asked, name: str, begin: int) -> Iterator[tuple[str, PlainField]]:
    cases, loose = divmod(begin, each.line.factor) if each.line.factor > 1 else (0, begin)
    if each.line.factor > 1:
        yield (
            f"{name}_cases_{each.asked.id}",
            WholeNumberField(
                unit_word(each.line.unit), largest=LARGEST, is_needed=False, default=cases or None
            ),
        )
    word = unit_word(each.sku.base_unit)
    label = gettext("Loose %(unit)s", unit=word) if each.line.factor > 1 else word
    yield (
        f"{name}_{each.asked.id}",
        WholeNumberField(label, largest=LARGEST, is_needed=False, default=loose or None),
    )


def _typed(form: VersionForm, each: Asked, name: str) -> int:
    quantity = int(form[f"{name}_{each.asked.id}"].data or 0)
    if each.line.factor > 1:
        quantity += int(form[f"{name}_cases_{each.asked.id}"].data or 0) * each.line.factor
    return quantity
