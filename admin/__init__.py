"""The brand's side. A noun's module brings its own blueprint `bp` and is listed here."""

from types import ModuleType

from flask import Blueprint

from admin import (
    audit,
    catalog,
    catalog_families,
    catalog_pictures,
    catalog_product,
    catalog_tree,
    catalog_visibility,
    decisions,
    desk,
    distributors,
    distributors_contacts,
    distributors_profile,
    distributors_reassignment,
    distributors_standing,
    distributors_timeline,
    files,
    masters,
    me,
    members,
    notices,
    orders,
    papers,
    payments,
    people,
    person,
    price_checks,
    price_edits,
    prices,
    product_words,
    reports,
    returns,
    roles,
    settings,
    spoken,
    stock,
    territories,
)

# Pages of a noun that its own blueprint carries.
PAGES: tuple[ModuleType, ...] = (
    distributors_contacts,
    distributors_profile,
    distributors_reassignment,
    distributors_standing,
    distributors_timeline,
)
NOUNS: tuple[ModuleType, ...] = (
    desk,
    decisions,
    orders,
    files,
    returns,
    distributors,
    payments,
    catalog,
    catalog_product,
    catalog_pictures,
    catalog_visibility,
    catalog_families,
    catalog_tree,
    prices,
    price_edits,
    price_checks,
    stock,
    people,
    person,
    members,
    roles,
    reports,
    masters,
    territories,
    settings,
    audit,
    notices,
    papers,
    me,
)
bp = Blueprint("admin", __name__, url_prefix="/admin")
for noun in NOUNS:
    bp.register_blueprint(noun.bp)
bp.context_processor(lambda: {"spoken": spoken, "product_words": product_words})
