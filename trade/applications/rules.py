"""What an application must hold, without a database."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trade.distributors.rules import credit_code, phone

KINDS = ("company", "individual", "hong_kong")
WITHOUT_CODE = ("individual", "hong_kong")  # they send proof of who they are in its place (trade rules §12)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
MOBILE = re.compile(r"1[3-9][0-9]{9}")


def mobile(text: str) -> str | None:
    """A mobile number as its eleven digits; the owner signs in with it."""
    plain = phone(text)
    return plain if plain and MOBILE.fullmatch(plain) else None


def email(text: str) -> str | None:
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return plain if EMAIL.fullmatch(plain) else None


def lacking(facts: Mapping[str, Any], *, has_file: bool) -> dict[str, str]:
    """What stands against sending it, by field, each with the code of its refusal; all of it in one answer.

    A company gives its credit code; an individual or a Hong Kong company may send proof instead.
    """
    found: dict[str, str] = {}
    code = facts.get("credit_code")
    if code and credit_code(code) is None:
        found["credit_code"] = "distributor.credit_code_odd"
    elif not code and facts.get("kind") not in WITHOUT_CODE:
        found["credit_code"] = "applicant.credit_code_needed"
    for name in ("company", "legal_representative", "line", "expected"):
        if facts.get(name) in (None, ""):
            found[name] = "applicant.field_needed"
    if not has_file:
        is_company = facts.get("kind") not in WITHOUT_CODE
        found["files"] = "applicant.licence_needed" if is_company else "applicant.proof_needed"
    return found


def code_preset(application_id: int) -> str:
    """A code for the new distributor that the reviewer may keep or change."""
    return f"D{20_000 + application_id}"


def money_places(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(Decimal("0.01"))
