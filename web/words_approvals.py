"""What refusals of approvals say."""

from flask_babel import lazy_gettext as _

NOT_HERE = _("This page does not exist or is not yours")
WORDS = {
    "approval.last_decides": _(
        "Others have to say yes after you, and the last of them decides how much; please approve it as it is, or say no"
    ),
    "approval.cannot_decide": _(
        "This person could not decide it: a right, the reach or the sign-in is missing"
    ),
    "price_draft.asked": _("Somebody is asked about these prices; take them back before you change them"),
    "price_draft.needs_approval": _(
        "Somebody else has to let these prices hold; please send them for a decision"
    ),
    "approval.not_found": _("This is not asked, or not of you"),
    "approval.decide_alone": _("This is decided by itself, after a look at it"),
    "approval.too_large": _("Above %(most)s it is decided by itself, after a look at it"),
    "approval.asked_already": _("This person is asked already"),
    "policy.not_found": NOT_HERE,
    "policy.unfit": _("It was not published: not every request would find somebody who can decide it"),
    "policy.changed_meanwhile": _(
        "Somebody else changed or published this draft in the meantime; please look again"
    ),
    "policy.kept_meanwhile": _(
        "%(name)s changed this draft on %(at)s: here it is as it stands now; give it up once more if nobody needs it"
    ),
    "absence.not_found": NOT_HERE,
    "absence.days": _("Please choose days from today on, at most a year, the last not before the first"),
    "absence.oneself": _("Please choose somebody else"),
    "absence.unfit": _(
        "This person could not decide what waits there: a right is missing or reaches less far, or they cannot sign in"
    ),
    "absence.overlaps": _("There is an absence on these days already; please end it first"),
    "absence.circle": _(
        "This person is away on one of these days, and in the end nobody else would be asked; please choose another"
    ),
}
