"""Broadcasts and the library in the world of the walk: told to each distributor, drafts of a manager, things to fetch."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, db
from trade.actor import Actor
from trade.attachments.filing import Stored, keep_file
from trade.attachments.models import Attachment
from trade.broadcasts.audience import Audience
from trade.broadcasts.models import Broadcast
from trade.flows.keep_library import Item, NewItem, create_item
from trade.flows.publish_broadcast import Moment, Publication, publish_broadcast, schedule_broadcast
from trade.flows.write_broadcast import NewFiles, Text, add_broadcast_files, create_broadcast
from trade.library.models import LibraryItem

CANARY = "CANARY-BROADCAST"
Companies = dict[str, int]
NAMES = ("D1.told", "D2.told", "manager's draft", "manager's scheduled", "library item", "gold item")


def plant(actors: dict[str, Actor], companies: Companies, picture: bytes) -> None:
    """Each manager has told the own distributor; one draft with a file, one that waits for its moment."""
    manager, marketing = actors["manager"], actors["marketing"]
    for name, who, code in (
        ("D1.told", manager, "D1"),
        ("D2.told", actors["other-manager"], "D2"),
        ("manager's draft", manager, "D1"),
        ("manager's scheduled", manager, "D1"),
    ):
        broadcast_id = db.run(create_broadcast, who, _text(name, companies[code]))
        db.run(add_broadcast_files, who, NewFiles(broadcast_id, 1, (_file(picture),)))
        if name.endswith("told"):
            db.run(publish_broadcast, who, Publication(broadcast_id, 2, 1))
        elif name.endswith("scheduled"):
            at = clock.now() + timedelta(days=3)
            db.run(schedule_broadcast, who, Moment(broadcast_id, 2, at))
    for name, audience in (
        ("library item", Audience(is_everyone=True)),
        ("gold item", Audience(chosen=frozenset({companies["D1"]}))),
    ):
        item = Item("material", name, CANARY, audience, ["CP0515"])
        db.run(create_item, marketing, NewItem(item, _file(picture)))


def _file(picture: bytes) -> Stored:
    return keep_file("海报.png", picture)


def _text(title: str, distributor_id: int) -> Text:
    day = clock.today() + timedelta(days=9)
    audience = Audience(chosen=frozenset({distributor_id}))
    return Text("policy", title, f"{CANARY} 第一条", audience, "agree", day)


def objects(session: Session) -> dict[str, int]:
    """D1.told, D1.told file, manager's draft …, library item, gold item."""
    found: dict[str, int] = {}
    for key, title in session.execute(select(Broadcast.id, Broadcast.title)):
        found[title] = key
        file = select(Attachment.id).where(Attachment.subject == "broadcast", Attachment.subject_id == key)
        found |= {f"{title} file": file_id for file_id in session.scalars(file)}
    for key, title in session.execute(select(LibraryItem.id, LibraryItem.title)):
        found[title] = key
    return {name: key for name, key in found.items() if name.removesuffix(" file") in NAMES}


def fields(known: dict[str, int], picture: bytes) -> dict[str, dict[str, Any]]:
    """What is sent in the forms about broadcasts and the library."""
    page, shelf = "POST /admin/broadcasts", "POST /admin/library"
    one = f"{page}/<id:broadcast_id>"
    day = (clock.today() + timedelta(days=2)).isoformat()
    text = {"kind": "policy", "title": "新政策", "body": "第一条", "demand": "none", "whom": "everyone"}
    item = {"kind": "training", "title": "课件", "whom": "everyone", "goods": "CP0515"}
    draft, told = {"version": "2"}, {"version": "3"}
    return {
        page: text,
        f"{one}/text": text | draft,
        f"{one}/attachments": draft | {"files": ("图.png", picture)},
        f"{one}/attachments/removal": draft | {"file": str(known["manager's draft file"])},
        f"{one}/publication": draft | {"count": "1"},
        f"{one}/schedule": draft | {"day": day, "time": "09:00"},
        f"{one}/unscheduling": told,
        f"{one}/discarding": draft,
        f"{one}/extension": told,
        f"{one}/recall": told | {"reason": "写错了"},
        "POST /portal/broadcasts/<id:broadcast_id>/reading": {"plain": "yes"},
        "POST /portal/broadcasts/<id:broadcast_id>/acknowledgement": {"is_said": "yes"},
        shelf: item | {"file": ("课件.png", picture)},
        f"{shelf}/<id:item_id>/facts": item | {"version": "2"},
        f"{shelf}/<id:item_id>/versions": {"version": "2", "file": ("课件.png", picture)},
        f"{shelf}/<id:item_id>/archiving": {"version": "2"},
        f"{shelf}/<id:item_id>/restoring": {"version": "2"},
    }
