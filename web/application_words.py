"""How an application is spoken of: its state, who applies, what was found, what happened."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

KINDS: Mapping[str, Any] = {
    "company": _("Company with a credit code"),
    "individual": _("Individual"),
    "hong_kong": _("Hong Kong company"),
}
STATES: Mapping[str, tuple[str, Any]] = {
    "draft": ("calm", _("Not sent yet")),
    "submitted": ("warn", _("Under review")),
    "returned": ("warn", _("To be corrected")),
    "approved": ("ok", _("Application accepted")),
    "declined": ("danger", _("Not accepted")),
    "withdrawn": ("calm", _("Taken back")),
    "expired": ("calm", _("Expired")),
}
ACTIONS: Mapping[str, Any] = {
    "begin": _("Application begun"),
    "keep": _("Changed"),
    "verify": _("Contact proven by a code"),
    "send": _("Application sent"),
    "withdraw": _("Taken back"),
    "expire": _("Expired"),
    "call": _("Contact reached by telephone"),
    "plan": _("Agreed; a further approver decides"),
    "return": _("Sent back to be corrected"),
    "decline": _("Declined"),
    "approve": _("Application accepted"),
}
FIELDS: Mapping[str, Any] = {  # what the applicant, or a later approver, changed, as the page calls it
    "kind": _("Who applies"),
    "company": _("Company name"),
    "credit_code": _("Unified social credit code"),
    "legal_representative": _("Legal representative"),
    "region_code": _("Region"),
    "line": _("Street and house"),
    "channel_id": _("Where you sell"),
    "expected": _("Expected in a year"),
    "wishes": _("Products, customers, warehouse: what we should know"),
    "bank_name": _("Bank"),
    "bank_account": _("Bank account"),
    "contact_name": _("Contact"),
    "code": _("Code"),
    "tier_id": _("Tier"),
    "territory_id": _("Territory"),
    "rep_id": _("Sales representative"),
    "parent_id": _("Belongs below"),
    "terms": _("Terms of payment"),
    "terms_days": _("Days of credit"),
    "advance_percent": _("Percent in advance"),
    "limit": _("Credit limit"),
    "status": _("Can order"),
    "files": _("Files"),
    "is_namesake": _("Another company of the same name"),
}
FINDINGS: Mapping[str, Any] = {
    "credit_code": _("Same credit code"),
    "name": _("Same company name"),
    "similar": _("Similar company name"),
    "phone": _("Same phone"),
    "file": _("Same file"),
    "person": _("The phone signs in at another distributor; its owner will work for both"),
    "colleague": _("The phone belongs to somebody at the brand; it cannot open a distributor"),
}
WAYS: Mapping[str, Any] = {
    "sms": _("by a code to the phone"),
    "mail": _("by a code to the e-mail"),
    "call": _("by a call of the reviewer"),
}
STARTS: Mapping[str, Any] = {
    "prospect": _("When its contract is filed"),
    "active": _("At once"),
}


CONTRACTS: Mapping[str, tuple[str, Any]] = {
    "over": ("calm", _("Contract over")),
    "planned": ("info", _("Planned")),
    "ending": ("warn", _("Ends soon")),
    "valid": ("ok", _("Valid")),
}


def state(code: str) -> tuple[str, Any]:
    return STATES.get(code, ("calm", code))
