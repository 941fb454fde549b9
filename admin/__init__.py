"""The brand's side. A noun's module brings its own blueprint `bp` and is listed here."""

from types import ModuleType

from flask import Blueprint

NOUNS: tuple[ModuleType, ...] = ()
bp = Blueprint("admin", __name__, url_prefix="/admin")
for noun in NOUNS:
    bp.register_blueprint(noun.bp)
