"""Who a distributor is: what may stand in its profile, whoever writes it."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.distributors import rules
from trade.distributors.models import CreditGroup, Distributor
from trade.distributors.queries import within
from trade.errors import Refused

CURRENCIES = ("CNY", "HKD", "USD", "EUR")


@dataclass(frozen=True)
class Profile:
    """What the brand keeps about a company; a phone of None stays as it was for who may not see it."""

    code: str
    name: str
    invoice_title: str | None = None  # the name, unless said otherwise
    credit_code: str | None = None
    legal_representative: str | None = None
    registered_address: str | None = None
    licence_expires_on: date | None = None
    bank_name: str | None = None
    bank_account: str | None = None
    contact_name: str | None = None
    phone: str | None = None
    tax_mode: str = "special"
    back_order_policy: str = "refuse"
    currency: str = "CNY"
    credit_group_id: int | None = None
    internal_note: str | None = None


FIELDS = tuple(each.name for each in fields(Profile))


def checked(session: Session, actor: Actor, given: Profile, own_id: int | None = None) -> dict[str, Any]:
    """The values as they are kept, with the keys for order and search. Raises Refused beside the field."""
    code = rules.company_code(given.code)
    if code is None:
        raise Refused("distributor.code_odd", field="code")
    other = session.scalar(
        select(Distributor.id)
        .where(func.upper(Distributor.code) == code, Distributor.id != (own_id or 0))
        .limit(1)
    )
    if other is not None:
        raise Refused("distributor.code_taken", taken=code, field="code")
    values: dict[str, Any] = {name: getattr(given, name) for name in FIELDS}
    values |= {"code": code, "invoice_title": given.invoice_title or given.name}
    values["credit_code"] = _credit_code(session, actor, given.credit_code, own_id)
    values["phone"] = _phone(session, given.phone, own_id)
    if given.licence_expires_on is not None and given.licence_expires_on < rules.FIRST_LICENCE:
        raise Refused("distributor.licence_odd", field="licence_expires_on")
    if given.currency not in CURRENCIES:
        raise Refused("distributor.currency_odd", field="currency")
    if given.tax_mode not in rules.TAX_MODES:
        raise Refused("invoice.tax_mode_unknown", field="tax_mode")
    if given.credit_group_id is not None:
        _refuse_group(session, given.credit_group_id, own_id)
    values["sort_key"] = text.sort_key(given.name)
    values["search_text"] = text.search_text(code, given.name, values["credit_code"], given.contact_name)
    return values


def refuse_namesake(session: Session, actor: Actor, name: str) -> None:
    """A company that is taken in twice would have two accounts. Raises Refused with the code of the one known."""
    known = select(Distributor.code).where(Distributor.name == name, within(actor, Distributor.id)).limit(1)
    code = session.scalar(known)
    if code is not None:
        raise Refused("distributor.name_known", known=code, field="name")


def _credit_code(session: Session, actor: Actor, typed: str | None, own_id: int | None) -> str | None:
    if not typed:
        return None
    code = rules.credit_code(typed)
    if code is None:
        raise Refused("distributor.credit_code_odd", field="credit_code")
    other = session.scalar(select(Distributor).where(Distributor.credit_code == code))
    if other is None or other.id == own_id:
        return code
    reached = select(Distributor.id).where(Distributor.id == other.id, within(actor, Distributor.id))
    if session.scalar(reached) is None:
        raise Refused("distributor.credit_code_taken_elsewhere", field="credit_code")
    raise Refused("distributor.credit_code_taken", taken=f"{other.code} {other.name}", field="credit_code")


def _phone(session: Session, typed: str | None, own_id: int | None) -> str | None:
    """One that stood there before the rule may stay."""
    plain = rules.phone(typed) if typed else None
    if typed and plain is None:
        stands = session.scalar(select(Distributor.phone).where(Distributor.id == (own_id or 0)))
        if stands != typed:
            raise Refused("distributor.phone_odd", field="phone")
        return typed
    return plain


def _refuse_group(session: Session, group_id: int, own_id: int | None) -> None:
    """An archived group takes nobody new; who is in it may stay."""
    group = session.scalar(select(CreditGroup).where(CreditGroup.id == group_id).with_for_update())
    stays = select(Distributor.id).where(Distributor.id == own_id, Distributor.credit_group_id == group_id)
    if group is None or (group.archived_at is not None and session.scalar(stays) is None):
        raise Refused("standing.choice_gone", field="credit_group_id")
