from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor, Permission
from trade.books.models import LedgerEntry
from trade.credit import families, groups
from trade.credit.models import CreditAccount
from trade.distributors import profile
from trade.distributors import queries as distributors
from trade.distributors.models import CreditGroup, Distributor
from trade.distributors.profile import FIELDS, Profile
from trade.editing import Changes, differing, record, take_turn
from trade.errors import Refused
from trade.orders.models import Order
from trade.receivables.models import Payment


@dataclass(frozen=True)
class Edit:
    distributor_id: int
    version: int
    profile: Profile


def edit_distributor(session: Session, actor: Actor, given: Edit) -> bool:
    """Keep a changed profile and say whether anything changed; the currency only before the first document."""
    distributors.get_for(session, actor, given.distributor_id)
    version = take_turn(session, Distributor, given.distributor_id, given.version, FIELDS)
    distributor = distributors.get_for(session, actor, given.distributor_id)
    values = profile.checked(session, actor, given.profile, distributor.id)
    if given.profile.phone is None and not actor.may(Permission.PHONE_READ):
        values["phone"] = distributor.phone
    before = {name: getattr(distributor, name) for name in FIELDS}
    changes = differing(before, {name: values[name] for name in FIELDS})
    if "currency" in changes:
        _change_currency(session, distributor.id, values["currency"])
    for name, value in values.items():
        setattr(distributor, name, value)
    try:
        session.flush()
    except IntegrityError as error:  # somebody took the code in this very moment
        raise Refused("distributor.code_taken", taken=values["code"], field="code") from error
    if changes.keys() & {"credit_group_id", "currency"}:
        groups.link(session, distributor.id)
        families.relink(session, distributor.id, clock.today())
    told = _named(session, changes)
    record(session, actor, "distributor.edited", Distributor, distributor.id, told, version=version)
    return bool(changes)


def _change_currency(session: Session, distributor_id: int, currency: str) -> None:
    """Documents keep their currency, so a company that has any keeps its own."""
    accounts = select(CreditAccount.id).where(CreditAccount.distributor_id == distributor_id)
    session.execute(accounts.with_for_update())
    documents = (
        exists().where(Order.distributor_id == distributor_id),
        exists().where(Payment.distributor_id == distributor_id),
        exists().where(LedgerEntry.account_id.in_(accounts)),
    )
    if any(session.scalar(select(each)) for each in documents):
        raise Refused("distributor.currency_fixed", field="currency")
    account = update(CreditAccount).where(CreditAccount.distributor_id == distributor_id)
    session.execute(account.values(currency=currency))


def _named(session: Session, changes: Changes) -> dict[str, tuple[Any, Any]]:
    told = dict(changes)
    if "credit_group_id" in told:
        names = {key: name for key, name in session.execute(select(CreditGroup.id, CreditGroup.name))}
        before, after = told["credit_group_id"]
        told["credit_group_id"] = (names.get(before), names.get(after))
    return told
