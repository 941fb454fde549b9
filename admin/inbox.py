"""What can be decided, as the inbox shows and decides it: each subject registers its word, its panel and its flow.

One way of deciding: whichever page the answer comes from, `answer` reads the form, runs the flow and leads on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import spoken
from admin.refused import explain
from trade.actor import Actor
from trade.approvals import inbox
from trade.approvals.inbox import Item, Turn
from trade.approvals.models import ApprovalRequest
from trade.db import read, run
from trade.errors import Refused
from web.answer import go, render, say
from web.forms import ChoiceField, LongTextField, TextField, VersionForm, WholeNumberField

YES, BACK, NO = "approve", "return", "reject"
WORDS = {YES: _("Approve"), BACK: _("Return for correction"), NO: _("Reject")}
SAID = {
    YES: _("Approved %(title)s"),
    BACK: _("Returned %(title)s for correction"),
    NO: _("Rejected %(title)s"),
}
PLACES = ("desk", "approval", "document")
Facts = Mapping[str, Any]


class PlaceForm(VersionForm):
    """Where a form was sent from, and to which subject the list was narrowed, so that the way leads on from there."""

    place = ChoiceField(choices=[(each, "") for each in PLACES], is_needed=False)
    only = TextField(is_needed=False)


class DecisionForm(PlaceForm):
    """What every decision sends; a subject adds its own fields. `version` is the document's, as it was seen."""

    decision = ChoiceField(choices=[(YES, ""), (BACK, ""), (NO, "")])
    comment = LongTextField(_("Comment (needed to return or reject)"), is_needed=False, is_conditional=True)
    step = WholeNumberField(is_needed=False)


class YesNoForm(DecisionForm):
    """For what cannot be sent back for correction."""

    decision = ChoiceField(choices=[(YES, ""), (NO, "")])
    comment = LongTextField(_("Comment (needed to reject)"), is_needed=False, is_conditional=True)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What somebody answered: the document and its version, the step of its approval, and what the form holds."""

    subject_id: int
    version: int
    decision: str
    comment: str
    step: int | None
    form: DecisionForm | None  # none: ticked in the list, where there are no further fields
    request: ApprovalRequest | None = None

    @property
    def is_yes(self) -> bool:
        return self.decision == YES


def _usual_form(facts: Facts) -> type[DecisionForm]:
    return DecisionForm


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A subject of approval on the brand's side; docs/faces.md, "A subject of approval", shows one whole."""

    subject: str  # as in trade.approvals.subjects
    words: Any  # what it is, in a word or two
    panel: str  # template with the figures that are needed to decide
    load: Callable[
        [Session, Actor, int], Facts
    ]  # for the panel, through the noun's own scope; "title" names it
    decision_url: Callable[[int], str]  # of the noun's POST …/decision, which calls `answer`
    flow: Callable[[Session, Actor, Any], Any]
    given: Callable[[Decided], Any]  # what the flow takes
    url: Callable[[int, Facts], str]  # the document's own page
    form: Callable[[Facts], type[DecisionForm]] = _usual_form
    preset: Callable[[Facts], dict[str, Any]] = lambda facts: {}
    fields: str = ""  # template with the fields that the form has besides the comment
    answers: tuple[str, ...] = (YES, BACK, NO)
    yes: Callable[[Facts], str] = lambda facts: gettext("Approve")
    yes_url: Callable[[Facts], str] = lambda facts: ""  # where a yes takes a page of its own; "" for none now
    amount: Any = ""  # what the amount is, where it is not the worth of a document
    said: Mapping[str, Any] | None = None  # what is told when it is done; %(title)s is its title
    reason: Callable[[Mapping[str, Any], str], tuple[str, str]] = spoken.reason
    may_tick: bool = False  # small ones may be approved in the list
    version: Callable[[Facts], int] | None = None  # of the document, where it moves while it waits


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    KINDS[kind.subject] = kind
    return kind


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The form under an item: where it goes, what may be answered, and on which version."""

    kind: Kind
    subject_id: int
    version: int
    step: int | None
    offered: tuple[str, ...]
    yes: str
    yes_url: str
    form: DecisionForm
    place: str
    only: str = ""

    @property
    def url(self) -> str:
        return self.kind.decision_url(self.subject_id)

    @property
    def id(self) -> str:
        return f"{self.kind.subject}-{self.subject_id}"


def answers_of(
    subject: str,
    subject_id: int,
    version: int,
    asked: ApprovalRequest | None,
    facts: Facts,
    form: DecisionForm | None,
    *,
    place: str = "document",
    only: str = "",
    offered: tuple[str, ...] | None = None,
) -> Answers:
    """What this person may answer; `asked` is the open question if it waits for them, else there is nothing to answer."""
    kind = KINDS[subject]
    return Answers(
        kind=kind,
        subject_id=subject_id,
        version=version,
        step=asked.step if asked else None,
        offered=offered if offered is not None else kind.answers if asked else (),
        yes=kind.yes(facts),
        yes_url=kind.yes_url(facts) if asked else "",
        form=form or kind.form(facts)(data=kind.preset(facts)),
        place=place,
        only=only,
    )


def shown(
    session: Session,
    item: Item,
    form: DecisionForm | None,
    place: str,
    *,
    only: str = "",
) -> dict[str, Any]:
    """What the panel of an item needs: its figures, its story, cases like it, and the answers."""
    asked = item.request
    kind = KINDS[asked.subject]
    facts = kind.load(session, g.actor, asked.subject_id)
    turns = inbox.turns_of(session, asked.id)
    answers = answers_of(
        asked.subject,
        asked.subject_id,
        kind.version(facts) if kind.version else asked.subject_version,
        asked if item.is_mine else None,
        facts,
        form,
        place=place,
        only=only,
        offered=facts.get("offered") if item.is_mine else None,
    )
    return dict(  # names are passed once each: no panel means something else by a name of the inbox
        **facts,
        item=item,
        kind=kind,
        document_url=kind.url(asked.subject_id, facts),
        answers=answers,
        turns=turns,
        others=_others(item, turns),
        decisions=inbox.said_of(session, asked),
        similar=inbox.similar(session, g.actor, asked),
    )


def show_item(session: Session, item: Item, form: DecisionForm | None, only: str = "") -> Response:
    """One item as it is decided on a phone: figures, reasons, cases like it, and the answers at the thumb."""
    spot = inbox.place_of(session, g.actor, item.request, only)
    return render(
        session,
        "admin/inbox/item.html",
        "item",
        status=422 if form else 200,
        spot=spot,
        next_url=item_url(spot.next_id, only) if spot.next_id else None,
        back=desk_url(only),
        words=words_of,
        reasons=reasons_of,
        **shown(session, item, form, "approval", only=only),
    )


def answer(
    subject: str,
    subject_id: int,
    show_document: Callable[[Session, DecisionForm], Response],
    show_desk: Callable[[Session, Item, DecisionForm], Response],
) -> Response:
    """Decide as the form says; refused, show the page that it came from with what was typed."""
    kind = KINDS[subject]
    with read() as session:
        facts = kind.load(session, g.actor, subject_id)
        item = inbox.find_for(session, g.actor, subject, subject_id)
    form = kind.form(facts)(request.form)
    if form.validate():
        try:
            run(kind.flow, g.actor, kind.given(_decided(subject_id, form, item)))
            return _onward(kind, subject_id, form)
        except Refused as refusal:
            explain(form, refusal, subject, subject_id)
    with read() as session:
        item = inbox.find_for(session, g.actor, subject, subject_id)
        if form.place.data == "desk" and item is not None:
            return show_desk(session, item, form)
        if form.place.data == "approval" and item is not None:
            return show_item(session, item, form, only_of(form))
        return show_document(session, form)


def _others(item: Item, turns: Sequence[Turn]) -> list[list[str]]:
    """Whose yes an open item still needs besides the reader's, of each turn those who may give it."""
    mine = {g.actor.person_id, *g.actor.stood_for_ids} if item.is_mine else set()
    return [
        list(each.asked) for each in turns if each.turn.state == "open" and not mine & set(each.asked_ids)
    ]


