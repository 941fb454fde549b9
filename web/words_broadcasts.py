"""Refusals about broadcasts, their audience and the library."""

from flask_babel import lazy_gettext as _

BROADCASTS = {
    "broadcast.not_found": _("There is no such broadcast, or it is not yours"),
    "broadcast.not_allowed": _("That cannot be done with this broadcast now; please look at it again"),
    "broadcast.changed_meanwhile": _("Somebody changed this broadcast meanwhile; please look at it again"),
    "broadcast.day_needed": _("Please say until which day it is to be acknowledged"),
    "broadcast.day_over": _("This day is over; please choose a later one"),
    "broadcast.asked_too_long": _("It holds no more by then; please choose a day until which it holds"),
    "broadcast.moment_over": _("This moment is over; please choose a later one, or publish now"),
    "broadcast.ends_before": _(
        "It would be published after the day on which it ends, or is to be acknowledged"
    ),
    "broadcast.no_audience": _("Please say for whom it is"),
    "broadcast.nobody": _("Within your reach this is for nobody; please choose others"),
    "broadcast.nobody_new": _("Nobody has come into its audience since"),
    "broadcast.other_count": _(
        "It would go to %(count)s distributors now, not to %(seen)s as you saw; please look at the list again"
    ),
    "broadcast.publisher_gone": _("Whoever scheduled it may not publish any more; somebody else has to"),
    "broadcast.beyond_reach": _(
        "It went to distributors beyond your reach; somebody who reaches all of them can do this"
    ),
    "broadcast.corrected_already": _("A correction of it is there already"),
    "broadcast.too_many_files": _("At most %(most)s files go with a broadcast"),
    "broadcast.nothing_asked": _("Nothing has to be acknowledged here"),
    "broadcast.tick_needed": _("Please tick the box first"),
    "broadcast.holds_no_more": _(
        "It was taken back, corrected or has run out meanwhile; please look at it again"
    ),
    "broadcast.acknowledged_already": _("Somebody of your company has confirmed it already"),
    "broadcast.nobody_to_remind": _("Nobody is left to be reminded today; each is reminded once a day"),
    "audience.unknown": _("Something chosen here is no longer there, or beyond your reach"),
    "audience.too_many": _(
        "At most %(most)s distributors can be chosen one by one; use tiers or territories"
    ),
    "library_item.not_found": _("There is nothing like this in the library, or it is not for you"),
    "library_item.changed_meanwhile": _("Somebody changed this meanwhile; please look at it again"),
    "library_item.goods_unknown": _("Not known here as product or category: %(codes)s"),
}
