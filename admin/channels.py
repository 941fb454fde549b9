"""The ways by which messages leave the building: set up, tried, and given a new secret."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import channel_answers
from admin.editing import EditForm, edit
from trade.actor import Permission
from trade.db import read
from trade.distributors.queries import code_of
from trade.flows.keep_channel import ChannelGiven, Kept, Rotation, keep_channel, rotate_secret
from trade.flows.try_channel import try_channel
from trade.notices import backlog, channels, rules
from trade.notices.models import NoticeChannel
from web import reaching
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import CheckField, ChoiceField, Form, PasswordField, TextField, VersionForm, WholeNumberField
from web.i18n import LOCALES
from web.public import public_address

bp = Blueprint("channels", __name__)


@dataclass(frozen=True)
class Kind:
    words: Any
    icon: str


KINDS = {
    "mail": Kind(_("Mail"), icon="mail"),
    "sms": Kind(_("Text messages"), icon="device-mobile-message"),
    "wecom": Kind(_("WeCom group"), icon="message-circle"),
    "dingtalk": Kind(_("DingTalk group"), icon="message-circle"),
    "feishu": Kind(_("Feishu group"), icon="message-circle"),
    "webhook": Kind(_("Webhook"), icon="webhook"),
}
SECURITIES = (
    ("tls", _("TLS from the beginning (usually port 465)")),
    ("starttls", _("STARTTLS (usually port 587)")),
    ("none", _("none, in our own network only")),
)
HINTS = {
    "wecom": _("As the group's robot shows it: https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…"),
    "dingtalk": _("As the group's robot shows it: https://oapi.dingtalk.com/robot/send?access_token=…"),
    "feishu": _("As the group's robot shows it: https://open.feishu.cn/open-apis/bot/v2/hook/…"),
    "webhook": _("Where the other program takes events, beginning with https://"),
    "sms": _("An address as apprise writes it, with {phone} where the number goes"),
}
MAIL = ("host", "port", "security", "user", "sender")


class ChannelForm(EditForm):
    version = WholeNumberField(is_needed=False)
    kind = ChoiceField(choices=[(key, each.words) for key, each in KINDS.items()])
    name = TextField(_("Name, as colleagues know it"), longest=60)
    is_active = CheckField(_("In use"))
    host = TextField(_("Mail server"), longest=200, is_needed=False, is_conditional=True)
    port = WholeNumberField(_("Port"), smallest=1, largest=65535, is_needed=False, is_conditional=True)
    security = ChoiceField(_("Encryption"), choices=SECURITIES, is_needed=False, is_conditional=True)
    user = TextField(_("Account at the mail server"), longest=200, is_needed=False)
    password = PasswordField(_("Its password"), is_needed=False)
    sender = TextField(_("Sender's address"), longest=200, is_needed=False, is_conditional=True)
    address = TextField(_("Address"), longest=1000, is_needed=False, is_conditional=True)
    secret = PasswordField(_("Signing secret of the robot"), is_needed=False)
    locale = ChoiceField(_("Language there"), choices=list(LOCALES.items()), is_needed=False)
    distributor = TextField(
        _("Code of a distributor, if only its own events go there"), longest=40, is_needed=False
    )
    # Of the ticks beneath it: where a refusal is told.
    groups = TextField(_("What goes there"), is_needed=False)
    per_minute = WholeNumberField(_("Messages in a minute, at most"), smallest=1, largest=6000)
    may_be_private = CheckField(
        _("It stands in our own network"), hint=_("Otherwise addresses of private networks are refused.")
    )


@bp.get("/channels")
@requires(Permission.SETTING_MANAGE)
def index() -> Response:
    with read() as session:
        return render(
            session,
            "admin/channels/channels.html",
            "channels",
            rows=channels.listed(session),
            depths={each.channel_id: each for each in backlog.depths(session)},
            kinds=KINDS,
            public=public_address(),
        )


@bp.get("/channels/new")
@requires(Permission.SETTING_MANAGE)
def new() -> Response:
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else "mail"
    usual = {"kind": kind, "per_minute": channels.USUAL_RATE[kind], "is_active": True, "port": 465}
    usual |= {"security": "tls", "locale": "zh_CN"}
    with read() as session:
        return _show(session, None, ChannelForm(data=usual), list(rules.GROUPS))


@bp.post("/channels")
@requires(Permission.SETTING_MANAGE)
def creation() -> Response:
    return _keep(None)


@bp.get("/channels/<id:channel_id>")
@requires(Permission.SETTING_MANAGE)
def detail(channel_id: int) -> Response:
    with read() as session:
        channel = channels.get(session, channel_id)
        return _show(session, channel, _filled(session, channel), channel.groups)


@bp.post("/channels/<id:channel_id>")
@requires(Permission.SETTING_MANAGE)
def submission(channel_id: int) -> Response:
    return _keep(channel_id)


@bp.post("/channels/<id:channel_id>/trial")
@requires(Permission.SETTING_MANAGE)
def trial(channel_id: int) -> Response:
    """Let the worker send a test message; the page then says what the other side answered."""
    form = Form(request.form)
    attempt(form, try_channel, channel_id)
    if not form.errors:
        return go(url_for(".detail", channel_id=channel_id))
    return _again(channel_id, form)


@bp.post("/channels/<id:channel_id>/secret")
@requires(Permission.SETTING_MANAGE)
def secret(channel_id: int) -> Response:
    """A new secret for a webhook, shown this once."""
    form = VersionForm(request.form)
    kept: Kept | None = None
    if form.validate():
        kept = attempt(form, rotate_secret, Rotation(channel_id, form.version.data))
    return _again(channel_id, form, kept)


def _again(channel_id: int, form: Form, kept: Kept | None = None) -> Response:
    with read() as session:
        channel = channels.get(session, channel_id)
        filled = _filled(session, channel)
        filled.form_errors.extend(error for errors in form.errors.values() for error in errors)
        return _show(session, channel, filled, channel.groups, kept)


def _keep(channel_id: int | None) -> Response:
    form = ChannelForm(request.form)
    chosen = [each for each in rules.GROUPS if each in request.form.getlist("group")]
    kept: Kept | None = None
    if form.validate():
        mail = {name: form[name].data for name in MAIL}
        given = ChannelGiven(
            channel_id,
            form.version.data or 1,
            form.kind.data,
            form.name.data,
            form.per_minute.data,
            form.is_active.data,
            form.may_be_private.data,
            form.locale.data or "zh_CN",
            chosen,
            form.distributor.data,
            mail if form.kind.data == "mail" else {},
            _secrets(form),
        )
        kept = edit(form, keep_channel, given)
    with read() as session:
        channel = channels.get(session, channel_id) if channel_id else None
        if form.errors or kept is None:
            return _show(session, channel, form, chosen)
        if kept.secret is not None:
            channel = channels.get(session, kept.channel_id)
            return _show(session, channel, _filled(session, channel), channel.groups, kept)
    say(gettext("Saved"))
    return go(url_for(".detail", channel_id=kept.channel_id))


def _secrets(form: ChannelForm) -> dict[str, str]:
    """What was typed of what is never shown again; a webhook's secret is made here, not typed."""
    names = {"mail": ("password",), "sms": ("address",), "webhook": ("address",)}
    return {name: form[name].data or "" for name in names.get(form.kind.data, ("address", "secret"))}


def _filled(session: Session, channel: NoticeChannel) -> ChannelForm:
    names = ("version", "kind", "name", "is_active", "locale", "per_minute", "may_be_private")
    data: dict[str, Any] = {name: getattr(channel, name) for name in names}
    data |= {name: channel.settings.get(name) for name in MAIL if channel.kind == "mail"}
    company = code_of(session, channel.distributor_id) if channel.distributor_id else None
    return ChannelForm(data=data | {"distributor": company})


def _show(
    session: Session,
    channel: NoticeChannel | None,
    form: ChannelForm,
    chosen: list[str],
    kept: Kept | None = None,
) -> Response:
    kind = form.kind.data if form.kind.data in KINDS else "mail"
    form.address.hint = HINTS.get(kind)
    return render(
        session,
        "admin/channels/channel.html",
        "channel",
        status=422 if form.errors else 200,
        channel=channel,
        form=form,
        kind=kind,
        kinds=KINDS,
        groups=reaching.GROUPS,
        chosen=chosen,
        held=set(channels.kept(channel)) if channel else set(),
        trial=channels.last_trial(session, channel.id) if channel else None,
        secret=kept.secret if kept else None,
        read_answer=channel_answers.read,
    )
