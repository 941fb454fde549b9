"""The queue of lines that banks tell: whose money came in, confirmed one by one or all that are certain."""

from flask import Blueprint, g, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import bank_words
from trade.actor import Permission
from trade.banking import lines
from trade.banking.lines import ListFilter, Row, Seen
from trade.banking.matching import CERTAIN
from trade.db import read, run
from trade.flows.match_bank_line import ask_for_certain_lines, confirm_certain_line
from trade.flows.take_bank_file import rematch_bank_lines
from trade.windows import Page, Totals, Window
from web.access import requires
from web.answer import go, render, say
from web.lists import PERIOD, Action, Asked, Column, Filter, List, Nothing, in_turn, picked

bp = Blueprint("bank", __name__)
AT_ONCE = 20  # certain lines that are booked while one waits; more are the worker's


@bp.get("/bank")
@requires(Permission.PAYMENT_RECORD)
def index() -> Response:
    with read() as session:
        lines.refuse_stranger(g.actor)
        return render(
            session,
            "admin/bank/queue.html",
            "lines",
            listed=LINES.open(session),
            words=bank_words,
            certain=len(lines.certain(session, g.actor)),
            next_id=lines.next_open(session, g.actor),
        )


@bp.post("/bank/export")
@requires(Permission.PAYMENT_RECORD)
def export() -> Response:
    lines.refuse_stranger(g.actor)
    return LINES.export_sheet()


@bp.post("/bank/confirmations")
@requires(Permission.PAYMENT_RECORD)
def confirmations() -> Response:
    """Confirm the ticked lines that are certain, each in a transaction of its own."""
    lines.refuse_stranger(g.actor)
    chosen = [Seen(*each) for each in picked()]
    outcome = in_turn(confirm_certain_line, [(_("Line %(id)s", id=each.line_id), each) for each in chosen])
    outcome.words = ngettext("%(num)s line booked", "%(num)s lines booked", outcome.done)
    if outcome.done and not outcome.refused:
        return LINES.answer(outcome, "admin/bank/queue.html", "lines")
    with read() as session:
        return render(
            session,
            "admin/bank/queue.html",
            "lines",
            status=422,
            listed=LINES.open(session, outcome),
            words=bank_words,
            certain=len(lines.certain(session, g.actor)),
            next_id=lines.next_open(session, g.actor),
        )


@bp.post("/bank/certain")
@requires(Permission.PAYMENT_RECORD)
def certain() -> Response:
    """Confirm all that is certain: a few at once, many by the worker."""
    with read() as session:
        sure = lines.certain(session, g.actor)
    if len(sure) > AT_ONCE:
        asked = run(ask_for_certain_lines, g.actor, sure)
        say(gettext("%(count)s lines are being booked; the list shows how far it is", count=asked))
        return go(url_for(".index"))
    outcome = in_turn(confirm_certain_line, [(str(each.line_id), each) for each in sure])
    said = ngettext("%(num)s line booked", "%(num)s lines booked", outcome.done)
    left = len(outcome.refused)
    more = ngettext("%(num)s needs a look", "%(num)s need a look", left) if left else ""
    say(" · ".join(each for each in (said, more) if each))
    return go(url_for(".index"))


@bp.post("/bank/rematching")
@requires(Permission.PAYMENT_RECORD)
def rematching() -> Response:
    """Look at all open lines again: payers and debts may have changed."""
    changed = run(rematch_bank_lines, g.actor, None)
    say(ngettext("%(num)s proposal changed", "%(num)s proposals changed", changed))
    return go(url_for(".index"))


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(
        search=asked["q"],
        state=asked["state"],
        sure=asked["sure"],
        mapping_id=int(asked["bank"]) if asked["bank"] else None,
        file_id=asked["file"],
        since=asked["since"],
        until=asked["until"],
    )


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return lines.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return lines.totals(session, g.actor, _wanted(asked))


def _accounts(session: Session) -> list[tuple[int, str]]:
    return [(each.id, f"{each.bank} {each.account_no[-4:]}") for each in lines.accounts(session)]


LINES = List[Row](
    page="admin.bank.index",
    export="admin.bank.export",
    title=_("Bank lines"),
    counted=lambda count: ngettext("%(num)s line", "%(num)s lines", count),
    sort="-certainty",
    find=_find,
    totals=_totals,
    pick=lambda row: f"{row.line.id}-{row.line.version}",
    can_pick=lambda row: row.line.state == "open" and row.line.certainty >= CERTAIN,
    actions=[
        Action(
            endpoint="admin.bank.confirmations",
            words=_("Book the ticked lines"),
            permission=Permission.PAYMENT_RECORD,
            kind="primary",
        )
    ],
    filters=[
        Filter(key="q", words=_("Payer, remark, serial number or distributor")),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [(key, said) for key, (_tone, said) in bank_words.STATES.items()],
        ),
        Filter(
            key="sure",
            words=_("How sure"),
            kind="choice",
            choices=lambda _session: [(key, said) for key, (_tone, said) in bank_words.SURE.items()],
        ),
        Filter(key="bank", words=_("Bank account"), kind="choice", choices=_accounts),
        *PERIOD,
        Filter(key="file", kind="id"),
    ],
    columns=[
        Column(
            key="payer",
            words=_("Payer"),
            value=lambda row: row.line.payer_name or row.line.payer_account or gettext("no name"),
            meta=lambda row: row.bank,
            url=lambda row: url_for("admin.bank.line", line_id=row.line.id),
        ),
        Column(
            key="account", words=_("Payer's account"), value=lambda row: row.line.payer_account, place="sheet"
        ),
        Column(key="serial", words=_("Serial number"), value=lambda row: row.line.serial, place="sheet"),
        Column(key="reference", words=_("Remark"), value=lambda row: row.line.reference, is_wide=True),
        Column(key="distributor", words=_("Distributor"), value=lambda row: row.distributor_name or ""),
        Column(
            key="reasons",
            words=_("Why"),
            value=lambda row: bank_words.reasons(row.line.reasons),
            place="sheet",
        ),
        Column(key="payment", words=_("Payment"), value=lambda row: row.payment_number or "", place="sheet"),
        Column(
            key="day", words=_("Day"), value=lambda row: row.line.day, kind="day", sort="day", look="meta"
        ),
        Column(
            key="certainty",
            words=_("How sure"),
            value=lambda row: bank_words.state(row.line)[1],
            sort="certainty",
        ),
        Column(
            key="amount",
            words=_("Amount"),
            value=lambda row: row.line.amount,
            kind="money",
            currency=lambda row: row.line.currency,
            sort="amount",
            look="strong",
            is_summed=True,
        ),
    ],
    nothing=Nothing(
        icon="receipt",
        title=_("No bank lines yet"),
        text=_("Upload a file of your bank; each payment in it is matched to its distributor."),
        url=lambda: url_for("admin.bank.files"),
        button=_("Upload a bank file"),
    ),
    no_match=Nothing(title=_("No line matches"), text=_("Try a part of the name, or fewer filters.")),
)
