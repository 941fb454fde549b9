"""B10: change the prices of one tier, until a distributor sees them.

A draft that moves every SKU's price by 3 % is checked, as the page that offers to publish it does, and published from
today on: end of the old rows, new rows, audit; then the first price is asked for.
"""

import time
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from benchmarks.data import OPERATOR, Wanted
from benchmarks.figures import SECONDS, Figure, Goal, Growth, Workload
from benchmarks.measure import cpu
from benchmarks.places import Place
from trade import clock, db
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.distributors.models import Distributor
from trade.distributors.queries import terms_of
from trade.flows.change_prices import BulkChange, change_prices
from trade.flows.publish_prices import Publication, publish_prices
from trade.pricing import checks, grid, queries, survey
from trade.pricing.grid import GridFilter
from trade.pricing.models import PriceList
from trade.pricing.rules import price
from trade.pricing.survey import Checked

TURNS, USUAL, VISIBLE = 3, 10_000, "until visible"


def measured(place: Place, size: int) -> list[Figure]:
    """Ours on the first tier's list, the limit each time on the list of another tier."""
    url, _ = place.own(Wanted(size))
    db.connect(url)
    runs, limit = [], []
    for turn in range(TURNS):
        runs.append(_once(turn, place.roots))
        limit.append(_limit(turn + 2))
    edited, checked, seconds, spent = (list(column) for column in zip(*runs, strict=True))
    facts = f"CPU of application and database {sorted(spent)[TURNS // 2]:.2f} s"
    goal = Goal("most", 1) if size == USUAL else None
    return [
        Figure(VISIBLE, size, SECONDS, seconds, limit, goal, facts),
        Figure("before: the draft is written", size, SECONDS, edited, limit),
        Figure("before: the draft is checked", size, SECONDS, checked, limit),
    ]


def _once(at: int, roots: Sequence[int]) -> tuple[float, float, float, float]:
    """Seconds of the bulk change and of the check; seconds and CPU, the database's too, of publishing until a price is seen."""
    with db.read() as session:
        of_list = session.scalars(
            select(PriceList).where(PriceList.kind == "tier").order_by(PriceList.id)
        ).first()
        sku = session.scalars(select(Sku).order_by(Sku.id)).first()
        distributor_id = session.scalars(select(Distributor.id).order_by(Distributor.id)).first()
        assert of_list is not None and sku is not None and distributor_id is not None
        terms = terms_of(session, distributor_id, clock.today())
        owner = select(PriceList).where(PriceList.tier_id == terms.tier_id)
        of_list = session.scalars(owner).first() or of_list
    begun = time.perf_counter()
    db.run(
        change_prices, OPERATOR, BulkChange(of_list.id, GridFilter(), "percent", Decimal(3 if at % 2 else -3))
    )
    edited = time.perf_counter() - begun
    with db.read() as session:
        draft = grid.open_draft(session, of_list.id)
        assert draft is not None
        begun = time.perf_counter()
        basis = survey.basis(session, of_list)
        found = checks.findings(survey.load(session, of_list, draft.id, clock.today()))
        checked = time.perf_counter() - begun
    begun, worked = time.perf_counter(), time.process_time() + cpu(roots) / 1000
    warnings = checks.fingerprint(found)
    seen_check = Checked(draft.version, clock.today(), warnings, basis)
    given = Publication(of_list.id, draft.version, clock.today(), warnings, "benchmark", checked=seen_check)
    db.run(publish_prices, OPERATOR, given)
    with db.read() as session:
        rows = queries.rows_for(session, terms, [sku], clock.today())[sku.id]
        seen = price(queries.asked(sku, terms, 1, clock.today()), rows)
    seconds = time.perf_counter() - begun
    spent = time.process_time() + cpu(roots) / 1000 - worked
    assert seen is not None and any(row.row_from == clock.today().isoformat() for row in rows)
    return edited, checked, seconds, spent


def _limit(tier: int) -> float:
    """The least that could be done: end the rows that hold and insert as many, without a check or a history."""
    with db.read() as session:
        list_id = session.scalars(select(PriceList.id).where(PriceList.tier_id == tier)).one()
    begun = time.perf_counter()
    db.run(_bare, OPERATOR, list_id)
    return time.perf_counter() - begun


def _bare(session: Session, actor: Actor, list_id: int) -> None:
    held = {"list": list_id, "day": clock.today()}
    columns = "sku_id, unit, factor, min_quantity, price"
    session.execute(
        text(
            f"INSERT INTO price_row (price_list_id, {columns}, valid_from) SELECT price_list_id, {columns}, :day"
            " FROM price_row WHERE price_list_id = :list AND valid_to IS NULL"
        ),
        held,
    )
    ended = "UPDATE price_row SET valid_to = :day WHERE price_list_id = :list AND valid_from < :day AND valid_to IS NULL"
    session.execute(text(ended), held)


WORKLOAD = Workload(
    "B10",
    "The prices of one tier, each moved by 3 % (14,000 rows of 10,000 SKUs): a draft is written and checked, then published and the"
    " first price asked for; the second counts from publishing on. The limit: the same rows ended and inserted by two bare"
    " statements, without check, history or audit.",
    "≤ 1 s until visible, no rebuild for other tiers; linear in changed rows",
    measured,
    of="SKUs",
    sizes=(1_000, USUAL),
    growth=(Growth(SECONDS, "linear", (VISIBLE,)),),
    plotted=(VISIBLE, SECONDS),
)
