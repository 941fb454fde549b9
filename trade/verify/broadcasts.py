"""Broadcasts: frozen recipients, the history of each, one that holds at a time; the library's counts."""

from trade.verify.invariant import by_sql

INVARIANTS = (
    by_sql(
        "broadcast.recipients",
        "a broadcast that was published has as many recipients as it says, and a draft has none",
        "broadcast",
        """
        SELECT b.id, COALESCE(r.count, 0),
            CASE WHEN b.published_at IS NULL THEN 0 ELSE b.recipients END
        FROM broadcast b LEFT JOIN (SELECT broadcast_id, COUNT(*) AS count FROM broadcast_recipient
            GROUP BY broadcast_id) r ON r.broadcast_id = b.id
        WHERE COALESCE(r.count, 0) <> CASE WHEN b.published_at IS NULL THEN 0 ELSE b.recipients END
            OR (b.published_at IS NOT NULL AND (b.recipients = 0 OR b.number IS NULL))
        ORDER BY b.id
        """,
    ),
    by_sql(
        "broadcast.acknowledged",
        "a recipient's word is the one that was asked for, once, not before it was told, and its person has read it",
        "broadcast_acknowledgement",
        """
        SELECT a.id, a.said, b.demand
        FROM broadcast_acknowledgement a JOIN broadcast b ON b.id = a.broadcast_id
        LEFT JOIN broadcast_recipient r ON r.broadcast_id = a.broadcast_id AND r.distributor_id = a.distributor_id
        LEFT JOIN broadcast_read d ON d.broadcast_id = a.broadcast_id AND d.distributor_id = a.distributor_id
            AND d.person_id = a.person_id
        WHERE a.said <> b.demand OR r.id IS NULL OR a.at < r.at OR d.id IS NULL ORDER BY a.id
        """,
    ),
    by_sql(
        "broadcast.state",
        "a broadcast is in the state of its last event, whose version is its own; its events have no gap",
        "broadcast",
        """
        SELECT b.id, b.state, COALESCE(e.state, 'no event')
        FROM broadcast b LEFT JOIN broadcast_event e ON e.broadcast_id = b.id AND e.version = b.version
        WHERE e.id IS NULL OR e.state <> b.state
            OR b.version <> (SELECT COUNT(*) FROM broadcast_event x WHERE x.broadcast_id = b.id)
        ORDER BY b.id
        """,
    ),
    by_sql(
        "broadcast.edition",
        "a correction is one edition higher than what it corrects, which holds no more once the correction was published",
        "broadcast",
        """
        SELECT b.id, o.state, 'superseded'
        FROM broadcast b JOIN broadcast o ON o.id = b.supersedes_id
        WHERE b.edition <> o.edition + 1 OR (b.published_at IS NOT NULL AND o.state = 'published') ORDER BY b.id
        """,
    ),
    by_sql(
        "library.downloads",
        "an item of the library was fetched as often as it says, and hands out its latest version",
        "library_item",
        """
        SELECT i.id, i.downloads, (SELECT COUNT(*) FROM library_download d WHERE d.item_id = i.id)
        FROM library_item i
        WHERE i.downloads <> (SELECT COUNT(*) FROM library_download d WHERE d.item_id = i.id)
            OR i.edition <> (SELECT COUNT(*) FROM library_file f WHERE f.item_id = i.id) ORDER BY i.id
        """,
    ),
)
