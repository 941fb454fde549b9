"""Messages about customer registrations; nobody is told who else wanted a customer, or has it."""

from flask_babel import lazy_gettext as _

SENTENCES = {
    "registration.accepted": _("%(distributor)s registered %(customer)s, protected until %(until)s"),
    "registration.queued": _(
        "%(distributor)s wants to register %(customer)s, which is near to another; please decide"
    ),
    "registration.pending": _("%(customer)s of %(distributor)s still waits for your decision"),
    "registration.taken": _("%(distributor)s wanted to register %(customer)s, which is taken"),
    "registration.direct": _("%(distributor)s wanted to register %(customer)s, whom the brand serves itself"),
    "registration.extended": _(
        "%(distributor)s prolonged %(customer)s until %(until)s; please look at the proof"
    ),
    "registration.released": _("%(distributor)s let %(customer)s go; it is in the public pool"),
    "registration.appealed": _("%(distributor)s appeals about %(customer)s; please decide"),
    "registration.contested": _(
        "Another distributor appeals about %(customer)s of %(distributor)s; the brand decides"
    ),
    "registration.won": _("An order won %(customer)s for %(distributor)s"),
    "registration.reopened": _(
        "The order that won %(customer)s for %(distributor)s was cancelled; it is protected as before"
    ),
    "registration.warn": _("%(distributor)s has not followed %(customer)s up for long"),
    "registration.lapse": _("%(customer)s of %(distributor)s went to the public pool for want of follow-up"),
    "registration.expire": _("The protection of %(customer)s for %(distributor)s is over"),
    "registration.lose_place": _(
        "%(distributor)s did not correct %(customer)s in time; anybody may register it"
    ),
    "registration.handed_over": _("%(customer)s was taken from %(distributor)s by an appeal"),
}
TO_DISTRIBUTOR = {
    "registration.approved": _("%(customer)s is registered for you, protected until %(until)s: %(comment)s"),
    "registration.rejected": _("%(customer)s was not registered for you: %(comment)s"),
    "registration.returned": _(
        "Please correct the registration of %(customer)s and send it again by %(place)s; until then nobody else can register it: %(comment)s"
    ),
    "registration.returned_free": _(
        "Please correct the registration of %(customer)s; until it is sent again anybody may register it: %(comment)s"
    ),
    "registration.appeal_approved": _(
        "Your appeal was right; %(customer)s is registered for you until %(until)s: %(comment)s"
    ),
    "registration.appeal_rejected": _("Your appeal about %(customer)s was not accepted: %(comment)s"),
    "registration.contested": _(
        "The brand looks into whose customer %(customer)s is, since another distributor appealed. Please write down as a follow-up what you did about it; who decides reads it"
    ),
    "registration.handed_over": _(
        "After a review by the brand another distributor's appeal was right; %(customer)s is no longer registered for you"
    ),
    "registration.revoked": _("The brand ended the registration of %(customer)s: %(comment)s"),
    "registration.won": _("An order won %(customer)s; it stays with you until %(kept)s"),
    "registration.reopened": _(
        "The order that won %(customer)s was cancelled; it is protected until %(until)s as before"
    ),
    "registration.warn": _(
        "%(customer)s was not followed up for long; without a follow-up it goes to the public pool"
    ),
    "registration.lapse": _("%(customer)s went to the public pool, since it was not followed up"),
    "registration.expire": _("The protection of %(customer)s is over"),
    "registration.lose_place": _(
        "%(customer)s was not corrected and sent again in time; anybody may register it now, also you"
    ),
    "registration.ending": _(
        "The protection of %(customer)s ends on %(until)s; you can prolong it with proof"
    ),
}
