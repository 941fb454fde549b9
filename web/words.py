"""Refusals in human words: what happened, what is kept, what to do. Facts are named and spelled as on a page."""

from flask_babel import lazy_gettext as _

from trade.errors import Refused
from web.i18n import spelled

WORDS = {
    # who is asking
    "access.login_needed": _("Signed out; you return here after signing in"),
    "access.denied": _("You may not do this; your administrator can allow it in Settings, Roles"),
    "login.wrong": _("Name or password is not right"),
    "login.too_many": _("Too many attempts; please wait %(minutes)s minutes and try again"),
    "login.no_membership": _("This account belongs to no company at present; please ask your administrator"),
    "membership.not_found": _("This page does not exist or is not yours"),
    "password.wrong": _("The current password is not right"),
    "password.length": _("Please use %(shortest)s to %(longest)s characters"),
    "password.guessable": _("This one is easy to guess; please choose another"),
    "password.differs": _("The two new passwords differ"),
    "person.name_needed": _("Please give a phone number, an e-mail address or a user name"),
    "person.name_taken": _("%(name)s already signs someone else in"),
    "person.distributor_needed": _(
        "A distributor's role needs its distributor, a role at the brand has none"
    ),
    "role.not_found": _("There is no such role"),
    "role.beyond_own": _("You can only give rights that you hold yourself"),
    "distributor.not_found": _("This page does not exist or is not yours"),
}
STATUS = {
    "access.login_needed": 401,
    "access.denied": 403,
    "login.too_many": 429,
}


def say(refusal: Refused) -> str:
    """Put a refusal into the reader's language."""
    facts = {name: spelled(value) for name, value in refusal.facts.items()}
    return str(WORDS[refusal.code]) % facts


def status_of(refusal: Refused) -> int:
    """401, 403, 404, 429 end the request; every other refusal is a 422 beside what was typed."""
    return STATUS.get(refusal.code) or (404 if refusal.code.endswith(".not_found") else 422)
