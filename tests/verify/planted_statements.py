"""One breach per invariant of statements."""

from tests.verify.planting import Plant

STATEMENTS = (
    Plant(
        "statement.chain",
        "statement 1: found 1.0000, expected 0.0000",
        "UPDATE statement SET opening = 10000, closing = 10000",
    ),
    Plant(
        "statement.lines",
        "statement 1: found 0.0000, expected -1.0000",
        "UPDATE statement_line SET decrease = 310000 WHERE id = 2",
        ("statement_line",),
    ),
    Plant(
        "statement.closing",
        "statement 1: found 0.0000, expected 1.0000",
        "UPDATE statement_line SET running = 10000 WHERE id = 3",
        ("statement_line",),
    ),
    Plant(
        "statement.entry",
        "statement_line 2: found -30.0000, expected -31.0000",
        "UPDATE ledger_entry SET amount = 310000 WHERE id = 6",
        ("ledger_entry",),
    ),
    Plant(
        "statement.complete",
        "ledger_entry 4: found no statement, expected ST-1",
        "UPDATE statement_line SET entry_id = 1 WHERE id = 1",
        ("statement_line",),
    ),
    Plant(
        "statement.state",
        "statement 1: found issued, expected disputed",
        "UPDATE statement SET state = 'issued'",
    ),
    Plant(
        "statement.disputes",
        "statement_dispute 1: found confirmed, expected open",
        "UPDATE statement SET state = 'confirmed'",
    ),
)
