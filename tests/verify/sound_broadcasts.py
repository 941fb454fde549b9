"""The broadcasts of the small world: one that was corrected, its correction with a word, and a draft; an empty shelf."""

from typing import Any

from tests.verify.sound_books import DAY, NOW
from trade.broadcasts.models import (
    Broadcast,
    BroadcastAcknowledgement,
    BroadcastEvent,
    BroadcastRead,
    BroadcastRecipient,
    BroadcastReminder,
)
from trade.library.models import LibraryDownload, LibraryFile, LibraryItem


def broadcasts() -> list[Any]:
    told: dict[str, Any] = {"kind": "policy", "title": "政策", "body": "一", "search_text": "政策"}
    sent: dict[str, Any] = {"published_at": NOW, "recipients": 1, "demand": "read", "acknowledge_by": DAY}
    rows: list[Any] = [
        Broadcast(id=1, number="BC-1", state="superseded", version=3, **sent, **told),
        Broadcast(
            id=2, number="BC-2", state="published", version=2, edition=2, supersedes_id=1, **sent, **told
        ),
        Broadcast(id=3, state="draft", **told),
    ]
    steps = {1: ("draft", "published", "superseded"), 2: ("draft", "published"), 3: ("draft",)}
    for key, states in steps.items():
        rows += [
            BroadcastEvent(broadcast_id=key, version=at, action="edit", state=state, origin="test", at=NOW)
            for at, state in enumerate(states, 1)
        ]
    rows += [BroadcastRecipient(id=key, broadcast_id=key, distributor_id=1, at=NOW) for key in (1, 2)]
    moments: dict[str, Any] = {"created_at": NOW, "changed_at": NOW}
    common: dict[str, Any] = {"broadcast_id": 2, "distributor_id": 1, "person_id": 1, "at": NOW}
    return [
        *rows,
        BroadcastRead(id=1, **common),
        BroadcastAcknowledgement(id=1, said="read", is_late=False, origin="test", **common),
        BroadcastReminder(id=1, broadcast_id=1, distributor_id=1, kind="before", day=DAY, at=NOW),
        LibraryItem(
            id=1, kind="material", title="海报", search_text="海报", edition=1, downloads=1, **moments
        ),
        LibraryFile(id=1, item_id=1, edition=1, attachment_id=1, at=NOW),
        LibraryDownload(id=1, item_id=1, file_id=1, person_id=1, distributor_id=1, at=NOW),
    ]
