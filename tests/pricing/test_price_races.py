"""Two who publish in one moment, and an order against a publication: one wins, and nobody pays what was not seen."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tests.flows.cast import Cast, order
from tests.pricing.desk import PriceDesk
from trade import clock, db
from trade.actor import Actor
from trade.errors import Refused
from trade.flows import submit_order as submission
from trade.flows.publish_prices import Publication, publish_prices
from trade.flows.submit_order import Submission
from trade.pricing import checks, drafts, grid
from trade.pricing.models import PriceDraft, PriceRow, PriceRowEnd
from trade.verify import prices

PUBLISHERS = 3


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each deed answered, or the code that it was refused with."""
    gate, answers = threading.Barrier(len(deeds)), list[Any]()

    def begin(deed: Callable[[], Any]) -> None:
        gate.wait()
        try:
            answers.append(deed())
        except (Refused, SQLAlchemyError) as problem:
            answers.append(problem.code if isinstance(problem, Refused) else type(problem).__name__)

    threads = [threading.Thread(target=begin, args=(deed,)) for deed in deeds]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return answers


def publish_together(desk: PriceDesk) -> None:
    """Publish one draft from three places; exactly one may pass, and every row holds once."""
    desk.put("GOLD", "CP0515", "44.00")
    warnings = checks.fingerprint(desk.find("GOLD"))
    given = Publication(desk.lists["GOLD"], desk.draft("GOLD").version, clock.today(), warnings, "年度调价")
    answers = at_once(*[lambda: db.run(publish_prices, desk["administrator"], given)] * PUBLISHERS)
    assert sorted(map(str, answers))[1:] == ["price_draft.changed_meanwhile"] * (PUBLISHERS - 1), answers
    held = select(func.count()).where(PriceRow.valid_to.is_(None), PriceRow.price == Decimal("44.00"))
    with db.read() as session:
        assert session.scalar(held) == 1
    assert desk.pays("D1", "CP0515") == Decimal("44.00")


def test_of_those_who_publish_one_draft_at_once_one_wins(desk: PriceDesk):
    publish_together(desk)


def test_without_its_guards_a_draft_is_published_more_than_once(desk: PriceDesk, monkeypatch):
    def close(session, list_id, version, state, *, is_asked=False, **values):
        wanted = update(PriceDraft).where(PriceDraft.price_list_id == list_id)
        return session.scalar(wanted.values(state=state, **values).returning(PriceDraft.id))

    def anyhow(session, list_id):
        return session.scalar(select(PriceDraft).where(PriceDraft.price_list_id == list_id))

    monkeypatch.setattr(drafts, "close", close)
    monkeypatch.setattr(grid, "open_draft", anyhow)
    with pytest.raises(AssertionError):
        publish_together(desk)
    with db.read() as session:
        assert any(each.find(session) for each in prices.INVARIANTS if each.name == "price.published")
    db.run(take_out_doubled, desk["administrator"], None)


def take_out_doubled(session: Session, actor: Actor, given: None) -> None:
    """Leave one row of those that came with a publication: what stays is held against every invariant."""
    doubled = select(PriceRow.id).where(
        PriceRow.draft_id.is_not(None), PriceRow.valid_to == PriceRow.valid_from
    )
    session.execute(delete(PriceRowEnd).where(PriceRowEnd.price_row_id.in_(doubled)))
    session.execute(delete(PriceRow).where(PriceRow.id.in_(doubled)))


def order_while_publishing(desk: PriceDesk, *, is_published_first: bool = False) -> None:
    """An order whose price changes in the moment of its submission pays what was seen, or is told and stays a cart."""
    order_id = Cast().fill(CP0515=10)
    desk.put("GOLD", "CP0515", "42.50", 10)
    warnings = checks.fingerprint(desk.find("GOLD"))
    given = Publication(desk.lists["GOLD"], desk.draft("GOLD").version, clock.today(), warnings, "年度调价")
    seen = Submission(order_id, 2, seen_gross=Decimal("423.00"))
    deeds = (
        lambda: db.run(publish_prices, desk["administrator"], given),
        lambda: db.run(submission.submit_order, desk["buyer"], seen),
    )
    answers = [deed() for deed in deeds] if is_published_first else at_once(*deeds)
    found, is_told = order(order_id), "order.price_changed" in answers
    assert found.approval_state == ("draft" if is_told else "approved"), answers
    assert is_told or found.gross == seen.seen_gross, (found.gross, answers)
    assert desk.pays("D1", "CP0515", 10) == Decimal("42.50")


def test_an_order_in_the_moment_of_a_publication_pays_what_was_seen_or_is_told(desk: PriceDesk):
    order_while_publishing(desk)


def test_without_the_look_at_what_was_seen_an_order_pays_another_price(desk: PriceDesk, monkeypatch):
    monkeypatch.setattr(submission, "_refuse", lambda *anything: None)
    with pytest.raises(AssertionError, match="425"):
        order_while_publishing(desk, is_published_first=True)
