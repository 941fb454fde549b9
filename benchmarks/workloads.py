"""Every workload of the plan of measures: those that are measured, and those whose subject is not there yet."""

from benchmarks import (
    budget,
    catalogue,
    history,
    hot,
    imports,
    orders,
    paint,
    prices,
    reporting,
    resident,
    rush,
    search,
    statements,
    telling,
)

WORKLOADS = (
    catalogue.WORKLOAD,
    budget.WORKLOAD,
    orders.WORKLOAD,
    hot.WORKLOAD,
    rush.WORKLOAD,
    imports.WORKLOAD,
    search.WORKLOAD,
    history.WORKLOAD,
    prices.WORKLOAD,
    resident.WORKLOAD,
    statements.WORKLOAD,
    paint.WORKLOAD,
    telling.WORKLOAD,
    reporting.WORKLOAD,
)
LATER = {
    "B7": "rebate settlement: there are no rebates yet.",
}
