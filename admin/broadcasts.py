"""Broadcasts (政策下发): written, looked at, published now or at a moment, followed until everybody has confirmed."""

from datetime import datetime, timedelta

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import audiences
from admin.audiences import AudienceForm
from admin.broadcast_lists import AUDIENCE, BROADCASTS, RECEIPTS
from trade import clock
from trade.actor import Permission
from trade.attachments import content, store
from trade.attachments import queries as attachments
from trade.attachments.filing import Stored, keep_file
from trade.broadcasts import audience as audience_of
from trade.broadcasts import queries, recipients, states
from trade.broadcasts.models import Broadcast
from trade.broadcasts.recipients import SUBJECT
from trade.db import read
from trade.errors import Refused
from trade.flows.publish_broadcast import (
    Moment,
    Publication,
    Recall,
    extend_broadcast,
    publish_broadcast,
    recall_broadcast,
    schedule_broadcast,
    unschedule_broadcast,
)
from trade.flows.remind_of_broadcast import Reminder, remind_by_hand
from trade.flows.write_broadcast import (
    MOST_FILES,
    Correction,
    Edited,
    NewFiles,
    RemovedFile,
    SeenBroadcast,
    Text,
    add_broadcast_files,
    correct_broadcast,
    create_broadcast,
    discard_broadcast,
    edit_broadcast,
    remove_broadcast_file,
)
from web import asked, broadcast_words
from web.access import requires
from web.answer import attempt, go, render, say, tell
from web.downloads import answer_file
from web.forms import (
    ChoiceField,
    DateField,
    Form,
    LongTextField,
    TextField,
    VersionForm,
    WholeNumberField,
)
from web.reaching import HALF_HOURS
from web.words import WORDS
from web.words import say as say_refusal

bp = Blueprint("broadcasts", __name__)
FIRST_DAYS = 7  # until which a new one is to be confirmed, unless somebody says otherwise


class BroadcastForm(AudienceForm):
    version = WholeNumberField(is_needed=False)
    kind = ChoiceField(_("Kind"), choices=list(broadcast_words.KINDS.items()))
    title = TextField(_("Title"), longest=80)
    body = LongTextField(
        _("What it says"), longest=8_000, hint=_("Plain text; an empty line begins a new paragraph")
    )
    demand = ChoiceField(_("What is asked"), choices=list(broadcast_words.DEMANDS.items()))
    acknowledge_by = DateField(
        _("To be confirmed by"), is_needed=False, is_conditional=True, hint=_("That day is still in time")
    )
    expires_on = DateField(_("Holds until"), is_needed=False, hint=_("After that day it lies in the archive"))
    change_note = TextField(_("What is corrected"), longest=200, is_needed=False)


class PublicationForm(VersionForm):
    count = WholeNumberField()


class MomentForm(VersionForm):
    day = DateField(_("Day"))
    time = ChoiceField(_("Time of day"), choices=HALF_HOURS)


class RecallForm(VersionForm):
    reason = LongTextField(_("Reason, which the distributors read"), longest=300)


class FilesForm(VersionForm):
    files = TextField(_("Files"), is_needed=False)


class RemovalForm(VersionForm):
    file = WholeNumberField()


class ReminderForm(Form):
    distributor = WholeNumberField(is_needed=False)


@bp.get("/broadcasts")
@requires(Permission.BROADCAST_READ)
def index() -> Response:
    with read() as session:
        listed = BROADCASTS.open(session)
        return render(
            session, "admin/broadcasts/broadcasts.html", "broadcasts", listed=listed, words=broadcast_words
        )


@bp.post("/broadcasts/export")
@requires(Permission.BROADCAST_READ)
def export() -> Response:
    return BROADCASTS.export_sheet()


@bp.get("/broadcasts/new")
@requires(Permission.BROADCAST_WRITE)
def new() -> Response:
    by = clock.today() + timedelta(days=FIRST_DAYS)
    form = BroadcastForm(data={"kind": "policy", "demand": "none", "whom": "some", "acknowledge_by": by})
    with read() as session:
        return _form(session, form, None)


