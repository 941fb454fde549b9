"""The top of the import graph: puts the threshold and the faces together; nothing imports it."""

import os
from pathlib import Path

from flask import Flask, request
from flask.cli import FlaskGroup
from flask.sessions import SecureCookieSessionInterface
from flask_compress import Compress
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from jinja2 import StrictUndefined
from werkzeug.routing import IntegerConverter, Map

import admin
import portal
from ops import schema
from ops.commands import COMMANDS
from trade import clock, sealing
from trade.attachments.content import LARGEST_FILE
from web import (
    access,
    apply,
    assets,
    choosing,
    errors,
    gateways,
    guide,
    headers,
    health,
    hosts,
    i18n,
    installation,
    limits,
    logs,
    metrics,
    navigation,
    oidc,
    paging,
    passkeys,
    proxies,
    redirects,
    requests,
    reset,
    second_factor,
    security,
    session,
    statements,
    store,
    templating,
    theme,
    views,
    words,
)

ROOT = Path(__file__).resolve().parent
SHORTEST_SECRET = 32
KNOWN_SECRETS = {"change-me", "secret", "dev", "development", "test"}
LARGEST_REQUEST = 20 * 1024 * 1024


class IdConverter(IntegerConverter):
    """An id that fits its column: twenty digits are a 404, not an overflow in the driver."""

    def __init__(self, url_map: Map):
        super().__init__(url_map, max=2**31 - 1)


class FormCookie(SecureCookieSessionInterface):
    """The cookie behind CSRF and messages; secure whenever the request is."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def create_app(url: str | None = None, secret_key: str | None = None) -> Flask:
    """Make the application; without arguments from TONGQU_DATABASE_URL, TONGQU_SECRET_KEY and TONGQU_DATA_DIR."""
    app = Flask("tongqu", root_path=str(ROOT), template_folder="templates", static_folder=None)
    app.session_interface = FormCookie()
    app.secret_key = secret_key or _secret()
    sealing.use(str(app.secret_key))
    app.config.update(
        SESSION_COOKIE_NAME="tongqu_form",
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch still works
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=5000,
        COMPRESS_MIMETYPES=["text/html", "text/css", "application/json", "text/csv"],
    )
    app.url_map.converters["id"] = IdConverter
    app.url_map.strict_slashes = False
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    templating.init_app(app)
    app.before_request(requests.name_request)
    app.before_request(requests.refuse_essays)
    hosts.init_app(app)
    Htmx(app)
    logs.init_app(app)
    store.init_app(app, url or _database_url())
    statements.init_app(app)
    metrics.init_app(app)
    health.init_app(app, lambda: schema.revisions(store.store.engine)[1])
    i18n.init_app(app)
    access.init_app(app)
    CSRFProtect(app)
    gateways.init_app(app, app.extensions.get("csrf"))
    assets.init_app(app)
    choosing.init_app(app)
    redirects.init_app(app)
    errors.init_app(app)
    headers.init_app(app)
    Compress(app)
    for each in health, metrics, session, second_factor, security, passkeys, reset, apply:
        app.register_blueprint(each.bp)
    oidc.init_app(app)
    app.register_blueprint(views.bp)
    theme.init_app(app)
    installation.init_app(app)
    if os.environ.get("TONGQU_STYLE_GUIDE"):
        app.register_blueprint(guide.bp)
    app.register_blueprint(portal.bp)
    app.register_blueprint(admin.bp)
    app.jinja_env.globals.update(ways=navigation.ways, NOTICES=navigation.NOTICES, CART=navigation.CART)
    app.jinja_env.globals.update(this_page=redirects.this_page, here=paging.here, role_name=words.role_name)
    app.jinja_env.globals.update(business_date=clock.today, largest_file=LARGEST_FILE)
    app.jinja_env.globals["ui"] = app.jinja_env.get_template("shared/ui.html").module
    access.refuse_unguarded(app)
    limits.init_app(app)
    proxies.init_app(app)
    return app


def _data_folder() -> Path:
    return Path(os.environ.get("TONGQU_DATA_DIR") or ROOT / "data").resolve()


def _database_url() -> str:
    return os.environ.get("TONGQU_DATABASE_URL") or f"sqlite:///{_data_folder()}/tongqu.db"


def _secret() -> str:
    """The key that signs forms: from the environment or the file that ./run writes, never a guessable one."""
    kept = _data_folder() / "secret_key"
    secret = os.environ.get("TONGQU_SECRET_KEY") or (kept.read_text("utf-8").strip() if kept.exists() else "")
    if len(secret) < SHORTEST_SECRET or secret in KNOWN_SECRETS or len(set(secret)) < 8:
        raise SystemExit(
            "TONGQU_SECRET_KEY needs 32 random characters or more; ./run writes one into the data folder."
        )
    return secret


main = FlaskGroup(
    name="tongqu",
    create_app=create_app,
    add_version_option=False,
    add_default_commands=False,
    load_dotenv=False,
)
for command in COMMANDS:
    main.add_command(command)
