"""Refusals of invoices in human words."""

from typing import Any

from flask_babel import lazy_gettext as _

WORDS: dict[str, Any] = {
    "invoice.not_found": _("This page does not exist or is not yours"),
    "invoice.nothing_chosen": _("Please tick at least one shipment"),
    "invoice.too_many": _("At most %(most)s shipments go on one invoice"),
    "invoice.several_companies": _(
        "One invoice is for one company, legal entity and currency; please choose shipments of the same"
    ),
    "invoice.tax_mode_unknown": _("Please choose one of the list"),
    "invoice.shipment_taken": _("%(shipment)s stands on %(invoice)s already; no second invoice was issued"),
    "invoice.nothing_owed": _("Nothing is owed for %(shipment)s, so it goes on no invoice"),
    "invoice.in_future": _("The day lies ahead; please choose today or earlier"),
    "invoice.nothing_waits": _("Nothing shipped until %(day)s waits for an invoice"),
    "invoice.is_red": _("A red invoice is not taken back; issue a new invoice instead"),
    "invoice.is_reversed": _("%(number)s was taken back already"),
    "invoice.changed_meanwhile": _("Someone changed this invoice in the meantime; please look again"),
    "invoice.corrected_in_part": _(
        "%(number)s corrects a part of it, so it cannot be taken back as a whole; the rest is credited by returns"
    ),
    "invoice.reason_needed": _("Please write why it is taken back; it stands on the red invoice"),
    "invoice.return_not_credited": _("%(number)s is not credited yet, so there is nothing to correct"),
    "invoice.return_taken": _("%(number)s has its red invoice already: %(invoice)s"),
    "invoice.return_not_invoiced": _(
        "What %(number)s takes back stands on no invoice yet, or not all of it; please invoice the shipment first"
    ),
    "invoice.tax_number_odd": _("6 to 30 digits, capital letters and hyphens; please look again"),
    "invoice.tax_day_odd": _("The day is not after today, and at most a year before the invoice"),
    "invoice.tax_number_used": _("%(number)s is noted with %(invoice)s already"),
}
