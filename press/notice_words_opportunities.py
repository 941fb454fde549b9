"""Messages about opportunities."""

from flask_babel import lazy_gettext as _

SENTENCES = {
    "opportunity.won": _(
        "Opportunity %(opportunity)s of %(distributor)s with %(customer)s is won by an order"
    ),
    "opportunity.lost": _("Opportunity %(opportunity)s of %(distributor)s with %(customer)s is lost"),
}
TO_DISTRIBUTOR = {
    "opportunity.due": _("Due now for %(customer)s: %(step)s"),
    "opportunity.stale": _(
        "Nothing was done for long about %(customer)s (%(opportunity)s); what comes next?"
    ),
    "opportunity.won": _("%(customer)s ordered; opportunity %(opportunity)s is won"),
    "opportunity.lost": _("Opportunity %(opportunity)s with %(customer)s is closed"),
}
