"""The inbox's own pages: one item with all that is needed to decide, one more who is asked, and small ones at once."""

from collections.abc import Sequence
from decimal import Decimal

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import choosing
from admin import inbox as pages
from admin.desk import show_desk
from admin.editing import offered
from admin.inbox import KINDS, Decided
from trade.actor import Permission
from trade.approvals import inbox
from trade.approvals.inbox import Item
from trade.db import read
from trade.errors import Refused
from trade.flows.add_approver import OneMore, add_approver
from web import asked, lists, words
from web import choosing as choices
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, LongTextField, VersionForm
from web.lists import Outcome

bp = Blueprint("approvals", __name__)


class OneMoreForm(VersionForm):
    person = ChoiceField(_("Who else is asked"), choices=[])
    comment = LongTextField(_("What you want to know from them"), is_needed=False, longest=500)


@bp.get("/approvals/<id:request_id>")
@requires(Permission.DESK_READ)
def detail(request_id: int) -> Response:
    only = asked.choice("subject", list(KINDS))
    with read() as session:
        return pages.show_item(session, inbox.get_for(session, g.actor, request_id), None, only)


@bp.get("/approvals/<id:request_id>/approvers")
@requires(Permission.DESK_READ)
def approvers(request_id: int) -> Response:
    with read() as session:
        item = inbox.get_for(session, g.actor, request_id)
        return _show_form(session, item, OneMoreForm(), status=200)


@bp.post("/approvals/<id:request_id>/approvers")
@requires(Permission.DESK_READ)
def addition(request_id: int) -> Response:
    """Ask one more person; the item stays with whoever asked."""
    form = OneMoreForm(request.form)
    with read() as session:
        item = inbox.get_for(session, g.actor, request_id)
        names = dict(_offer(session, item, form))
    if form.validate():
        person_id = int(form.person.data)
        given = OneMore(request_id, form.version.data, person_id, form.comment.data or "")
        attempt(form, add_approver, given)
        if not form.errors:
            say(gettext("%(name)s is asked too; you still decide yourself", name=names[person_id]))
            return go(pages.item_url(request_id))
    with read() as session:
        item = inbox.get_for(session, g.actor, request_id)
        return _show_form(session, item, form, status=422)


@bp.get("/approvals/<id:request_id>/approvers/lookup")
@requires(Permission.DESK_READ)
def lookup(request_id: int) -> Response:
    """Who could be asked too, while a name is typed."""
    with read() as session:
        item = inbox.get_for(session, g.actor, request_id)
        names = inbox.addable(session, g.actor, item.request)
        return choosing.show_people(session, names, choices.typed())


@bp.post("/approvals")
@requires(Permission.DESK_READ)
def several() -> Response:
    """Approve every ticked item as it was seen, each by itself: what is too large, or moved, is left and says why."""
    only = asked.choice("subject", list(KINDS))
    picked = lists.picked()
    with read() as session:
        known = inbox.by_ids(session, g.actor, [request_id for request_id, _version in picked])
        most = inbox.most_at_once(session)
    outcome, done = Outcome(), list[int]()
    for request_id, version in picked:
        item = known.get(request_id)
        if item is None:
            outcome.refused.append(("", words.say(Refused("approval.not_found"))))
            continue
        kind = KINDS[item.request.subject]
        refusal = _refusal(item, version, most)
        if refusal is not None:
            outcome.refused.append((item.request.title, words.say(refusal)))
            continue
        one = lists.in_turn(kind.flow, [(item.request.title, kind.given(_ticked(item)))])
        done += [request_id] * one.done
        outcome.done += one.done
        outcome.refused.extend(one.refused)
    with read() as session:
        outcome.words = _told(session, done)
    if outcome.done and not outcome.refused:
        say(outcome.words)
        return go(pages.desk_url(only))
    with read() as session:
        return show_desk(session, None, None, outcome=outcome)


def _told(session: Session, done: Sequence[int]) -> str:
    """How many are approved now, and how many still need the yes of somebody else."""
    waiting = inbox.still_open(session, done)
    approved = len(done) - waiting
    said = ngettext("%(num)s item approved", "%(num)s items approved", approved)
    if not waiting:
        return said
    if not approved:
        return ngettext(
            "%(num)s still needs somebody else's yes", "%(num)s still need somebody else's yes", waiting
        )
    return ngettext(
        "%(approved)s; %(num)s still needs somebody else's yes",
        "%(approved)s; %(num)s still need somebody else's yes",
        waiting,
        approved=said,
    )


def _refusal(item: Item, version: int, most: Decimal) -> Refused | None:
    """Why an item is not decided in passing."""
    if item.request.state != "open" or item.request.version != version:
        return Refused("approval.changed_meanwhile")
    if not KINDS[item.request.subject].may_tick:
        return Refused("approval.decide_alone")
    if item.request.amount > most:
        return Refused("approval.too_large", most=most, currency=item.currency)
    return None


def _ticked(item: Item) -> Decided:
    return Decided(
        subject_id=item.request.subject_id,
        version=item.request.subject_version,
        decision=pages.YES,
        comment="",
        step=item.request.step,
        form=None,
        request=item.request,
    )


def _offer(session: Session, item: Item, form: OneMoreForm) -> list[tuple[int, str]]:
    names = inbox.addable(session, g.actor, item.request)
    form.person.choices = offered(names)
    form.person.suggestions = url_for(".lookup", request_id=item.request.id)
    return names


def _show_form(session: Session, item: Item, form: OneMoreForm, *, status: int) -> Response:
    names = _offer(session, item, form)
    return render(
        session,
        "admin/inbox/approvers.html",
        "approvers",
        status=status,
        item=item,
        form=form,
        names=names,
        words=pages.words_of,
        may_ask=item.is_mine,
        back=pages.item_url(item.request.id),
        send=url_for(".addition", request_id=item.request.id),
    )
