"""The rows behind the figures of System status: jobs, messages, proofs of the books."""

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from admin import status_words
from trade.jobs.models import Job
from trade.notices.models import OutboxMessage
from trade.watch import letters, proofs
from trade.watch.letters import JobFilter, MessageFilter
from trade.watch.models import VerifyRun
from trade.windows import Page, Totals, Window
from web import notice_words
from web.lists import Asked, Column, Filter, List, Nothing


def _job_filter(asked: Asked) -> JobFilter:
    return JobFilter(asked["state"], asked["kind"])


def _message_filter(asked: Asked) -> MessageFilter:
    return MessageFilter(asked["state"], notice_words.kinds_of(asked["kind"]))


def _find_jobs(session: Session, asked: Asked, window: Window) -> Page[Job]:
    return letters.jobs(session, _job_filter(asked), window)


def _find_messages(session: Session, asked: Asked, window: Window) -> Page[OutboxMessage]:
    return letters.messages(session, _message_filter(asked), window)


def _find_proofs(session: Session, asked: Asked, window: Window) -> Page[VerifyRun]:
    return proofs.listing(session, window)


def _states(*names: str) -> Any:
    return lambda _session: [(name, status_words.STATES[name][1]) for name in names]


def _kinds(session: Session) -> list[tuple[str, Any]]:
    return [(kind, status_words.job(kind)) for kind in letters.job_kinds(session)]


def message_state(message: OutboxMessage) -> str:
    if message.sent_at is not None:
        return "sent"
    return "waiting" if message.dead_at is None else "dead"


def proof_state(proof: VerifyRun) -> tuple[str, str]:
    """Tone and words of what a run has found."""
    if proof.finished_at is None:
        return "calm", str(_("not finished"))
    if proof.breaches:
        return "danger", ngettext("%(num)s breach", "%(num)s breaches", proof.breaches)
    return "ok", str(_("all agrees"))


JOBS = List[Job](
    page="admin.status.jobs",
    title=_("Jobs"),
    counted=lambda count: ngettext("%(num)s job", "%(num)s jobs", count),
    sort="-job",
    find=_find_jobs,
    totals=lambda session, asked: letters.job_totals(session, _job_filter(asked)),
    filters=[
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=_states("waiting", "running", "dead", "done"),
        ),
        Filter(key="kind", words=_("Kind"), kind="choice", choices=_kinds),
    ],
    columns=[
        Column(
            key="kind",
            words=_("What"),
            value=lambda job: status_words.job(job.kind),
            meta=lambda job: f"#{job.id}",
            look="strong",
        ),
        Column(key="error", words=_("Last answer"), value=lambda job: job.last_error, look="meta"),
        Column(
            key="attempts",
            words=_("Attempts"),
            value=lambda job: job.attempts,
            kind="whole",
            sort="attempts",
            is_labelled=True,
        ),
        Column(
            key="due",
            words=_("Due"),
            value=lambda job: job.due_at,
            kind="instant",
            sort="due",
            look="nowrap",
            is_labelled=True,
        ),
        Column(key="state", words=_("State"), value=lambda job: status_words.STATES[job.state][1]),
    ],
    nothing=Nothing(icon="circle-check", title=_("No jobs"), text=_("Work for later is listed here.")),
    no_match=Nothing(icon="circle-check", title=_("No job matches"), text=_("Try fewer filters.")),
)
MESSAGES = List[OutboxMessage](
    page="admin.status.messages",
    title=_("Messages out"),
    counted=lambda count: ngettext("%(num)s message", "%(num)s messages", count),
    sort="-message",
    find=_find_messages,
    totals=lambda session, asked: letters.message_totals(session, _message_filter(asked)),
    filters=[
        Filter(key="state", words=_("State"), kind="choice", choices=_states("waiting", "dead", "sent")),
        Filter(
            key="kind",
            words=_("Kind"),
            kind="choice",
            choices=lambda _session: [(key, words) for key, (words, _topics) in notice_words.KINDS.items()],
        ),
    ],
    columns=[
        Column(
            key="topic",
            words=_("Event"),
            value=lambda message: status_words.message(message.topic),
            meta=lambda message: f"#{message.id}",
            look="strong",
        ),
        Column(key="error", words=_("Last answer"), value=lambda message: message.last_error, look="meta"),
        Column(
            key="attempts",
            words=_("Attempts"),
            value=lambda message: message.attempts,
            kind="whole",
            sort="attempts",
            is_labelled=True,
        ),
        Column(
            key="at",
            words=_("Written"),
            value=lambda message: message.at,
            kind="instant",
            sort="message",
            look="nowrap",
            is_labelled=True,
        ),
        Column(
            key="state",
            words=_("State"),
            value=lambda message: status_words.STATES[message_state(message)][1],
        ),
    ],
    nothing=Nothing(icon="circle-check", title=_("No messages"), text=_("What people are told passes here.")),
    no_match=Nothing(icon="circle-check", title=_("No message matches"), text=_("Try fewer filters.")),
)
PROOFS = List[VerifyRun](
    page="admin.status.proofs",
    title=_("Proofs of the books"),
    counted=lambda count: ngettext("%(num)s run", "%(num)s runs", count),
    sort="-run",
    find=_find_proofs,
    totals=lambda session, _asked: _proof_totals(session),
    columns=[
        Column(
            key="at",
            words=_("When"),
            value=lambda proof: proof.finished_at or proof.asked_at,
            kind="instant",
            sort="run",
            url=lambda proof: url_for("admin.status.proof", run_id=proof.id),
        ),
        Column(key="source", words=_("Asked"), value=lambda proof: status_words.SOURCES[proof.source]),
        Column(
            key="invariants",
            words=_("Rules tested"),
            value=lambda proof: proof.invariants,
            kind="whole",
            is_labelled=True,
        ),
        Column(
            key="took",
            words=_("Seconds"),
            value=lambda proof: f"{proof.milliseconds / 1000:.1f}",
            sort="took",
            look="num",
            is_labelled=True,
        ),
        Column(key="state", words=_("Result"), value=lambda proof: proof_state(proof)[1]),
    ],
    nothing=Nothing(
        icon="shield-check",
        title=_("The books were not proven yet"),
        text=_("A worker does it each night; the button above does it now."),
    ),
    no_match=Nothing(title=_("No run matches")),
)


def _proof_totals(session: Session) -> Totals:
    return proofs.totals(session)
