"""Files that a browser fetches, under names that change with their content."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from markupsafe import Markup
from whitenoise import WhiteNoise

from web import headers

BUILT = Path(__file__).resolve().parent.parent / "build/static"
PREFIX = "/static/"


class Assets:
    def __init__(self, folder: Path = BUILT):
        manifest = folder / "manifest.json"
        self.names: dict[str, str] = json.loads(manifest.read_text("utf-8")) if manifest.exists() else {}

    def url(self, name: str) -> str:
        """Where `theme.css` or `img/mark.svg` is; a name that was never built stays as it is."""
        return PREFIX + self.names.get(name, name)

    def icon(self, name: str, kind: str = "") -> Markup:
        """Draw an icon beside its words; alone it needs an aria-label on its button."""
        drawing = Markup('<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>')
        return drawing.format(f" {kind}" if kind else "", self.url("icons.svg"), name)


class Files(WhiteNoise):  # type: ignore[misc]
    """Files from memory of where they are, with the headers of every other answer."""

    @staticmethod
    def serve(static_file: Any, environ: Any, start_response: Any) -> Any:
        """Add what protects, as the hooks of the application never see these answers."""
        is_secure = environ.get("wsgi.url_scheme") == "https"

        def begin(status: str, given: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*given, *headers.of_file(is_secure=is_secure)], *rest)

        return WhiteNoise.serve(static_file, environ, begin)


def init_app(app: Flask) -> None:
    assets = Assets()
    hashed = {PREFIX + name for name in assets.names.values()}
    icon = lru_cache(maxsize=512)(assets.icon)  # a page of products draws hundreds
    app.jinja_env.globals.update(asset=assets.url, icon=icon, draw=icon)
    if BUILT.exists():
        app.wsgi_app = Files(  # type: ignore[method-assign]
            app.wsgi_app,
            root=str(BUILT),
            prefix=PREFIX,
            max_age=60,
            allow_all_origins=False,
            immutable_file_test=lambda path, url: url in hashed,
        )
