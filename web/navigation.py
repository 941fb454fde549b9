"""The ways through both faces; a way shows when its page exists and the actor may open it."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import lazy_gettext as _


@dataclass(frozen=True)
class Way:
    """A page to go to: `portal.orders` leads to the view portal.orders.index."""

    section: str
    words: Any
    icon: str
    count: str | None = None  # field of Frame
    on_tabbar: bool = True
    on_sitebar: bool = True
    below: tuple[str, ...] = ()  # sections that are reached from here

    @property
    def endpoint(self) -> str:
        return f"{self.section}.index"

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def is_here(self) -> bool:
        return request.blueprint == self.section or request.blueprint in self.below

    @property
    def is_open(self) -> bool:
        view = current_app.view_functions.get(self.endpoint)
        needed = getattr(view, "permission", None)
        return view is not None and (needed in _held() or needed in {"public", "signed-in"})


def _held() -> set[str]:
    """What the reader may, by the names that pages have for it; a page asks of every way."""
    found: set[str] | None = g.get("held")
    if found is None:
        found = g.held = {permission.value for permission in g.actor.permissions}
    return found


PORTAL = (
    Way("portal.home", _("Home"), icon="home"),
    Way("portal.catalog", _("Products"), icon="layout-grid"),
    Way("portal.cart", _("Cart"), icon="shopping-cart", count="cart_lines", on_sitebar=False),
    Way("portal.orders", _("Orders"), icon="file-text"),
    Way("portal.returns", _("Returns"), icon="truck-return", on_tabbar=False),
    Way(
        "portal.credit",
        _("Account"),
        icon="wallet",
        on_tabbar=False,
        below=("portal.limit_requests", "portal.proofs", "portal.statements", "portal.disputes"),
    ),
    Way("portal.broadcasts", _("Policies and notices"), icon="speakerphone", count="untold", on_tabbar=False),
    Way("portal.library", _("Library"), icon="books", on_tabbar=False),
    Way("portal.invoices", _("Invoices"), icon="file-invoice", on_tabbar=False, on_sitebar=False),
    Way(
        "portal.registrations",
        _("Customer registrations"),
        icon="user-check",
        on_tabbar=False,
        below=("portal.pool",),
    ),
    Way(
        "portal.opportunities",
        _("Opportunities"),
        icon="chart-bar",
        on_tabbar=False,
        below=("portal.quotations",),
    ),
    Way("portal.contracts", _("Contracts"), icon="file-text", on_tabbar=False, on_sitebar=False),
    Way("portal.team", _("Team"), icon="users", on_tabbar=False, on_sitebar=False),
    Way("portal.me", _("Me"), icon="user", below=("portal.reach",)),
)
NOTICES = Way("portal.notices", _("Messages"), icon="bell", count="unread")
CART = PORTAL[2]
ADMIN = (
    Way(
        "admin.desk", _("To do"), icon="inbox", count="waiting", below=("admin.approvals", "admin.decisions")
    ),
    Way("admin.orders", _("Orders"), icon="file-text"),
    Way("admin.returns", _("Returns"), icon="truck-return"),
    Way("admin.distributors", _("Distributors"), icon="building-store"),
    Way("admin.applications", _("Applications of distributors"), icon="user-plus"),
    Way(
        "admin.opportunities",
        _("Opportunities"),
        icon="chart-bar",
    ),
    Way(
        "admin.registrations",
        _("Customer registrations"),
        icon="user-check",
        below=("admin.registration_setup",),
    ),
    Way(
        "admin.catalog",
        _("Products"),
        icon="tag",
        below=("admin.products", "admin.visibility", "admin.families", "admin.categories"),
    ),
    Way(
        "admin.prices",
        _("Price lists"),
        icon="currency-yuan",
        below=("admin.price_edits", "admin.price_checks"),
    ),
    Way("admin.stock", _("Stock"), icon="packages"),
    Way("admin.payments", _("Payments"), icon="receipt", below=("admin.credit_notes",)),
    Way("admin.invoices", _("Invoices"), icon="file-invoice", below=("admin.invoice_desk",)),
    Way("admin.bank", _("Bank lines"), icon="building-bank"),
    Way("admin.proofs", _("Proofs of payment"), icon="file-check"),
    Way("admin.statements", _("Statements"), icon="file-invoice", below=("admin.disputes", "admin.periods")),
    Way("admin.credit", _("Credit"), icon="coins"),
    Way("admin.broadcasts", _("Broadcasts"), icon="speakerphone"),
    Way("admin.library", _("Library"), icon="books"),
    Way("admin.reports", _("Reports"), icon="report-analytics"),
    Way("admin.papers", _("Papers"), icon="printer"),
    Way("admin.imports", _("Imports"), icon="file-upload"),
    Way("admin.people", _("People"), icon="users"),
    Way("admin.roles", _("Roles"), icon="shield-check"),
    Way("admin.policies", _("Who decides what"), icon="checklist", below=("admin.absences",)),
    Way("admin.masters", _("Master data"), icon="list-details", below=("admin.territories",)),
    Way("admin.settings", _("Settings"), icon="settings", below=("admin.channels",)),
    Way("admin.status", _("System status"), icon="activity", count="troubles"),
    Way("admin.audit", _("Audit"), icon="history"),
    Way("admin.notices", _("Messages"), icon="bell", count="unread"),
    Way("admin.me", _("Me"), icon="user", below=("admin.reach",)),
)
FACES = {"portal": PORTAL, "admin": ADMIN}


def ways(face: str) -> list[Way]:
    """What this actor may open on this face, in the order of the bars."""
    return [way for way in FACES[face] if way.is_open]


def home() -> str:
    """Where somebody lands after signing in."""
    face = g.signed_in.face if g.signed_in else None
    return (
        next((way.url for way in ways(face)), url_for("session.password"))
        if face
        else url_for("session.index")
    )
