"""Every workload of the plan of measures: those that are measured, and those whose subject is not there yet."""

from benchmarks import (
    budget,
    catalogue,
    history,
    imports,
    orders,
    paint,
    prices,
    resident,
    rush,
    search,
    statements,
)

WORKLOADS = (
    catalogue.WORKLOAD,
    budget.WORKLOAD,
    orders.WORKLOAD,
    rush.WORKLOAD,
    imports.WORKLOAD,
    search.WORKLOAD,
    history.WORKLOAD,
    prices.WORKLOAD,
    resident.WORKLOAD,
    statements.WORKLOAD,
    paint.WORKLOAD,
)
LATER = {
    "B4": "eight clients on one credit account that allows exactly k: comes with the room of credit; that exactly k are accepted"
    " is shown by tests/races, not how fast.",
    "B7": "rebate settlement: there are no rebates yet.",
}
