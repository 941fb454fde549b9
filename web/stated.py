"""Statements as both faces say them: states, kinds, facts, ageing, the form of a dispute, the workbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

from flask import g, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from press import sheets
from press.language import capitals as in_capitals
from press.sheets import Amount, Heading
from trade import clock
from trade.attachments import content
from trade.attachments.filing import Stored, keep_file
from trade.db import run
from trade.errors import Refused
from trade.flows.dispute_statement import MOST_FILES
from trade.flows.export_list import Export, export_list
from trade.papers.statements import PaperLine, StatementPaper
from trade.statements.models import Statement, StatementDispute
from trade.statements.queries import UNDER_WAY, Told
from trade.statements.rules import BUCKETS
from web.downloads import answer_sheet
from web.forms import ChoiceField, Form, LongTextField, MoneyField, TextField, VersionForm
from web.i18n import amount, day, moment, money, spoken

KINDS: Mapping[str, Any] = {
    "shipment": _("Shipment"),
    "payment": _("Payment received"),
    "credit_note": _("Credit note"),
    "refund": _("Refund"),
    "invoice": _("Invoice"),
    "opening": _("Balance brought in"),
    "reversal": _("Reversal"),
}
STATES: Mapping[str, tuple[str, Any]] = {
    "issued": ("warn", _("To be confirmed")),
    "disputed": ("danger", _("Disputed")),
    "confirmed": ("ok", _("Confirmed")),
    "closed": ("calm", _("Closed for good")),
}
DISPUTES: Mapping[str, tuple[str, Any]] = {
    "open": ("warn", _("Waits for the brand")),
    "answered": ("info", _("Answered")),
    "settled": ("ok", _("Settled")),
    "withdrawn": ("calm", _("Taken back")),
}
REASONS: Mapping[str, Any] = {
    "quantity": _("Less arrived"),
    "price": _("The price is not right"),
    "amount": _("The amount is not right"),
    "missing": _("A payment or credit of ours is missing"),
    "foreign": _("This is not ours"),
    "other": _("Something else"),
}
AGES: Mapping[str, tuple[Any, str]] = {
    "not_due": (_("Not due"), "p3"),
    "grace": (_("1–7 days late"), "p2"),
    "to_30": (_("8–30 days"), "p1"),
    "to_60": (_("31–60 days"), "pw"),
    "to_90": (_("61–90 days"), "pd"),
    "over_90": (_("Over 90 days"), "pd"),
}
DEEDS: Mapping[str, Any] = {
    "issue": _("Statement issued"),
    "dispute": _("Disputed"),
    "confirm": _("Confirmed"),
    "confirm_rest": _("Confirmed but for what is disputed"),
    "settle": _("Dispute settled"),
    "withdraw": _("Dispute taken back"),
    "close": _("Closed for good"),
}
PLUS, MINUS = "+", "\u2212"


class DisputeForm(VersionForm):
    reason = ChoiceField(_("What is not right"), choices=list(REASONS.items()))
    amount = MoneyField(
        _("Amount in question"), is_needed=False, hint=_("Of this line, as far as you know it")
    )
    text = LongTextField(
        _("In your words"), longest=500, hint=_("What arrived, what was agreed, whom we can ask")
    )
    files = TextField(_("Photos or papers"), is_needed=False)


class WordForm(Form):
    text = LongTextField(_("Answer"), longest=500)
    files = TextField(_("Photos or papers"), is_needed=False)


class SettlementForm(VersionForm):
    outcome = LongTextField(
        _("How it is settled"),
        longest=500,
        hint=_("Such as: corrected by a credit note, or adjusted next month"),
    )


@dataclass(frozen=True)
class Age:
    """A bucket of the ageing with its share of what is owed."""

    words: str
    key: str
    amount: Decimal
    share: Decimal


def badge(found: Statement) -> tuple[str, str]:
    """Tone and word for where a statement stands."""
    if found.state == "issued":
        late = found.confirm_by < clock.today()
        return ("danger" if late else "warn"), gettext("Please confirm by %(day)s", day=day(found.confirm_by))
    tone, words = STATES[found.state]
    return tone, str(words)


def dispute_badge(found: StatementDispute) -> tuple[str, str]:
    tone, words = DISPUTES[found.state]
    return tone, str(words)


def kind(name: str) -> str:
    """A kind of document in words; an unknown one speaks for itself."""
    return str(KINDS.get(name, name))


def month(first_day: date) -> str:
    return gettext("%(year)s-%(month)s", year=f"{first_day:%Y}", month=f"{first_day:%m}")


def facts(paper: StatementPaper) -> list[tuple[str, str]]:
    """What led from the opening to the closing, kind by kind; memos change nothing and are not here."""
    rows = [(gettext("Opening balance"), money(paper.opening, paper.currency))]
    changing = [name for name, value in paper.sums.items() if name != "invoice" and value]
    order = list(KINDS)
    for name in sorted(changing, key=lambda name: order.index(name) if name in KINDS else len(order)):
        value = paper.sums[name]
        rows.append((kind(name), f"{PLUS if value > 0 else MINUS}{money(abs(value), paper.currency)}"))
    return rows


def ages(paper: StatementPaper) -> list[Age]:
    """What is owed by how late it is, the buckets with nothing left out but the first."""
    whole = paper.open
    return [
        Age(
            str(AGES[name][0]),
            AGES[name][1],
            paper.ageing.get(name, Decimal(0)),
            (100 * paper.ageing.get(name, Decimal(0)) / whole) if whole else Decimal(0),
        )
        for name in BUCKETS
        if paper.ageing.get(name) or name == "not_due"
    ]


def age_words(paper: StatementPaper) -> str:
    """The bar of the ageing for those who do not see it."""
    return gettext("; ").join(f"{each.words} {amount(each.amount)}" for each in ages(paper))


def capitals(paper: StatementPaper) -> str:
    """The closing as a paper has it in yuan; nothing in another currency."""
    is_chinese = spoken() == "zh_CN" and paper.currency == "CNY"
    return in_capitals(paper.closing) if is_chinese else ""


def is_disputed(line: PaperLine) -> bool:
    return line.dispute is not None and line.dispute.state in UNDER_WAY


def story(events: Sequence[Told]) -> list[tuple[str, str, str]]:
    """What happened as rows of a journey, newest first."""
    return [
        (
            _deed(told),
            f"{moment(told.event.at)} · {told.person_name or gettext('System')}",
            "now" if at == 0 else "",
        )
        for at, told in enumerate(events)
    ]


def sent_files() -> list[Stored]:
    """Judge and store what was sent with words, before the transaction. Raises Refused with the field."""
    sent = [each for each in request.files.getlist("files") if each.filename]
    if len(sent) > MOST_FILES:
        raise Refused("dispute.too_many_files", most=MOST_FILES, field="files")
    kept = []
    for each in sent:
        try:
            kept.append(keep_file(each.filename or "", each.stream.read(content.LARGEST_FILE + 1)))
        except Refused as refusal:
            raise Refused(refusal.code, **{**refusal.facts, "field": "files"}) from refusal
    return kept


def answer_statement_sheet(paper: StatementPaper) -> Response:
    """The same lines as a workbook; written down before it is handed over."""
    name = paper.number or f"{paper.distributor.code}-{paper.since:%Y%m%d}-{paper.until:%Y%m%d}"
    filters = f"{name} {day(paper.since)}–{day(paper.until)}"
    run(export_list, g.actor, Export("admin.statements.index", filters, len(paper.lines)))
    file = TemporaryFile()  # noqa: SIM115 (it ends with the answer)
    headings = [
        Heading(gettext("Date"), "day"),
        Heading(gettext("Document")),
        Heading(gettext("What"), width=30),
        Heading(gettext("Increase"), "money", is_summed=True),
        Heading(gettext("Decrease"), "money", is_summed=True),
        Heading(gettext("Balance"), "money"),
    ]
    about = [
        (gettext("Statement"), paper.number or gettext("as the books are now")),
        (gettext("Distributor"), f"{paper.distributor.name} ({paper.distributor.code})"),
        (gettext("Legal entity"), paper.company.name),
        (gettext("Period"), f"{day(paper.since)} – {day(paper.until)}"),
        *facts(paper),
        (gettext("Closing balance"), money(paper.closing, paper.currency)),
        *((each.words, money(each.amount, paper.currency)) for each in ages(paper)),
    ]
    sheets.write(
        file,
        name,
        headings,
        _rows(paper),
        total=gettext("Closing balance"),
        about=about,
        about_title=gettext("About"),
    )
    return answer_sheet(file, f"{name}.xlsx")


def _rows(paper: StatementPaper) -> list[list[Any]]:
    def figure(value: Decimal) -> Amount | None:
        return Amount(value, paper.currency) if value else None

    opening = [paper.since, "", gettext("Opening balance"), None, None, Amount(paper.opening, paper.currency)]
    rows: list[list[Any]] = [opening]
    for line in paper.lines:
        words = " ".join(
            filter(None, (kind(line.kind), amount(line.memo) if line.is_memo else "", line.words))
        )
        running = Amount(line.running, paper.currency)
        rows.append([line.day, line.number, words, figure(line.increase), figure(line.decrease), running])
    return rows


def _deed(told: Told) -> str:
    action = told.event.action.removesuffix("_last").removesuffix("_agreed")
    words = str(DEEDS.get(action, action))
    facts = told.event.facts
    about = [str(facts[name]) for name in ("number", "comment") if facts.get(name)]
    return " · ".join([words, *about])
