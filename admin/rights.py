"""Every permission in human words: what it lets somebody do, and what that opens."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from trade.actor import Permission
from trade.people.models import Reach

P = Permission
RIGHTS: dict[str, tuple[Any, Any]] = {
    P.CATALOG_READ: (_("See products and own prices"), _("The catalogue, prices and why they are so")),
    P.CART_EDIT: (_("Fill the cart"), _("Cart, quick order, templates and favourites")),
    P.ORDER_SUBMIT: (_("Send orders"), _("The cart's button that orders, with credit and stock")),
    P.ORDER_READ: (_("See the company's orders"), _("Order list, parcels and papers")),
    P.ORDER_WITHDRAW: (_("Withdraw orders"), _("Only while the brand has not decided")),
    P.RECEIPT_CONFIRM: (_("Confirm receipt"), _("Signing for parcels, short and damaged goods")),
    P.RETURN_REQUEST: (_("Ask for returns"), _("Return requests with reasons and photos")),
    P.TEAM_MANAGE: (_("Manage the own team"), _("Inviting and removing colleagues of the same company")),
    P.CREDIT_READ: (_("See the company's account"), _("Credit, payments and statement")),
    P.STATEMENT_CONFIRM: (
        _("Confirm statements"),
        _("Agreeing to the company's statements, and disputing lines"),
    ),
    P.BROADCAST_READ: (
        _("Read broadcasts"),
        _("Price, policy, promotion and product notices; who has confirmed"),
    ),
    P.BROADCAST_ACKNOWLEDGE: (_("Confirm broadcasts"), _("The company's word that it has read, or agrees")),
    P.BROADCAST_WRITE: (_("Write broadcasts"), _("Drafts with files, which nobody outside sees yet")),
    P.BROADCAST_PUBLISH: (
        _("Publish broadcasts"),
        _("Now or at a moment, within reach; taking back what was published"),
    ),
    P.LIBRARY_READ: (_("Read the library"), _("Product material, training, price and policy papers")),
    P.LIBRARY_MANAGE: (_("Keep the library"), _("Files, their versions, and for whom they are")),
    P.CHILDREN_READ: (
        _("See orders of companies below"),
        _("Orders of the companies that stand below the own one, to read"),
    ),
    P.NOTICE_READ: (_("Read messages"), _("What concerns the person is told in the app")),
    P.ORDER_REMARK: (_("Write remarks on orders"), _("The thread between distributor and brand")),
    P.REGISTRATION_SUBMIT: (
        _("Register customers"),
        _("Reporting customers, follow-ups, prolonging, the public pool"),
    ),
    P.OPPORTUNITY_WORK: (
        _("Work on opportunities"),
        _("Stages, follow-ups, quotations to the company's own customers"),
    ),
    P.DESK_READ: (_("Open the desk"), _("To do, the own page; without it there is no way in")),
    P.ORDER_REVIEW: (_("See orders"), _("Order list and every order within reach")),
    P.ORDER_APPROVE: (_("Decide orders"), _("Approving, returning and rejecting what waits")),
    P.APPROVAL_MANAGE: (
        _("Set who decides what"),
        _("Policies of approval: drafting, proving and publishing them"),
    ),
    P.ORDER_CANCEL: (_("Cancel orders"), _("What is not shipped yet; credit and stock are given back")),
    P.ORDER_SHIP: (_("Ship orders"), _("Packing, carriers and parcels")),
    P.ORDER_AMEND: (_("Change orders before shipment"), _("Quantities and lines, priced and tested again")),
    P.ORDER_BEHALF: (_("Order on behalf"), _("Working in the portal in the name of a distributor")),
    P.ORDER_ALLOCATE: (_("Give stock to orders"), _("Back orders and the choice of the warehouse")),
    P.RETURN_READ: (_("See returns"), _("Return requests within reach")),
    P.RETURN_DECIDE: (_("Decide returns"), _("Accepting and rejecting return requests")),
    P.RETURN_RECEIVE: (_("Receive returned goods"), _("Goods back into stock or quarantine")),
    P.PAYMENT_PROVE: (_("Send proofs of payment"), _("A photo of the transfer, which finance confirms")),
    P.PAYMENT_RECORD: (_("Record payments"), _("Money that has arrived; it frees credit")),
    P.PAYMENT_READ: (_("See payments"), _("Payments of distributors within reach")),
    P.INVOICE_READ: (_("See invoices"), _("Invoices of distributors within reach, and what waits for one")),
    P.INVOICE_ISSUE: (_("Issue invoices"), _("Invoices, red ones, and the numbers of the real ones")),
    P.STATEMENT_READ: (_("See statements"), _("Statements of distributors within reach, as PDF and sheet")),
    P.STATEMENT_MANAGE: (
        _("Make and settle statements"),
        _("The statements of a month, disputes, closing them, certificates for auditors"),
    ),
    P.PERIOD_CLOSE: (_("Close periods"), _("Months of the books, and opening the last one again")),
    P.DISTRIBUTOR_READ: (_("See distributors"), _("Profile, addresses and terms")),
    P.APPLICATION_READ: (
        _("See applications of distributors"),
        _("Who wants to buy, with licence, bank and what speaks against it"),
    ),
    P.APPLICATION_DECIDE: (
        _("Decide applications of distributors"),
        _("Taking a company in with tier, territory, terms and owner"),
    ),
    P.DISTRIBUTOR_FORGET: (
        _("Overwrite personal data"),
        _("Of an ended distributor's people, on their wish, for good"),
    ),
    P.DISTRIBUTOR_EDIT: (_("Edit distributors"), _("Profile, contacts, addresses, terms and authorisations")),
    P.CREDIT_REVIEW: (_("See credit"), _("Limits, use and reasons")),
    P.CREDIT_LIMIT: (_("Change credit"), _("Limits, and stopping new orders")),
    P.CREDIT_EXCEED: (
        _("Approve beyond the limit"),
        _("One order at a time, up to the amount in the settings"),
    ),
    P.STOCK_READ: (_("See stock"), _("On hand, reserved and movements")),
    P.STOCK_MOVE: (_("Move stock"), _("Counts, receipts and transfers")),
    P.WAREHOUSE_MANAGE: (_("Manage warehouses"), _("Warehouses and the areas they serve")),
    P.PRODUCT_READ: (_("See products"), _("Products, packs and pictures")),
    P.PRODUCT_EDIT: (_("Edit products"), _("Products, packs, pictures and who sees them")),
    P.PRICE_READ: (_("See price lists"), _("All lists, also those of others' tiers")),
    P.PRICE_EDIT: (_("Prepare prices"), _("Drafts, which nobody pays yet")),
    P.PRICE_PUBLISH: (_("Publish prices"), _("Makes drafts hold from a day on")),
    P.MASTER_MANAGE: (_("Manage master data"), _("Tiers, channels, territories, legal entities, reasons")),
    P.PERSON_MANAGE: (_("Manage people"), _("Inviting, roles, shutting out, new passwords")),
    P.PERSON_RESET: (
        _("Help distributors' people to sign in"),
        _("Codes for a new password, for those who forgot theirs"),
    ),
    P.ROLE_MANAGE: (_("Manage roles"), _("This page; only what one may do oneself can be given")),
    P.SETTING_MANAGE: (_("Change settings"), _("Limits for decisions, signing in, the brand's name")),
    P.SYSTEM_OPERATE: (
        _("Look after the program"),
        _("System status: what is wrong, letting stopped work run again, proving the books"),
    ),
    P.REPORT_READ: (_("See reports"), _("Sales by distributor, product, rep and month")),
    P.IMPORT_RUN: (_("Import data"), _("Uploads of distributors, products, prices, stock, orders")),
    P.AUDIT_READ: (_("Read the audit"), _("Who did what, with before and after")),
    P.COST_READ: (_("See costs and margins"), _("Unit costs on orders and in reports")),
    P.PHONE_READ: (_("See phone numbers in full"), _("Otherwise 138****1234")),
    P.REGISTRATION_READ: (_("See registrations"), _("Customers that distributors within reach registered")),
    P.REGISTRATION_DECIDE: (
        _("Decide registrations"),
        _("Whose customer it is, where names or phones are near; appeals"),
    ),
    P.OPPORTUNITY_READ: (
        _("See opportunities"),
        _("Board, list, funnel and forecast of distributors within reach"),
    ),
    P.REGISTRATION_MANAGE: (
        _("Manage registrations"),
        _("The brand's own customers, numbers per tier, project prices, ending a registration"),
    ),
}
SUBJECTS: dict[str, Any] = {
    "catalog": _("Products"),
    "cart": _("Cart"),
    "approval": _("Approvals"),
    "order": _("Orders"),
    "receipt": _("Goods receipt"),
    "return": _("Returns"),
    "team": _("Team"),
    "credit": _("Credit"),
    "notice": _("Messages"),
    "desk": _("Desk"),
    "payment": _("Payments"),
    "invoice": _("Invoices"),
    "statement": _("Statements"),
    "period": _("Periods"),
    "broadcast": _("Broadcasts"),
    "library": _("Library"),
    "distributor": _("Distributors"),
    "application": _("Applications of distributors"),
    "children": _("Companies below us"),
    "stock": _("Stock"),
    "warehouse": _("Warehouses"),
    "product": _("Products"),
    "price": _("Prices"),
    "master": _("Master data"),
    "person": _("People"),
    "role": _("Roles"),
    "setting": _("Settings"),
    "system": _("System status"),
    "report": _("Reports"),
    "import": _("Imports"),
    "audit": _("Audit"),
    "registration": _("Customer registrations"),
    "opportunity": _("Opportunities"),
    "cost": _("Confidential figures"),
    "phone": _("Confidential figures"),
}
REACHES: dict[str, tuple[Any, Any]] = {
    Reach.DISTRIBUTOR: (_("Own company"), _("only the distributor for which the person works")),
    Reach.OWN: (_("Own distributors"), _("the distributors whose sales representative the person is")),
    Reach.TEAM: (_("Team"), _("the distributors of the person and of everybody who reports to them")),
    Reach.EVERYONE: (_("Whole brand"), _("all distributors")),
}


@dataclass(frozen=True)
class Right:
    """A permission for a page: its code, what it lets do, what that opens, whether one may give it."""

    code: str
    words: str
    opens: str
    can_give: bool


def name(code: str) -> str:
    """A permission in words; an unknown one speaks for itself."""
    return str(RIGHTS[code][0]) if code in RIGHTS else code


def reach(code: str) -> str:
    return str(REACHES[code][0]) if code in REACHES else code


def grouped(permissions: Iterable[Permission], givable: Iterable[str]) -> list[tuple[str, list[Right]]]:
    """The permissions by subject, in the order of the enum; subjects of one name stand together."""
    known, groups = frozenset(givable), dict[str, list[Right]]()
    for permission in permissions:
        noun = permission.value.partition(".")[0]
        words, opens = RIGHTS.get(permission.value, (permission.value, ""))
        right = Right(permission.value, str(words), str(opens), permission.value in known)
        groups.setdefault(str(SUBJECTS.get(noun, noun)), []).append(right)
    return list(groups.items())
