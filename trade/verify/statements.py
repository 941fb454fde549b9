"""Statements: they chain, add up to their lines, say what the books say, and leave nothing out."""

from trade.verify.invariant import by_sql, by_sql_in_money

MONEY = "('unbilled', 'billed', 'prepayment', 'credit_note')"
# what an entry does to what is owed
EFFECT = f"""(CASE WHEN e.debit IN {MONEY} THEN e.amount ELSE 0 END
    - CASE WHEN e.credit IN {MONEY} THEN e.amount ELSE 0 END)"""

INVARIANTS = (
    by_sql_in_money(
        "statement.chain",
        "a statement opens with what the one before it closed with, and the first one with nothing",
        "statement",
        """
        SELECT s.id, s.opening, COALESCE(b.closing, 0)
        FROM statement s LEFT JOIN statement b ON b.account_id = s.account_id AND b.first_day =
            (SELECT MAX(x.first_day) FROM statement x WHERE x.account_id = s.account_id AND x.first_day < s.first_day)
        WHERE s.opening <> COALESCE(b.closing, 0) ORDER BY s.id
        """,
    ),
    by_sql_in_money(
        "statement.lines",
        "a statement's increase and decrease are the sums of its lines, as many as it says",
        "statement",
        """
        SELECT s.id, s.increase - s.decrease, COALESCE(l.increase, 0) - COALESCE(l.decrease, 0)
        FROM statement s LEFT JOIN (SELECT statement_id, SUM(increase) AS increase, SUM(decrease) AS decrease,
            SUM(CASE WHEN is_memo THEN 0 ELSE 1 END) AS lines
            FROM statement_line GROUP BY statement_id) l ON l.statement_id = s.id
        WHERE s.increase <> COALESCE(l.increase, 0) OR s.decrease <> COALESCE(l.decrease, 0)
            OR s.lines <> COALESCE(l.lines, 0) ORDER BY s.id
        """,
    ),
    by_sql_in_money(
        "statement.closing",
        "the last line of a statement leaves what it closes with",
        "statement",
        """
        SELECT s.id, s.closing, COALESCE(l.running, s.opening)
        FROM statement s LEFT JOIN statement_line l ON l.statement_id = s.id AND l.line_no =
            (SELECT MAX(x.line_no) FROM statement_line x WHERE x.statement_id = s.id)
        WHERE s.closing <> COALESCE(l.running, s.opening) OR s.closing <> s.opening + s.increase - s.decrease
        ORDER BY s.id
        """,
    ),
    by_sql_in_money(
        "statement.entry",
        "a line changes the balance by what its entry does, and stands on a statement of the same account",
        "statement_line",
        f"""
        SELECT l.id, l.increase - l.decrease, {EFFECT}
        FROM statement_line l JOIN ledger_entry e ON e.id = l.entry_id JOIN statement s ON s.id = l.statement_id
        WHERE l.increase - l.decrease <> {EFFECT} OR e.account_id <> s.account_id ORDER BY l.id
        """,
    ),
    by_sql(
        "statement.complete",
        "what counts until a statement's end, and was booked when it was made, stands on a statement",
        "ledger_entry",
        f"""
        SELECT e.id, 'no statement', MIN(s.number)
        FROM ledger_entry e
        JOIN statement s ON s.account_id = e.account_id AND s.through_id >= e.id AND s.last_day >= e.booked_on
        LEFT JOIN statement_line l ON l.entry_id = e.id
        WHERE l.id IS NULL AND {EFFECT} <> 0 GROUP BY e.id ORDER BY e.id
        """,
    ),
    by_sql(
        "statement.state",
        "a statement is in the state of its last event, whose version is its own; its events have no gap",
        "statement",
        """
        SELECT s.id, s.state, COALESCE(e.state, 'no event')
        FROM statement s
        LEFT JOIN statement_event e ON e.statement_id = s.id AND e.version = s.version
        LEFT JOIN (SELECT statement_id, COUNT(*) AS events, MAX(version) AS latest FROM statement_event
            GROUP BY statement_id) c ON c.statement_id = s.id
        WHERE e.id IS NULL OR e.state <> s.state OR c.events <> s.version OR c.latest <> s.version ORDER BY s.id
        """,
    ),
    by_sql(
        "statement.disputes",
        "what is disputed stands on a statement that is disputed, and is about a line of it",
        "statement_dispute",
        """
        SELECT d.id, s.state, d.state
        FROM statement_dispute d JOIN statement s ON s.id = d.statement_id JOIN statement_line l ON l.id = d.line_id
        WHERE l.statement_id <> d.statement_id OR (d.state IN ('open', 'answered') AND s.state <> 'disputed')
        ORDER BY d.id
        """,
    ),
)
