"""The applicant's own page: kept as often as wanted, sent once it is whole, taken back until it is decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from trade import audit, clock, numbers, settings
from trade.actor import Actor, Permission
from trade.applications import forgetting, ground, letters, opening, queries, rules, states
from trade.applications.models import Application
from trade.approvals import deciders, kernel
from trade.approvals.kernel import Ask
from trade.approvals.policy import Facts
from trade.attachments.filing import Stored, file_under
from trade.attachments.models import Attachment
from trade.distributors import regions, territories
from trade.distributors.models import Channel
from trade.distributors.rules import credit_code
from trade.errors import Refused
from trade.jobs import queue
from trade.money import ZERO
from trade.notices import outbox
from trade.people.models import Person
from trade.registrations.matching import key_of

FIELDS = (
    *("kind", "company", "credit_code", "legal_representative", "region_code", "line", "channel_id"),
    *("expected", "wishes", "bank_name", "bank_account", "contact_name"),
)
MOST_FILES = 6


@dataclass(frozen=True)
class Kept:
    """What was typed, as far as it can be kept; files are judged and stored already."""

    key: str
    version: int
    values: Mapping[str, Any]
    files: Sequence[Stored] = ()


@dataclass(frozen=True)
class SeenApplication:
    key: str
    version: int


@dataclass(frozen=True)
class FileGone:
    key: str
    file_id: int


def keep_application(session: Session, actor: Actor, given: Kept) -> int:
    """Keep what was typed so far, files included, whatever is still missing; answers the new version."""
    application = queries.get_by_token(session, given.key, is_locked=True)
    values = {name: given.values[name] for name in FIELDS if name in given.values}
    if values.get("credit_code"):
        values["credit_code"] = credit_code(values["credit_code"])
    values["company_key"] = key_of(values.get("company") or application.company)
    _refuse_gone(session, values)
    changed = sorted(name for name in FIELDS if name in values and getattr(application, name) != values[name])
    held = session.scalar(_files(application.id, func.count(Attachment.id))) or 0
    if held + len(given.files) > MOST_FILES:
        raise Refused("applicant.too_many_files", most=MOST_FILES, field="files")
    values["expires_at"] = opening.until(session, clock.now())
    known = set(session.scalars(_files(application.id, Attachment.sha256)))
    added = [file for file in given.files if file.sha256 not in known]
    changed += ["files"] if added else []
    states.move(session, actor, application, "keep", given.version, changed=changed, **values)
    for file in added:
        file_under(session, actor, queries.SUBJECT, application.id, file)
    return application.version


def remove_application_file(session: Session, actor: Actor, given: FileGone) -> None:
    """Take a file out of an application that is still the applicant's to change."""
    application = queries.get_by_token(session, given.key, is_locked=True)
    if application.state not in states.EDITABLE:
        raise Refused("applicant.not_allowed")
    mine = (Attachment.subject == queries.SUBJECT, Attachment.subject_id == application.id)
    gone = delete(Attachment).where(Attachment.id == given.file_id, *mine).returning(Attachment.stored_as)
    stored_as = session.scalar(gone.execution_options(synchronize_session=False))
    if stored_as is None:
        raise Refused("attachment.not_found")
    queue.enqueue(session, "attachment.erase", f"attachment.erase-{stored_as}", {"stored_as": stored_as})


def send_application(session: Session, actor: Actor, given: SeenApplication) -> str:
    """Put a whole application before whoever decides; answers its number.

    Of two for the same company, whatever the second in which they are sent, one gets in: the index says so. Whether
    the company is a distributor already is the reviewer's to see and nobody else's.
    """
    application = queries.get_by_token(session, given.key, is_locked=True)
    _refuse_unfit(session, application)
    now = clock.now()
    states.move(session, actor, application, "send", given.version, submitted_at=now)
    known = settings.load(session, "application.")
    if application.number is None:
        application.number = numbers.draw(session, "AP", clock.today())
        session.flush()
    ask = _ask(session, application, known)
    kernel.open_request(session, actor, ask)
    facts = {"number": application.number}
    audit.record(session, actor, "application.sent", facts, subject="application", subject_id=application.id)
    told: dict[str, Any] = {"application_id": application.id, "company": application.company, **facts}
    outbox.post(session, "application.pending", **told)
    if (rep_id := _reader(session, ask.whose.rep_id)) is not None:
        outbox.post(session, "application.received", rep_id=rep_id, **told)
    letters.post(session, application, "applicant.sent")
    return application.number


def withdraw_application(session: Session, actor: Actor, given: SeenApplication) -> None:
    """Take an application back before it is decided."""
    application = queries.get_by_token(session, given.key, is_locked=True)
    was_sent = application.state == "submitted"
    states.move(session, actor, application, "withdraw", given.version)
    forgetting.forget_unsent(session, application)
    if not was_sent:
        return
    request = kernel.find_open(session, "application", application.id)
    if request is not None:
        kernel.close(session, request, "withdrawn", request.version)
    facts = {"number": application.number, "company": application.company}
    outbox.post(session, "application.withdrawn", application_id=application.id, **facts)


def _reader(session: Session, rep_id: int | None) -> int | None:
    """The rep whose ground it is, where the rep may look at applications."""
    readers = deciders.holding(Permission.APPLICATION_READ)
    return session.scalar(readers.where(Person.id == rep_id).limit(1)) if rep_id is not None else None


def _ask(session: Session, application: Application, known: Mapping[str, Any]) -> Ask:
    """Judged by where the company is and sells, as no standing says so yet; asked of those whose ground it is."""
    territory = territories.of_region(session, application.region_code)
    ids = frozenset(territories.ids_of(territory.path if territory else ""))
    amount = application.expected or ZERO
    return Ask(
        subject="application",
        subject_id=application.id,
        subject_version=application.version,
        distributor_id=None,
        title=f"{application.number} {application.company}",
        amount=amount,
        reasons=[{"code": "application.new", "rep_id": ground.rep_of(session, territory, clock.today())}],
        now=clock.now(),
        decision_hours=int(known["application.decision_hours"]),
        escalation_hours=int(known["application.escalation_hours"]),
        facts=Facts(amount, None, application.channel_id, ids),
    )


def _refuse_unfit(session: Session, application: Application) -> None:
    """What is missing is told beside its field; the page asks for all of it in one answer before."""
    has_file = bool(session.scalar(_files(application.id, func.count(Attachment.id))))
    facts = {name: getattr(application, name) for name in FIELDS}
    for field, code in rules.lacking(facts, has_file=has_file).items():
        raise Refused(code, field=field)
    regions.refuse_vague(session, application.region_code)
    if application.way != "call" and application.verified_at is None:
        raise Refused("applicant.code_needed", field="code")


def _refuse_gone(session: Session, values: Mapping[str, Any]) -> None:
    if values.get("channel_id") is None:
        return
    offered = select(Channel.id).where(Channel.id == values["channel_id"], Channel.archived_at.is_(None))
    if session.scalar(offered) is None:
        raise Refused("standing.choice_gone", field="channel_id")


def _files(application_id: int, column: Any) -> Any:
    return select(column).where(
        Attachment.subject == queries.SUBJECT,
        Attachment.subject_id == application_id,
        Attachment.archived_at.is_(None),
    )
