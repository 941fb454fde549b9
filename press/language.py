"""In which language papers and pages are written, and how their figures are spelled."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import cn2an
from babel.support import Translations

from trade import clock
from trade.money import rounded

CATALOGUES = Path(__file__).resolve().parent.parent / "web/translations"
SIGNS = {"CNY": "¥"}
MINUS = "\u2212"


@cache
def catalogue(locale: str) -> Translations:
    """All catalogues of a language as one; without any, the English of the templates stays."""
    whole = Translations()
    for path in sorted((CATALOGUES / locale / "LC_MESSAGES").glob("*.mo")):
        with path.open("rb") as file:
            part = Translations(file, path.stem)
        whole.merge(part)
        whole.plural = part.plural
    return whole


def filters() -> dict[str, Callable[..., str]]:
    """How figures are written on paper, by the name that templates use."""
    return {
        "money": money,
        "amount": amount,
        "price": price,
        "quantity": quantity,
        "day": day,
        "capitals": capitals,
    }


def amount(value: Decimal, places: int = 2) -> str:
    """Write a figure with separators and two decimals: 1,234.50, −3,120.00; no currency."""
    figure = rounded(value, places)
    return f"{MINUS if figure < 0 else ''}{abs(figure):,.{places}f}"


def money(value: Decimal, currency: str = "CNY") -> str:
    """Write an amount: ¥1,234.50; currencies other than the yuan by their code, USD 1,234.50."""
    return f"{MINUS if value < 0 else ''}{sign(currency)}{amount(abs(value))}"


def sign(currency: str) -> str:
    """Write what stands before an amount: ¥, or the code and a space."""
    return SIGNS.get(currency) or f"{currency} "


def price(value: Decimal) -> str:
    """Write the figure of a price: two decimals, up to four where it has them; no currency."""
    places = -int(value.normalize().as_tuple().exponent) if value else 2
    return amount(value, min(max(2, places), 4))


def quantity(value: int) -> str:
    """Write a count: 1,200."""
    return f"{MINUS if value < 0 else ''}{abs(value):,}"


def day(value: date | datetime) -> str:
    """Write a date in the brand's zone: 2026-11-21."""
    return local(value).strftime("%Y-%m-%d")


def local(value: date | datetime) -> date:
    """Turn an instant into the brand's own time; a date stays as it is."""
    return value.astimezone(clock.BRAND_ZONE) if isinstance(value, datetime) else value


def capitals(value: Decimal) -> str:
    """Write yuan as papers need them (人民币大写): 壹仟贰佰叁拾肆元伍角整.

    `整` closes what ends with 元 or 角, as banks ask for (正确填写票据和结算凭证的基本规定).
    """
    figure = rounded(value)
    words = cn2an.an2cn(f"{abs(figure):f}", "rmb").removesuffix("整")
    return f"人民币{'负' if figure < 0 else ''}{words}{'' if words.endswith('分') else '整'}"
