"""Refusals about credit, the books and money."""

from flask_babel import lazy_gettext as _

MONEY = {
    "release.overdue": _(
        "This distributor has something overdue; shipping goes on when it is paid, or when finance lifts the block"
    ),
    "release.manual": _("Orders of this distributor are stopped by hand; finance can lift the stop"),
    "release.over_limit": _(
        "The distributor is %(over)s over its limit; a payment, a higher limit or an approval for this order lets it go"
    ),
    "amendment.unpaid": _("Not enough was paid in advance: %(over)s is missing"),
    "application.more_than_there": _("Of this money only %(left)s is left"),
    "application.more_than_open": _("Of this debt only %(left)s is open"),
    "application.earmarked": _(
        "Only %(left)s can be used; the rest was paid for orders that are paid in advance"
    ),
    "application.other_account": _("Money can only pay debts of the company that paid it"),
    "application.is_reversal": _("This was taken back; it cannot be taken back again"),
    "application.taken_back": _("Somebody has taken this back already"),
    "application.is_refund": _("This money was paid back to the distributor; it cannot be used again"),
    "ledger.unknown": _("There is nothing in the books under this"),
    "ledger.is_reversal": _("This entry corrects another one; it cannot be corrected itself"),
    "ledger.is_reversed": _("This entry was corrected already"),
    "release.not_waiting": _("This order waits for no credit; please look at it again"),
    "release.own": _(
        "You submitted this order for the distributor; somebody else has to approve what is over"
    ),
    "release.not_alone": _("For %(amount)s over the limit the policy for limits asks others too: %(names)s"),
    "release.beyond_right": _("You may approve up to %(most)s over the limit for one order"),
    "release.not_over": _("The order is within the limit now; nothing has to be approved"),
    "release.more_now": _("It is %(over)s over the limit by now; please look at it again"),
    "release.still_held": _("With this approval the order would still wait: %(why)s; nothing was changed"),
    "limit_request.open_already": _("A request is open already; withdraw it to ask for something else"),
    "limit_request.not_found": _("There is no such request, or it is not yours"),
    "limit_request.over": _("This request was decided or withdrawn meanwhile; please look at it again"),
    "limit_request.more_than_asked": _("Not more than the %(amount)s that was asked for"),
    "credit.too_far": _("The last day may lie at most %(days)s days ahead"),
    "credit.limit_given_already": _(
        "This very limit was given today already; another one needs another reason"
    ),
    "credit.in_past": _("Please choose today or a later day"),
    "credit_group.not_found": _("There is no such credit group"),
    "credit_group.closed": _("This credit group is closed; it gets no limit"),
    "distributor.group_closed": _(
        "Its credit group %(group)s is closed; please take it out of the group, or offer the group again"
    ),
}
