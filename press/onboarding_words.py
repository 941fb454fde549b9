"""What is said about distributors that come, go, or have a contract that ends; msgids, as in press.notice_words."""

from collections.abc import Mapping


def _(msgid: str) -> str:
    """Mark what is to be translated."""
    return msgid


ONBOARDING: Mapping[str, str] = {
    "applicant.code": _("%(code)s is your code for the application to %(brand)s; it is good for 15 minutes"),
    "applicant.link": _("This leads back to your application to %(brand)s"),
    "applicant.sent": _("%(brand)s has your application %(number)s; this page tells how far it is"),
    "applicant.returned": _("%(brand)s asks you to correct your application %(number)s: %(comment)s"),
    "applicant.declined": _("%(brand)s did not accept your application %(number)s: %(comment)s"),
    "applicant.approved": _("%(brand)s accepted your application %(number)s; choose your password here"),
    "application.changed": _(
        "What you agreed to for %(company)s (%(number)s) was changed at a later step; its history says what"
    ),
    "application.pending": _("%(company)s asks to become a distributor (%(number)s); please decide"),
    "application.received": _("%(company)s, on your ground, asks to become a distributor (%(number)s)"),
    "application.withdrawn": _("%(company)s took its application %(number)s back"),
    "distributor.activated": _("%(distributor)s is active and can order: %(reason)s"),
    "contract.ending": _("The contract %(title)s with %(distributor)s ends on %(day)s"),
}
TO_DISTRIBUTOR: Mapping[str, str] = {
    "distributor.activated": _("You can order now"),
    "distributor.suspended": _(
        "The brand has paused your company: nothing new is ordered or registered for now; please ask your representative"
    ),
    "distributor.resumed": _("The business with your company goes on; you can order again"),
    "contract.ending": _("Your contract %(title)s ends on %(day)s; please talk to your representative"),
}
