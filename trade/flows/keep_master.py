from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.catalog.models import VisibilityRule
from trade.credit import groups
from trade.db import Base, insert_once
from trade.distributors import masters, rules
from trade.editing import differing, record, take_turn
from trade.errors import Refused
from trade.pricing.models import PriceList
from trade.returns.models import ReturnReason, ReturnRequest

KINDS: Mapping[str, type[Base]] = {**masters.KINDS, "return-reasons": ReturnReason}
MORE = {"tiers": ("rank",), "return-reasons": ("needs_photo", "brings_goods")}
# Price lists and visibility refer to these as well as the distributors do.
PRICED: Mapping[str, Any] = {"tiers": PriceList.tier_id, "price-groups": PriceList.price_group_id}
SHOWN: Mapping[str, Any] = {"tiers": VisibilityRule.tier_id, "channels": VisibilityRule.channel_id}


@dataclass(frozen=True)
class MasterGiven:
    """A row of one of the brand's short lists; without an id a new one. A code is given once and stays."""

    kind: str
    name: str
    code: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    row_id: int | None = None
    version: int = 0


@dataclass(frozen=True)
class MasterState:
    kind: str
    row_id: int
    version: int
    is_archived: bool


def keep_master(session: Session, actor: Actor, given: MasterGiven) -> int:
    """Add or rename a tier, channel, group or reason; codes stay as they are, since papers and imports name them."""
    model = _model(given.kind)
    values = {"name": given.name, **{name: given.more[name] for name in MORE.get(given.kind, ())}}
    if given.row_id is not None:
        return _edit(session, actor, given, model, values)
    code = rules.plain_code(given.code)
    if code is None:
        raise Refused("master.code_odd", field="code")
    if not insert_once(session, model, code=code, version=1, **values):
        raise Refused("master.code_taken", taken=code, field="code")
    columns: Any = model
    row_id = session.scalars(select(columns.id).where(columns.code == code)).one()
    told = {name: (None, value) for name, value in {"code": code, **values}.items()}
    record(session, actor, "master.created", model, row_id, told, version=1)
    return int(row_id)


def set_master_archived(session: Session, actor: Actor, given: MasterState) -> None:
    """Take a row out of use, unless something needs it today or later, or put it back; its code stays taken."""
    model: Any = _model(given.kind)
    version = take_turn(session, model, given.row_id, given.version, ("archived",))
    row = session.scalars(select(model).where(model.id == given.row_id)).one()
    if (row.archived_at is not None) == given.is_archived:
        raise Refused("master.no_change")
    if given.is_archived:
        _refuse_needed(session, given)
    row.archived_at = clock.now() if given.is_archived else None
    event = "master.archived" if given.is_archived else "master.restored"
    changes = {"archived": (not given.is_archived, given.is_archived)}
    record(session, actor, event, model, row.id, changes, version=version, name=row.name)


def _edit(
    session: Session, actor: Actor, given: MasterGiven, model: type[Base], values: Mapping[str, Any]
) -> int:
    known: Any = model
    version = take_turn(session, model, given.row_id or 0, given.version, tuple(values))
    row = session.scalars(select(known).where(known.id == given.row_id)).one()
    changes = differing({name: getattr(row, name) for name in values}, values)
    for name, value in values.items():
        setattr(row, name, value)
    record(session, actor, "master.edited", model, row.id, changes, version=version, name=row.name)
    return int(row.id)


def _model(kind: str) -> type[Base]:
    if kind not in KINDS:
        raise Refused("master.not_found")
    return KINDS[kind]


def _refuse_needed(session: Session, given: MasterState) -> None:
    """Say what still refers to a row, so that it can be changed there first."""
    if given.kind == "return-reasons":
        reasons = select(func.count()).select_from(ReturnReason).where(ReturnReason.archived_at.is_(None))
        if (session.scalar(reasons) or 0) < 2:
            raise Refused("master.last_one")
        open_ = ReturnRequest.state.in_(["requested", "approved"])
        waiting = select(func.count()).where(ReturnRequest.reason_id == given.row_id, open_)
        uses = {"returns": session.scalar(waiting) or 0}
    else:
        uses = masters.uses_of(session, given.kind, given.row_id)
        if given.kind == "credit-groups":
            uses["open_accounts"] = groups.unsettled(session, given.row_id)
        today = clock.today()
        if (column := PRICED.get(given.kind)) is not None:
            holds = (PriceList.valid_to.is_(None)) | (PriceList.valid_to > today)
            lists = select(func.count()).where(column == given.row_id, PriceList.archived_at.is_(None), holds)
            uses["price_lists"] = session.scalar(lists) or 0
        if (column := SHOWN.get(given.kind)) is not None:
            uses["visibility"] = session.scalar(select(func.count()).where(column == given.row_id)) or 0
    if uses := {noun: count for noun, count in uses.items() if count}:
        raise Refused("master.needed", uses=uses)
