"""Price lists in the world of the access walk: a list of D1's own, a planned publication, and a draft."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import world
from trade import clock
from trade.distributors.models import Distributor
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceList

PLANNED = date(2099, 1, 1)


def plant(session: Session) -> None:
    """What the routes act on; the own list's name must not leave those who look after D1."""
    gold, silver = (
        session.scalars(select(PriceList).where(PriceList.code == code)).one() for code in ("GOLD", "SILVER")
    )
    sku = session.scalars(select(world.Sku).where(world.Sku.code == "CP0515")).one()
    home = session.scalars(select(Distributor.id).where(Distributor.code == "D1")).one()
    own = PriceList(
        code="OWN-D1",
        name="CANARY-OWN-LIST",
        kind="own",
        distributor_id=home,
        valid_from=world.LONG_AGO,
        published_at=clock.now(),
    )
    now = {"published_at": clock.now(), "changes": 1}
    session.add_all(
        [
            own,
            PriceDraft(price_list_id=gold.id, state="published", valid_from=PLANNED, **now),
            PriceDraft(price_list_id=silver.id, state="published", valid_from=PLANNED, **now),
            PriceDraft(price_list_id=gold.id, state="open"),
        ]
    )
    session.flush()
    world._row(session, own, sku, 400, "41.1117")
    for draft in session.scalars(select(PriceDraft)):
        cell = {"target": f"sku-{sku.id}", "sku_id": sku.id, "unit": "case", "factor": 15}
        session.add(PriceDraftRow(draft_id=draft.id, **cell, min_quantity=60, price=Decimal("43.05")))


def objects(session: Session) -> dict[str, int]:
    found = {f"list {code}": key for code, key in session.execute(select(PriceList.code, PriceList.id))}
    drafts = {
        f"{state} {code}": (key, version)
        for key, version, state, code in session.execute(
            select(PriceDraft.id, PriceDraft.version, PriceDraft.state, PriceList.code).join(PriceList)
        )
    }
    versions = {code: version for code, version in session.execute(select(PriceList.code, PriceList.version))}
    return found | {
        "D1.prices": found.get("list OWN-D1", 0),
        "GOLD.prices": found["list GOLD"],
        "D1.announced": drafts["published GOLD"][0],
        "D2.announced": drafts["published SILVER"][0],
        "version of draft": drafts["open GOLD"][1],
        "version of GOLD": versions["GOLD"],
    }


def fields(known: dict[str, int]) -> dict[str, dict[str, Any]]:
    """What somebody would send in the forms of a price list."""
    row = f"sku-{known['CP0515']}.1.case"
    draft, of_list = str(known["version of draft"]), str(known["version of GOLD"])
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    facts = {"name": "金牌", "priority": "0", "valid_from": "2020-01-01", "valid_to": ""}
    new = {"code": "NEW-1", "kind": "base", "currency": "CNY", "basis": "gross", **facts}
    lists = "POST /admin/prices"
    return {
        lists: new,
        f"{lists}/<id:list_id>/rows": {"row": row, "price": "43.10", "percent": "", "seen": ""},
        f"{lists}/<id:list_id>/pasted": {"text": "CP0515\t43.00", "start": ""},
        f"{lists}/<id:list_id>/bulk": {"how": "raise", "value": "3", "step": "0.1", "rounding": "half"},
        f"{lists}/<id:list_id>/disposal": {"version": draft},
        f"{lists}/<id:list_id>/facts": {"version": of_list, **facts},
        f"{lists}/<id:list_id>/archival": {"version": of_list, "archived": "yes"},
        f"{lists}/<id:list_id>/publication": {
            "version": draft,
            "day": tomorrow,
            "note": "年度调价",
            "agreed": "yes",
            "accepted": "unpriced:1",  # NOPRICE is on sale and has none
        },
    }