def words_of(subject: str) -> str:
    kind = KINDS.get(subject)
    return str(kind.words) if kind else subject


def reasons_of(asked: ApprovalRequest, currency: str) -> list[tuple[str, str]]:
    """Why a person decides, each reason once: two of them may read the same."""
    kind = KINDS.get(asked.subject)
    said = kind.reason if kind else spoken.reason
    return list(dict.fromkeys(said(fact, currency) for fact in asked.reasons))


def item_url(request_id: int, only: str = "") -> str:
    return url_for("admin.approvals.detail", request_id=request_id, subject=only or None)


def desk_url(only: str = "", item: int | None = None) -> str:
    return url_for("admin.desk.index", subject=only or None, item=item)


def item_way(item: Item, place: str | None, only: str) -> str:
    """Back to an item where it was looked at; "" where that was no inbox."""
    if place == "approval":
        return item_url(item.request.id, only)
    return desk_url(only, item.request.id) if place == "desk" else ""


def way_on(session: Session, item: Item, place: str | None, only: str) -> str:
    """From an item that is decided to the next one that waits; "" where it was looked at in no inbox."""
    if place not in ("desk", "approval"):
        return ""
    following = inbox.place_of(session, g.actor, item.request, only).next_id
    if place == "approval" and following is not None:
        return item_url(following, only)
    return desk_url(only, following)


def only_of(form: PlaceForm) -> str:
    """The subject to which the list is narrowed, which goes along from item to item."""
    only = form.only.data or ""
    return only if only in KINDS else ""


def _decided(subject_id: int, form: DecisionForm, item: Item | None) -> Decided:
    return Decided(
        subject_id=subject_id,
        version=form.version.data,
        decision=form.decision.data,
        comment=form.comment.data or "",
        step=form.step.data,
        form=form,
        request=item.request if item else None,
    )


def _onward(kind: Kind, subject_id: int, form: DecisionForm) -> Response:
    """Tell what was done and lead to the next item that waits; from the document's own page, back to it."""
    with read() as session:
        facts = kind.load(session, g.actor, subject_id)
        item = inbox.find_for(session, g.actor, kind.subject, subject_id)
        say(_done(kind, form.decision.data, item, facts))
        only = only_of(form)
        onward = way_on(session, item, form.place.data, only) if item else ""
    if onward == desk_url():
        say(gettext("That was the last one that waited for you"))
    return go(onward or kind.url(subject_id, facts))


def _done(kind: Kind, decision: str, item: Item | None, facts: Facts) -> str:
    title = facts.get("title", "")
    if item is not None and item.request.state == "open":
        return gettext("You said yes to %(title)s; somebody else has to as well", title=title)
    return str((kind.said or SAID)[decision]) % {"title": title}