@bp.post("/broadcasts")
@requires(Permission.BROADCAST_WRITE)
def creation() -> Response:
    form = BroadcastForm(request.form)
    given = _text(form)
    broadcast_id = None if given is None else attempt(form, create_broadcast, given)
    if not form.errors and broadcast_id is not None:
        say(gettext("Kept as a draft; add files, look who would get it, then publish"))
        return go(url_for(".detail", broadcast_id=broadcast_id))
    with read() as session:
        return _form(session, form, None)


@bp.get("/broadcasts/<id:broadcast_id>")
@requires(Permission.BROADCAST_READ)
def detail(broadcast_id: int) -> Response:
    with read() as session:
        return _show(session, broadcast_id)


@bp.get("/broadcasts/<id:broadcast_id>/preview")
@requires(Permission.BROADCAST_READ)
def preview(broadcast_id: int) -> Response:
    """The letter as its recipients will have it before them."""
    with read() as session:
        found = queries.get_for(session, g.actor, broadcast_id)
        return render(
            session,
            "admin/broadcasts/preview.html",
            "preview",
            found=found,
            files=attachments.of(session, SUBJECT, found.id),
            words=broadcast_words,
            now=clock.now(),
        )


@bp.get("/broadcasts/<id:broadcast_id>/edit")
@requires(Permission.BROADCAST_WRITE)
def edit(broadcast_id: int) -> Response:
    with read() as session:
        found = queries.get_for(session, g.actor, broadcast_id)
        if not states.allows(found, "edit"):
            raise Refused("broadcast.not_found")
        names = ("version", "kind", "title", "body", "demand", "acknowledge_by", "expires_on", "change_note")
        wanted = audience_of.of(session, SUBJECT, found.id, is_everyone=found.is_everyone)
        kept = {name: getattr(found, name) for name in names} | audiences.preset(session, wanted)
        return _form(session, BroadcastForm(data=kept), found)


@bp.post("/broadcasts/<id:broadcast_id>/text")
@requires(Permission.BROADCAST_WRITE)
def text(broadcast_id: int) -> Response:
    form = BroadcastForm(request.form)
    with read() as session:
        queries.get_for(session, g.actor, broadcast_id)
    given = _text(form)
    if given is not None:
        attempt(form, edit_broadcast, Edited(broadcast_id, form.version.data or 0, given))
    if not form.errors:
        say(gettext("Saved"))
        return go(url_for(".detail", broadcast_id=broadcast_id))
    with read() as session:
        return _form(session, form, queries.get_for(session, g.actor, broadcast_id))


@bp.post("/broadcasts/<id:broadcast_id>/attachments")
@requires(Permission.BROADCAST_WRITE)
def upload(broadcast_id: int) -> Response:
    form = FilesForm(request.form)
    if form.validate():
        try:
            files = tuple(_files())
            if files:
                attempt(form, add_broadcast_files, NewFiles(broadcast_id, form.version.data, files))
            else:
                form.refuse(gettext("Please choose a file"), "files")
        except Refused as refusal:
            tell(form, refusal, "files")
    return _back(broadcast_id, form, gettext("Files added"), filing=form)


@bp.post("/broadcasts/<id:broadcast_id>/attachments/removal")
@requires(Permission.BROADCAST_WRITE)
def removal(broadcast_id: int) -> Response:
    form = RemovalForm(request.form)
    if form.validate():
        given = RemovedFile(broadcast_id, form.version.data, form.file.data)
        attempt(form, remove_broadcast_file, given)
    return _back(broadcast_id, form, gettext("Removed"))


