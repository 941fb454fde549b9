"""Why a decision was refused: its comment is missing, or somebody else was faster."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from trade.approvals import kernel
from trade.approvals.queries import history
from trade.db import read
from trade.errors import Refused
from web import words
from web.answer import hear, tell
from web.forms import Form

MEANWHILE = {
    "order.not_allowed",
    "order.changed_meanwhile",
    "return.not_allowed",
    "return.changed_meanwhile",
    "amendment.changed_meanwhile",
    "approval.not_open",
    "approval.not_yours",
    "approval.changed_meanwhile",
    "limit_request.over",
    "price_draft.changed_meanwhile",
    "registration.changed_meanwhile",
    "applicant.changed_meanwhile",
}
ACCEPTED = _("Already accepted by %(name)s; nothing was changed")
REJECTED = _("Already rejected by %(name)s; nothing was changed")
FASTER = {
    ("order", "approve"): _("Already approved by %(name)s; nothing was changed"),
    ("order", "return"): _("Already returned by %(name)s; nothing was changed"),
    ("order", "reject"): REJECTED,
    ("return", "approve"): ACCEPTED,
    ("return", "return"): _("Already sent back by %(name)s; nothing was changed"),
    ("return", "reject"): REJECTED,
    ("amendment", "approve"): ACCEPTED,
    ("amendment", "reject"): REJECTED,
    ("limit_request", "approve"): ACCEPTED,
    ("limit_request", "reject"): REJECTED,
}
ANY = {
    "approve": ACCEPTED,
    "return": _("Already sent back by %(name)s; nothing was changed"),
    "reject": REJECTED,
}


def explain(form: Form, refusal: Refused, subject: str, subject_id: int) -> None:
    """Say it beside the comment when that is missing; say who was faster when somebody was."""
    if refusal.code == "approval.comment_needed":
        tell(form, refusal, "comment")
        return
    if refusal.code == "order.lines_refused":
        form.refuse(gettext("It cannot be changed like this any more; nothing was changed"))
        return
    hear(refusal)
    faster = _faster(subject, subject_id) if refusal.code in MEANWHILE else ""
    form.refuse(faster or words.say(refusal), str(refusal.facts.get("field", "")))


def _faster(subject: str, subject_id: int) -> str:
    """Who decided last; nobody was faster while the question is still open."""
    with read() as session:
        last = next(iter(history(session, subject, subject_id)), None)
        if last is None or kernel.find_open(session, subject, subject_id) is not None:
            return ""
    decision, name = last
    said = FASTER.get((subject, decision.decision)) or ANY.get(decision.decision)
    if said is None:
        return ""
    return str(said) % {"name": name or gettext("the program")}
