"""The books: open items are what their documents and applications say, and what was sealed is as it was."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from trade.books import seals
from trade.verify.invariant import Breach, Invariant, by_sql, by_sql_in_money

ITEMS = (
    by_sql_in_money(
        "item.parts",
        "what is open of an account's items is what the account keeps: not invoiced, invoiced, payments, credit notes",
        "credit_account",
        """
        SELECT a.id, a.unbilled + a.billed + a.prepayment + a.credit_note, COALESCE(SUM(i.open), 0)
        FROM credit_account a
        LEFT JOIN (SELECT account_id,
            CASE WHEN is_debt THEN 1 ELSE -1 END * (amount - applied) AS open,
            CASE WHEN NOT is_debt THEN 0 WHEN billed > applied THEN billed - applied ELSE 0 END AS billed,
            CASE WHEN kind = 'payment' THEN applied - amount ELSE 0 END AS prepayment,
            CASE WHEN kind = 'return' THEN applied - amount ELSE 0 END AS credit_note
            FROM open_item WHERE voided_at IS NULL) i ON i.account_id = a.id
        WHERE a.distributor_id IS NOT NULL
        GROUP BY a.id, a.unbilled, a.billed, a.prepayment, a.credit_note
        HAVING a.unbilled + a.billed + a.prepayment + a.credit_note <> COALESCE(SUM(i.open), 0)
            OR a.billed <> COALESCE(SUM(i.billed), 0) OR a.prepayment <> COALESCE(SUM(i.prepayment), 0)
            OR a.credit_note <> COALESCE(SUM(i.credit_note), 0)
        ORDER BY a.id
        """,
    ),
    by_sql_in_money(
        "item.applied",
        "what is settled of an item is the sum of its applications",
        "open_item",
        """
        SELECT i.id, i.applied, COALESCE(x.total, 0)
        FROM open_item i
        LEFT JOIN (SELECT item_id, SUM(amount) AS total FROM (
            SELECT debt_id AS item_id, amount FROM application
            UNION ALL SELECT money_id, amount FROM application) b GROUP BY item_id) x ON x.item_id = i.id
        WHERE i.applied <> COALESCE(x.total, 0) ORDER BY i.id
        """,
    ),
    by_sql(
        "item.application",
        "money pays debts of its own account, and an application is taken back once, whole",
        "application",
        """
        SELECT x.id, x.amount, COALESCE(u.amount, 0)
        FROM application x
        JOIN open_item d ON d.id = x.debt_id JOIN open_item m ON m.id = x.money_id
        LEFT JOIN application u ON u.id = x.undoes_id
        WHERE d.account_id <> m.account_id OR NOT d.is_debt OR m.is_debt OR (x.undoes_id IS NOT NULL
            AND (u.amount <> -x.amount OR u.debt_id <> x.debt_id OR u.money_id <> x.money_id))
        ORDER BY x.id
        """,
    ),
    by_sql_in_money(
        "item.shipment",
        "every shipment of an own order is owed, as much as it is worth",
        "shipment",
        """
        SELECT s.id, COALESCE(i.amount, 0), s.gross
        FROM shipment s
        LEFT JOIN open_item i ON i.kind = 'shipment' AND i.subject_id = s.id AND i.order_id = s.order_id
        WHERE s.source = 'portal' AND s.gross <> COALESCE(i.amount, 0) ORDER BY s.id
        """,
    ),
    by_sql_in_money(
        "item.payment",
        "every payment is there to pay with, as much as came; one that was voided is not, and nothing is paid with it",
        "payment",
        """
        SELECT p.id, COALESCE(i.amount, 0), p.amount
        FROM payment p LEFT JOIN open_item i ON i.kind = 'payment' AND i.subject_id = p.id
        WHERE p.amount <> COALESCE(i.amount, 0) OR (p.voided_at IS NULL) <> (i.voided_at IS NULL)
            OR (i.voided_at IS NOT NULL AND i.applied <> 0) ORDER BY p.id
        """,
    ),
    by_sql_in_money(
        "item.refund",
        "every refund is paid out of the money that it names, whole and at once",
        "refund",
        """
        SELECT r.id, COALESCE(x.amount, 0), r.amount
        FROM refund r
        LEFT JOIN open_item i ON i.kind = 'refund' AND i.subject_id = r.id
        LEFT JOIN application x ON x.debt_id = i.id AND x.money_id = r.money_id AND x.undoes_id IS NULL
        WHERE r.amount <> COALESCE(x.amount, 0) OR r.amount <> i.amount OR r.amount <> i.applied ORDER BY r.id
        """,
    ),
    by_sql_in_money(
        "item.return",
        "every credit of a return is there to pay with",
        "return_request",
        """
        SELECT r.id, COALESCE(i.amount, 0), r.gross
        FROM return_request r LEFT JOIN open_item i ON i.kind = 'return' AND i.subject_id = r.id
        WHERE r.gross <> COALESCE(i.amount, 0) ORDER BY r.id
        """,
    ),
)
BOOKS = (
    by_sql(
        "ledger.reversal",
        "a reversal is its entry with the accounts exchanged, and no reversal is reversed",
        "ledger_entry",
        """
        SELECT r.id, r.debit || ' ' || r.credit || ' ' || r.amount, e.credit || ' ' || e.debit || ' ' || e.amount
        FROM ledger_entry r JOIN ledger_entry e ON e.id = r.reverses_id
        WHERE r.debit <> e.credit OR r.credit <> e.debit OR r.amount <> e.amount
            OR r.account_id <> e.account_id OR e.reverses_id IS NOT NULL ORDER BY r.id
        """,
    ),
    by_sql(
        "ledger.day",
        "an entry counts on the day of its document, or later where the period was closed",
        "ledger_entry",
        "SELECT id, booked_on, day FROM ledger_entry WHERE booked_on < day ORDER BY id",
    ),
)


def _broken(session: Session) -> Iterator[Breach]:
    for found in seals.broken(session):
        yield Breach(
            "ledger_entry" if found.entry_id else "ledger_seal", found.entry_id or found.seal_id, found.says
        )


INVARIANTS = (
    *ITEMS,
    *BOOKS,
    Invariant(
        "ledger.sealed", "entries are what they were when they were sealed, none more and none less", _broken
    ),
)
