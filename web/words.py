"""Refusals in human words: what happened, what is kept, what to do. Facts are named and spelled as on a page."""

from flask_babel import lazy_gettext as _

from trade.errors import Refused
from web import invoice_words, statement_words, words_approvals, words_opportunities, words_registrations
from web.i18n import spelled
from web.payment_words import PAYMENTS
from web.words_broadcasts import BROADCASTS
from web.words_money import MONEY
from web.words_onboarding import ONBOARDING

_NOT_HERE = _("This page does not exist or is not yours")
WORDS = {
    **invoice_words.WORDS,
    **statement_words.WORDS,
    **words_approvals.WORDS,
    **BROADCASTS,
    **words_opportunities.WORDS,
    **words_registrations.WORDS,
    # who is asking
    "access.login_needed": _("Signed out; you return here after signing in"),
    "access.denied": _("You may not do this; if your work needs it, please ask an administrator"),
    "login.wrong": _("Name or password is not right"),
    "login.too_many": _("Too many attempts; please wait %(minutes)s minutes and try again"),
    "login.no_membership": _("This account belongs to no company at present; please ask your administrator"),
    "membership.not_found": _NOT_HERE,
    "login.half_over": _("Please sign in again; the wait for the second factor was over"),
    "factor.wrong": _(
        "This code is not right, or was used already; the app shows a new one every 30 seconds"
    ),
    "factor.unreadable": _(
        "The codes of your app can no longer be checked here; use a recovery code, or ask an administrator"
    ),
    "factor.proposal_over": _("This key waited too long; please begin again"),
    "factor.none": _("There is no second factor to do this with; please set one up first"),
    "factor.none_there": _("%(name)s has no second factor"),
    "factor.required": _("A second factor is asked of you here, so the last one stays; set up another first"),
    "factor.own_first": _("Please set up your own second factor first, or you would be shut out as well"),
    "passkey.over": _("This took too long or was sent twice; please try again"),
    "passkey.wrong": _("The passkey could not be checked; please try again or use the password"),
    "passkey.unknown": _("This passkey is not known here; please use the password"),
    "passkey.copied": _("This passkey seems to have been copied, so it was refused; please use the password"),
    "passkey.of_another": _("This passkey is another person's; please use your own, or the code"),
    "passkey.known": _("This passkey is kept already"),
    "passkey.too_many": _("%(most)s passkeys are enough; please remove one first"),
    "passkey.not_found": _NOT_HERE,
    "password.sign_in_again": _("Please sign out and in again first: it was too long ago"),
    "password.wrong": _("The current password is not right"),
    "password.length": _("Please use %(shortest)s to %(longest)s characters"),
    "password.guessable": _("This one is easy to guess; please choose another"),
    "password.differs": _("The two new passwords differ"),
    "password.same": _("This is the password you have now; please choose another"),
    "person.name_needed": _("Please give a phone number, an e-mail address or a user name"),
    "person.name_taken": _("%(name)s already signs someone else in"),
    "person.phone_odd": _("A mobile number has 11 digits and begins with 13 to 19"),
    "person.email_odd": _("An e-mail address looks like name@company.cn"),
    "person.distributor_needed": _(
        "A distributor's role needs its distributor, a role at the brand has none"
    ),
    "person.not_found": _NOT_HERE,
    "person.is_oneself": _("You cannot do this to your own account; a colleague can"),
    "person.no_login": _("%(name)s cannot sign in here yet, so there is no password to replace"),
    "person.last_owner": _(
        "This is the last one who looks after the team; please make somebody else owner first"
    ),
    "person.elsewhere_too": _("%(name)s also works where you do not reach; an administrator can change this"),
    "person.manager_needed": _("Please choose to whom this person reports"),
    "person.manager_unknown": _("This person cannot be reported to; please choose another"),
    "person.manager_circle": _("This person reports, directly or not, to the one you are editing"),
    "person.language_unknown": _("Please choose one of the list"),
    "person.is_shut_out": _("%(name)s is shut out; please let them in again first"),
    "person.successor_needed": _(
        "%(count)s distributors are looked after; please choose who takes them over"
    ),
    "person.successor_unfit": _("This person cannot take over; please choose a colleague who can sign in"),
    "person.handover_day": _("Please choose today or a day within a year"),
    "membership.held": _("This role is held there already"),
    "invitation.over": _("This link no longer works; whoever sent it can make a new one"),
    "invitation.not_needed": _("%(name)s has a password already, so no invitation is needed"),
    "provider.unknown": _(
        "The company login knows you, but nobody here is tied to it yet; please sign in with a password, or ask an administrator"
    ),
    "provider.refused": _("The company login did not say who you are; please try again"),
    "provider.away": _("The company login does not answer just now; please sign in with a password"),
    "identity.taken": _("This login or this person is tied already; please untie it first"),
    "reset.over": _("This link no longer works; please ask for a new one"),
    "reset.code_wrong": _("Name or code is not right, or the code is no longer good"),
    "session.not_found": _NOT_HERE,
    "metrics.not_found": _NOT_HERE,
    "work.not_laid_aside": _("Somebody has let it run again already"),
    "verify_run.not_found": _NOT_HERE,
    "setting.changed_meanwhile": _(
        "Changed in the meantime to %(now)s; send it again to put yours in its place"
    ),
    "setting.not_found": _NOT_HERE,
    "notice_channel.not_found": _NOT_HERE,
    "notice_channel.needed": _("Please fill this in"),
    "notice_channel.group_unknown": _("Please choose one of the list"),
    "notice_channel.nothing_chosen": _("Please tick what goes there, or nothing ever will"),
    "notice_channel.one_of_kind": _(
        "Another channel of this kind is in use already; please take that out of use first"
    ),
    "notice_channel.address_odd": _(
        "An address begins with https://; http:// is possible in our own network only, if that is ticked below"
    ),
    "notice_channel.no_phone": _("The address needs {phone} where the number goes"),
    "notice_channel.bare_password": _(
        "Without encryption the password would be readable on its way; please choose TLS"
    ),
    "notice_channel.no_secret": _("Only webhooks have a secret that is made here"),
    "notice_channel.no_own_address": _(
        "The test goes to you, but your account has no such address; please add it under People first"
    ),
    "notice_channel.distributor_unknown": _("No distributor has this code"),
    "notice.way_unknown": _("Please choose one of the list"),
    "notice.hours_odd": _("Please choose times of the day"),
    "setting.no_colour": _("A colour is written as #1b5bd0: a # and six digits from 0 to f"),
    "setting.accent_too_light": _(
        "White words on this colour are hard to read: contrast %(found)s, at least %(least)s is needed; choose a darker one"
    ),
    "setting.out_of_range": _("This value lies outside of what is allowed; the old one stays"),
    "role.beyond_reach": _("You can only give roles that reach no further than your own"),
    "role.last_administrator": _(
        "Then nobody could look after people and roles any more; please appoint another administrator first"
    ),
    "role.held": _("%(count)s people still hold this role: %(names)s"),
    "role.name_taken": _("There is a role called %(name)s already"),
    "role.wrong_side": _("These rights belong to the other side"),
    "role.reach_unknown": _("Please choose one of the list"),
    "role.not_found": _("There is no such role"),
    "role.beyond_own": _("You can only give rights that you hold yourself"),
    "row.changed_meanwhile": _(
        "Someone changed this in the meantime; look at what is different and send again if yours is right"
    ),
    "contact.not_found": _NOT_HERE,
    "authorisation.not_found": _NOT_HERE,
    "standing.not_found": _NOT_HERE,
    "master.not_found": _NOT_HERE,
    "territory.not_found": _NOT_HERE,
    "distributor.code_odd": _(
        "Please use 1 to 30 letters, digits, dots or hyphens, the first a letter or digit"
    ),
    "order.address_gone": _("This address is no longer in use; please choose another"),
    "distributor.name_known": _(
        "%(known)s has this name already; if this is another company, tick that below"
    ),
    "distributor.code_taken": _("%(taken)s is taken already; codes stay taken"),
    "distributor.phone_odd": _("Please write a mobile number, or a landline with its area code"),
    "distributor.licence_odd": _("A licence that is kept here ends in 2000 or later; please check the year"),
    "distributor.credit_code_odd": _("This is no valid credit code; please compare all 18 characters"),
    "distributor.credit_code_taken": _("This credit code belongs to %(taken)s already"),
    "distributor.credit_code_taken_elsewhere": _(
        "This credit code belongs to another distributor already; an administrator can tell which"
    ),
    "distributor.currency_odd": _("Please choose one of the list"),
    "distributor.currency_fixed": _("There are documents in the present currency, so it stays"),
    "distributor.status_same": _("Please choose another status than the present one"),
    "distributor.has_open_orders": _("%(count)s orders are still open; please ship or cancel them first"),
    "standing.in_past": _("Please choose today or a later day"),
    "standing.too_far": _("Please choose a day before the year 2200"),
    "standing.nothing_changes": _("This is what holds on that day already"),
    "standing.tier_needed": _("Please choose a tier"),
    "standing.choice_gone": _("This can no longer be chosen; please take another"),
    "standing.rep_needed": _("Please choose a sales representative of your team"),
    "standing.circle": _("This one stands below the distributor itself; please choose another"),
    "standing.holds_already": _("This holds already; please change it from a later day on"),
    "address.default_needed": _("One address is the default; please make another one the default instead"),
    "address.is_default": _("This is the default address; please make another one the default first"),
    "region.needed": _("Please choose province, city and county"),
    "region.too_vague": _("Please choose the county or district too"),
    "region.unknown": _("Not among the regions of GB/T 2260: %(codes)s"),
    "region.taken": _("%(region)s is covered by %(territory)s already; please take it away there first"),
    "authorisation.ends_before": _("The last day lies before the first"),
    "authorisation.double": _("This is authorised for that time already"),
    "master.code_odd": _("Please use 1 to 30 letters, digits, dots or hyphens, the first a letter or digit"),
    "master.code_taken": _("%(taken)s is taken already; codes stay taken"),
    "master.no_change": _("Someone did this already; please look again"),
    "master.needed": _("Still needed by %(uses)s; please change those first"),
    "master.last_one": _("One must remain; please add another first"),
    "territory.circle": _("A territory cannot hang below itself; please choose another"),
    "territory.parent_archived": _("The territory above it is archived; please offer that one again first"),
    # things that are not there, or another's
    "distributor.not_found": _NOT_HERE,
    "order.not_found": _NOT_HERE,
    "sku.not_found": _NOT_HERE,
    "address.not_found": _NOT_HERE,
    "attachment.not_found": _NOT_HERE,
    "price_list.not_found": _NOT_HERE,
    "price_draft.not_found": _NOT_HERE,
    # price lists
    "price_list.code_odd": _("A code has letters, digits, dots and dashes, at most 30"),
    "price_list.code_taken": _("Another price list has this code; please choose one of its own"),
    "price_list.period_odd": _("The list must hold for at least a day"),
    "price_list.no_distributor": _("No distributor of yours has this code"),
    "price_list.no_target": _("Please choose one of the list"),
    "price_list.archived": _("This price list is laid aside; take it up again to change prices"),
    "price_list.changed_meanwhile": _("Someone changed this list in the meantime; please look again"),
    "price_draft.changed_meanwhile": _(
        "Someone changed or published the draft in the meantime; please look again"
    ),
    "price_draft.below_zero": _("This would make a price less than nothing; no price was changed"),
    "price_draft.day_past": _("Prices hold from today or a later day on"),
    "price_draft.day_outside": _("The list itself does not hold on this day"),
    "price_draft.blocked": _("%(count)s findings forbid publishing; nothing was published"),
    "price_draft.not_accepted": _(
        "Please look at the warnings and tick that you have seen them; nothing was published"
    ),
    "price_draft.reason_needed": _("Please say why it is published in spite of the warnings"),
    "price_draft.empty": _("The draft holds no change; nothing was published"),
    "price_draft.holds_already": _("These prices hold already; publish other ones instead"),
    "price_draft.later_one": _("Later changes build on this one; take those back first"),
    # cart and order
    "cart.no_distributor": _("Only a distributor's people have a cart; please change to that role"),
    "cart.too_many_lines": _("A cart holds at most %(most)s products; please order these first"),
    "cart.delivery_gone": _(
        "This delivery was taken out in the meantime; nothing was moved, please look again"
    ),
    "cart.too_many_deliveries": _("A cart goes to at most %(most)s places; please order these first"),
    "cart.line_too_large": _("All deliveries together hold at most %(most)s of a product"),
    "cart.less_lies_there": _("Between 1 and %(most)s can go elsewhere"),
    "template.not_found": _NOT_HERE,
    "template.empty": _("There are no products to keep; please put some into the list first"),
    "template.name_taken": _("Your company has a list of this name already; please choose another"),
    "template.too_many": _("Your company has %(most)s lists; please put some away first"),
    "template.changed_meanwhile": _("Someone changed this list in the meantime; please look again"),
    "quick.too_many_rows": _("Up to %(most)s rows can be checked at once; please split the list"),
    "file.old_workbook": _("This is an old xls file; please save it as xlsx and send it again"),
    "file.unreadable": _("This file cannot be read as a table; please save it as xlsx or csv"),
    "file.empty": _("The file is empty; please choose another"),
    "file.too_large": _(
        "The file is too large, or unpacks to too much; a list of codes and quantities is enough"
    ),
    "file.not_a_workbook": _(
        "This is not a readable xlsx or csv file; please save it anew and send it again"
    ),
    "file.truncated": _("The file ends in the middle of a row; please save it anew"),
    "file.unknown_encoding": _("The text is neither UTF-8 nor GB18030; please save it as xlsx"),
    "order.empty": _("The cart is empty; please choose products first"),
    "order.lines_refused": _("Some lines need a change before this can be ordered; the cart is kept"),
    "order.price_changed": _("The total changed from %(before)s to %(after)s; please look again"),
    "order.customer_gone": _(
        "The customer whose prices are on order %(number)s is no longer this distributor's; please return the order, so that it goes on at the usual prices"
    ),
    "order.changed_meanwhile": _("Someone changed this in the meantime; please look again"),
    "order.not_allowed": _("This order has moved on, so this step is no longer possible"),
    "order.wanted_too_late": _("The wanted date is more than a year away; please check the year"),
    "order.wanted_too_early": _("The wanted date is past; please choose today or later"),
    "distributor.suspended": _(
        "New orders are paused for this company; your sales representative can tell why"
    ),
    "distributor.no_standing": _("This company has no terms for today; please ask your sales representative"),
    "brand.not_set_up": _("Legal entity or warehouse is missing; an administrator adds them in Settings"),
    "stock.not_reserved": _("Less is reserved than this needs; please look again"),
    "stock.not_free": _("Less is free there than this needs; please look again"),
    "stock.not_in_quarantine": _("Less lies in quarantine than this; please look again"),
    "stock.rule_changed_meanwhile": _("Someone changed this level in the meantime; please look again"),
    "warehouse.not_found": _NOT_HERE,
    "warehouse.archived": _("%(name)s is closed; please choose another warehouse"),
    "warehouse.code_taken": _("This code belongs to another warehouse"),
    "warehouse.in_use": _("There are still goods here or on the way; please move them first"),
    "warehouse.last": _("This is the last warehouse; goods must leave from somewhere"),
    "count.not_found": _NOT_HERE,
    "count.in_future": _("This moment lies ahead; a count tells what was there"),
    "count.changed_meanwhile": _("The stock has changed since you looked; please look through it again"),
    "count.reason_needed": _("Please say why: a large difference, or goods that orders were promised"),
    "count.empty": _("Please enter at least one product with what was counted"),
    "transfer.not_found": _NOT_HERE,
    "transfer.empty": _("Please enter at least one product with a quantity"),
    "transfer.same_warehouse": _("Please choose another warehouse to send to"),
    "transfer.arrived_before": _("This transfer has arrived already; nothing was booked twice"),
    "transfer.more_than_sent": _("More than was sent; please enter what arrived, at most what was sent"),
    "allocation.nothing_to_move": _("Please enter how much another warehouse is to keep"),
    "allocation.less_is_kept": _("Only %(kept)s of %(sku)s are kept there; please look again"),
    "shipment.kept_elsewhere": _("%(sku)s is kept by another warehouse; please move it here first"),
    "stock.not_on_hand": _("Less is on hand than this needs; please count again or ship a part"),
    "order.line_not_open": _("Of %(sku)s only %(open)s are still open; please look again"),
    "order.nothing_open": _("Everything of this order is shipped or cancelled already"),
    "shipment.not_found": _NOT_HERE,
    "shipment.expired": _("Goods past their date cannot leave; please look at the expiry dates"),
    "payment.too_old": _("The day of payment lies more than two years back; please check it"),
    "shipment.received_before": _("This parcel was confirmed already"),
    "shipment.more_than_sent": _("More than was sent; please enter what arrived, at most what was sent"),
    "shipment.nothing_packed": _("Please enter what goes into this shipment"),
    "shipment.one_warehouse": _("One shipment leaves one warehouse; please choose lines of the same"),
    # returns
    "return.not_found": _NOT_HERE,
    "return.is_closed": _("This return is closed, so nothing can be added to it"),
    "return.no_reason": _("Please choose a reason of the list"),
    "return.nothing_asked": _("Please enter how many of which product it is about"),
    "return.not_of_this_order": _("Only what was received of this order can be given back"),
    "return.more_than_left": _("Of %(sku)s at most %(left)s can still be asked for; please look again"),
    "return.too_late": _(
        "Returns are possible within %(days)s days after receipt; your sales representative can still ask for you"
    ),
    "return.photo_needed": _("This needs at least one photo, so that it can be decided without coming by"),
    "return.too_many_photos": _("At most %(most)s photos fit here"),
    "return.not_allowed": _("This return has moved on, so this step is no longer possible"),
    "return.changed_meanwhile": _("Someone changed this return in the meantime; please look again"),
    "return.more_than_asked": _("More than was asked for; please accept at most that"),
    "return.nothing_accepted": _("Nothing is accepted; please reject it instead and say why"),
    "return.part_needs_words": _("Please write why only a part is accepted; the distributor reads it"),
    "return.no_warehouse": _("Please choose a warehouse of the list"),
    "return.more_than_accepted": _("More than was accepted; the rest needs a return of its own"),
    "return.lapse_needs_words": _("Less than accepted came back; please write why, the distributor reads it"),
    "shipment.more_damaged_than_arrived": _("More damaged than arrived; please look again"),
    # products
    "product.code_taken": _("%(taken)s is in use already; please choose another code"),
    "product.category_unknown": _("Please choose a category of the list"),
    "product.family_unknown": _("Please choose a family of the list"),
    "product.tax_unknown": _("Please choose a tax rate of the list"),
    "product.number_odd": _("This must be at least 1"),
    "product.moq_not_multiple": _("The MOQ must be a multiple of %(multiple)s, or it could not be ordered"),
    "product.dates_crossed": _("The sale would end before it begins; please look at both dates"),
    "product.base_is_one": _("When both units are the same, the order unit holds exactly 1"),
    "product.too_many_packs": _("At most %(most)s packs fit here"),
    "product.pack_twice": _("This unit is there already, or holds another quantity there"),
    "product.barcode_odd": _(
        "This is no barcode: 8, 12, 13 or 14 digits, of which the last one proves the rest"
    ),
    "product.barcode_twice": _("%(barcode)s stands here twice"),
    "product.barcode_taken": _("%(barcode)s belongs to %(sku)s already"),
    "product.base_unit_used": _("Stock and orders are counted in the base unit, so it stays"),
    "product.units_used": _(
        "%(users)s still count in this unit; it can change when these are finished, or as a new product"
    ),
    "product.nothing_chosen": _("Please tick what shall change"),
    "product.too_many": _("At most %(most)s products can be changed together"),
    "product.rows_refused": _("%(count)s products cannot be changed so; nothing was changed"),
    "product.row_stale": _("Somebody changed this product in the meantime; please choose it anew"),
    "product.is_archived": _("This product is archived; bring it back first"),
    "category.not_found": _NOT_HERE,
    "category.parent_unknown": _("Please choose a category of the list"),
    "category.below_itself": _("A category cannot stand below itself"),
    "category.too_deep": _("The tree would be deeper than %(deepest)s levels, which no buyer finds through"),
    "category.in_use": _(
        "%(products)s products and %(categories)s categories still stand in it; please move them first"
    ),
    "family.in_use": _("%(products)s products are still in this family; please move them first"),
    "product_family.not_found": _NOT_HERE,
    "picture.too_long": _(
        "This picture is more than %(times)s times as wide as high, or as high as wide; please cut it"
    ),
    "picture.kind_unknown": _("This is no picture that can be shown; please choose a JPEG, PNG or WebP"),
    "picture.too_many": _("A product has at most %(most)s pictures; please remove one first"),
    "visibility.not_found": _NOT_HERE,
    "visibility.known": _("It is opened to these already"),
    "visibility.names_nobody": _("Please choose to whom it is opened"),
    "visibility.unknown": _("Please choose one of the list"),
    "visibility.too_many": _("At most %(most)s openings fit here; a tier or territory covers many at once"),
    # payments, credit and approvals
    "payment.not_positive": _("The amount must be above 0"),
    "payment.in_future": _("The payment date lies ahead; please choose today or earlier"),
    "payment.above_owed": _(
        "%(amount)s is %(over)s more than the %(owed)s owed; please check it, and tick that it is a prepayment"
    ),
    **MONEY,
    **ONBOARDING,
    **PAYMENTS,
    "payment.reference_used": _("%(reference)s is recorded already; no second payment was made"),
    "credit.limit_over": _(
        "The temporary limit would end on %(until)s, before today; please choose a later day"
    ),
    "credit.no_account": _("This company has no credit account yet; finance can open one"),
    "approval.nobody": _("No one may approve this at present; an administrator can name someone"),
    "approval.nobody_left": _(
        "Something waits for this person's decision, and nobody else could decide it; please choose who takes over"
    ),
    "approval.nobody_then": _(
        "Something waits for a decision, and nobody could decide it after this change; please decide it first"
    ),
    "approval.not_open": _("This has been decided already"),
    "approval.not_yours": _("This waits for someone else's decision"),
    "approval.changed_meanwhile": _("Someone decided this in the meantime; please look again"),
    "approval.comment_needed": _("Please write the reason, so that the other side knows what to do"),
    "approval.no_policy": _("There is no rule yet for who approves this; an administrator can add one"),
    # how often
    "limit.wait_seconds": _("That was very often in a short time; please go on in %(seconds)s seconds"),
    "limit.wait_minutes": _("That was very often in a short time; please go on in %(minutes)s minutes"),
    # lists
    "view.not_found": _NOT_HERE,
    "view.too_many": _("A list keeps up to %(most)s views; please forget one first"),
    "list.too_many_exports": _(
        "That was %(most)s files within an hour; please wait %(minutes)s minutes and export again"
    ),
    "order.decide_alone": _("Above %(most)s an order is decided by itself; please open it"),
    # files and imports
    "attachment.lost": _(
        "This file is known but missing on the server; please tell the brand's administrator: it comes back from a backup"
    ),
    "attachment.empty": _("This file is empty; please choose another"),
    "behalf.not_found": _NOT_HERE,
    "remark.empty": _("Please write something, up to 500 characters"),
    "nudge.nothing_waits": _("This order waits for nothing that the brand has to do"),
    "nudge.open_already": _("You have urged it already; the brand sees how long you have been waiting"),
    "nudge.too_soon": _("An order can be urged every %(hours)s hours; please wait a little"),
    "shipment.signed_oddly": _("The day lies between %(first)s and %(last)s"),
    "amendment.not_found": _("This change does not exist"),
    "amendment.reason_needed": _("Please say why the order is changed"),
    "amendment.waits_already": _("A change of this order waits for a decision already"),
    "amendment.nothing_changed": _("Nothing was changed"),
    "amendment.blocked": _("The distributor's credit is blocked; an order may only become smaller"),
    "amendment.over_limit": _("The change exceeds the credit limit by %(over)s"),
    "amendment.changed_meanwhile": _("This change was decided or withdrawn meanwhile"),
    "amendment.out_of_date": _("The order can no longer be changed"),
    "amendment.not_yours": _("Only the distributor, or who asked for it, can take this change back"),
    "paper.not_found": _("This file does not exist"),
    "paper.nothing_chosen": _("Please choose at least one document"),
    "paper.too_many": _("At most %(most)s documents go into one file"),
    "paper.too_long": _("The list has more than %(most)s products; please export it as a sheet"),
    "attachment.kind_unknown": _("This kind of file cannot be kept; pictures (JPEG, PNG, WebP) and PDF can"),
    "attachment.too_large": _("Files up to %(megabytes)s MB can be kept; please choose a smaller one"),
    "attachment.too_many_pixels": _(
        "Pictures up to %(megapixels)s megapixels can be kept; please make it smaller"
    ),
    "attachment.broken": _("This file cannot be opened; it may be damaged"),
    "upload.not_found": _NOT_HERE,
    "upload.too_large": _("Files up to %(megabytes)s MB can be imported; please split it"),
    "upload.unpacks_too_much": _(
        "This workbook unpacks to far more than its size; it cannot be opened safely"
    ),
    "upload.old_workbook": _("This is an old .xls workbook; please save it as .xlsx"),
    "upload.encrypted": _("This workbook is locked by a password; please save it without one"),
    "upload.not_a_table": _(
        "This is no xlsx workbook and no CSV text that can be read, whatever its name says"
    ),
    "upload.truncated": _("The file is cut off; please save it anew"),
    "upload.too_many_rows": _("At most %(most)s rows can be imported at once; please split the file"),
    "upload.too_wide": _(
        "The sheet reaches too far; please delete what stands far from the table (at most %(most)s columns)"
    ),
    "upload.no_headings": _("There is no heading row; the first row must say what each column is"),
    "upload.headings_twice": _("Headings stand twice: %(headings)s; please name each column once"),
    "upload.no_rows": _("There is no row below the headings"),
    "upload.sheet_gone": _("The workbook has no such sheet"),
    "upload.changed_meanwhile": _("This import went on meanwhile; please look again"),
    "upload.written_already": _("These rows are written already"),
    "upload.heading_gone": _("A chosen heading is not in this file"),
    "upload.heading_twice": _("%(heading)s is chosen for two fields; please choose one"),
    "upload.field_missing": _("This column is needed"),
    "upload.choice_needed": _("Please say what holds for the whole file"),
    "upload.list_needed": _("Please choose a price list, or the column that names it"),
    "upload.may_not_publish": _("You may not publish prices; leave the day empty"),
    "upload.warehouse_needed": _("Please choose the warehouse that was counted"),
    "upload.mode_unknown": _("Please choose how to write"),
    "upload.has_bad_rows": _(
        "%(count)s rows are bad, so not all can be written; write the valid ones or correct the file"
    ),
    "upload.nothing_good": _("No row can be written"),
    "upload.changed_since_check": _("Something changed here since the check; please check again"),
    "upload.draft_not_alone": _("The draft held other changes before; look at all of them first."),
    "import.unknown": _("Not known here: %(codes)s; nothing was imported"),
    "import.code_taken": _("Already in use here: %(codes)s; nothing was imported"),
    "import.lines_missing": _("Orders without lines: %(codes)s; nothing was imported"),
}
ROLES = {
    "Owner": _("Owner"),
    "Buyer": _("Buyer"),
    "Distributor finance": _("Distributor finance"),
    "Sales representative": _("Sales representative"),
    "Sales manager": _("Sales manager"),
    "Finance": _("Finance"),
    "Warehouse": _("Warehouse"),
    "Marketing": _("Marketing"),
    "Administrator": _("Administrator"),
}
STATUS = {
    "access.login_needed": 401,
    "access.denied": 403,
    "attachment.lost": 410,
    "login.too_many": 429,
    "list.too_many_exports": 429,
    "limit.wait_seconds": 429,
    "limit.wait_minutes": 429,
}


def say(refusal: Refused) -> str:
    """Put a refusal into the reader's language."""
    currency = str(refusal.facts.get("currency", "CNY"))
    facts = {name: spelled(value, currency) for name, value in refusal.facts.items()}
    return str(WORDS[refusal.code]) % facts


def status_of(refusal: Refused) -> int:
    """401, 403, 404, 410, 429 end the request; every other refusal is a 422 beside what was typed."""
    return STATUS.get(refusal.code) or (404 if refusal.code.endswith(".not_found") else 422)


def wait_of(refusal: Refused) -> int | None:
    """Seconds until the same again is welcome, where the refusal says."""
    facts = refusal.facts
    if "seconds" in facts:
        return int(str(facts["seconds"]))
    return 60 * int(str(facts["minutes"])) if "minutes" in facts else None


def role_name(name: str) -> str:
    """Name a shipped role in the reader's language, any other as the administrator wrote it."""
    return str(ROLES.get(name, name))
