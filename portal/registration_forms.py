"""What is typed about a customer, and what is done with a registration."""

from typing import Any

from flask_babel import lazy_gettext as _

from trade.flows.register_customer import Customer
from trade.money import rounded
from trade.registrations.models import Registration
from trade.registrations.rules import Figures
from web.forms import (
    ChoiceField,
    DateField,
    Form,
    LongTextField,
    MoneyField,
    TextField,
    VersionForm,
    WholeNumberField,
)
from web.registration_words import CUSTOMER_KINDS, FOLLOW_UPS


class CustomerForm(Form):
    """Four fields for most customers; the rest is folded away."""

    key = TextField(longest=40)
    version = WholeNumberField(is_needed=False)
    name = TextField(_("Company name"), longest=120, hint=_("As on the licence"))
    credit_code = TextField(
        _("Unified social credit code"),
        longest=40,
        is_needed=False,
        is_conditional=True,
        hint=_("A company needs it"),
    )
    phone = TextField(
        _("Customer's phone"), longest=40, is_needed=False, is_conditional=True
    )  # a draft may wait for it
    product_line = ChoiceField(_("Product line"), hint=_("A draft needs the name and the product line"))
    kind = ChoiceField(_("Kind of customer"), choices=list(CUSTOMER_KINDS.items()))
    contact_name = TextField(_("Contact person"), longest=60, is_needed=False)
    region = ChoiceField(_("Province"), is_needed=False)
    project = TextField(_("Project or need"), longest=200, is_needed=False)
    expected_amount = MoneyField(_("Expected amount"), is_needed=False)
    expected_on = DateField(_("Expected order date"), is_needed=False)
    note = LongTextField(_("Note"), longest=500, is_needed=False)
    photos = TextField(_("Photos or PDF"), is_needed=False)
    send = TextField(is_needed=False, longest=10)

    @property
    def is_draft(self) -> bool:
        """Whether it is only to be kept."""
        return bool(self.send.data == "draft")


class FollowUpForm(Form):
    kind = ChoiceField(_("What was done"), choices=list(FOLLOW_UPS.items()))
    day = DateField(_("On which day"))
    words = LongTextField(_("What came of it"), longest=500)
    next_step = TextField(_("Next step"), longest=200, is_needed=False)
    next_on = DateField(_("Until when"), is_needed=False)
    photos = TextField(_("Photos or PDF"), is_needed=False)


class DaysField(WholeNumberField):
    """By how many days protection is prolonged; whatever is typed instead is told the range of the settings."""

    def empty_words(self) -> Any:
        return _(
            "Please choose %(shortest)s to %(longest)s days", shortest=self.smallest, longest=self.largest
        )


class ExtensionForm(VersionForm):
    days = DaysField(_("Days to add"), smallest=1, largest=365)
    words = LongTextField(_("What happens with the customer"), longest=300)
    photos = TextField(_("Proof: a photo, a chat, a quotation"), is_needed=False)


def extension_form(figures: Figures, given: Any = None, **preset: Any) -> ExtensionForm:
    """The form with the range that an administrator set."""
    form = ExtensionForm()
    form.days.smallest, form.days.largest = figures.shortest_extension, figures.longest_extension
    form.process(given, data=preset)
    return form


class AppealForm(VersionForm):
    reason = LongTextField(_("Why it is not right"), longest=500)
    photos = TextField(_("Photos or PDF"), is_needed=False)


class ReasonForm(VersionForm):
    reason = TextField(_("Reason"), longest=200, is_needed=False)


def customer_of(form: CustomerForm) -> Customer:
    """What was typed; a product line that is none of the list is told beside its field and stands for none here."""
    chosen = None if form.product_line.errors else form.product_line.data
    return Customer(
        product_line_id=int(chosen or 0),
        name=form.name.data or "",
        credit_code=form.credit_code.data or "",
        kind=form.kind.data or "company",
        contact_name=form.contact_name.data or "",
        phone=form.phone.data or "",
        region_code=form.region.data or None,
        project=form.project.data or "",
        note=form.note.data or "",
        expected_amount=form.expected_amount.data,
        expected_on=form.expected_on.data,
    )


def preset_of(found: Registration) -> dict[str, Any]:
    """A draft as it was typed."""
    return {
        "key": found.form_key or "-",
        "version": found.version,
        "name": found.name,
        "credit_code": found.credit_code or "",
        "phone": found.phone,
        "product_line": str(found.product_line_id),
        "kind": found.customer_kind,
        "contact_name": found.contact_name,
        "region": (found.region_code or "")[:2],
        "project": found.project,
        "expected_amount": rounded(found.expected_amount) if found.expected_amount else None,
        "expected_on": found.expected_on,
        "note": found.note,
    }
