"""What refusals of approvals say."""

from flask_babel import lazy_gettext as _

WORDS = {
    "approval.last_decides": _(
        "Others have to say yes after you, and the last of them decides how much; please approve it as it is, or say no"
    ),
    "approval.cannot_decide": _(
        "This person could not decide it: a right, the reach or the sign-in is missing"
    ),
    "approval.asked_already": _("This person is asked already"),
}
