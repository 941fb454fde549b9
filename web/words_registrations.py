"""What refusals of customer registrations say."""

from flask_babel import lazy_gettext as _

WORDS = {
    "registration.not_found": _("This page does not exist or is not yours"),
    "registration.not_allowed": _("This cannot follow from where the registration stands; the page shows it"),
    "registration.changed_meanwhile": _("Somebody changed it meanwhile; please look at it again"),
    "registration.name_short": _("Please write the whole name, as on the licence"),
    "registration.name_nothing": _(
        "This name tells no company from another; please write it as on the licence"
    ),
    "registration.sent_already": _(
        "This form was sent already as %(number)s, with other content; send it again to make another one"
    ),
    "registration.place_moved": _(
        "While its place is kept a draft stays with its customer; to correct name, code or product line, send it"
    ),
    "registration.own_company": _("This is your own company; a customer is whom you sell to"),
    "registration.code_needed": _(
        "A company needs its unified social credit code; for a person or a company abroad please choose so"
    ),
    "registration.kind_company": _(
        "This is the name of a company; please choose it as a company and write its credit code"
    ),
    "registration.code_odd": _(
        "This is no unified social credit code: 18 characters, the last one checks them"
    ),
    "registration.proof_needed": _(
        "Without a code please add a photo of a paper: licence, identity card, business card"
    ),
    "registration.phone_needed": _("Please write whom to call"),
    "registration.phone_odd": _("A mobile number has 11 digits, a landline its area code"),
    "registration.line_closed": _("Your company does not sell this product line; please choose another"),
    "registration.expected_past": _("This day is over; please choose today or later"),
    "registration.region_unknown": _("Please choose a region of the list"),
    "registration.rests": _("You let this customer go; you can register it again after %(until)s"),
    "registration.too_many": _(
        "Your company has %(most)s customers registered, which is as many as it may; please release one"
    ),
    "registration.yours": _("Your company has this customer already: %(number)s"),
    "registration.pool_gone": _("Somebody has taken this customer meanwhile"),
    "registration.protection_over": _("The protection is over; it cannot be prolonged any more"),
    "registration.extended_enough": _("It was prolonged %(most)s times, which is as often as it may be"),
    "registration.extension_odd": _("Please choose %(shortest)s to %(longest)s days"),
    "registration.extension_early": _("It can be prolonged from %(day)s on"),
    "registration.follow_up_needed": _(
        "It was prolonged before; please write down first what was done since"
    ),
    "registration.longest_reached": _("It is protected as long as it can be, until %(until)s"),
    "registration.activity_needed": _(
        "Please add what shows that something happens: a photo, a chat, a quotation"
    ),
    "registration.follow_up_future": _("This day lies ahead; please choose today or earlier"),
    "registration.follow_up_early": _("The registration began on %(day)s; please choose that day or later"),
    "registration.next_past": _("This day is over; please choose today or later"),
    "registration.appealed_already": _("It was appealed once, and that was decided"),
    "registration.appeal_late": _("An appeal was possible within %(days)s days"),
    "registration.reason_needed": _("Please write why it is not right"),
    "registration.held_by_won": _(
        "An order has won this customer for somebody else; if that order is no true one, end their registration first"
    ),
    "registration.order_waits": _(
        "Order %(number)s for this customer still waits for the brand's decision; it is decided or taken back first"
    ),
    "registration.cap_odd": _("Please write a whole number"),
    "registration.order_foreign": _(
        "This customer is not registered for your company today; take it off the order to go on at the usual prices"
    ),
    "direct_customer.not_found": _("This page does not exist or is not yours"),
    "direct_customer.known": _("%(name)s is on the list already"),
    "direct_customer.held": _(
        "It is registered by: %(holders)s. They keep it until then, and nobody registers it afterwards; tick this if it is meant so"
    ),
    "direct_customer.changed_meanwhile": _("Somebody changed it meanwhile; please look at it again"),
    "project_price.not_found": _("This page does not exist or is not yours"),
    "project_price.sku_unknown": _("There is no product with this code in the registration's product line"),
    "project_price.low_without_reason": _(
        "Below the floor price (%(floor)s) or more than %(percent)s%% below the usual price of this distributor (%(usual)s; list price %(listed)s): please check it, and write why"
    ),
    "project_price.over": _("A price for a customer needs a registration that holds"),
}
