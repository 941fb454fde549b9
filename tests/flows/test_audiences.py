"""For whom broadcasts and items of the library are, and who may do what with them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from tests.flows.cast import Cast
from tests.world import LONG_AGO, OPERATOR
from tests.world import _distributor as make_distributor
from trade import clock, db
from trade.attachments.filing import Stored, keep_file
from trade.attachments.models import Attachment
from trade.broadcasts import audience
from trade.broadcasts.audience import Audience
from trade.broadcasts.models import (
    AudiencePart,
    Broadcast,
    BroadcastAcknowledgement,
    BroadcastEvent,
    BroadcastRead,
    BroadcastRecipient,
    BroadcastReminder,
)
from trade.catalog.models import Category, Sku
from trade.distributors.models import Channel, Distributor, Standing, Territory, Tier
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.flows.acknowledge_broadcast import Agreement, acknowledge_broadcast
from trade.flows.fetch_from_library import Wanted, fetch_from_library
from trade.flows.keep_library import (
    EditedItem,
    Item,
    NewItem,
    NewVersion,
    Shown,
    add_version,
    create_item,
    edit_item,
    show_item,
)
from trade.flows.publish_broadcast import (
    Moment,
    Publication,
    Recall,
    publish_broadcast,
    recall_broadcast,
    schedule_broadcast,
)
from trade.flows.remind_of_broadcast import DueReminder, Reminder, remind_by_hand, remind_when_due
from trade.flows.write_broadcast import (
    Correction,
    Edited,
    NewFiles,
    RemovedFile,
    Text,
    add_broadcast_files,
    correct_broadcast,
    create_broadcast,
    edit_broadcast,
    remove_broadcast_file,
)
from trade.library import shelves
from trade.library.models import LibraryDownload, LibraryFile, LibraryItem, LibraryTie
from trade.library.shelves import ListFilter
from trade.notices.models import OutboxMessage
from trade.windows import Window, all_of

pytestmark = pytest.mark.usefixtures("verified")
EVERYBODY = Audience(is_everyone=True)
KEPT = (
    *(Broadcast, AudiencePart, BroadcastRecipient, BroadcastRead, BroadcastAcknowledgement, BroadcastEvent),
    *(BroadcastReminder, LibraryItem, LibraryFile, LibraryTie, LibraryDownload, Attachment, OutboxMessage),
)
# code: tier, territory, channel, what else
COMPANIES = {
    "A": ("gold", "fuzhou", "ka", {"parent_id": "D1"}),
    "B": ("gold", "south", "ka", {"status": "suspended"}),
    "C": ("gold", "fuzhou", "ka", {"status": "ended"}),
    "P": ("gold", "fuzhou", "ka", {"status": "prospect"}),
    "X": ("gold", "fuzhou", "ka", {"archived_at": clock.now()}),
    "N": ("silver", "north", "food", {}),
}


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))


@dataclass(frozen=True)
class Ids:
    tiers: dict[str, int]
    territories: dict[str, int]
    channels: dict[str, int]
    distributors: dict[str, int]

    def audience(self, words: str) -> Audience:
        """`gold south ka` named, `+D2` chosen besides, `-A` excepted, `*` everybody."""
        said = words.split()

        def named(known: dict[str, int], mark: str = "") -> frozenset[int]:
            return frozenset(
                known[each[len(mark) :]]
                for each in said
                if each[len(mark) :] in known and each.startswith(mark)
            )

        return Audience(
            "*" in said,
            named(self.tiers),
            named(self.territories),
            named(self.channels),
            named(self.distributors, "+"),
            named(self.distributors, "-"),
        )


def settled(session, actor, given: None) -> Ids:
    """More companies: with a channel, below another, suspended, ended, not yet, archived, elsewhere."""
    session.add_all([Channel(code="ka", name="KA"), Channel(code="food", name="餐饮")])
    north = Territory(code="north", name="华北大区")
    session.add(north)
    session.flush()
    north.path = f"/{north.id}/"
    known = [
        {row.code: row.id for row in session.scalars(select(each))} for each in (Tier, Territory, Channel)
    ]
    tiers, territories, channels = known
    companies = {row.code: row.id for row in session.scalars(select(Distributor))}
    for code, (tier, territory, channel, more) in COMPANIES.items():
        found = make_distributor(session, code, f"公司{code}")
        for name, value in more.items():
            setattr(found, name, companies.get(value, value) if name == "parent_id" else value)
        companies[code] = found.id
        facts = {
            "tier_id": tiers[tier],
            "territory_id": territories[territory],
            "channel_id": channels[channel],
        }
        session.add(Standing(distributor_id=found.id, valid_from=LONG_AGO, **facts))
    return Ids(tiers, territories, channels, companies)


def stored() -> Stored:
    kept = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(kept, "PNG")
    return keep_file("海报.png", kept.getvalue())


def said(wanted: Audience = EVERYBODY, **more) -> Text:
    given = Text("policy", "政策", "第一条", wanted, "agree", clock.today() + timedelta(days=5))
    return replace(given, **more)


def published(cast: Cast, given: Text | None = None) -> int:
    broadcast_id = db.run(create_broadcast, cast["marketing"], given or said())
    with db.read() as session:
        count = audience.count(session, cast["marketing"], (given or said()).audience)
    db.run(publish_broadcast, cast["marketing"], Publication(broadcast_id, 1, count))
    return broadcast_id


def everything() -> list[object]:
    with db.read() as session:
        return [
            [tuple(row) for row in session.execute(select(each.__table__).order_by(each.__table__.c.id))]
            for each in KEPT
        ]


def test_for_whom_it_is_is_one_rule_for_broadcasts_and_for_the_library(cast: Cast) -> None:
    ids = db.run(settled, OPERATOR, None)
    expected = {
        "*": "A B D1 D2 N",
        "gold": "A B D1",
        "gold silver": "A B D1 D2 N",
        "south": "A B D1 D2",  # with all that lies below it
        "fuzhou": "A D2",  # without what lies above
        "north": "N",
        "ka": "A B",  # who has no channel is in none
        "gold fuzhou": "A",
        "gold silver fuzhou north ka food": "A N",
        "silver ka": "",
        "+D1": "D1",  # not those below it
        "+A": "A",  # nor the one above
        "silver ka +B": "B",
        "ka +D2": "A B D2",
        "gold -A": "B D1",
        "* -A -D1": "B D2 N",
        "+A -A": "",
        "+C": "",
        "+P": "",
        "+X": "",
        "": "",
    }
    items: dict[str, int] = {}
    for words in expected:
        if words:
            new = NewItem(Item("material", words, "", ids.audience(words)), stored())
            items[words] = db.run(create_item, cast["marketing"], new)
    with db.read() as session:
        for words, codes in expected.items():
            wanted = ids.audience(words)
            found = audience.listing(session, cast["marketing"], wanted).rows
            assert " ".join(sorted(each.distributor.code for each in found)) == codes, words
            assert audience.count(session, cast["marketing"], wanted) == len(codes.split()), words
        for code in ("A", "B", "D1", "D2", "N"):
            terms = terms_of(session, ids.distributors[code], clock.today())
            open_to = shelves.open_to(session, terms, ListFilter()).rows
            wanted_of_it = {words for words, codes in expected.items() if code in codes.split()}
            assert {each.item.title for each in open_to} == wanted_of_it, code
    told = db.run(create_broadcast, cast["marketing"], said(ids.audience("ka +D2")))
    db.run(publish_broadcast, cast["marketing"], Publication(told, 1, 3))
    with db.read() as session:
        went = (
            select(Distributor.code).join(BroadcastRecipient).where(BroadcastRecipient.broadcast_id == told)
        )
        assert sorted(session.scalars(went)) == ["A", "B", "D2"]


def test_the_library_is_searched_paged_and_hands_out_to_its_audience_alone(cast: Cast) -> None:
    gold = Audience(tiers=frozenset({_id(Tier, "gold")}))
    marketing = cast["marketing"]
    poster = db.run(
        create_item, marketing, NewItem(Item("material", "茉莉海报", "门店", gold, ["CP0515"]), stored())
    )
    course = db.run(
        create_item, marketing, NewItem(Item("training", "饮料课件", "", EVERYBODY, ["drinks"]), stored())
    )
    prices = db.run(create_item, marketing, NewItem(Item("price", "价格表", "", EVERYBODY), stored()))
    empty = db.run(create_item, marketing, NewItem(Item("policy", "还没有文件", "", EVERYBODY), None))
    gone = db.run(create_item, marketing, NewItem(Item("policy", "旧政策", "", EVERYBODY), stored()))
    db.run(show_item, marketing, Shown(gone, 2, False))
    expected = (
        ("D1", ListFilter(), [prices, course, poster]),
        ("D2", ListFilter(), [prices, course]),
        ("D1", ListFilter(kind="training"), [course]),
        ("D1", ListFilter("cp0515"), [poster]),
        ("D1", ListFilter("茉莉 门店"), [poster]),
        ("D2", ListFilter("茉莉"), []),
        ("D1", ListFilter("海报", "price"), []),
    )
    with db.read() as session:
        for code, wanted, items in expected:
            terms = terms_of(session, cast.world.distributors[code], clock.today())

            def page(window: Window, terms=terms, wanted=wanted):
                return shelves.open_to(session, terms, wanted, window)

            assert [each.item.id for each in all_of(page, "-changed", 99, size=2)] == items, (code, wanted)
            assert shelves.open_totals(session, terms, wanted).count == len(items)
        sku = session.scalars(select(Sku).where(Sku.code == "CP0515")).one()
        path = session.scalars(select(Category.path).where(Category.id == sku.category_id)).one()
        for code, items in (("D1", {poster, course}), ("D2", {course})):
            terms = terms_of(session, cast.world.distributors[code], clock.today())
            assert {each.item.id for each in shelves.about_sku(session, terms, sku, path)} == items
        listed = [
            [each.item.id for each in shelves.listing(session, wanted).rows]
            for wanted in (ListFilter(), ListFilter(state="archived"))
        ]
        assert listed == [[empty, prices, course, poster], [gone]]
    for who, item_id in (("stranger", poster), ("buyer", empty), ("buyer", gone), ("buyer", 99_999)):
        refused("library_item.not_found", fetch_from_library, cast[who], Wanted(item_id))
    assert db.run(fetch_from_library, cast["buyer"], Wanted(poster)).name == "海报.png"


def refused(code: str, flow, actor, given) -> None:
    """Refused with that code, and not a row of broadcasts, library, files and messages is another one."""
    before = everything()
    with pytest.raises(Refused) as why:
        db.run(flow, actor, given)
    assert why.value.code == code, (flow, given)
    assert everything() == before, code


@dataclass(frozen=True)
class Made:
    """What the refusals are about: drafts and published broadcasts, files, an item of the library."""

    draft: int
    nobody: int
    empty: int
    told: int
    quiet: int
    newer: int
    by_manager: int
    files: Sequence[Stored]
    item: Item
    shelved: int
    theirs: int


def made_by(cast: Cast) -> Made:
    marketing = cast["marketing"]
    draft = db.run(create_broadcast, marketing, said())
    nobody = db.run(create_broadcast, marketing, said(Audience()))
    channel = frozenset({db.run(_channel, OPERATOR, None)})
    empty = db.run(create_broadcast, marketing, said(Audience(channels=channel)))
    told, quiet = published(cast), published(cast, said(demand="none", acknowledge_by=None))
    newer = db.run(correct_broadcast, marketing, Correction(told))
    by_manager = db.run(correct_broadcast, cast["manager"], Correction(quiet))
    files = tuple(stored() for _at in range(11))
    db.run(add_broadcast_files, marketing, NewFiles(draft, 1, files[:1]))
    item = Item("material", "海报", "", EVERYBODY)
    shelved = db.run(create_item, marketing, NewItem(item, files[1]))
    (theirs,) = _files_of("library_item", shelved)
    return Made(draft, nobody, empty, told, quiet, newer, by_manager, files, item, shelved, theirs)


def test_every_refusal_about_broadcasts_leaves_all_as_it_was(cast: Cast) -> None:
    marketing, owner, today = cast["marketing"], cast["owner"], clock.today()
    made, late = made_by(cast), clock.now() + timedelta(days=30)
    refusals = (
        ("broadcast.day_needed", create_broadcast, marketing, said(acknowledge_by=None)),
        ("broadcast.day_over", create_broadcast, marketing, said(acknowledge_by=today - timedelta(days=1))),
        ("broadcast.day_over", create_broadcast, marketing, said(expires_on=today - timedelta(days=1))),
        (
            "broadcast.asked_too_long",
            edit_broadcast,
            marketing,
            Edited(made.draft, 2, said(expires_on=today)),
        ),
        ("broadcast.changed_meanwhile", edit_broadcast, marketing, Edited(made.draft, 1, said())),
        ("broadcast.not_found", edit_broadcast, cast["manager"], Edited(made.draft, 2, said())),
        ("broadcast.no_audience", publish_broadcast, marketing, Publication(made.nobody, 1, 0)),
        ("broadcast.nobody", publish_broadcast, marketing, Publication(made.empty, 1, 0)),
        ("broadcast.other_count", publish_broadcast, marketing, Publication(made.draft, 2, 3)),
        ("broadcast.changed_meanwhile", publish_broadcast, marketing, Publication(made.draft, 1, 2)),
        ("broadcast.not_allowed", publish_broadcast, marketing, Publication(made.told, 2, 2)),
        ("broadcast.beyond_reach", publish_broadcast, cast["manager"], Publication(made.by_manager, 1, 1)),
        ("broadcast.corrected_already", correct_broadcast, marketing, Correction(made.told)),
        ("broadcast.not_allowed", correct_broadcast, marketing, Correction(made.draft)),
        ("broadcast.moment_over", schedule_broadcast, marketing, Moment(made.draft, 2, clock.now())),
        ("broadcast.ends_before", schedule_broadcast, marketing, Moment(made.draft, 2, late)),
        (
            "broadcast.no_audience",
            schedule_broadcast,
            marketing,
            Moment(made.nobody, 1, clock.now() + timedelta(hours=1)),
        ),
        ("broadcast.too_many_files", add_broadcast_files, marketing, NewFiles(made.draft, 2, made.files[1:])),
        ("broadcast.not_allowed", add_broadcast_files, marketing, NewFiles(made.told, 2, made.files[:1])),
        ("attachment.not_found", remove_broadcast_file, marketing, RemovedFile(made.newer, 1, made.theirs)),
        ("broadcast.nothing_asked", acknowledge_broadcast, owner, Agreement(made.quiet, True)),
        ("broadcast.tick_needed", acknowledge_broadcast, owner, Agreement(made.told, False)),
        ("broadcast.not_found", acknowledge_broadcast, owner, Agreement(made.draft, True)),
        ("broadcast.nothing_asked", remind_by_hand, marketing, Reminder(made.quiet)),
        ("broadcast.nothing_asked", remind_by_hand, marketing, Reminder(made.draft)),
        ("broadcast.not_found", remind_by_hand, cast["rep"], Reminder(made.draft)),
        ("access.denied", remind_by_hand, _without_rights(cast), Reminder(made.told)),
        ("broadcast.changed_meanwhile", recall_broadcast, marketing, Recall(made.told, 1, "错")),
        ("broadcast.beyond_reach", recall_broadcast, cast["manager"], Recall(made.told, 2, "错")),
    )
    for code, flow, actor, given in refusals:
        refused(code, flow, actor, given)


def test_every_refusal_about_audiences_and_the_library_leaves_all_as_it_was(cast: Cast) -> None:
    marketing, owner = cast["marketing"], cast["owner"]
    made, many = made_by(cast), frozenset(range(10_000, 12_001))
    refusals = (
        ("audience.unknown", create_broadcast, marketing, said(Audience(tiers=frozenset({99_999})))),
        ("audience.unknown", create_broadcast, marketing, said(Audience(channels=frozenset({99_999})))),
        ("audience.unknown", create_broadcast, marketing, said(Audience(territories=frozenset({99_999})))),
        ("audience.unknown", create_broadcast, marketing, said(Audience(True, excepted=frozenset({99_999})))),
        ("audience.too_many", create_broadcast, marketing, said(Audience(chosen=many))),
        (
            "broadcast.no_audience",
            create_item,
            marketing,
            NewItem(replace(made.item, audience=Audience()), None),
        ),
        (
            "library_item.goods_unknown",
            create_item,
            marketing,
            NewItem(replace(made.item, goods=["NO"]), None),
        ),
        (
            "library_item.goods_unknown",
            edit_item,
            marketing,
            EditedItem(made.shelved, 2, replace(made.item, goods=["NO"])),
        ),
        ("library_item.changed_meanwhile", edit_item, marketing, EditedItem(made.shelved, 1, made.item)),
        (
            "library_item.changed_meanwhile",
            add_version,
            marketing,
            NewVersion(made.shelved, 1, made.files[2], ""),
        ),
        ("library_item.changed_meanwhile", show_item, marketing, Shown(made.shelved, 1, False)),
        ("library_item.not_found", edit_item, marketing, EditedItem(99_999, 1, made.item)),
        ("library_item.not_found", fetch_from_library, marketing, Wanted(made.shelved, 7)),
        ("access.denied", create_item, cast["rep"], NewItem(made.item, None)),
        ("access.denied", show_item, cast["rep"], Shown(made.shelved, 2, False)),
        ("access.denied", create_broadcast, cast["rep"], said()),
    )
    for code, flow, actor, given in refusals:
        refused(code, flow, actor, given)
    before = everything()
    for kind in ("before", "after"):  # what holds no more is not asked about by the program
        assert db.run(remind_when_due, cast["administrator"], DueReminder(made.draft, kind)) == 0
    db.run(recall_broadcast, marketing, Recall(made.told, 2, "错"))
    assert db.run(remind_when_due, cast["administrator"], DueReminder(made.told, "after")) == 0
    refused("broadcast.holds_no_more", acknowledge_broadcast, owner, Agreement(made.told, True))
    assert everything()[6] == before[6] == []


def _without_rights(cast: Cast):
    return replace(cast["marketing"], permissions=frozenset())


def _id(model, code: str) -> int:
    with db.read() as session:
        return session.scalars(select(model.id).where(model.code == code)).one()


def _channel(session, actor, given: None) -> int:
    found = Channel(code="far", name="远方")
    session.add(found)
    session.flush()
    return found.id


def _files_of(subject: str, subject_id: int) -> list[int]:
    with db.read() as session:
        of_it = (Attachment.subject == subject, Attachment.subject_id == subject_id)
        return list(session.scalars(select(Attachment.id).where(*of_it)))
