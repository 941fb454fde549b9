"""The brand's side. A noun's module brings its own blueprint `bp` and is listed here."""

from types import ModuleType

from flask import Blueprint

from admin import (
    audit,
    decisions,
    desk,
    distributors,
    files,
    me,
    notices,
    orders,
    papers,
    payments,
    people,
    settings,
    spoken,
    stock,
)

NOUNS: tuple[ModuleType, ...] = (
    desk,
    decisions,
    orders,
    files,
    distributors,
    payments,
    stock,
    people,
    settings,
    audit,
    notices,
    papers,
    me,
)
bp = Blueprint("admin", __name__, url_prefix="/admin")
for noun in NOUNS:
    bp.register_blueprint(noun.bp)
bp.context_processor(lambda: {"spoken": spoken})
