"""Refusals about money that came in, in human words; web/words.py has the others."""

from typing import Any

from flask_babel import lazy_gettext as _

_NOT_HERE = _("This page does not exist or is not yours")
PAYMENTS: dict[str, Any] = {
    "payment.not_found": _NOT_HERE,
    "payment.other_currency": _("This account is kept in %(currency)s; %(given)s cannot be booked on it"),
    "payment.voided": _("This payment was taken back already; nothing was changed"),
    "payment.applied": _("%(amount)s of it is applied; please take that back first"),
    "refund.in_future": _("The day of the refund lies ahead; please choose today or earlier"),
    "refund.before_payment": _("The money came on %(paid_on)s only; please choose a later day"),
    "bank_line.not_found": _NOT_HERE,
    "bank_file.not_found": _NOT_HERE,
    "bank_file.account_needed": _(
        "Please choose the bank account, or give bank and account number of a new one"
    ),
    "bank_file.half_account": _("Please give both the bank and the account number, or neither"),
    "bank_line.open_by": _("%(person)s has opened this line again in the meantime; please look again"),
    "bank_line.booked_by": _("%(person)s has booked this line already; no second payment was made"),
    "bank_line.aside_by": _("%(person)s has set this line aside already; please look again"),
    "bank_line.not_certain": _("It is not certain whose money this is; please look at it"),
    "bank_line.plan_changed": _(
        "What is open has changed in the meantime; please look at what it would pay now"
    ),
    "bank_line.payment_taken": _("This payment is void, or another line stands for it"),
    "bank_line.amount_differs": _("The payment is %(amount)s, the line another amount"),
    "gateway.not_found": _NOT_HERE,
    "gateway.silent": _(
        "The payment service does not answer; please try again later, or transfer the money and send a proof"
    ),
    "gateway.unsigned": _("The signature is not right; nothing was booked"),
    "gateway.amount_differs": _("Amount or currency differ from what was begun; nothing was booked"),
    "proof.not_found": _NOT_HERE,
    "proof.file_needed": _("Please add a photo or PDF of the transfer"),
    "proof.file_known": _(
        "This file was sent already, with %(amount)s paid on %(paid_on)s; nothing was sent again"
    ),
    "proof.debt_not_open": _("Something ticked is not open any more; please look at it again"),
    "proof.decided": _("This proof was decided or taken back in the meantime; please look again"),
    "proof.line_differs": _("This bank line has another amount or is not open any more; please look again"),
    "credit_note.not_found": _NOT_HERE,
    "application.not_found": _NOT_HERE,
    "application.nothing": _("There is nothing to settle with it: no debt is open, or no money is left"),
    "application.changed_meanwhile": _(
        "Somebody has applied or taken back something in the meantime; please look again"
    ),
}
