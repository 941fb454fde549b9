"""The living style guide, for builders: served only where TONGQU_STYLE_GUIDE is set."""

from datetime import UTC, date, datetime
from decimal import Decimal

from flask import Blueprint, request
from werkzeug.wrappers import Response

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
from web.paging import Page, page_number

bp = Blueprint("guide", __name__)
SAMPLE = {
    "left": Decimal("126300.00"),
    "order": Decimal("129420.00"),
    "over": Decimal("-3120.00"),
    "price": Decimal("42.30"),
    "list_price": Decimal("46.00"),
    "day": date(2026, 11, 28),
    "now": datetime(2026, 11, 21, 1, 12, tzinfo=UTC),
}


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
    form: Form = GuideForm(request.args) if request.args else GuideForm()
    if request.args:
        form.validate()
    with read() as session:
        page = Page(page_number(), total=237)
        return render(session, "shared/guide.html", "guide", form=form, sample=SAMPLE, page=page)
