"""Goods that were pasted or typed: one product in each row, its code and how many; every row that cannot be read is named."""

import re

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from admin import spoken
from trade.catalog.models import Sku
from trade.catalog.queries import by_code
from web.forms import ChoiceField, Form, parse_number

MOST = 2_000
SHOWN = 20
ROW = re.compile(r"([^\s,;，；×*]+)[\s,;，；×*]+([0-9０-９][0-9０-９,，]*)\s*(\S{0,10})")
LARGEST = 9_999_999


def bare_field() -> ChoiceField:
    """What a number without a unit counts where a product comes in cases: nobody guesses it."""
    return ChoiceField(
        _("A number without a unit counts"),
        choices=[("order", _("whole cases")), ("base", _("single cans, bottles, bags …"))],
        is_needed=False,
        is_conditional=True,
        hint=_("Not needed where every row has its unit"),
    )


def read_goods(session: Session, form: Form, field: str, *, smallest: int = 1) -> dict[int, int]:
    """By SKU id the base units in a text; `CP0515 12 箱` counts whole cases. Refused rows are told beside the field.

    The form's field `bare` says what a number without a unit is; unsaid, such a row is refused where it matters.
    """
    rows = [row.strip() for row in str(form[field].data or "").splitlines() if row.strip()]
    if len(rows) > MOST:
        form.refuse(gettext("At most %(most)s rows at once", most=MOST), field)
        return {}
    found = [(number, ROW.fullmatch(row), row) for number, row in enumerate(rows, 1)]
    codes = {match[1].upper() for _number, match, _row in found if match}
    skus = by_code(session, codes)
    goods: dict[int, int] = {}
    problems: list[str] = []
    bare = str(form["bare"].data or "")
    for number, match, row in found:
        sku = skus.get(match[1].upper()) if match else None
        units = _units(match, sku, smallest, bare) if match and sku else None
        if match is None:
            problems.append(
                gettext("Row %(row)s: please write code and quantity: %(text)s", row=number, text=row[:40])
            )
        elif sku is None:
            problems.append(
                gettext("Row %(row)s: there is no product %(code)s", row=number, code=match[1][:40])
            )
        elif sku.id in goods:
            problems.append(gettext("Row %(row)s: %(code)s stands here twice", row=number, code=sku.code))
        elif match[3] == "" and not bare and units and sku.order_factor > 1:
            problems.append(
                gettext(
                    "Row %(row)s: %(count)s of %(code)s, in %(cases)s or in %(units)s? Write the unit, or choose it below",
                    row=number,
                    count=match[2],
                    code=sku.code,
                    cases=spoken.unit_word(sku.order_unit),
                    units=spoken.unit_word(sku.base_unit),
                )
            )
        elif units is None:
            problems.append(
                gettext("Row %(row)s: the quantity of %(code)s is not right", row=number, code=sku.code)
            )
        else:
            goods[sku.id] = units
    for problem in problems[:SHOWN]:
        form.refuse(problem, field)
    if len(problems) > SHOWN:
        form.refuse(gettext("and %(count)s more rows", count=len(problems) - SHOWN), field)
    return goods


def _units(match: re.Match[str], sku: Sku, smallest: int, bare: str) -> int | None:
    """Base units of a row, or None where they cannot be told."""
    number = parse_number(match[2])
    unit = match[3]
    if number is None or number != int(number):
        return None
    if unit in (sku.order_unit, spoken.unit_word(sku.order_unit)) or (not unit and bare == "order"):
        number *= sku.order_factor
    elif unit and unit not in (sku.base_unit, spoken.unit_word(sku.base_unit)):
        return None
    return int(number) if smallest <= number <= LARGEST else None
