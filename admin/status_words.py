"""System status in plain words: what is wrong, what to do, and where its rows are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from admin import spoken
from admin.audit_words import EVENTS
from trade.watch.rules import Trouble
from web import notice_words
from web.i18n import moment
from web.metrics import OTHER
from web.words import WORDS

# Code: tone, what is wrong, what to do, endpoint of its rows and what the address says.
TROUBLES: dict[str, tuple[str, Any, Any, str, dict[str, str]]] = {
    "verify.breached": (
        "danger",
        _("The books do not agree: %(count)s rows break a rule"),
        _("Do not correct anything by hand. Open the run, and call whoever looks after the program today."),
        "admin.status.proofs",
        {},
    ),
    "verify.late": (
        "warn",
        _("The books were last proven on %(since)s"),
        _("Press Prove the books now. If nothing happens, no worker runs."),
        "admin.status.proofs",
        {},
    ),
    "disk.low": (
        "danger",
        _("The disk is nearly full: %(count)s %% is free"),
        _("Make room on the server or give it a larger disk. When it is full, no order can be written."),
        "admin.status.index",
        {},
    ),
    "worker.gone": (
        "danger",
        _("No worker runs"),
        _(
            "Orders still come in, but messages, papers, imports and deadlines wait. Start the worker on the server:"
            " tongqu worker, or the service tongqu-worker."
        ),
        "admin.status.index",
        {},
    ),
    "clock.off": (
        "warn",
        _("The clocks of database and program differ by %(count)s seconds"),
        _("Let the time service run on both computers; until then deadlines come too early or too late."),
        "admin.status.index",
        {},
    ),
    "job.dead": (
        "danger",
        _("%(count)s jobs were tried eight times in vain and laid aside"),
        _("Look at what they say, mend the cause, then let them run again."),
        "admin.status.jobs",
        {"state": "dead"},
    ),
    "job.late": (
        "warn",
        _("Work waits for a worker since %(since)s"),
        _("If it grows, start a second worker; any number may run."),
        "admin.status.jobs",
        {"state": "waiting"},
    ),
    "message.dead": (
        "danger",
        _("%(count)s messages could not be sent and were laid aside"),
        _("Look at what the other side answered, mend the channel, then let them go again."),
        "admin.status.messages",
        {"state": "dead"},
    ),
    "message.late": (
        "warn",
        _("%(count)s messages wait to be sent, the oldest since %(since)s"),
        _("Usually a mail server or a chat service is down; they go out by themselves when it is back."),
        "admin.status.messages",
        {"state": "waiting"},
    ),
    "backup.failed": (
        "danger",
        _("The backup of %(since)s did not succeed"),
        _("The page of the backups says why. Most often the folder is full or not there."),
        "admin.status.backups",
        {},
    ),
    "backup.late": (
        "danger",
        _("There is no backup as fresh as planned"),
        _("Look whether a worker runs and whether the folder for backups is there."),
        "admin.status.backups",
        {},
    ),
    "backup.none": (
        "warn",
        _("There is no backup yet"),
        _(
            "Let the server keep them by itself: set TONGQU_BACKUP_DIR to a folder on another disk."
            " Until then: tongqu backup FILE."
        ),
        "admin.status.backups",
        {},
    ),
}
STATES: dict[str, tuple[str, Any]] = {
    "waiting": ("calm", _("waits")),
    "running": ("info", _("runs")),
    "dead": ("danger", _("laid aside")),
    "done": ("ok", _("done")),
    "sent": ("ok", _("sent")),
}
JOBS: dict[str, Any] = {
    "order.expire": _("Give back what nobody decided about"),
    "order.retest": _("Test held orders again"),
    "order.allocate": _("Reserve goods that arrived"),
    "amendment.expire": _("End changes that nobody decided about"),
    "approval.escalate": _("Ask the next approver"),
    "approval.remind": _("Remind the approvers"),
    "shipment.remind": _("Remind of a receipt"),
    "shipment.receive": _("Take parcels as received"),
    "stock.tell_low": _("Tell of low stock"),
    "application.expire": _("End applications that nobody touched"),
    "contract.open": _("Let order whose contract begins"),
    "contract.warn": _("Tell of contracts that end"),
    "attachment.erase": _("Erase files that were taken away"),
    "limit_request.expire": _("End undecided requests for a limit"),
    "debts.remind": _("Remind of debts"),
    "ledger.seal": _("Seal the books"),
    "registration.mind": _("Look at registrations that are due"),
    "registration.remind": _("Tell of protection that is nearly over"),
    "opportunity.mind": _("Look at opportunities that an order won or that are over"),
    "opportunity.remind": _("Remind of next steps and of quiet opportunities"),
    "statement.remind": _("Remind of statements to confirm"),
    "statements.start": _("Begin the statements of a month"),
    "broadcast.publish": _("Publish a broadcast at its moment"),
    "broadcast.remind": _("Remind of broadcasts to confirm"),
    "invoice.issue": _("Issue an invoice"),
    "credit.roll": _("Work out credit limits of the day"),
    "papers.make": _("Make papers"),
    "imports.check": _("Check an import"),
    "imports.write": _("Write an import"),
    "backup.make": _("Make a backup"),
    "verify.run": _("Prove the books"),
    "system.tell": _("Tell administrators what is wrong"),
    "jobs.tidy": _("Clear away old jobs"),
    "notices.tidy": _("Clear away messages that left long ago"),
    "sessions.tidy": _("Clear away old sign-ins"),
    "account.reset": _("Send a link for a new password"),
}
SOURCES: dict[str, Any] = {
    "night": _("at night, by itself"),
    "page": _("asked for on this page"),
    "command": _("tongqu verify"),
}
CHANNELS: dict[str, Any] = {
    "app": _("In the program"),
    "mail": _("Mail"),
    "sms": _("SMS"),
    "wecom": _("WeCom"),
    "dingtalk": _("DingTalk"),
    "feishu": _("Feishu"),
    "webhook": _("Webhook"),
}
UNITS = ((1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB"))


@dataclass(frozen=True)
class Told:
    """A trouble as the page shows it."""

    code: str
    tone: str
    title: str
    text: str
    url: str | None


def told(trouble: Trouble) -> Told:
    tone, title, text, endpoint, args = TROUBLES[trouble.code]
    facts = {"count": trouble.count, "since": moment(trouble.since) if trouble.since else gettext("never")}
    url = None if endpoint == "admin.status.index" else url_for(endpoint, **args)
    return Told(trouble.code, tone, str(title) % facts, str(text) % facts, url)


def job(kind: str) -> str:
    """What a job is for; rounds are named after the work that they look for."""
    known = str(JOBS.get(kind.removeprefix("every-"), kind))
    return gettext("%(what)s (looks for work)", what=known) if kind.startswith("every-") else known


def channel(kind: str) -> str:
    return str(CHANNELS.get(kind, kind))


def refusal(code: str) -> str:
    """A refusal as people heard it, the figures of the one case left out."""
    if code == OTHER:
        return gettext("Others")
    known = EVENTS.get(code) or spoken.EVENTS.get(code)
    return _without_figures(str(known or WORDS.get(code) or code))


def message(topic: str) -> str:
    """What messages of a kind tell people, the figures of the one message left out."""
    if topic == "channel.test":
        return gettext("Test message")
    return _without_figures(notice_words.outline(topic))


def _without_figures(words: str) -> str:
    while "%(" in words:
        before, _sep, rest = words.partition("%(")
        words = before + "…" + rest.partition(")")[2][1:]
    return words.replace("%%", "%")


def size(count: int) -> str:
    """Bytes as people say them."""
    for unit, name in UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} B"


def ago(since: datetime | None, now: datetime) -> str:
    """How long something is past, in the largest unit that says enough."""
    if since is None:
        return gettext("never")
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < 120:
        return ngettext("%(num)s second ago", "%(num)s seconds ago", seconds)
    if seconds < 7200:
        return ngettext("%(num)s minute ago", "%(num)s minutes ago", seconds // 60)
    if seconds < 48 * 3600:
        return ngettext("%(num)s hour ago", "%(num)s hours ago", seconds // 3600)
    return ngettext("%(num)s day ago", "%(num)s days ago", seconds // 86400)