@bp.get("/broadcasts/<id:broadcast_id>/attachments/<id:attachment_id>")
@requires(Permission.BROADCAST_READ)
def download(broadcast_id: int, attachment_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, broadcast_id)
        file = attachments.get_of(session, SUBJECT, broadcast_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


@bp.post("/broadcasts/<id:broadcast_id>/publication")
@requires(Permission.BROADCAST_PUBLISH)
def publication(broadcast_id: int) -> Response:
    form = PublicationForm(request.form)
    count = None
    if form.validate():
        given = Publication(broadcast_id, form.version.data, form.count.data)
        count = attempt(form, publish_broadcast, given)
    said = ngettext("Published to %(num)s distributor", "Published to %(num)s distributors", count or 0)
    return _back(broadcast_id, form, said)


@bp.post("/broadcasts/<id:broadcast_id>/schedule")
@requires(Permission.BROADCAST_PUBLISH)
def schedule(broadcast_id: int) -> Response:
    """Put it off to a moment of the brand's clock."""
    form = MomentForm(request.form)
    if form.validate():
        hour, minute = (int(each) for each in form.time.data.split(":"))
        day = form.day.data
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.BRAND_ZONE)
        attempt(form, schedule_broadcast, Moment(broadcast_id, form.version.data, at))
    return _back(broadcast_id, form, gettext("Scheduled"), timing=form)


@bp.post("/broadcasts/<id:broadcast_id>/unscheduling")
@requires(Permission.BROADCAST_PUBLISH)
def unscheduling(broadcast_id: int) -> Response:
    return _deed(broadcast_id, unschedule_broadcast, gettext("A draft again"))


@bp.post("/broadcasts/<id:broadcast_id>/discarding")
@requires(Permission.BROADCAST_WRITE)
def discarding(broadcast_id: int) -> Response:
    return _deed(broadcast_id, discard_broadcast, gettext("Given up"))


@bp.post("/broadcasts/<id:broadcast_id>/extension")
@requires(Permission.BROADCAST_PUBLISH)
def extension(broadcast_id: int) -> Response:
    """Send it also to those who have come into its audience since."""
    return _deed(broadcast_id, extend_broadcast, gettext("Sent to them too"))


@bp.post("/broadcasts/<id:broadcast_id>/recall")
@requires(Permission.BROADCAST_PUBLISH)
def recall(broadcast_id: int) -> Response:
    form = RecallForm(request.form)
    if form.validate():
        attempt(form, recall_broadcast, Recall(broadcast_id, form.version.data, form.reason.data))
    return _back(broadcast_id, form, gettext("Taken back; its distributors are told"), recalling=form)


@bp.post("/broadcasts/<id:broadcast_id>/corrections")
@requires(Permission.BROADCAST_WRITE)
def corrections(broadcast_id: int) -> Response:
    """Begin the next version, with copies of the files."""
    form = Form()
    with read() as session:
        queries.get_for(session, g.actor, broadcast_id)
        files = attachments.of(session, SUBJECT, broadcast_id)
    copies = tuple(
        Stored(each.name, each.media_type, each.size, each.sha256, store.save(store.load(each.stored_as)))
        for each in files
    )
    draft_id = attempt(form, correct_broadcast, Correction(broadcast_id, copies))
    if draft_id is not None:
        say(gettext("This is the correction; it replaces the present version when it is published"))
        return go(url_for(".edit", broadcast_id=draft_id))
    return _back(broadcast_id, form, "")


@bp.post("/broadcasts/<id:broadcast_id>/reminders")
@requires(Permission.BROADCAST_READ)
def reminders(broadcast_id: int) -> Response:
    """Ask again everybody who has not confirmed, or one distributor."""
    form = ReminderForm(request.form)
    count = None
    if form.validate():
        count = attempt(form, remind_by_hand, Reminder(broadcast_id, form.distributor.data))
    said = ngettext("%(num)s distributor is reminded", "%(num)s distributors are reminded", count or 0)
    if not form.errors and form.distributor.data:
        say(said)
        return go(url_for(".receipts", broadcast=broadcast_id, state="owing"))
    return _back(broadcast_id, form, said)


@bp.get("/broadcast-audience")
@requires(Permission.BROADCAST_READ)
def audience() -> Response:
    """Exactly who would be reached now."""
    with read() as session:
        listed, about = AUDIENCE.open(session), _about(session)
        return render(session, "admin/broadcasts/audience.html", "audience", listed=listed, about=about)


@bp.post("/broadcast-audience/export")
@requires(Permission.BROADCAST_READ)
def audience_export() -> Response:
    return AUDIENCE.export_sheet()


