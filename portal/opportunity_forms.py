"""What is typed about an opportunity and on a quotation."""

from flask_babel import lazy_gettext as _

from web.forms import ChoiceField, DateField, Form, LongTextField, MoneyField, TextField, VersionForm
from web.opportunity_words import REASONS
from web.registration_words import FOLLOW_UPS


class OpportunityForm(Form):
    """What may be sold, how much of it, until when; and what is done next."""

    key = TextField(longest=40)
    subject = TextField(_("What it is about"), longest=120)
    amount = MoneyField(_("Expected amount"))
    expected_on = DateField(_("Expected order date"))
    next_step = TextField(_("Next step"), longest=200, is_needed=False)
    next_on = DateField(_("Until when"), is_needed=False)


class FactsForm(VersionForm):
    subject = TextField(_("What it is about"), longest=120)
    amount = MoneyField(_("Expected amount"))
    expected_on = DateField(_("Expected order date"))
    next_step = TextField(_("Next step"), longest=200, is_needed=False)
    next_on = DateField(_("Until when"), is_needed=False)


class StageForm(VersionForm):
    stage = TextField(longest=20)


class ContactForm(Form):
    kind = ChoiceField(_("What was done"), choices=list(FOLLOW_UPS.items()))
    day = DateField(_("On which day"))
    words = LongTextField(_("What came of it"), longest=500)
    next_step = TextField(_("Next step"), longest=200, is_needed=False)
    next_on = DateField(_("Until when"), is_needed=False)
    photos = TextField(_("Photos or PDF"), is_needed=False)


class LossForm(VersionForm):
    reason = ChoiceField(_("Why it was lost"), choices=list(REASONS.items()))
    words = TextField(_("In your words"), longest=300, is_needed=False)


class QuotationForm(Form):
    key = TextField(longest=40)
    valid_until = DateField(_("Holds until"))
    contact_name = TextField(_("For the attention of"), longest=60, is_needed=False)
    note = LongTextField(_("Terms, as the customer reads them"), longest=500, is_needed=False)


class OrderForm(Form):
    seen_gross = MoneyField(is_positive=False, is_needed=False)
    aside = TextField(is_needed=False, longest=5)  # "yes": what lies in the cart makes room
