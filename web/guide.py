"""The living style guide, for builders: served only where TONGQU_STYLE_GUIDE is set, which production never does."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from flask import Blueprint, request
from werkzeug.wrappers import Response

from trade.colour import contrast, parse
from trade.db import read
from web.access import public
from web.answer import render
from web.forms import (
    CheckField,
    ChoiceField,
    DateField,
    Form,
    LongTextField,
    MoneyField,
    TextField,
    VersionForm,
    WholeNumberField,
)
from web.frame import Frame, Workplace
from web.paging import Page, page_number
from web.theme import tokens

bp = Blueprint("guide", __name__)
SAMPLE = {
    "left": Decimal("126300.00"),
    "order": Decimal("129420.00"),
    "over": Decimal("-3120.00"),
    "price": Decimal("42.30"),
    "list_price": Decimal("46.00"),
    "day": date(2026, 11, 28),
    "now": datetime(2026, 11, 21, 1, 12, tzinfo=UTC),
    # What people really type and owe: the longest name, the largest amount, a code without a place to break.
    "name": "新疆维吾尔自治区伊犁哈萨克自治州霍尔果斯市丝路晨光国际供应链管理有限责任公司特克斯路第二冷链分拨中心（含税专票客户）乙",
    "huge": Decimal("999999999999.99"),
    "code": "YX-CP0515-XINJIANG-COLDCHAIN-2026-LIMITED-EDITION-000123456789",
    "nothing": Decimal("0.00"),
}
FRAME = Frame(
    brand="云岫",
    person_name="王采购",
    role_name="buyer",
    face="portal",
    workplaces=(
        Workplace(1, "buyer", "漳州鑫禾源食品商贸有限公司", is_current=True),
        Workplace(2, "owner", SAMPLE["name"], is_current=False),
    ),
    unread=1234,
)
# What a colour is held against: words on their ground, controls on theirs.
PAIRS = {
    "on-brand": "brand",
    "on-danger": "danger",
    "on-toast": "toast",
    "toast-act": "toast",
    "calm-ink": "calm-soft",
}
FACES = ("portal", "admin")


@dataclass(frozen=True)
class Swatch:
    """One colour in both themes, with its contrast to what it stands on."""

    name: str
    light: str
    dark: str
    ground: str
    figures: tuple[str, str]


def swatches() -> list[Swatch]:
    """Every colour of the theme; the figure says how well it stands out from its ground."""
    known = tokens()
    names = [name for name, value in known["light"].items() if value.startswith("#")]
    return [_swatch(name, known["light"], known["dark"]) for name in names]


def _swatch(name: str, light: dict[str, str], dark: dict[str, str]) -> Swatch:
    tone = name.removesuffix("-ink")
    ground = PAIRS.get(name) or (f"{tone}-soft" if f"{tone}-soft" in light and tone != name else "surface")
    figures = [f"{contrast(parse(each[name]), parse(each[ground])):.1f}" for each in (light, dark)]
    return Swatch(name, light[name], dark[name], ground, (figures[0], figures[1]))


def measures(prefix: str) -> list[tuple[str, int]]:
    """Spaces (s) or radii (r) by name, in pixels."""
    known = tokens()["light"].items()
    found = [(name, value) for name, value in known if name[:1] == prefix and name[1:].isdigit()]
    return [(name, int(value.removesuffix("px"))) for name, value in found]


class GuideForm(VersionForm):
    """One field of each kind."""

    title = TextField("Text")
    cases = WholeNumberField("Whole number", largest=99_999)
    amount = MoneyField("Money", is_needed=False)
    day = DateField("Date")
    reason = LongTextField("Long text", is_needed=False)
    kind = ChoiceField("Choice", choices=[("a", "First"), ("b", "Second")])
    agreed = CheckField("Box to tick")


@bp.get("/style-guide")
@public
def index() -> Response:
    is_sent = bool(request.args.keys() - {"face", "page"})
    form: Form = GuideForm(request.args) if is_sent else GuideForm()
    if is_sent:
        form.validate()
    with read() as session:
        return render(
            session,
            "shared/guide.html",
            "guide",
            form=form,
            sample=SAMPLE,
            page=Page(page_number(), total=237),
            face=face if (face := request.args.get("face", "")) in FACES else FACES[0],
            someone=FRAME,
            colours=swatches(),
            spaces=measures("s"),
            radii=measures("r"),
        )
