"""One breach per invariant of broadcasts and the library."""

from tests.verify.planting import Plant

BROADCASTS = (
    Plant(
        "broadcast.recipients",
        "broadcast 2: found 0, expected 1",
        "DELETE FROM broadcast_recipient WHERE id = 2",
        ("broadcast_recipient",),
    ),
    Plant(
        "broadcast.acknowledged",
        "broadcast_acknowledgement 1: found agree, expected read",
        "UPDATE broadcast_acknowledgement SET said = 'agree'",
        ("broadcast_acknowledgement",),
    ),
    Plant(
        "broadcast.state",
        "broadcast 2: found recalled, expected published",
        "UPDATE broadcast SET state = 'recalled' WHERE id = 2",
    ),
    Plant(
        "broadcast.edition",
        "broadcast 2: found published, expected superseded",
        "UPDATE broadcast SET state = 'published' WHERE id = 1",
    ),
    Plant(
        "library.downloads",
        "library_item 1: found 2, expected 1",
        "UPDATE library_item SET downloads = 2",
    ),
)
