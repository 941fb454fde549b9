"""The brand's own masters: codes stay taken, what is needed stays, a territory moves with all below it."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from tests.flows.cast import Cast
from trade import db
from trade.db import Base
from trade.distributors import regions, territories
from trade.distributors.models import LegalEntity, Territory, Tier
from trade.distributors.regions import Entry
from trade.errors import Refused
from trade.flows.edit_legal_entity import Company, CompanyEdit, edit_legal_entity
from trade.flows.keep_master import MasterGiven, MasterState, keep_master, set_master_archived
from trade.flows.keep_territory import TerritoryGiven, TerritoryState, keep_territory, set_territory_archived

TABLES = ("tier", "territory", "territory_region", "legal_entity", "audit_entry")


def everything() -> list[Any]:
    with db.read() as session:
        tables = [Base.metadata.tables[name] for name in TABLES]
        return [tuple(row) for table in tables for row in session.execute(select(table).order_by(table.c.id))]


def refused(code: str, flow: Any, actor: Any, given: Any) -> Mapping[str, Any]:
    before = everything()
    with pytest.raises(Refused) as told:
        db.run(flow, actor, given)
    assert told.value.code == code and everything() == before
    return told.value.facts


def one(model: Any, **facts: Any) -> Any:
    with db.read() as session:
        return session.scalars(select(model).filter_by(**facts)).one()


def test_a_master_in_use_stays_and_its_code_stays_taken(cast: Cast):
    actor, gold = cast["administrator"], one(Tier, code="gold")
    needed = refused("master.needed", set_master_archived, actor, MasterState("tiers", gold.id, 1, True))
    assert needed["uses"]["distributors"] == 1 and needed["uses"]["price_lists"] == 1
    key = db.run(keep_master, actor, MasterGiven("tiers", "铜牌", "bronze", {"rank": 3}))
    refused("master.code_taken", keep_master, actor, MasterGiven("tiers", "铜", "bronze", {"rank": 4}))
    refused("master.code_odd", keep_master, actor, MasterGiven("tiers", "铜", "青 铜", {"rank": 4}))
    refused("master.not_found", keep_master, actor, MasterGiven("planets", "铜", "x"))
    db.run(keep_master, actor, MasterGiven("tiers", "青铜", "", {"rank": 3}, key, 1))
    late = refused(
        "row.changed_meanwhile", keep_master, actor, MasterGiven("tiers", "铜", "", {"rank": 3}, key, 1)
    )
    assert late["changes"] == {"name": ("铜牌", "青铜")}
    db.run(set_master_archived, actor, MasterState("tiers", key, 2, True))
    refused("master.code_taken", keep_master, actor, MasterGiven("tiers", "铜", "bronze", {"rank": 4}))
    db.run(set_master_archived, actor, MasterState("tiers", key, 3, False))
    entity = one(LegalEntity, code="MAIN")
    odd = CompanyEdit(entity.id, 1, Company("云岫食品", credit_code="123"))
    refused("distributor.credit_code_odd", edit_legal_entity, actor, odd)
    assert db.run(edit_legal_entity, actor, CompanyEdit(entity.id, 1, Company("云岫食品有限公司")))


def test_a_territory_moves_with_all_below_it_and_covers_regions_alone(cast: Cast):
    actor = cast["administrator"]
    rows = [Entry("35", "福建省", None), Entry("3506", "漳州市", "35"), Entry("350602", "芗城区", "3506")]
    db.run(regions.fill, actor, rows)
    south, minnan = one(Territory, code="south"), one(Territory, code="minnan")
    east = db.run(keep_territory, actor, TerritoryGiven("华东大区", None, ["35"], "east"))
    moved = TerritoryGiven("华南大区", east, ["3506"], "", south.id, 1)
    db.run(keep_territory, actor, moved)
    assert one(Territory, id=minnan.id).path == f"/{east}/{south.id}/{minnan.id}/"
    with db.read() as session:
        found = [territories.of_region(session, code) for code in ("350602", "350100")]
    assert [each and each.code for each in found] == ["south", "east"]
    circle = TerritoryGiven("华东大区", minnan.id, ["35"], "", east, 1)
    refused("territory.circle", keep_territory, actor, circle)
    taken = TerritoryGiven("闽南", south.id, ["3506"], "", minnan.id, 1)
    assert refused("region.taken", keep_territory, actor, taken)["territory"] == "华南大区"
    unknown = TerritoryGiven("闽南", south.id, ["9999"], "", minnan.id, 1)
    refused("region.unknown", keep_territory, actor, unknown)
    refused("row.changed_meanwhile", keep_territory, actor, moved)
    held = refused("master.needed", set_territory_archived, actor, TerritoryState(minnan.id, 1, True))
    assert held["uses"] == {"distributors": 1}
    refused("master.needed", set_territory_archived, actor, TerritoryState(east, 1, True))
