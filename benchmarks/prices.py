"""B10: change the prices of one tier, until a distributor sees them. ./bench B10 --help

A draft that moves every SKU's price by 3 % is checked, as the page that offers to publish it does, and published from
today on: end of the old rows, new rows, audit; then the first price is asked for. Beside it the limit: the same rows ended and inserted by two bare statements.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select, text

from benchmarks.data import OPERATOR, Wanted
from benchmarks.measure import cpu
from benchmarks.places import open_place
from trade import clock, db
from trade.catalog.models import Sku
from trade.distributors.models import Distributor
from trade.distributors.queries import terms_of
from trade.flows.change_prices import BulkChange, change_prices
from trade.flows.publish_prices import Publication, publish_prices
from trade.pricing import checks, grid, queries, survey
from trade.pricing.grid import GridFilter
from trade.pricing.models import PriceList, PriceRow
from trade.pricing.rules import price
from trade.pricing.survey import Checked

SIZES = (1_000, 10_000)


def main() -> None:
    """Measure both sizes on each database and print what one publication takes."""
    parser = argparse.ArgumentParser(prog="./bench B10", description=__doc__)
    parser.add_argument(
        "--database", default="", help="sqlite, postgresql or the address of an empty database"
    )
    parser.add_argument("--size", type=int, default=0, help="one number of SKUs instead of 1,000 and 10,000")
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    print(
        f"{'database':<12}{'rows':>7}{'draft s':>9}{'check s':>9}{'visible s: min':>16}{'median':>8}{'max':>8}{'CPU s':>7}{'limit s':>9}"
    )
    for name in [given.database] if given.database else ["sqlite", "postgresql"]:
        for size in [given.size] if given.size else SIZES:
            with open_place(name) as place:
                url, _ = place.fill(Wanted(size))
                db.connect(url)
                _tell(place.name, size, [_once(at, place.roots) for at in range(given.times)], _limit())


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


def _limit() -> float:
    """The least that could be done: end the rows that hold and insert as many, without a check or a history."""

    def bare(session: object, actor: object, given: int) -> None:
        held = {"list": given, "day": clock.today()}
        columns = "sku_id, unit, factor, min_quantity, price"
        session.execute(  # type: ignore[attr-defined]
            text(
                f"INSERT INTO price_row (price_list_id, {columns}, valid_from) SELECT price_list_id, {columns}, :day"
                " FROM price_row WHERE price_list_id = :list AND valid_to IS NULL"
            ),
            held,
        )
        ended = "UPDATE price_row SET valid_to = :day WHERE price_list_id = :list AND valid_from < :day AND valid_to IS NULL"
        session.execute(text(ended), held)  # type: ignore[attr-defined]

    with db.read() as session:
        wanted = select(PriceRow.price_list_id).join(PriceList).where(PriceList.kind == "tier")
        list_id = session.scalar(
            wanted.group_by(PriceRow.price_list_id).order_by(func.count().desc()).limit(1)
        )
    begun = time.perf_counter()
    db.run(bare, OPERATOR, list_id)  # type: ignore[arg-type]
    return time.perf_counter() - begun


def _tell(name: str, size: int, runs: list[tuple[float, float, float, float]], limit: float) -> None:
    edited, checked, seconds, spent = (sorted(column) for column in zip(*runs, strict=True))
    middle = statistics.median
    print(
        f"{name:<12}{size:>7}{middle(edited):>9.2f}{middle(checked):>9.2f}{seconds[0]:>16.2f}{middle(seconds):>8.2f}{seconds[-1]:>8.2f}"
        f"{middle(spent):>7.2f}{limit:>9.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
