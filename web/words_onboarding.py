"""Refusals about applications, contracts, parents, and the end of a distributor."""

from flask_babel import lazy_gettext as _

_NOT_HERE = _("This page does not exist or is not yours")
ONBOARDING = {
    "login.company_ended": _(
        "The business with %(company)s ended on %(day)s, so nobody signs in for it any more; please call the brand"
    ),
    "login.company_ended_call": _(
        "The business with %(company)s ended on %(day)s, so nobody signs in for it any more; please call %(rep)s"
    ),
    "distributor.ended": _("The business with this company has ended, so nothing new can be opened with it"),
    "person.company_ended": _("The business with this company has ended, so nobody gets a place there"),
    "distributor.no_behalf": _("Nobody can order for it while the business is paused or has ended"),
    "applicant.not_found": _NOT_HERE,
    "applicant.closed": _("No applications are taken at the moment; please ask again later"),
    "applicant.not_allowed": _("This application has moved on, so this step is no longer possible"),
    "applicant.changed_meanwhile": _("This application was changed in the meantime; please look again"),
    "applicant.code_asked": _(
        "An application with this credit code is being examined already; if it is not your company's, please call us"
    ),
    "applicant.credit_code_needed": _(
        "Please give the credit code; only individuals and Hong Kong companies may send proof in its place"
    ),
    "applicant.field_needed": _("Please fill this in before you send it"),
    "applicant.licence_needed": _("Please add a picture or a PDF of the licence"),
    "applicant.proof_needed": _(
        "Please add proof of who you are: identity card or certificate of registration"
    ),
    "applicant.too_many_files": _("At most %(most)s files fit here; please remove one first"),
    "applicant.code_needed": _("Please type the code that we sent, so that we know that we can reach you"),
    "applicant.code_wrong": _("This code is not right; please look again"),
    "applicant.code_over": _("This code no longer counts; please have another one sent"),
    "applicant.codes_spent": _("So many codes were sent that no more go out; please call us"),
    "applicant.call_needed": _(
        "Nobody has proven that the contact can be reached; please call it first and note that you did"
    ),
    "applicant.phone_call_needed": _(
        "Somebody whom the house knows signs in with this phone, and only the mail was proven; please call the phone "
        "first and note that the contact answered"
    ),
    "applicant.limit_not_alone": _("For a limit of %(amount)s the policy asks others too: %(names)s"),
    "applicant.limit_not_yours": _("Limits are given by finance; please leave this empty"),
    "applicant.territory_not_yours": _("Please choose a territory of your team"),
    "applicant.phone_of_colleague": _(
        "This phone belongs to %(name)s, who works at the brand or may no longer sign in; ask the applicant for another"
    ),
    "applicant.entry_over": _(
        "This way in is over: the password is set, or its days are gone. Your representative can invite you again"
    ),
    "applicant.contact_odd": _("This is neither a mobile number nor an e-mail address; please look again"),
    "applicant.not_over": _(
        "Only who was declined, withdrew or let the days go by is forgotten here; others are with their distributor"
    ),
    "applicant.is_forgotten": _("The personal data of this applicant are overwritten already"),
    "contract.not_found": _NOT_HERE,
    "distributor.prospect": _(
        "Orders become possible once the brand has filed your contract; the cart is kept"
    ),
    "distributor.prospect_customers": _(
        "Your company registers customers once the brand has filed your contract"
    ),
    "distributor.suspended_customers": _(
        "Your company is paused: it registers, claims and prolongs nothing new; your sales representative can tell why"
    ),
    "distributor.not_settled": _(
        "Still open: %(count)s documents or amounts. Please settle them first; the list says where"
    ),
    "distributor.is_forgotten": _("The data of its people were deleted on request; it cannot come back"),
    "distributor.wish_known": _("This wish is noted already"),
    "distributor.end_first": _("Only what has ended can be forgotten; please end the business first"),
    "distributor.no_wish": _("Nobody has asked for it; please note first who asked and how"),
    "distributor.code_differs": _("This is not the code of this distributor; nothing was done"),
}
