from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.distributors import rules
from trade.distributors.models import LegalEntity
from trade.editing import differing, record, take_turn
from trade.errors import Refused


@dataclass(frozen=True)
class Company:
    """What a paper says about the brand's company."""

    name: str
    credit_code: str | None = None
    address: str | None = None
    phone: str | None = None
    bank_name: str | None = None
    bank_account: str | None = None


FIELDS = tuple(each.name for each in fields(Company))


@dataclass(frozen=True)
class CompanyEdit:
    entity_id: int
    version: int
    company: Company


def edit_legal_entity(session: Session, actor: Actor, given: CompanyEdit) -> bool:
    """Keep the details that stand on papers; says whether anything changed. Papers made before keep theirs."""
    version = take_turn(session, LegalEntity, given.entity_id, given.version, FIELDS)
    entity = session.scalars(select(LegalEntity).where(LegalEntity.id == given.entity_id)).one()
    values = {name: getattr(given.company, name) for name in FIELDS}
    if given.company.credit_code:
        values["credit_code"] = rules.credit_code(given.company.credit_code)
        if values["credit_code"] is None:
            raise Refused("distributor.credit_code_odd", field="credit_code")
    changes = differing({name: getattr(entity, name) for name in FIELDS}, values)
    for name, value in values.items():
        setattr(entity, name, value)
    record(
        session, actor, "master.edited", LegalEntity, entity.id, changes, version=version, name=entity.name
    )
    return bool(changes)
