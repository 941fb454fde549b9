"""System status: what is wrong with the running program, in plain words, and what was laid aside run again."""

from importlib.metadata import PackageNotFoundError, version

from flask import Blueprint, g, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from admin import channel_answers, status_words
from admin.status_lists import JOBS, MESSAGES, PROOFS
from trade import clock
from trade.actor import Permission
from trade.backups import log
from trade.db import read, run
from trade.errors import Refused
from trade.flows.prove_books import verify_now
from trade.flows.retry_work import retry_everything, retry_job, retry_letter, retry_message
from trade.notices import backlog
from trade.watch import proofs as proof_rows
from trade.watch import queries
from trade.watch.rules import troubles
from web import metrics
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import Form
from web.notice_words import kinds_of
from web.words import WORDS

bp = Blueprint("status", __name__)
SHOWN_REFUSALS = 10
SHOWN_BACKUPS = 50


@bp.get("/status")
@requires(Permission.SYSTEM_OPERATE)
def index() -> Response:
    now = clock.now()
    with read() as session:
        state = queries.look(session, now)
        return render(
            session,
            "admin/status/status.html",
            "status",
            state=state,
            now=now,
            troubles=[status_words.told(each) for each in troubles(state)],
            refusals=queries.refusals(session, now, set(WORDS)),
            counted=dict(list(metrics.refusals_counted().items())[:SHOWN_REFUSALS]),
            version=_version(),
            words=status_words,
        )


@bp.post("/status/verification")
@requires(Permission.SYSTEM_OPERATE)
def verification() -> Response:
    """Let a worker prove the books."""
    run(verify_now, g.actor, None)
    say(gettext("The books are being proven; the result stands here in a moment"))
    return go(url_for(".proofs"))


@bp.post("/status/revival")
@requires(Permission.SYSTEM_OPERATE)
def revival() -> Response:
    """Let everything that was laid aside run again."""
    count = run(retry_everything, g.actor, None)
    say(ngettext("%(num)s thing is tried again", "%(num)s things are tried again", count))
    return go(url_for(".index"))


@bp.get("/status/jobs")
@requires(Permission.SYSTEM_OPERATE)
def jobs() -> Response:
    return _jobs(None)


@bp.post("/status/jobs/<id:job_id>/revival")
@requires(Permission.SYSTEM_OPERATE)
def job_revival(job_id: int) -> Response:
    form = Form()
    attempt(form, retry_job, job_id)
    return _jobs(form) if form.errors else _again(".jobs", gettext("The job is tried again"))


@bp.get("/status/messages")
@requires(Permission.SYSTEM_OPERATE)
def messages() -> Response:
    return _messages(None)


@bp.post("/status/messages/<id:message_id>/revival")
@requires(Permission.SYSTEM_OPERATE)
def message_revival(message_id: int) -> Response:
    form = Form()
    attempt(form, retry_message, message_id)
    return _messages(form) if form.errors else _again(".messages", gettext("The message is sent again"))


@bp.post("/status/letters/<id:letter_id>/revival")
@requires(Permission.SYSTEM_OPERATE)
def letter_revival(letter_id: int) -> Response:
    form = Form()
    attempt(form, retry_letter, letter_id)
    return _messages(form) if form.errors else _again(".messages", gettext("The message is sent again"))


@bp.get("/status/proofs")
@requires(Permission.SYSTEM_OPERATE)
def proofs() -> Response:
    with read() as session:
        is_running = proof_rows.find_open(session) is not None
        listed = PROOFS.open(session)
        return render(
            session,
            "admin/status/proofs.html",
            "proofs",
            listed=listed,
            is_running=is_running,
            words=status_words,
        )


@bp.get("/status/proofs/<id:run_id>")
@requires(Permission.SYSTEM_OPERATE)
def proof(run_id: int) -> Response:
    with read() as session:
        found = proof_rows.get(session, run_id)
        if found is None:
            raise Refused("verify_run.not_found")
        return render(session, "admin/status/proof.html", "proof", proof=found, words=status_words)


@bp.get("/status/backups")
@requires(Permission.SYSTEM_OPERATE)
def backups() -> Response:
    with read() as session:
        rows = log.latest(session, SHOWN_BACKUPS)
        return render(session, "admin/status/backups.html", "backups", rows=rows, words=status_words)


def _jobs(form: Form | None) -> Response:
    with read() as session:
        status = 422 if form else 200
        listed = JOBS.open(session)
        return render(
            session,
            "admin/status/jobs.html",
            "jobs",
            status=status,
            listed=listed,
            form=form,
            words=status_words,
        )


def _messages(form: Form | None) -> Response:
    """The program's own messages as a list, and before it those of the channels that were laid aside."""
    with read() as session:
        listed = MESSAGES.open(session)
        kinds = kinds_of(listed.asked["kind"])
        has_letters = listed.asked["state"] in {"", "dead"}
        return render(
            session,
            "admin/status/messages.html",
            "messages",
            status=422 if form else 200,
            listed=listed,
            letters=backlog.dead(session, beginnings=kinds) if has_letters else [],
            read_answer=channel_answers.read,
            form=form,
            words=status_words,
        )


def _again(endpoint: str, words: str) -> Response:
    say(words)
    return go(url_for(endpoint, state="dead"))


def _version() -> str:
    try:
        return version("tongqu")
    except PackageNotFoundError:
        return "?"
