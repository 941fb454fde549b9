"""In whose language, and how figures are written."""

from datetime import date, datetime
from decimal import Decimal

from babel.support import Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain

from press.language import amount, catalogue, day, local, money, price, quantity, sign

LOCALES = {"zh_CN": "中文", "en": "English"}
COOKIE = "locale"


class Catalogues(Domain):
    """All catalogues of a language as one; flask-babel would look for zh_Hans_CN, as Babel calls our zh_CN."""

    def get_translations(self) -> Translations:
        """The catalogue of the reader; a page asks hundreds of times, so it is chosen once it is known who reads."""
        if not has_request_context():
            return catalogue(choose_locale())
        here = g._get_current_object()  # one look-up instead of one for each word that follows
        found: Translations | None = here.get("catalogue")
        if found is None:
            found = catalogue(choose_locale())
            if "signed_in" in here:
                here.catalogue = found
        return found


class Speech(Babel):
    @property
    def domain_instance(self) -> Domain:
        return Catalogues()


def init_app(app: Flask) -> None:
    Speech(app, default_locale="zh_CN", locale_selector=choose_locale)
    words = Catalogues()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda each: words.get_translations().ugettext(each),
        ngettext=lambda one, many, count: words.get_translations().ungettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = app.jinja_env.globals[
        "gettext"
    ]  # Jinja's own alias looks it up for each word
    for spell in money, amount, price, sign, quantity, day, short_day, moment, second, percent:
        app.jinja_env.filters[spell.__name__] = spell
    app.jinja_env.globals.update(LOCALES=LOCALES, chosen_locale=choose_locale, language_tag=language_tag)


def choose_locale() -> str:
    """The language of the switch, else of the person, else Chinese."""
    if not has_request_context():
        return "zh_CN"
    wanted = request.cookies.get(COOKIE)
    if wanted in LOCALES:
        return wanted
    known = g.get("signed_in")
    return known.locale if known and known.locale in LOCALES else "zh_CN"


def language_tag() -> str:
    """What stands in <html lang>."""
    return "zh-CN" if choose_locale() == "zh_CN" else "en"


def percent(value: Decimal, places: int = 0) -> str:
    return f"{amount(value, places)}%"


def short_day(value: date | datetime) -> str:
    """Write a month and day: 11-21, for lists of this year."""
    return local(value).strftime("%m-%d")


def moment(value: datetime) -> str:
    """Write an instant in the brand's zone: 2026-11-21 10:42."""
    return local(value).strftime("%Y-%m-%d %H:%M")


def second(value: datetime) -> str:
    """Write an instant of today to the second: 10:42:07."""
    return local(value).strftime("%H:%M:%S")


def spelled(value: object, currency: str = "CNY") -> str:
    """Write any fact of a refusal the way a page would; amounts in the currency that is named beside them."""
    if isinstance(value, Decimal):
        return money(value, currency)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return quantity(value)
    if isinstance(value, list | tuple):
        return ", ".join(spelled(each, currency) for each in value)
    return str(value)
