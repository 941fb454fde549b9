"""Forms: everything typed is checked here once, kept as typed, and answered beside its field."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from wtforms import Field
from wtforms import Form as WtForm
from wtforms.validators import ValidationError
from wtforms.widgets import TextArea, TextInput

from trade import clock
from trade.money import ZERO
from web import choosing
from web.i18n import quantity

NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")
GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")  # 1,234.50 as every page and every bank prints it
TOO_LARGE = re.compile(r"0*[1-9][0-9]{9,}(\.[0-9]*)?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST_NUMBER = 40
LARGEST = 999_999_999
FIRST_YEAR, LAST_YEAR = 1900, 2199  # a day beyond them is a slip, and the day after the last one overflows


class Form(WtForm):
    """A form of ours; CSRF is checked for the whole application."""

    def refuse(self, message: str, field: str | None = None) -> None:
        """Say why it did not work, beside the field or above the form."""
        if field is not None and field in self._fields:
            self._fields[field].errors = [*self._fields[field].errors, message]
        else:
            self.form_errors.append(message)


class PlainField(Field):
    """One text input: exactly one value, no control characters, a length cap; what was typed stays visible."""

    widget = TextInput()
    longest = 200
    keeps_lines = False

    def __init__(
        self,
        label: Any = None,
        *,
        is_needed: bool = True,
        hint: Any = None,
        is_conditional: bool = False,
        **options: Any,
    ):
        super().__init__(label, **options)
        self.is_needed = is_needed
        self.hint = hint
        self.is_conditional = is_conditional  # label or hint says when it is needed

    def _value(self) -> str:
        if self.raw_data:
            return self.raw_data[0] if isinstance(self.raw_data[0], str) else ""
        return "" if self.data is None else self.spell(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if len(valuelist) > 1 or any(not isinstance(value, str) for value in valuelist):
            raise ValueError(_("Please give one answer here"))
        text = valuelist[0].strip() if valuelist else ""
        if len(text) > self.longest:
            raise ValueError(self.long_words())
        if any(_is_control(mark) and not (self.keeps_lines and mark in "\n\r\t") for mark in text):
            raise ValueError(_("This contains characters that cannot be kept; please type it again"))
        if text:
            self.data = self.read(text)
        elif self.is_needed:
            raise ValueError(self.empty_words())

    def empty_words(self) -> Any:
        return _("Please fill this in")

    def long_words(self) -> Any:
        return _("At most %(longest)s characters fit here", longest=self.longest)

    def read(self, text: str) -> Any:
        """Turn text into a value, or raise ValueError with words."""
        return text

    def spell(self, value: Any) -> str:
        """Turn a value into what stands in the input."""
        return str(value)


class TextField(PlainField):
    def __init__(self, label: Any = None, *, longest: int = 200, **options: Any):
        super().__init__(label, **options)
        self.longest = longest


class LongTextField(TextField):
    """Several lines: a remark, a reason."""

    widget = TextArea()
    keeps_lines = True

    def __init__(self, label: Any = None, *, longest: int = 1000, **options: Any):
        super().__init__(label, longest=longest, **options)

    def read(self, text: str) -> str:
        return text.replace("\r\n", "\n").replace("\r", "\n")


class PasswordField(PlainField):
    """Neither stripped nor shown again."""

    longest = 200

    def _value(self) -> str:
        return ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None:
            self.data = valuelist[0]


def typed_in(name: str) -> str:
    """What came in a field that no form declares, such as a quantity per line; what came twice is read as a whole.

    Two quantities for one line are then no quantity, instead of whichever came first.
    """
    return " ".join(request.form.getlist(name))


class FigureField(PlainField):
    """A number or a day: an essay there is told what belongs there, not how long it may be."""

    longest = LONGEST_NUMBER

    def long_words(self) -> Any:
        return self.empty_words()


class WholeNumberField(FigureField):
    """Digits, full-width or in groups of three too; 1_000, 1e5, −1, lists and essays are refused."""

    def __init__(self, label: Any = None, *, smallest: int = 0, largest: int = LARGEST, **options: Any):
        super().__init__(label, **options)
        self.smallest, self.largest = smallest, largest

    def read(self, text: str) -> int:
        number = parse_number(text)
        if number is None or "." in _plain(text) or not self.smallest <= number <= self.largest:
            raise ValueError(self.empty_words())
        return int(number)

    def empty_words(self) -> Any:
        ends = {"smallest": quantity(self.smallest), "largest": quantity(self.largest)}
        return _("Enter a whole number from %(smallest)s to %(largest)s", **ends)


class MoneyField(FigureField):
    """Yuan with at most two decimals; more than nothing unless zero is welcome."""

    def __init__(
        self,
        label: Any = None,
        *,
        is_positive: bool = True,
        places: int = 2,
        **options: Any,
    ):
        super().__init__(label, **options)
        self.is_positive, self.places = is_positive, places

    def read(self, text: str) -> Decimal:
        if TOO_LARGE.fullmatch(_ungrouped(text)):
            raise ValueError(_("At most %(largest)s can be entered here", largest=quantity(LARGEST)))
        number = parse_number(text)
        if number is None or (self.is_positive and number <= ZERO) or number != round(number, self.places):
            raise ValueError(self.empty_words())
        return number

    def empty_words(self) -> Any:
        if self.is_positive:
            return _("Enter an amount above 0 with at most %(places)s decimals", places=self.places)
        return _("Enter an amount with at most %(places)s decimals", places=self.places)

    def spell(self, value: Any) -> str:
        return f"{value:f}"


class DateField(FigureField):
    """A day as 2026-11-21."""

    def read(self, text: str) -> date:
        plain = _plain(text)
        try:
            if DAY.fullmatch(plain) and FIRST_YEAR <= date.fromisoformat(plain).year <= LAST_YEAR:
                return date.fromisoformat(plain)
        except ValueError:
            pass
        raise ValueError(self.empty_words())

    def empty_words(self) -> Any:
        return _("Enter a date like %(today)s", today=clock.today().isoformat())


class ChoiceField(PlainField):
    """One of a list of (value, words); set `choices` in the view when they come from rows."""

    def __init__(
        self,
        label: Any = None,
        *,
        choices: Sequence[tuple[str, Any]] = (),
        has_empty: bool = True,
        **options: Any,
    ):
        super().__init__(label, **options)
        self.choices = list(choices)
        self.has_empty = has_empty  # whether nothing can be chosen where nothing is needed
        self.suggestions = ""  # address of suggestions: a list too long to be drawn is typed into

    @property
    def is_typed(self) -> bool:
        return bool(self.suggestions) and len(self.choices) > choosing.MOST_DRAWN

    @property
    def typed(self) -> str:
        """What stands in the field where the list is too long: who is chosen by name, else what was typed."""
        names = {value: str(words) for value, words in self.choices}
        return names.get(self.data or "", "") or self._value()

    @property
    def aside(self) -> list[str]:
        """What can be chosen besides people."""
        return [str(words) for value, words in self.choices if not value.isdecimal()]

    def settle(self) -> None:
        """Take the one whom a typed name means; where several may be meant, say so."""
        if not self.is_typed or self.data is None or self.data in {value for value, _words in self.choices}:
            return
        meant = choosing.among(self.choices, self.data)
        if len(meant) > 1:
            raise ValidationError(
                f"{choosing.several(len(meant))}: {'、'.join(str(said) for _, said in meant)}"
            )
        if meant:
            self.data = meant[0][0]

    def pre_validate(self, form: WtForm) -> None:
        self.settle()
        if self.data is not None and self.data not in {value for value, _words in self.choices}:
            raise ValidationError(choosing.nobody() if self.is_typed else self.empty_words())

    def empty_words(self) -> Any:
        return _("Please choose one of the list")


class CheckField(PlainField):
    """A box to tick; not ticked is an answer."""

    def __init__(self, label: Any = None, **options: Any):
        super().__init__(label, is_needed=False, **options)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = bool(valuelist)


class VersionForm(Form):
    """A button under a document: it decides on the version that the person saw."""

    version = WholeNumberField()


def parse_number(text: str) -> Decimal | None:
    """Read a number as people type it in a form, 1,234.50 and １，２３４ too; None for everything else, however ingenious."""
    if len(text) > LONGEST_NUMBER:
        return None
    plain = _ungrouped(text)
    return Decimal(plain) if NUMBER.fullmatch(plain) else None


def parse_whole(text: str) -> int | None:
    """Read a quantity as people type it; None where it is no whole number."""
    number = parse_number(text)
    return int(number) if number is not None and number == int(number) else None


def _ungrouped(text: str) -> str:
    plain = _plain(text)
    return plain.replace(",", "") if GROUPED.fullmatch(plain) else plain


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _is_control(mark: str) -> bool:
    return (
        unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"}
        or mark in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
    )
