"""Refusals about periods and statements in human words."""

from typing import Any

from flask_babel import lazy_gettext as _

_NOT_HERE = _("This page does not exist or is not yours")
WORDS: dict[str, Any] = {
    "period.not_found": _NOT_HERE,
    "period.is_closed": _("This month is closed already"),
    "period.is_open": _("This month is open already"),
    "period.not_over": _("This month is not over yet"),
    "period.earlier_open": _("%(month)s is still open; please close it first"),
    "period.later_closed": _("A later month is closed; only the last one can be opened again"),
    "period.agreed": _("Statement %(number)s of this month is confirmed already, so it stays closed"),
    "period.changed_meanwhile": _("Someone changed this in the meantime; please look again"),
    "statement.not_found": _NOT_HERE,
    "statement.not_allowed": _("The statement has moved on; please look again"),
    "statement.changed_meanwhile": _("Someone changed this in the meantime; please look again"),
    "statement.month_not_over": _("This month is not over yet"),
    "statement.before_books": _("The books begin in %(month)s; there is nothing to state before"),
    "statement.under_way": _("The statements of this month are being made already"),
    "statement.none_of_month": _("There are no statements of this month yet"),
    "statement.confirmed_already": _("This statement is confirmed already"),
    "statement.closed": _("This statement is closed; please write to the brand about a later one"),
    "statement.disputed": _("A line is still disputed; please settle it first"),
    "statement.day_ahead": _("This day has not come yet; please choose today or an earlier one"),
    "statement.span_turned": _("The last day is before the first"),
    "statement.span_long": _("At most three years are shown at once; please choose a later first day"),
    "dispute.not_found": _NOT_HERE,
    "dispute.is_over": _("This dispute is over already"),
    "dispute.there_already": _("This line is disputed already; please write there"),
    "dispute.reason_unknown": _("Please choose one of the list"),
    "dispute.amount_odd": _("Please write an amount up to that of the line, %(most)s"),
    "dispute.words_needed": _("Please say it in 1 to 500 characters"),
    "dispute.too_many_files": _("%(most)s files are enough at once"),
}