@bp.get("/broadcast-receipts")
@requires(Permission.BROADCAST_READ)
def receipts() -> Response:
    """Who has read it, who has confirmed, and who has not."""
    with read() as session:
        listed, about = RECEIPTS.open(session), _about(session)
        return render(
            session,
            "admin/broadcasts/receipts.html",
            "receipts",
            listed=listed,
            about=about,
            words=broadcast_words,
            today=clock.today(),
            is_asked=about is not None and recipients.asks(about),
        )


@bp.post("/broadcast-receipts/export")
@requires(Permission.BROADCAST_READ)
def receipts_export() -> Response:
    return RECEIPTS.export_sheet()


def _about(session: Session) -> Broadcast | None:
    """The broadcast that the address of a list names."""
    wanted = asked.number("broadcast")
    return None if wanted is None else queries.get_for(session, g.actor, wanted)


def _text(form: BroadcastForm) -> Text | None:
    """What was typed, or None when something of it is not right."""
    if not form.validate():
        return None
    with read() as session:
        wanted = audiences.read_audience(session, form)
    if form.errors:
        return None
    return Text(
        form.kind.data,
        form.title.data,
        form.body.data,
        wanted,
        form.demand.data,
        form.acknowledge_by.data if form.demand.data != "none" else None,
        form.expires_on.data,
        form.change_note.data or "",
    )


def _files() -> list[Stored]:
    """What was sent, judged and stored before the transaction."""
    sent = [each for each in request.files.getlist("files") if each.filename][:MOST_FILES]
    return [keep_file(each.filename or "", each.stream.read(content.LARGEST_FILE + 1)) for each in sent]


def _deed(broadcast_id: int, flow: object, said: str) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, flow, SeenBroadcast(broadcast_id, form.version.data))  # type: ignore[arg-type]
    return _back(broadcast_id, form, said)


def _back(broadcast_id: int, form: Form, said: str, **refused: Form) -> Response:
    if not form.errors:
        say(said)
        return go(url_for(".detail", broadcast_id=broadcast_id))
    with read() as session:
        return _show(session, broadcast_id, form=form, **refused)


def _form(session: Session, form: BroadcastForm, found: Broadcast | None) -> Response:
    kept = None
    if found is not None:
        kept = audience_of.of(session, SUBJECT, found.id, is_everyone=found.is_everyone)
    return render(
        session,
        "admin/broadcasts/form.html",
        "form",
        status=422 if form.errors else 200,
        form=form,
        found=found,
        choices=audiences.choices(session),
        ticked=audiences.ticked(kept),
    )


def _show(
    session: Session,
    broadcast_id: int,
    *,
    form: Form | None = None,
    timing: Form | None = None,
    recalling: Form | None = None,
    filing: Form | None = None,
) -> Response:
    actor = g.actor
    found = queries.get_for(session, actor, broadcast_id)
    wanted = audience_of.of(session, SUBJECT, found.id, is_everyone=found.is_everyone)
    is_sent = found.state in queries.SENT
    tomorrow = clock.today() + timedelta(days=1)
    return render(
        session,
        "admin/broadcasts/broadcast.html",
        "broadcast",
        status=422 if form is not None and form.errors else 200,
        found=found,
        files=attachments.of(session, SUBJECT, found.id),
        named=audience_of.named(session, actor, wanted),
        count=0 if is_sent else audience_of.count(session, actor, wanted),
        figures=queries.figures(session, actor, [found.id] if is_sent else []).get(
            found.id, queries.Figures()
        ),
        losing=0 if is_sent else recipients.losing(session, actor, found, wanted),
        newcomers=recipients.newcomers(session, actor, found, wanted),
        successor=queries.successor(session, actor, found.id) if is_sent else None,
        story=broadcast_words.story(queries.events_of(session, found.id)),
        words=broadcast_words,
        form=form if form not in (timing, recalling, filing) else None,
        timing=timing or MomentForm(data={"day": tomorrow, "time": "09:00"}),
        recalling=recalling or RecallForm(),
        filing=filing,
        is_sent=is_sent,
        is_asked=recipients.asks(found),
        is_over=found.acknowledge_by is not None and found.acknowledge_by < clock.today(),
        why=say_refusal(Refused(found.reason)) if found.reason in WORDS else "",
        most_files=MOST_FILES,
    )
