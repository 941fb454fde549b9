"""What refusals of opportunities and quotations say."""

from flask_babel import lazy_gettext as _

WORDS = {
    "opportunity.not_found": _("This page does not exist or is not yours"),
    "opportunity.not_allowed": _("This cannot follow from where the opportunity stands; the page shows it"),
    "opportunity.changed_meanwhile": _("Somebody changed it meanwhile; please look at it again"),
    "opportunity.registration_over": _(
        "This customer is not registered for your company today; please register it again first"
    ),
    "opportunity.open_already": _(
        "There is an open opportunity with this customer already; please go on with that"
    ),
    "opportunity.sent_already": _(
        "This form was sent already as %(number)s, with other content; please go on with that one"
    ),
    "opportunity.day_past": _("This day is over; please choose today or later"),
    "opportunity.step_needed": _("Please write what is to be done on that day"),
    "opportunity.reason_needed": _("Please choose why it was lost"),
    "opportunity.words_needed": _("Please write why it was lost"),
    "opportunity.cart_busy": _(
        "Your cart has %(count)s other products; please submit or empty it first, since an order is for one customer"
    ),
    "opportunity.ordered_already": _(
        "%(order)s was made of this quotation already; please empty your cart, or take out what was quoted"
    ),
    "quotation.not_found": _("This page does not exist or is not yours"),
    "quotation.sent_already": _(
        "This form was sent already as %(number)s, with other content; send it again to make another one"
    ),
    "quotation.empty": _("Please add at least one product with a quantity"),
    "quotation.too_many": _("At most %(most)s products fit on a quotation"),
    "quotation.too_long": _("An offer holds for at most %(days)s days; please choose an earlier day"),
    "quotation.twice": _("A product stands on it twice; please put the quantities together"),
    "quotation.sku_unknown": _(
        "One of the products is not sold in this product line any more; please take it out"
    ),
    "quotation.too_large": _("A quotation can be over %(most)s at most"),
    "quotation.over": _("This quotation held until %(until)s; please make a new one"),
    "quotation.replaced": _("There is a later quotation; please order from that one"),
}
