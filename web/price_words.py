"""Why this price: the steps of the price function, as distributor and staff read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from web.i18n import day, money, percent, price, sign
from web.units import counted, unit_word

Step = Mapping[str, Any]
KINDS = {
    "own": _("Own price list"),
    "group": _("Price list of the price group"),
    "tier": _("Price list of the tier"),
    "territory": _("Price list of the territory"),
    "base": _("List price"),
}


@dataclass(frozen=True)
class Line:
    """One row of the trace; kind is hit, miss or deal."""

    title: str
    meta: str
    figure: str
    kind: str


@dataclass(frozen=True)
class Told:
    """The trace, and the tax within."""

    lines: Sequence[Line]
    rate: str
    tax: Decimal
    net: Decimal
    gross: Decimal
    is_gross: bool


def tell(steps: Sequence[Step], currency: str) -> Told:
    """Put the steps into words, lists in the order in which they were asked."""
    absent = [step["kind"] for step in steps if step["step"] == "none"]
    lines = [_absent(absent)] if absent else []
    lines += [line for step in steps if (line := _line(step, currency)) is not None]
    tax = next((step for step in steps if step["step"] == "tax"), None)
    amount = next((step for step in steps if step["step"] == "amount"), {})
    facts = tax or {"rate": "0", "tax": "0", "net": "0", "gross": "0"}
    return Told(
        lines=lines,
        rate=percent(Decimal(facts["rate"]) * 100),
        tax=Decimal(facts["tax"]),
        net=Decimal(facts["net"]),
        gross=Decimal(facts["gross"]),
        is_gross=amount.get("basis", "gross") == "gross",
    )


def _line(step: Step, currency: str) -> Line | None:
    build = {
        "unbased": _unbased,
        "miss": _miss,
        "hit": _hit,
        "break": _break,
        "percent": _percent,
        "amount": _amount,
    }.get(step["step"])
    return build(step, currency) if build else None


def _absent(kinds: Sequence[str]) -> Line:
    """Those that were asked and have nothing for the product, on one line."""
    names = gettext(", ").join(str(KINDS.get(kind, kind)) for kind in kinds)
    return Line(names, gettext("has no price for this product"), "—", "miss")


def _unbased(step: Step, currency: str) -> Line:
    return Line(step["name"], gettext("a share of the list price, which there is not"), "—", "miss")


def _miss(step: Step, currency: str) -> Line:
    least = counted(step["min_quantity"], step["unit"])
    meta = gettext("from %(least)s on; you order %(quantity)s", least=least, quantity=step["quantity"])
    return Line(step["name"], meta, "—", "miss")


def _hit(step: Step, currency: str) -> Line:
    name = step["name"] or gettext("Price agreed for this customer")
    return Line(name, _period(step), _figure(step["price"], currency), "hit")


def _break(step: Step, currency: str) -> Line:
    least = counted(step["min_quantity"], step["unit"])
    title = gettext("Break price from %(least)s on", least=least)
    meta = gettext("you order %(quantity)s", quantity=counted(step["quantity"], step["unit"]))
    if step["next_quantity"] is not None:
        following = gettext(
            "next break %(least)s %(price)s",
            least=counted(step["next_quantity"], step["unit"]),
            price=_figure(step["next_price"], currency),
        )
        meta = f"{meta} · {following}"
    return Line(title, meta, _figure(step["price"], currency), "hit")


def _percent(step: Step, currency: str) -> Line:
    title = gettext("%(percent)s of the list price", percent=percent(Decimal(step["percent"])))
    return Line(title, "", _figure(step["price"], currency), "hit")


def _amount(step: Step, currency: str) -> Line:
    title = gettext("This line") if step["basis"] == "gross" else gettext("This line, before tax")
    meta = gettext(
        "%(quantity)s × %(price)s per %(unit)s",
        quantity=counted(step["quantity"], step["unit"]),
        price=_figure(step["price"], currency),
        unit=unit_word(step["per"]),
    )
    return Line(title, meta, money(Decimal(step["amount"]), currency), "deal")


def _period(step: Step) -> str:
    since = day(date.fromisoformat(step["valid_from"]))
    if not step["valid_to"]:
        return gettext("valid since %(since)s", since=since)
    last = date.fromisoformat(step["valid_to"]) - timedelta(days=1)
    return gettext("valid %(since)s to %(last)s", since=since, last=day(last))


def _figure(value: str, currency: str) -> str:
    return f"{sign(currency)}{price(Decimal(value))}"
