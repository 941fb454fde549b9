"""All that the rows can prove, in the order in which it is told."""

from trade.verify import (
    approvals,
    books,
    broadcasts,
    care,
    credit,
    files,
    history,
    incoming,
    invoices,
    masters,
    orders,
    prices,
    returns,
    statements,
    stock,
    tables,
)

INVARIANTS = (
    *tables.INVARIANTS,
    *credit.INVARIANTS,
    *books.INVARIANTS,
    *incoming.INVARIANTS,
    *invoices.INVARIANTS,
    *statements.INVARIANTS,
    *stock.INVARIANTS,
    *orders.INVARIANTS,
    *returns.INVARIANTS,
    *approvals.INVARIANTS,
    *care.INVARIANTS,
    *masters.INVARIANTS,
    *prices.INVARIANTS,
    *broadcasts.INVARIANTS,
    *history.INVARIANTS,
    *files.INVARIANTS,
)
