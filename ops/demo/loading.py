"""The demo brand: loaded whole or not at all, into an empty database, with passwords that nobody can guess."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from ops.demo import chances, days, last_month, masters, newcomers, people, prices, registrations, tidings
from ops.demo.drawing import shelf
from ops.demo.floor import Floor
from ops.demo.goods import BRAND, goods
from ops.demo.history import Trade
from ops.demo.partners import partners
from ops.demo.people import Cast, Login
from ops.worker import Worker
from trade import clock
from trade.actor import Actor, system
from trade.attachments.filing import Stored, keep_file
from trade.attachments.pictures import StoredPicture
from trade.catalog.models import Sku
from trade.clock import BRAND_ZONE
from trade.db import read, run
from trade.distributors.models import Distributor
from trade.flows.arrange_pictures import NewPicture, add_picture
from trade.flows.change_settings import SettingsEdit, change_settings
from trade.flows.import_batch import import_batch
from trade.flows.set_credit import NewLimit, set_limit
from trade.imports.rows import Batch
from trade.notices.models import OutboxMessage
from trade.orders.models import Order

OPERATOR = system("demo")
MONTHS = 24  # of history
LIVE_DAYS = 21  # in which the distributors on stage work through the real flows


@dataclass(frozen=True)
class Given:
    """What is made before the transaction, since it is slow."""

    crew: Cast
    pictures: Mapping[str, StoredPicture]
    photo: Stored  # of a damaged case
    slip: Stored  # of a bank
    papers: tuple[Stored, ...]  # of broadcasts and the library
    scans: tuple[Stored, Stored]  # a licence and a contract
    trade: Trade
    today: date


def is_empty() -> bool:
    """Whether no distributor was ever entered and nothing was ever ordered here."""
    with read() as session:
        known = exists().where(Distributor.id > 0), exists().where(Order.id > 0)
        return not any(session.scalar(select(each)) for each in known)


def load() -> list[Login]:
    """Fill an empty database; answers who can sign in with what."""
    today = clock.today()
    first = (today.replace(day=1) - timedelta(days=MONTHS * 30)).replace(day=1)
    sold = goods()
    bought = partners(today, first)
    until = {each.code: today - timedelta(days=LIVE_DAYS if each.is_lead else 2) for each in bought}
    for code in days.NEWCOMERS:
        until[code] = first
    crew = people.cast()
    given = Given(
        crew,
        shelf.keep_all(sold),
        keep_file("外箱破损.jpg", shelf.damaged()),
        keep_file("银行回单.jpg", shelf.slip()),
        tidings.drawings(),
        (keep_file("营业执照.jpg", shelf.slip()), keep_file("年度经销合同.jpg", shelf.slip())),
        Trade(sold, bought, first, until),
        today,
    )
    run(_load, OPERATOR, given)
    worker = Worker()
    worker.drain()  # tell of the last weeks before a round finds that untold
    worker.once()
    return [*crew.logins]


def _load(session: Session, actor: Actor, given: Given) -> None:
    opened = datetime.combine(given.trade.since, time(9), BRAND_ZONE)
    counted = datetime.combine(last_month.first_day(given.today), time(20), BRAND_ZONE)
    with clock.set_to(opened):
        change_settings(session, actor, SettingsEdit({"brand.name": BRAND}))
        masters.open_houses(session)
        batch = masters.batch(given.trade, counted)
        import_batch(session, actor, replace(batch, orders=()))
        masters.dress(session, actor, given.trade)
        session.flush()
        import_batch(session, actor, Batch(batch.source, batch.brand, orders=batch.orders))
        people.hire(session, actor, given.crew)
        people.settle(session, actor, given.crew, given.trade.partners)
        _limits(session, actor, given.trade)
        _pictures(session, actor, given.pictures)
    session.flush()
    session.expire_all()
    prices.publish(session, given.trade, given.today)
    floor = Floor(session, given.today)
    last_month.trade(floor)
    _tell_long_ago(session, given.today)
    days.play(floor, given.trade, (given.photo, given.slip))
    last_month.statements(floor)
    reported = registrations.report(floor)
    if reported:
        chances.hope(floor, reported)
    tidings.tell(floor, given.papers)
    newcomers.play(session, actor, given.scans, given.today)


def _limits(session: Session, actor: Actor, trade: Trade) -> None:
    homes = {code: row_id for code, row_id in session.execute(select(Distributor.code, Distributor.id))}
    for partner in trade.partners:
        set_limit(session, actor, NewLimit(homes[partner.code], partner.limit, "开户额度"))


def _pictures(session: Session, actor: Actor, pictures: Mapping[str, StoredPicture]) -> None:
    for code, sku_id in session.execute(select(Sku.code, Sku.id).order_by(Sku.id)).all():
        add_picture(session, actor, NewPicture(sku_id, pictures[code]))


def _tell_long_ago(session: Session, today: date) -> None:
    """What happened before the last weeks was told then; nobody finds it unread today."""
    session.flush()
    since = datetime.combine(today - timedelta(days=LIVE_DAYS), time(0), BRAND_ZONE)
    old = update(OutboxMessage).where(OutboxMessage.at < since)
    session.execute(old.values(sent_at=OutboxMessage.at))
