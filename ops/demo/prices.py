"""Price lists beside the base and the tiers, published as people publish: the past ones, one to come, one being checked."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.demo.goods import Good
from ops.demo.history import Trade, tier_price
from ops.demo.people import Stage
from trade import clock
from trade.catalog.models import Family, Sku
from trade.clock import BRAND_ZONE
from trade.distributors.models import PriceGroup, Territory
from trade.flows.ask_for_prices import Wanted, ask_for_prices
from trade.flows.create_price_list import NewPriceList, create_price_list
from trade.flows.edit_price_draft import Edits, edit_price_draft
from trade.flows.publish_prices import Publication, publish_prices
from trade.pricing import checks, grid, survey
from trade.pricing.drafts import Edit
from trade.pricing.models import PriceList


class Desk:
    """The marketing's desk: what is prepared there is published by the administrator."""

    def __init__(self, session: Session, trade: Trade, stage: Stage) -> None:
        self.session, self.trade = session, trade
        self.editor, self.publisher = stage.actor("marketing"), stage.actor("admin")
        self.skus = {code: key for code, key in session.execute(select(Sku.code, Sku.id))}
        self.families = {code: key for code, key in session.execute(select(Family.code, Family.id))}

    def list_id(self, code: str) -> int:
        return self.session.scalars(select(PriceList.id).where(PriceList.code == code)).one()

    def edit(self, list_id: int, cells: Sequence[Edit]) -> None:
        edit_price_draft(self.session, self.editor, Edits(list_id, cells))
        self.session.flush()
        self.session.expire_all()

    def publish(self, list_id: int, day: date, note: str) -> None:
        """Publish the open draft, accepting what the checks find, as a person does after a look."""
        found = self.session.get_one(PriceList, list_id)
        draft = grid.open_draft(self.session, list_id)
        if draft is None:
            return
        seen = checks.fingerprint(checks.findings(survey.load(self.session, found, draft.id, day)))
        publish_prices(self.session, self.publisher, Publication(list_id, draft.version, day, seen, note))
        self.session.flush()
        self.session.expire_all()

    def of_family(self, *codes: str) -> list[Good]:
        return [good for good in self.trade.goods if good.family.code in codes]

    def price(self, good: Good, price: Decimal, at_least: int = 1) -> Edit:
        key = (f"sku-{self.skus[good.code]}", "case", at_least)
        return Edit(key, price=price.quantize(Decimal("0.1"), ROUND_HALF_UP))


def publish(session: Session, trade: Trade, today: date) -> None:
    """Work the price desk through the last year."""
    desk = Desk(session, trade, Stage(session))
    groups = {code: key for code, key in session.execute(select(PriceGroup.code, PriceGroup.id))}
    territories = {code: key for code, key in session.execute(select(Territory.code, Territory.id))}
    start = today - timedelta(days=300)
    lists: Iterable[tuple[str, str, str, str, int]] = (
        ("G-KEY", "华东重点客户价目表", "group", str(groups["east-key"]), 0),
        ("G-CATERING", "餐饮直供价目表", "group", str(groups["catering"]), 0),
        ("T-FUJIAN", "福建省区促销价目表", "territory", str(territories["p35"]), 0),
        ("OWN-D1002", "闽海优选 年度协议价", "own", "D1002", 0),
        ("OWN-D1007", "珠江百味 年度协议价", "own", "D1007", 0),
    )
    with clock.set_to(_at(start)):
        for code, name, kind, target, priority in lists:
            given = NewPriceList(code, name, kind, target, "CNY", "gross", priority, start)
            create_price_list(session, desk.publisher, given)
        session.flush()
        _first(desk, start)
    with clock.set_to(_at(today - timedelta(days=62))):
        _rise(desk, today - timedelta(days=60))
    with clock.set_to(_at(today - timedelta(days=5))):
        _to_come(desk, today + timedelta(days=10))
    with clock.set_to(_at(today - timedelta(days=1))):
        _being_checked(desk)
        _asked_for(desk, today + timedelta(days=6))


def _first(desk: Desk, day: date) -> None:
    contents = {
        "G-KEY": [desk.price(each, tier_price(each, "gold") * Decimal("0.985")) for each in desk.of_family("QP", "QB", "SP", "XT", "KF")],
        "G-CATERING": [desk.price(each, tier_price(each, "silver") * Decimal("0.97")) for each in desk.of_family("GZ", "YM", "CJ", "NN")],
        "T-FUJIAN": [desk.price(each, each.price * Decimal("0.93")) for each in desk.of_family("GC", "LC")],
        "OWN-D1002": [desk.price(each, tier_price(each, "gold") * Decimal("0.96")) for each in desk.of_family("LC", "SQ", "MR", "SP")],
        "OWN-D1007": [desk.price(each, tier_price(each, "gold") * Decimal("0.955")) for each in desk.of_family("QP", "GN", "YZ", "NR")],
    }  # fmt: skip
    for code, cells in contents.items():
        list_id = desk.list_id(code)
        desk.edit(list_id, cells)
        desk.publish(list_id, day, "年度协议")


def _rise(desk: Desk, day: date) -> None:
    """Coffee became dearer two months ago."""
    base = desk.list_id("BASE")
    desk.edit(base, [desk.price(each, each.price * Decimal("1.04")) for each in desk.of_family("KF", "KG")])
    desk.publish(base, day, "生豆涨价，咖啡上调 4%")


def _to_come(desk: Desk, day: date) -> None:
    """The year's end is announced: nuts for the Spring Festival from a day on."""
    gold = desk.list_id("GOLD")
    cells = [
        desk.price(each, tier_price(each, "gold") * Decimal("0.97"))
        for each in desk.of_family("JG", "MR", "TG")
    ]
    desk.edit(gold, cells)
    desk.publish(gold, day, "年货节坚果让利 3%")


def _being_checked(desk: Desk) -> None:
    """A draft with what the checks are for: below the floor, a leap, silver cheaper than gold."""
    silver = desk.list_id("SILVER")
    cells = [
        desk.price(each, tier_price(each, "silver") * Decimal("0.985")) for each in desk.of_family("QP", "GC")
    ]
    low, leap, *others = desk.of_family("DJ")
    cells += [desk.price(low, low.price * Decimal("0.74")), desk.price(leap, leap.price * Decimal("1.38"))]
    cells += [desk.price(each, tier_price(each, "gold") * Decimal("0.97")) for each in others[:2]]
    desk.edit(silver, cells)


def _asked_for(desk: Desk, day: date) -> None:
    """What marketing prepared for caterers waits in the inbox of the administrator."""
    list_id = desk.list_id("G-CATERING")
    cells = [
        desk.price(each, tier_price(each, "silver") * Decimal("0.955")) for each in desk.of_family("GZ", "YM")
    ]
    desk.edit(list_id, cells)
    found = desk.session.get_one(PriceList, list_id)
    draft = grid.open_draft(desk.session, list_id)
    if draft is None:
        return
    seen = checks.fingerprint(checks.findings(survey.load(desk.session, found, draft.id, day)))
    wanted = Wanted(list_id, draft.version, day, seen, "餐饮旺季，果汁和饮料再让 1.5%")
    ask_for_prices(desk.session, desk.editor, wanted)
    desk.session.flush()


def _at(day: date) -> datetime:
    return datetime.combine(day, time(10, 30), BRAND_ZONE)
