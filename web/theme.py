"""How pages look: light, dark or as the device, and the brand's own colour and logo."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

import flask
from flask import Blueprint, Flask, Response, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as Answer

from trade import settings
from trade.attachments import store
from trade.attachments.queries import get_of
from trade.colour import BLACK, READABLE, WHITE, Colour, contrast, parse
from trade.db import read
from trade.flows.change_logo import LOGO
from web.access import public
from web.forms import ChoiceField, Form, TextField
from web.pictures import answer_picture
from web.redirects import is_safe_url

COOKIE = "theme"
THEMES = {"system": _("As the device"), "light": _("Light"), "dark": _("Dark")}
YEAR = timedelta(days=365)
TOKENS = Path(__file__).resolve().parent / "static/css/10-tokens.css"
DARK = re.compile(r'@media screen \{\s*\[data-bs-theme="dark"\] \{(.*?)\n  \}', re.DOTALL)
VISIBLE = 3.0  # contrast of a control with what lies around it, WCAG 2.2 §1.4.11

bp = Blueprint("theme", __name__)


class ThemeForm(Form):
    theme = ChoiceField(choices=list(THEMES.items()))
    next = TextField(longest=2000, is_needed=False)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(THEMES=THEMES, chosen_theme=chosen_theme, brand_colour=brand_colour)


def chosen_theme() -> str:
    """What this browser asked for; it stands in the page itself, so that nothing flashes."""
    wanted = request.cookies.get(COOKIE, "")
    return wanted if wanted in THEMES else "system"


@cache
def tokens() -> dict[str, dict[str, str]]:
    """The tokens of the theme by name, light and dark, as the stylesheet has them."""
    sheet = re.sub(r"/\*.*?\*/", "", TOKENS.read_text("utf-8"), flags=re.DOTALL)
    found = DARK.search(sheet)
    dark = dict(_declared(found[1])) if found else {}
    light = dict(_declared(DARK.sub("", sheet)))
    return {"light": light, "dark": light | dark}


def _declared(text: str) -> Iterator[tuple[str, str]]:
    for name, value in re.findall(r"--([a-z0-9-]+):\s*((?:url\([^)]*\)|[^;])+);", text):
        yield name, value.strip()


def brand_colour(accent: str) -> str:
    """The colour of the browser's own bars."""
    return accent or tokens()["light"]["brand"]


@bp.post("/theme")
@public
def choice() -> Answer:
    """Keep light or dark in this browser; without a choice the device decides."""
    form = ThemeForm(request.form)
    target = form.next.data if form.validate() and is_safe_url(form.next.data) else url_for("session.start")
    response = flask.redirect(target, 303)
    if not form.errors:
        response.set_cookie(
            COOKIE,
            form.theme.data,
            max_age=YEAR,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
            path="/",
        )
    return response


@bp.get("/brand-colours")
@public
def colours() -> Response:
    """The brand's five tokens as a stylesheet; its address changes with the colour, so it may be kept for good."""
    with read() as session:
        accent = str(settings.load(session, "brand.")["brand.accent"])
    response = Response(sheet(accent), content_type="text/css; charset=utf-8")
    response.set_etag(sha256(response.data).hexdigest()[:16])
    is_named = request.args.get("v") == accent.removeprefix("#")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_named else "no-cache"
    response.make_conditional(request)
    return response


@bp.get("/brand-logo/<id:file_id>")
@public
def logo(file_id: int) -> Response:
    """The brand's logo, also for those who have not signed in yet."""
    with read() as session:
        file = get_of(session, *LOGO, file_id)
    return answer_picture(lambda: store.load(file.stored_as), file.media_type, file.sha256)


def sheet(accent: str) -> str:
    """The stylesheet of a brand colour; an empty one for the theme's own."""
    if not accent:
        return ""
    light, dark = _spelled(light_shades(parse(accent))), _spelled(dark_shades(parse(accent)))
    return (
        f":root, [data-bs-theme] {{ {light} }}\n"
        f'@media screen {{ [data-bs-theme="dark"] {{ {dark} }} }}\n'
        f'@media screen and (prefers-color-scheme: dark) {{ [data-bs-theme="system"] {{ {dark} }} }}\n'
    )


def light_shades(accent: Colour) -> dict[str, Colour]:
    """The five tokens that a brand replaces, on light ground; white on `brand` is readable by the setting's rule."""
    soft = accent.mixed(WHITE, 0.91)
    page = parse(tokens()["light"]["page"])
    return {
        "brand": accent,
        "brand-press": accent.mixed(BLACK, 0.18),
        "brand-ink": _towards(accent, BLACK, READABLE, soft, page),
        "brand-soft": soft,
    }


def dark_shades(accent: Colour) -> dict[str, Colour]:
    """The same on dark ground: as bright as white text on it allows."""
    surface, page = parse(tokens()["dark"]["surface"]), parse(tokens()["dark"]["page"])
    brand = _towards(accent, WHITE, VISIBLE, surface)
    soft = surface.mixed(accent, 0.2)
    return {
        "brand": brand,
        "brand-press": brand.mixed(BLACK, 0.15),
        "brand-ink": _towards(accent, WHITE, READABLE + 1, soft, surface, page),
        "brand-soft": soft,
    }


def _towards(start: Colour, end: Colour, least: float, *grounds: Colour) -> Colour:
    """The first step from one colour to another that stands out from every ground."""
    steps = (start.mixed(end, step / 50) for step in range(51))
    return next((each for each in steps if all(contrast(each, ground) >= least for ground in grounds)), end)


def _spelled(shades: dict[str, Colour]) -> str:
    return " ".join(f"--{name}: {shade.text};" for name, shade in shades.items()) + " --on-brand: #fff;"
