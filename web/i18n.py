"""In whose language, and how figures are written."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel.support import Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain
from markupsafe import Markup

from press.language import amount, catalogue, day, local, money, price, quantity, sign

LOCALES = {"zh_CN": "中文", "en": "English"}
COOKIE = "locale"
SENTENCES = 4096


class Catalogues(Domain):
    """All catalogues of a language as one; flask-babel would look for zh_Hans_CN, as Babel calls our zh_CN."""

    def get_translations(self) -> Translations:
        return catalogue(spoken())


class Speech(Babel):
    @property
    def domain_instance(self) -> Domain:
        return Catalogues()


def init_app(app: Flask) -> None:
    Speech(app, default_locale="zh_CN", locale_selector=choose_locale)
    app.jinja_env.globals.update(_=say, gettext=say, ngettext=say_counted)
    for spell in money, amount, price, sign, quantity, day, short_day, moment, second, percent, file_size:
        app.jinja_env.filters[spell.__name__] = spell
    app.jinja_env.globals.update(LOCALES=LOCALES, chosen_locale=choose_locale, language_tag=language_tag)


def say(text: str, /, **facts: object) -> Markup:
    """A sentence of a template in the reader's language; a page says hundreds."""
    return _pattern(spoken(), text) % facts if facts else _sentence(spoken(), text)


def say_counted(one: str, many: str, num: int, /, **facts: object) -> Markup:
    """The same of something that is counted."""
    return Markup(catalogue(spoken()).ungettext(one, many, num)) % {"num": num, **facts}


@lru_cache(SENTENCES)
def _sentence(locale: str, text: str) -> Markup:
    return _pattern(locale, text) % {}


@lru_cache(SENTENCES)
def _pattern(locale: str, text: str) -> Markup:
    return Markup(catalogue(locale).ugettext(text))


def spoken() -> str:
    """The language of the reader, chosen once it is known who reads."""
    if not has_request_context():
        return choose_locale()
    here = g._get_current_object()  # one look-up instead of one for each word that follows
    found: str | None = here.get("spoken")
    if found is None:
        found = choose_locale()
        if "signed_in" in here:
            here.spoken = found
    return found


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


def file_size(count: int) -> str:
    """Write how large a file is, the same for everybody who reads of it: 18 KB, 2.4 MB."""
    return f"{count / 1_048_576:.1f} MB" if count >= 1_048_576 else f"{max(1, round(count / 1024))} KB"


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
