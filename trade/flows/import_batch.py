from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.imports import distributors, orders, prices, products, stock
from trade.imports.merge import Result
from trade.imports.models import ImportRun
from trade.imports.rows import Batch

MOST_CHANGES = 10_000  # named in the run's row; the counts are of all


def import_batch(session: Session, actor: Actor, batch: Batch) -> tuple[Result, ...]:
    """Write one delivery of a source as a whole: masters, prices, counts, then history; a repeat writes nothing."""
    if not actor.may(Permission.IMPORT_RUN) or not actor.scope.is_everyone:
        raise Refused("access.denied", keep={"permission": Permission.IMPORT_RUN.value})
    source = batch.source
    entity = distributors.legal_entity(session, batch.brand)
    results = [
        distributors.import_territories(session, source, batch.territories),
        distributors.import_tiers(session, source, batch.tiers),
        distributors.import_people(session, source, batch.people),
        distributors.import_distributors(
            session, source, batch.distributors, legal_entity_id=entity, today=clock.today()
        ),
        products.import_categories(session, source, batch.categories),
        products.import_families(session, source, batch.families),
        products.import_skus(session, source, batch.skus),
        prices.import_price_lists(session, source, batch.price_lists),
        prices.import_prices(session, source, batch.prices),
    ]
    if batch.counts:
        stock.import_warehouse(session)
        results.append(stock.import_stock(session, source, batch.counts))
    results += orders.import_orders(session, source, batch.orders, legal_entity_id=entity)
    _remember(session, actor, source, results)
    return tuple(results)


def _remember(session: Session, actor: Actor, source: str, results: list[Result]) -> None:
    """Keep what was read and changed, if anything was."""
    if not any(result.inserted or result.updated for result in results):
        return
    counts = {
        result.noun: {
            "read": result.read,
            "inserted": result.inserted,
            "updated": result.updated,
            "unchanged": result.unchanged,
            "absent": result.absent,
        }
        for result in results
    }
    changes = [
        {
            "noun": change.noun,
            "code": change.code,
            "fields": {field.name: [field.before, field.after] for field in change.fields},
        }
        for result in results
        for change in result.changes
    ]
    run = ImportRun(
        source=source, kind="batch", counts=counts, changes=changes[:MOST_CHANGES], person_id=actor.person_id
    )
    session.add(run)
    session.flush()
    audit.record(
        session, actor, "import.done", {"source": source, **counts}, subject="import_run", subject_id=run.id
    )
