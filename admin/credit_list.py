"""The list of credit accounts, described once for the page and the sheet."""

from flask import g, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from admin import spoken
from trade.receivables import accounts
from trade.receivables.accounts import ListFilter, Row
from trade.windows import Page, Totals, Window
from web.lists import Asked, Column, Filter, List, Nothing

STATES = {
    "overdue": _("Overdue"),
    "blocked": _("Blocked"),
    "over": _("Over the limit"),
    "held": _("Orders held"),
    "exempt": _("Never blocked"),
}


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], asked["state"])


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return accounts.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return accounts.totals(session, g.actor, _wanted(asked))


def _blocking(row: Row) -> str:
    """Why orders are stopped, or that they never are."""
    if row.account.blocked_reason:
        return spoken.word(spoken.BLOCKS, row.account.blocked_reason)
    return spoken.word(spoken.BLOCKS, "off") if row.account.block_mode == "off" else ""


ACCOUNTS = List[Row](
    page="admin.credit.index",
    export="admin.credit.export",
    title=_("Credit accounts"),
    counted=lambda count: ngettext("%(num)s account", "%(num)s accounts", count),
    sort="-used",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Distributor, code or initials")),
        Filter(key="state", words=_("State"), kind="choice", choices=lambda _session: list(STATES.items())),
    ],
    columns=[
        Column(key="code", words=_("Code"), value=lambda row: row.distributor_code, place="sheet"),
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor_name,
            sort="distributor",
            meta=lambda row: row.distributor_code,
            url=lambda row: url_for("admin.distributors.detail", distributor_id=row.account.distributor_id),
        ),
        Column(
            key="rep",
            words=_("Sales representative"),
            value=lambda row: row.rep_name,
            is_wide=True,
            look="meta",
        ),
        Column(
            key="limit",
            words=_("Limit"),
            value=lambda row: row.account.effective_limit,
            kind="money",
            currency=lambda row: row.account.currency,
            sort="limit",
            is_summed=True,
            is_wide=True,
        ),
        Column(
            key="used",
            words=_("Used"),
            value=lambda row: row.account.used,
            kind="money",
            currency=lambda row: row.account.currency,
            sort="used",
            is_summed=True,
            is_labelled=True,
        ),
        Column(
            key="available",
            words=_("Available"),
            value=lambda row: row.available,
            kind="money",
            currency=lambda row: row.account.currency,
            is_labelled=True,
            look="strong",
        ),
        Column(
            key="overdue",
            words=_("Overdue"),
            value=lambda row: row.overdue or None,
            kind="money",
            currency=lambda row: row.account.currency,
            is_labelled=True,
        ),
        Column(
            key="due",
            words=_("First due"),
            value=lambda row: row.first_due,
            kind="day",
            look="num meta",
            is_wide=True,
        ),
        Column(
            key="state",
            words=_("State"),
            value=_blocking,
        ),
        Column(
            key="held",
            words=_("Orders held"),
            value=lambda row: row.held or None,
            kind="whole",
            is_labelled=True,
        ),
    ],
    nothing=Nothing(
        icon="coins",
        title=_("No credit accounts yet"),
        text=_("The first limit of a distributor opens its account."),
        url=lambda: url_for("admin.distributors.index"),
        button=_("To the distributors"),
    ),
    no_match=Nothing(title=_("No account matches"), text=_("Try a part of the name, or fewer filters.")),
)
