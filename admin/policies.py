"""Who decides about what: every subject's policy in sentences, a draft in an editor, and the proof before it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import policy_forms, policy_words
from admin.choosing import show
from admin.policy_words import Names
from trade.actor import Permission
from trade.approvals import deciders, policies, subjects
from trade.approvals.models import ApprovalPolicy
from trade.approvals.policy import PERSON, REP, REP_MANAGER, ROLE, Policy
from trade.approvals.policy import load as policy_of
from trade.db import read, run
from trade.distributors.models import Channel, Territory, Tier
from trade.errors import Refused
from trade.flows.edit_policy import (
    Discard,
    PolicyEdit,
    discard_policy,
    draft_former_policy,
    draft_policy,
    edit_policy,
)
from trade.flows.publish_policy import PolicyPublication, publish_policy
from trade.people.models import Face, Person, Role, RolePermission
from trade.people.naming import told_apart
from trade.people.queries import names_of
from web import asked, choosing, words
from web.access import requires
from web.answer import attempt, go, hear, render, say
from web.asked import LARGEST_ID
from web.forms import ChoiceField, Form, LongTextField, WholeNumberField
from web.requests import wants_block
from web.words import role_name

bp = Blueprint("policies", __name__)


class SubjectForm(Form):
    subject = ChoiceField(choices=[(code, "") for code in subjects.SUBJECTS])
    like = WholeNumberField(is_needed=False, largest=LARGEST_ID)


class TurnForm(Form):
    turn = WholeNumberField(largest=999_999)


class DraftForm(TurnForm):
    over = WholeNumberField(
        is_needed=False, largest=999_999
    )  # the turn of a colleague that may be overwritten
    note = LongTextField(_("What changes, and why"), longest=300, is_needed=False)


@dataclass
class Editing:
    """A draft as it is shown: what is kept, or what was typed and cannot be kept yet."""

    policy: Policy
    fields: dict[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[str] = ()
    refusal: str = ""
    seen: int | None = None  # the turn on which was typed, once a colleague has kept another draft since
    differing: Sequence[tuple[bool, str]] = ()  # against which draft of a colleague


@bp.get("/policies")
@requires(Permission.APPROVAL_MANAGE)
def index() -> Response:
    with read() as session:
        return _show_list(session, SubjectForm())


@bp.post("/policies")
@requires(Permission.APPROVAL_MANAGE)
def creation() -> Response:
    """Begin a draft, from the version in force or a former one, or go on with the one that there is."""
    form = SubjectForm(request.form)
    key = None
    if form.validate():
        like = form.like.data
        key = attempt(form, draft_former_policy if like else draft_policy, like or form.subject.data)
    if key is None:
        with read() as session:
            return _show_list(session, form)
    return go(url_for(".policy", policy_id=key))


@bp.get("/policies/<id:policy_id>")
@requires(Permission.APPROVAL_MANAGE)
def policy(policy_id: int) -> Response:
    with read() as session:
        found = policies.get(session, policy_id)
        return _show(session, found, _as_kept(found))


@bp.get("/policies/<id:policy_id>/people/lookup")
@requires(Permission.APPROVAL_MANAGE)
def lookup(policy_id: int) -> Response:
    """Whom a step can name, while a name is typed."""
    typed = choosing.typed()
    with read() as session:
        about = subjects.of(policies.get(session, policy_id).subject)
        roles = _approvers(session, about) if asked.text("of").endswith(".then") else []
        found = choosing.among([*roles, *_staff(session, about)], typed)
        return show(session, [(str(said), str(said)) for _code, said in found], typed)


@bp.post("/policies/<id:policy_id>")
@requires(Permission.APPROVAL_MANAGE)
def submission(policy_id: int) -> Response:
    """Keep the draft, with a rule or a step more or less where that was tapped; a look says it and keeps nothing."""
    form, typed = DraftForm(request.form), _typed(policy_id)
    if request.form.get("action") == "look":
        return _show_typed(policy_id, typed, "", form, status=200)
    wanted = policy_forms.act(typed.policy, request.form.get("action", "")[:20])
    refusal = _keep(policy_id, form, wanted) if form.validate() else gettext("Please try again")
    if refusal or typed.errors:
        return _show_typed(policy_id, typed, refusal, form)
    if request.form.get("action") == "keep":
        say(gettext("Draft kept; nothing holds before it is published"))
    place = policy_forms.place(wanted, request.form.get("action", "")[:20])
    if not wants_block():
        return go(url_for(".policy", policy_id=policy_id, _anchor=place or None))
    with read() as session:
        found = policies.get(session, policy_id)
        return _show(session, found, _as_kept(found), place=place)


@bp.post("/policies/<id:policy_id>/publication")
@requires(Permission.APPROVAL_MANAGE)
def publication(policy_id: int) -> Response:
    """Keep what is typed, prove it, and let it hold."""
    form, typed = DraftForm(request.form), _typed(policy_id)
    if not form.validate() or typed.errors:
        return _show_typed(
            policy_id, typed, gettext("Please look at what is marked; nothing was published"), form
        )
    if refusal := _keep(policy_id, form, typed.policy):
        return _show_typed(policy_id, typed, refusal, form)
    try:
        found = run(
            publish_policy, g.actor, PolicyPublication(policy_id, _turn(form) + 1, form.note.data or "")
        )
    except Refused as refused:
        hear(refused)
        return _show_problems(policy_id, refused, form)
    said = gettext("Published; new requests follow it, those that are open keep theirs")
    say(f"{said} · {_first(found, typed.policy)}" if found else said)
    return go(url_for(".index"))


@bp.post("/policies/<id:policy_id>/removal")
@requires(Permission.APPROVAL_MANAGE)
def removal(policy_id: int) -> Response:
    form = TurnForm(request.form)
    if form.validate():
        attempt(form, discard_policy, Discard(policy_id, form.turn.data))
    if not form.errors:
        say(gettext("Draft given up; what is in force stays"))
        return go(url_for(".index"))
    with read() as session:
        found = policies.get(session, policy_id)
        kept = _as_kept(found)
        kept.refusal = str(form.form_errors[0]) if form.form_errors else gettext("Please try again")
        return _show(session, found, kept, status=422)


def names(session: Session, contents: Sequence[Policy]) -> Names:
    """What everything is called that some policies name; four statements."""
    wanted = {
        int(each.removeprefix(PERSON))
        for content in contents
        for rule in content.rules
        for step in rule.steps
        for each in (*step.approvers, *step.then)
        if each.startswith(PERSON)
    }
    roles = {
        code: name
        for code, name in session.execute(select(Role.code, Role.name).where(Role.face == Face.ADMIN))
    }
    tables = [
        {key: name for key, name in session.execute(select(each.id, each.name).order_by(each.id))}
        for each in (Tier, Channel, Territory)
    ]
    return Names(names_of(session, wanted), roles, *tables)


def _typed(policy_id: int) -> policy_forms.Typed:
    with read() as session:
        found = policies.get(session, policy_id)
        about = subjects.of(found.subject)
        people, roles = _staff(session, about), _approvers(session, about)
    if not _are_typed(people):
        return policy_forms.read(request.form, policy_of(found.content))
    sent, errors, kept = policy_forms.settle(request.form, people, roles)
    typed = policy_forms.read(sent, policy_of(found.content))
    return policy_forms.Typed(typed.policy, typed.errors | errors, typed.kept | kept)


def _are_typed(people: Sequence[tuple[str, str]]) -> bool:
    """Whether they are too many to be drawn once for every field."""
    return len(people) > choosing.MOST_DRAWN


def _turn(form: DraftForm) -> int:
    """The draft that was seen: one's own, or the colleague's that was shown beside it and may be overwritten."""
    return int(form.over.data or form.turn.data)


def _keep(policy_id: int, form: DraftForm, wanted: Policy) -> str:
    """Keep the draft; answers why not."""
    try:
        run(edit_policy, g.actor, PolicyEdit(policy_id, _turn(form), wanted, form.note.data or ""))
    except Refused as refusal:
        hear(refusal)
        return words.say(refusal)
    return ""


def _as_kept(found: ApprovalPolicy) -> Editing:
    content = policy_of(found.content)
    return Editing(content, policy_forms.fields(content))


def _show_typed(
    policy_id: int,
    typed: policy_forms.Typed,
    refusal: str,
    form: DraftForm,
    *,
    status: int = 422,
) -> Response:
    with read() as session:
        found = policies.get(session, policy_id)
        shown = policy_forms.fields(typed.policy) | typed.kept
        editing = Editing(typed.policy, shown, typed.errors, (), refusal)
        if found.published_at is not None:  # meanwhile: what holds is not what was typed
            editing = _as_kept(found)
            editing.refusal = refusal
        elif refusal and not form.errors and _turn(form) != found.turn:
            editing.seen = form.turn.data
            theirs = policy_of(found.content)
            known = names(session, [theirs, typed.policy])
            editing.differing = policy_words.changes(theirs, typed.policy, known, found.subject)
        return _show(session, found, editing, status=status, form=form)


def _show_problems(policy_id: int, refused: Refused, form: DraftForm) -> Response:
    """The draft with each path that ends nowhere."""
    with read() as session:
        found = policies.get(session, policy_id)
        editing = _as_kept(found)
        editing.problems = _said_of(session, refused.facts.get("problems", []), editing.policy)
        editing.refusal = words.say(refused)
        return _show(session, found, editing, status=422, form=form)


def _first(found: Sequence[Mapping[str, Any]], content: Policy) -> str:
    """One of those things of which to be warned."""
    with read() as session:
        return _said_of(session, found[:1], content)[0]


def _said_of(session: Session, told: Sequence[Mapping[str, Any]], content: Policy) -> list[str]:
    known = names(session, [content])
    people = {each["facts"].get("applicant") for each in told} | {
        int(code.removeprefix(PERSON))
        for each in told
        if (code := str(each["facts"].get("approver", ""))).startswith(PERSON)
        and code.removeprefix(PERSON).isdecimal()
    }
    known = Names({**known.people, **names_of(session, people)}, *_others(known))
    return [policy_words.problem(each, known) for each in told]


def _others(known: Names) -> tuple[Mapping[Any, str], ...]:
    return known.roles, known.tiers, known.channels, known.territories


def _show_list(session: Session, form: SubjectForm) -> Response:
    current, drafts = policies.in_force(session), policies.drafts(session)
    contents = {code: policy_of(each.content) for code, each in current.items()}
    known = names(session, list(contents.values()))
    rows = [
        (code, current.get(code), drafts.get(code), _said(contents.get(code), known, code))
        for code in subjects.SUBJECTS
    ]
    publishers = {each.published_by_id for each in current.values()}
    return render(
        session,
        "admin/policies/policies.html",
        "policies",
        status=422 if form.errors else 200,
        form=form,
        rows=rows,
        words=policy_words,
        publishers=names_of(session, publishers),
    )


def _said(content: Policy | None, known: Names, code: str) -> list[str]:
    return policy_words.sentences(content, known, code) if content else []


def _show(
    session: Session,
    found: ApprovalPolicy,
    editing: Editing,
    *,
    status: int = 200,
    form: DraftForm | None = None,
    place: str = "",
) -> Response:
    versions = policies.versions(session, found.subject)
    running = next((each for each in versions if each.published_at), None)
    before = policy_of(running.content) if running else None
    known = names(session, [editing.policy, *([before] if before else [])])
    about = subjects.of(found.subject)
    people = _staff(session, about)
    return render(
        session,
        "admin/policies/policy.html",
        "policy",
        status=status,
        form=form or DraftForm(data={"note": found.note}),
        found=found,
        editing=editing,
        place=place,
        known=known,
        words=policy_words,
        versions=versions,
        running=running,
        changes=policy_words.changes(before, editing.policy, known, found.subject) if before else [],
        followed=policies.followed(session, found.subject),
        people=names_of(session, {each.published_by_id for each in versions}),
        approvers=_approvers(session, about),
        staff=people,
        are_typed=_are_typed(people),
        terms=_terms(known, about),
        reasons=policy_words.REASONS.get(found.subject, {}),
        placed=policy_forms,
    )


def _terms(known: Names, about: subjects.Subject) -> dict[str, tuple[Any, Mapping[int, str]]]:
    tables: dict[str, tuple[Any, Mapping[int, str]]] = {
        "tiers": (_("Tiers"), known.tiers),
        "channels": (_("Channels"), known.channels),
        "territories": (_("Territories"), known.territories),
    }
    return {key: tables[key] for key in about.judged_by if tables[key][1]}


def _approvers(session: Session, about: subjects.Subject) -> list[tuple[str, Any]]:
    """Whom a step can name: rep and manager where there is one, and roles that hold the right."""
    roles = session.execute(
        select(Role.code, Role.name)
        .join(RolePermission, RolePermission.role_id == Role.id)
        .where(Role.face == Face.ADMIN, ~Role.is_archived, RolePermission.permission == about.right.value)
        .order_by(Role.id)
    )
    rep = (
        _("The distributor's own sales rep") if about.is_of_distributor else _("The sales rep of its region")
    )
    own = [(REP, rep), (REP_MANAGER, _("That sales rep's manager"))]
    named = [
        (ROLE + code, gettext("Anybody with the role %(name)s", name=role_name(name))) for code, name in roles
    ]
    return [*(own if about.has_rep else ()), *named]


def _staff(session: Session, about: subjects.Subject) -> list[tuple[str, str]]:
    """People who hold the right, for steps that name somebody."""
    rows = session.execute(
        select(Person.id, Person.name, Person.user_name)
        .where(Person.id.in_(deciders.holding(about.right)))
        .order_by(Person.name, Person.id)
    )
    return [(f"{PERSON}{key}", name) for key, name in told_apart(rows)]
