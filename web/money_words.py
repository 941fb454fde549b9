"""Refusals about money that came in, in human words; web/words.py has all the others."""

from typing import Any

from flask_babel import lazy_gettext as _

_NOT_HERE = _("This page does not exist or is not yours")
MONEY: dict[str, Any] = {
    "payment.not_found": _NOT_HERE,
    "payment.other_currency": _("This account is kept in %(currency)s; %(given)s cannot be booked on it"),
    "payment.voided": _("This payment was taken back already; nothing was changed"),
    "payment.applied": _("%(amount)s of it is applied; please take that back first"),
    "refund.before_payment": _("The money came on %(paid_on)s only; please choose a later day"),
    "application.not_found": _NOT_HERE,
    "application.nothing": _("There is nothing to settle with it: no debt is open, or no money is left"),
    "application.changed_meanwhile": _(
        "Somebody has applied or taken back something in the meantime; please look again"
    ),
}
