"""The distributor's side. A noun's module brings its own blueprint `bp` and is listed here."""

from types import ModuleType

from flask import Blueprint

from portal import (
    again,
    amendments,
    attachments,
    behalf,
    broadcasts,
    cart,
    catalog,
    children,
    contracts,
    credit,
    disputes,
    home,
    invoices,
    library,
    limit_requests,
    me,
    notices,
    online,
    opportunities,
    order_templates,
    orders,
    papers,
    pictures,
    pool,
    price_changes,
    proofs,
    quick,
    quotations,
    reach,
    registrations,
    remarks,
    returns,
    sayings,
    statements,
    team,
)
from web import units

NOUNS: tuple[ModuleType, ...] = (
    home,
    catalog,
    price_changes,
    pictures,
    cart,
    quick,
    again,
    order_templates,
    orders,
    attachments,
    returns,
    credit,
    limit_requests,
    invoices,
    proofs,
    online,
    statements,
    disputes,
    registrations,
    pool,
    opportunities,
    quotations,
    papers,
    broadcasts,
    library,
    notices,
    team,
    children,
    contracts,
    behalf,
    amendments,
    remarks,
    me,
    reach,
)
bp = Blueprint("portal", __name__, url_prefix="/portal")
for noun in NOUNS:
    bp.register_blueprint(noun.bp)
for spell in units.unit_word, units.counted, units.packed:
    bp.add_app_template_filter(spell)
for say in sayings.problem_words, sayings.reason_words, sayings.held_next, sayings.is_stopped:
    bp.add_app_template_global(say)
