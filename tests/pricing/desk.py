"""The people who set prices, and short words for what they do."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from tests.world import actor_of, world
from trade import clock, db
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.distributors.queries import terms_of
from trade.flows.create_price_list import NewPriceList, create_price_list
from trade.flows.edit_price_draft import Edits, edit_price_draft
from trade.flows.publish_prices import Publication, publish_prices
from trade.pricing import checks, grid, queries, survey
from trade.pricing.checks import Finding
from trade.pricing.drafts import Edit, Outcome
from trade.pricing.models import PriceDraft, PriceList, PriceRow
from trade.pricing.rules import Price, price


class PriceDesk:
    def __init__(self) -> None:
        with db.read() as session:
            self.world = world(session)
            self.actors = {name: actor_of(session, name) for name in self.world.people}
            self.lists = {code: key for code, key in session.execute(select(PriceList.code, PriceList.id))}

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]

    def key(self, code: str, quantity: int = 1, unit: str = "case") -> grid.Key:
        return f"sku-{self.world.skus[code]}", unit, quantity

    def create(self, code: str, kind: str, target: object = "", **facts: Any) -> int:
        given = {
            "name": code,
            "currency": "CNY",
            "basis": "gross",
            "priority": 0,
            "valid_from": date(2020, 1, 1),
        }
        new = NewPriceList(code=code, kind=kind, target=str(target), **{**given, **facts})
        self.lists[code] = db.run(create_price_list, self["marketing"], new)
        return self.lists[code]

    def edit(self, of_list: str, *edits: Edit, who: str = "marketing") -> Outcome:
        return db.run(edit_price_draft, self[who], Edits(self.lists[of_list], edits))

    def put(self, of_list: str, code: str, value: str, quantity: int = 1, **facts: Any) -> Outcome:
        return self.edit(of_list, Edit(self.key(code, quantity), price=Decimal(value)), **facts)

    def draft(self, of_list: str) -> PriceDraft:
        with db.read() as session:
            found = grid.open_draft(session, self.lists[of_list])
            assert found is not None
            return found

    def find(self, of_list: str, day: date | None = None) -> list[Finding]:
        with db.read() as session:
            found = session.get_one(PriceList, self.lists[of_list])
            draft = grid.open_draft(session, found.id)
            return checks.findings(
                survey.load(session, found, draft.id if draft else None, day or clock.today())
            )

    def publish(self, of_list: str, day: date | None = None, who: str = "administrator", **facts: Any) -> int:
        """Publish the open draft, accepting what the check warns of."""
        given = {"accepted": checks.fingerprint(self.find(of_list, day)), "note": "年度调价", **facts}
        version = given.pop("version", None) or self.draft(of_list).version
        wanted = Publication(self.lists[of_list], version, day or clock.today(), **given)
        return db.run(publish_prices, self[who], wanted)

    def price(self, who: str, code: str, quantity: int = 1, day: date | None = None) -> Price | None:
        day = day or clock.today()
        with db.read() as session:
            terms = terms_of(session, self.world.distributors[who], clock.today())
            sku = session.scalars(select(Sku).where(Sku.code == code)).one()
            rows = queries.rows_for(session, terms, [sku], day)[sku.id]
            return price(queries.asked(sku, terms, quantity, day), rows)

    def pays(self, who: str, code: str, quantity: int = 1, day: date | None = None) -> Decimal | None:
        found = self.price(who, code, quantity, day)
        return found and found.price

    def rows(self, of_list: str) -> list[PriceRow]:
        with db.read() as session:
            wanted = (
                select(PriceRow).where(PriceRow.price_list_id == self.lists[of_list]).order_by(PriceRow.id)
            )
            return list(session.scalars(wanted))

    def grid(self, of_list: str, **wanted: Any) -> list[grid.GridRow]:
        with db.read() as session:
            found = session.get_one(PriceList, self.lists[of_list])
            draft = grid.open_draft(session, found.id)
            page, _ = grid.page(
                session, found, draft.id if draft else None, grid.GridFilter(**wanted), clock.today()
            )
            return page
