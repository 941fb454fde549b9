"""The words of imports by page: kinds, fields with what they mean, states, and what is wrong with a cell."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from admin import spoken
from trade.imports.uploads_shape import Field
from web.i18n import quantity

KINDS: Mapping[str, tuple[Any, Any, str]] = {
    "distributors": (
        _("Distributors"),
        _("Companies with tier, territory, terms and address"),
        "building-store",
    ),
    "products": (_("Products"), _("SKUs with units, category, tax rate and barcode"), "tag"),
    "prices": (
        _("Prices"),
        _("Prices of one or several lists, as a draft or from a day on"),
        "currency-yuan",
    ),
    "stock": (_("Stock count"), _("What lay in a warehouse at a moment"), "packages"),
    "credit-limits": (_("Credit limits"), _("Base limits with their reason"), "coins"),
    "registrations": (
        _("Existing customers of distributors"),
        _("Customers that distributors have already; conflicts are told first"),
        "user-check",
    ),
    "direct-customers": (
        _("The brand's own customers"),
        _("Whom nobody else may register"),
        "building-store",
    ),
    "orders": (_("Historic orders"), _("Closed documents of another system, for reports"), "file-text"),
}
STATES: Mapping[str, tuple[str, Any]] = {
    "uploaded": ("info", _("Columns to be named")),
    "checking": ("info", _("Being checked")),
    "checked": ("warn", _("Checked, not written")),
    "writing": ("info", _("Being written")),
    "done": ("ok", _("Written")),
    "failed": ("danger", _("Stopped")),
    "dropped": ("", _("Dropped")),
}
LABELS: Mapping[str, Any] = {
    "product_line": _("Product line"),
    "project": _("Project or need"),
    "note": _("Note"),
    "near": _("Near to another, goes to a person"),
    "branch": _("Branch or short name of another, goes to a person"),
    "is_distributor": _("It is a distributor, goes to a person"),
    "no_code": _("Mainland company without a credit code, goes to a person"),
    "held_by": _("Distributors that hold it keep it until then"),
    "near_row": _("Near to another row, goes to a person"),
    "like_row": _("Near to another row of this distributor"),
    "same_phone": _("Same phone as another, goes to a person"),
    "code": _("Code"),
    "name": _("Full name"),
    "tier": _("Tier"),
    "territory": _("Territory"),
    "channel": _("Channel"),
    "rep": _("Sales rep"),
    "price_group": _("Price group"),
    "parent": _("Parent"),
    "terms": _("Payment terms"),
    "terms_days": _("Credit days"),
    "advance_percent": _("Percent in advance"),
    "credit_code": _("Credit code"),
    "legal_representative": _("Legal representative"),
    "registered_address": _("Registered address"),
    "contact_name": _("Contact name"),
    "phone": _("Phone"),
    "address": _("Shipping address"),
    "invoice_title": _("Invoice title"),
    "bank_name": _("Bank name"),
    "bank_account": _("Bank account"),
    "currency": _("Currency"),
    "back_order_policy": _("Back order policy"),
    "internal_note": _("Internal note"),
    "category": _("Category"),
    "family": _("Family"),
    "brand": _("Brand"),
    "base_unit": _("Base unit"),
    "order_unit": _("Order unit"),
    "order_factor": _("Order factor"),
    "moq": _("Minimum order"),
    "multiple": _("Multiple"),
    "tax_rate": _("Tax rate"),
    "barcode": _("Barcode"),
    "size": _("Size"),
    "colour": _("Colour"),
    "flavour": _("Flavour"),
    "floor_price": _("Floor price"),
    "safety_stock": _("Safety stock"),
    "is_sellable": _("Sellable"),
    "sale_from": _("Sale from"),
    "sale_to": _("Sale to"),
    "description": _("Description"),
    "sku": _("SKU code"),
    "list": _("Price list"),
    "unit": _("Unit"),
    "min_quantity": _("Min quantity"),
    "price": _("Unit price"),
    "percent": _("Percent"),
    "quantity": _("Quantity"),
    "distributor": _("Distributor code"),
    "amount": _("Amount"),
    "reason": _("Reason"),
    "number": _("Order number"),
    "order_date": _("Order date"),
    "line_no": _("Line no"),
    "discount": _("Discount"),
    "ship_date": _("Ship date"),
    "tracking_number": _("Tracking number"),
    "on_hand": _("On hand"),
}
HINTS: Mapping[str, Any] = {
    "code": _("Says which row it is; a code that is known is changed, a new one is added"),
    "tier": _("Code or name, as in the master data"),
    "territory": _("Code or name, as in the master data"),
    "channel": _("Code or name, as in the master data"),
    "rep": _("Name or user name of somebody who sells"),
    "price_group": _("Code or name, as in the master data"),
    "parent": _("Code of a distributor that exists"),
    "terms": _("Monthly, delivery or advance"),
    "terms_days": _("Whole days, 0 to 365"),
    "advance_percent": _(
        "A whole percentage from 1 to 100, only with terms in advance; all of it unless said"
    ),
    "credit_code": _("18 characters; the check digit is tested"),
    "address": _("Where goods go, with province and city"),
    "phone": _("As it is dialled"),
    "currency": _("CNY unless said; stays as it is once a company is known"),
    "back_order_policy": _("Refuse, wait or partial"),
    "invoice_title": _("The name, unless said otherwise"),
    "category": _("Code, name, or the way from the root with slashes"),
    "family": _("Code or name of a family that exists"),
    "base_unit": _("The smallest unit that is sold; stays as it is once a product is known"),
    "order_unit": _("The unit that is ordered; the base unit unless said"),
    "order_factor": _("How many base units the order unit holds"),
    "moq": _("Order units, a multiple of the multiple"),
    "multiple": _("Order units"),
    "tax_rate": _("13%, 13 or 0.13"),
    "barcode": _("EAN-8, UPC-A, EAN-13 or GTIN-14; the check digit is tested"),
    "floor_price": _("With tax, per order unit"),
    "safety_stock": _("Base units"),
    "is_sellable": _("Yes or no"),
    "sale_from": _("A day such as 2026-01-31 or 2026/1/31"),
    "sale_to": _("The first day on which it is no longer sold"),
    "sku": _("Code or barcode of a product"),
    "list": _("Code of the price list; not needed where one list is chosen for the whole file"),
    "unit": _(
        "One in which the product is counted; for prices and orders the order unit, for counts the base unit unless said"
    ),
    "min_quantity": _("From how many of the unit the price holds; 1 unless said"),
    "price": _("Up to 4 decimals; ¥ and thousands separators are welcome"),
    "percent": _("Of the base list, such as 85; instead of a price"),
    "quantity": _("Whole number"),
    "distributor": _("Code of a distributor that exists"),
    "amount": _("¥ and thousands separators are welcome"),
    "reason": _("Kept with the limit; one for the whole file can be said below"),
    "number": _("Rows of one number are one order"),
    "order_date": _("A day such as 2026-01-31 or 2026/1/31"),
    "line_no": _("In the order of the rows unless said"),
    "discount": _("Of the whole line; what is negative stands in parentheses or behind a minus"),
    "ship_date": _("The day of the order unless said"),
}
FLAWS: Mapping[str, Any] = {
    "cell.control_character": _("contains a line end or a character that cannot be kept"),
    "cell.duplicate": _("stands here a second time; first in row %(hint)s"),
    "cell.empty": _("is empty"),
    "cell.needed_when_new": _("is empty; a new row needs it"),
    "cell.not_a_choice": _("is none of the allowed values"),
    "cell.not_a_date": _("is not a date"),
    "cell.not_a_number": _("is not a number"),
    "cell.too_long": _("is too long"),
    "cell.too_many_places": _("has too many decimals"),
    "cell.too_large": _("is too large"),
    "cell.customer_taken": _("another distributor has this customer: %(hint)s"),
    "cell.customer_nameless": _("tells no company from another"),
    "cell.customer_self": _("is this distributor itself"),
    "cell.customer_direct": _("is one of the brand's own customers"),
    "cell.customer_rests": _("was let go by this distributor, which has to wait until %(hint)s is over"),
    "cell.customer_over_cap": _("is more than this distributor may have registered at a time: %(hint)s"),
    "cell.customer_no_terms": _("has no tier and terms today"),
    "cell.unknown": _("is not known here"),
    "cell.ambiguous": _("is the name of more than one; please write the code"),
    "cell.no_list": _("is empty, and no price list was chosen for the file"),
    "cell.taken": _("belongs to another already: %(hint)s"),
    "cell.fixed": _("cannot be changed by an import"),
    "cell.odd_code": _("is not a code: letters, digits, dot, hyphen, at most 30"),
    "cell.odd_credit_code": _("is not a credit code; please look at the check digit"),
    "cell.odd_phone": _("is no number to dial: a mobile number, or a landline with its area code"),
    "cell.odd_share": _("is not a whole percentage from 1 to 100"),
    "cell.one_or_all": _("may be one percent or all of it; please write it with a percent sign"),
    "cell.not_in_advance": _("counts only with terms in advance; please say so under payment terms"),
    "cell.odd_barcode": _("is not a barcode; please look at the check digit"),
    "cell.odd_tax": _("is not a tax rate that is used here"),
    "cell.not_multiple": _("is not a multiple of the order multiple"),
    "cell.crossed": _("ends before it begins"),
    "cell.base_is_one": _("must be 1 where both units are the same"),
    "cell.in_future": _("lies in the future"),
    "row.ended": _("is archived or ended"),
    "row.price_and_percent": _("stands beside a price; please give one of the two"),
    "row.order_differs": _("differs from the first row of the order, row %(hint)s"),
    "row.order_is_bad": _("another row of this order is wrong"),
    "row.amounts_disagree": _("does not fit price × quantity − discount: %(hint)s"),
    "row.lines_missing": _("has fewer lines than when it came in"),
}
ADDED_UP: Mapping[str, Any] = {  # of many rows at once: what the hint would name differs from row to row
    "cell.duplicate": _("stands here more than once"),
    "cell.taken": _("belongs to another already"),
    "cell.customer_taken": _("another distributor has this customer"),
    "cell.customer_rests": _("was let go by this distributor not long ago"),
    "cell.customer_over_cap": _("is more than this distributor may have registered at a time"),
    "row.order_differs": _("differs from the first row of the order"),
    "row.amounts_disagree": _("does not fit price × quantity − discount"),
}
UNTIL = re.compile(r"\d{4}-\d{2}-\d{2} ")  # before who holds it
NEAR = _("did you mean %(hint)s?")


def label(key: str) -> str:
    return str(LABELS.get(key, key))


def hint(key: str) -> str:
    return str(HINTS.get(key, ""))


def asked_for(field: Field) -> str:
    """What a column means, and whether something new needs it."""
    needed = gettext("Needed for what is new.") if field.is_needed_when_new else ""
    return " ".join(each for each in (hint(field.key), needed) if each)


def flaw(code: str, hint: str = "") -> str:
    """What is wrong, without the cell."""
    words = str(FLAWS.get(code, code))
    if code == "cell.customer_taken" and UNTIL.match(hint):
        day, name = hint.split(" ", 1)
        hint = gettext("%(name)s, until %(day)s", name=name, day=day)
    words = words % {"hint": hint} if "%(" in words else words
    if hint and code == "cell.unknown":
        words = f"{words}; {str(NEAR) % {'hint': hint}}"
    return words.rstrip(" :：")


def kind_of_flaw(code: str) -> str:
    """What is wrong with some rows, without what only one of them has."""
    return str(ADDED_UP[code]) if code in ADDED_UP else flaw(code)


def flaws(found: Sequence[Sequence[str]]) -> str:
    """All that is wrong with a row, for its cell in the file of bad rows."""
    return "; ".join(
        f"{label(key)}{f' 「{value}」' if value else ''} {flaw(code, near)}"
        for key, code, value, near in found
    )


def value(key: str, text: str) -> str:
    """A value before or after, in words."""
    if not text:
        return gettext("nothing")
    if text in ("yes", "no"):
        return gettext("yes") if text == "yes" else gettext("no")
    if key in ("near_row", "like_row"):
        number, name = text.split(" ", 1)
        return gettext("row %(number)s: %(name)s", number=number, name=name)
    if key.endswith("unit"):
        return spoken.unit_word(text)
    if key == "terms":
        return spoken.word(spoken.TERMS, text)
    if key == "back_order_policy":
        return spoken.word(spoken.BACK_ORDERS, text)
    if key in ("on_hand", "safety_stock") and text.lstrip("-").isdigit():
        return quantity(int(text))
    return text
