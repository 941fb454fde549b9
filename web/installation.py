"""On the home screen: the app's manifest, its service worker, and the page for when there is no connection."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, g, render_template, request, url_for
from flask_babel import gettext

from press.language import catalogue
from trade import settings
from trade.db import read
from web.access import public
from web.i18n import LOCALES, language_tag
from web.navigation import ways
from web.theme import brand_colour, tokens

WORKER = Path(__file__).resolve().parent / "static/worker/service-worker.js"
# What every page needs: in the browser's cache already when the worker asks for it.
KEPT = ("tabler.min.css", "theme.css", "htmx.min.js", "app.js", "icons.svg", "img/mark.svg")
ICONS = (("img/icon-192.png", "192x192", "any"), ("img/icon-512.png", "512x512", "any"))
MASKABLE = ("img/icon-maskable.png", "512x512", "maskable")
SHORTCUTS = ("portal.catalog", "portal.orders", "admin.desk", "admin.orders")
LONGEST_SHORT_NAME = 12


def N_(words: str) -> str:
    return words


OFFLINE = (
    N_("You are offline."),
    N_("What was confirmed to you is kept, and so is your cart."),
    N_("Try again"),
)
bp = Blueprint("installation", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/app-manifest")
@public
def manifest() -> Response:
    """Name, colour and icons of the app in the reader's language, with the shortcuts that lead somewhere for them."""
    with read() as session:
        look = settings.load(session, "brand.")
    name, asset = str(look["brand.name"]), current_app.jinja_env.globals["asset"]
    icons = [
        {"src": asset(file), "sizes": sizes, "type": "image/png", "purpose": purpose}
        for file, sizes, purpose in (*ICONS, MASKABLE)
    ]
    facts = {
        "id": "/",
        "name": gettext("%(brand)s ordering", brand=name),
        "short_name": name[:LONGEST_SHORT_NAME],
        "lang": language_tag(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": tokens()["light"]["page"],
        "theme_color": brand_colour(str(look["brand.accent"])),
        "icons": icons,
        "shortcuts": [{"name": words, "url": url} for words, url in _shortcuts()],
    }
    answer = Response(json.dumps(facts, ensure_ascii=False), content_type="application/manifest+json")
    answer.headers["Cache-Control"] = "private, max-age=600"
    answer.vary.add("Cookie")
    return answer


@bp.get("/service-worker")
@public
def worker() -> Response:
    """The script that keeps the hashed files and one page, and nothing of anybody's."""
    asset = current_app.jinja_env.globals["asset"]
    files = [*(asset(name) for name in KEPT), url_for(".offline")]
    body = _script(tuple(files), render_template("shared/offline.html", parts=_parts()))
    answer = Response(body, content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(sha256(answer.data).hexdigest()[:16])
    answer.make_conditional(request)
    return answer


@bp.get("/offline")
@public
def offline() -> Response:
    """What a browser shows without a connection: in every language, since it is kept before anybody chooses."""
    return Response(render_template("shared/offline.html", parts=_parts()))


def _shortcuts() -> list[tuple[str, str]]:
    if g.signed_in is None:
        return []
    open_ways = [way for face in ("portal", "admin") if g.signed_in.face == face for way in ways(face)]
    found = [(str(way.words), way.url) for way in open_ways if way.section in SHORTCUTS]
    if any(way.section == "portal.cart" for way in open_ways):
        found.append((gettext("Quick order"), url_for("portal.quick.index")))
    return found


def _parts() -> list[tuple[str, list[str]]]:
    """Language, and its words for the heading, the text and the button."""
    return [
        ("zh-CN" if code == "zh_CN" else code, [catalogue(code).ugettext(each) for each in OFFLINE])
        for code in LOCALES
    ]


@cache
def _script(files: tuple[str, ...], page: str) -> str:
    """The worker with the list of its files; its version changes with any of them, and the old cache goes."""
    source = WORKER.read_text("utf-8")
    version = sha256(f"{files}{page}{source}".encode()).hexdigest()[:12]
    return f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(files)};\n{source}"
