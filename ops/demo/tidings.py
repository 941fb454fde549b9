"""What the brand has told its distributors in the last weeks, who has confirmed it, and what lies in the library."""

from datetime import timedelta

from sqlalchemy import select

from ops.demo.drawing import shelf
from ops.demo.floor import Floor
from ops.demo.goods import goods
from trade import clock
from trade.attachments.filing import Stored, keep_file
from trade.broadcasts import audience
from trade.broadcasts.audience import Audience
from trade.broadcasts.models import Broadcast
from trade.distributors.models import Tier
from trade.errors import Refused
from trade.flows.acknowledge_broadcast import Agreement, acknowledge_broadcast, read_broadcast
from trade.flows.keep_library import Item, NewItem, create_item
from trade.flows.publish_broadcast import Moment, Publication, publish_broadcast, schedule_broadcast
from trade.flows.write_broadcast import (
    Correction,
    Edited,
    NewFiles,
    Text,
    add_broadcast_files,
    correct_broadcast,
    create_broadcast,
    edit_broadcast,
)

ALL = Audience(is_everyone=True)
REBATE = """各位经销商伙伴：

为支持旺季备货，本季度返利政策如下，请认真阅读并于截止日前确认。

一、返利口径：以季度内已签收且已回款的出库金额（含税）为准，退货相应扣减。
二、返利比例：完成季度任务 90%（含）以上，按 1.5% 计提；完成 100%（含）以上，按 2.5% 计提。
三、兑付方式：次季度首月以货款抵扣方式兑付，不提现。

发现跨区窜货、低价倾销的，取消当季返利资格。"""
PRICES = """各位经销商伙伴：

受原料成本影响，部分茶饮产品自下月 1 日起调整供货价，调整后的价格以系统价目表为准。

调价前已审核通过的订单按原价执行。"""
DISPLAY = """双旦期间，终端堆头陈列支持标准：

A 类门店每店 300 元，B 类门店每店 200 元，凭陈列照片在系统提交核销。"""
LAUNCH = "云岫新口味即将上市，首批铺货支持、试饮装申领方式及培训安排见附件。"


def drawings() -> tuple[Stored, ...]:
    """The files, drawn and stored before the transaction."""
    names = (
        "季度返利政策附图.jpg",
        "终端陈列标准图.jpg",
        "产品海报.jpg",
        "业务员培训课件.jpg",
        "陈列手册.jpg",
    )
    sold = goods()
    return tuple(
        keep_file(name, shelf.drawn(sold[at * 7 % len(sold)].design)) for at, name in enumerate(names)
    )


def tell(floor: Floor, files: tuple[Stored, ...]) -> None:
    """Told to gold and silver, to everybody, corrected, waiting for its moment, a draft; and the library."""
    tiers = frozenset(floor.session.scalars(select(Tier.id).where(Tier.code.in_(("gold", "silver")))))
    day = floor.today
    with floor.at(12, 9, 30):
        prices = Text("price", "茶饮系列供货价调整通知", PRICES, ALL, "read", day - timedelta(days=3))
        price_id = _publish(floor, prices)
    with floor.at(9, 10):
        display = Text("promotion", "双旦终端陈列支持", DISPLAY, ALL, "none", None, day + timedelta(days=40))
        display_id = _publish(floor, display, files[1])
    for at, code in enumerate(("D1003", "D1005", "D1006", "D1008", "D1011", "D1013")):
        with floor.at(8 - at, 9 + at, 7 * at):
            _answer(floor, code, price_id)
    with floor.at(6, 15):
        draft_id = floor.do(correct_broadcast, "marketing", Correction(display_id))
        better = Text(
            **{
                **vars(display),
                "body": DISPLAY.replace("每店 300", "每店 350"),
                "change_note": "A 类门店标准由 300 元更正为 350 元",
            }
        )
        floor.do(edit_broadcast, "marketing", Edited(draft_id, 1, better))
        _send(floor, draft_id)
    with floor.at(4, 9):
        by = day + timedelta(days=5)
        rebate = Text("policy", "季度返利政策（请确认）", REBATE, Audience(tiers=tiers), "agree", by)
        rebate_id = _publish(floor, rebate, files[0])
    for at, code in enumerate(("D1003", "D1006", "D1011")):
        with floor.at(3 - at, 10 + at, 12):
            _answer(floor, code, rebate_id)
    with floor.at(1, 16):
        launch = Text("product", "云岫新口味上市预告", LAUNCH, ALL, "none", None)
        launch_id = floor.do(create_broadcast, "marketing", launch)
        moment = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
        floor.do(schedule_broadcast, "marketing", Moment(launch_id, 1, moment))
        floor.do(create_broadcast, "marketing", Text("policy", "年度经销商大会安排", "草拟中。", ALL))
    _library(floor, files, tiers)


def _library(floor: Floor, files: tuple[Stored, ...], tiers: frozenset[int]) -> None:
    codes = sorted(floor.skus)[:2]
    with floor.at(7, 11):
        poster = Item("material", "产品海报（终端张贴）", "A2 幅面，可直接送印。", ALL, codes)
        floor.do(create_item, "marketing", NewItem(poster, files[2]))
        course = Item("training", "业务员产品知识培训", "新业务员上岗前必看，约 20 分钟。", ALL)
        floor.do(create_item, "marketing", NewItem(course, files[3]))
        guide = Item("policy", "终端陈列手册", "金银牌经销商适用。", Audience(tiers=tiers))
        floor.do(create_item, "marketing", NewItem(guide, files[4]))


def _publish(floor: Floor, text: Text, *files: Stored) -> int:
    broadcast_id: int = floor.do(create_broadcast, "marketing", text)
    if files:
        floor.do(add_broadcast_files, "marketing", NewFiles(broadcast_id, 1, files))
    _send(floor, broadcast_id)
    return broadcast_id


def _send(floor: Floor, broadcast_id: int) -> None:
    found = floor.session.scalars(select(Broadcast).where(Broadcast.id == broadcast_id)).one()
    wanted = audience.of(floor.session, "broadcast", found.id, is_everyone=found.is_everyone)
    count = audience.count(floor.session, floor.stage.actor("marketing"), wanted)
    floor.do(publish_broadcast, "marketing", Publication(found.id, found.version, count))


def _answer(floor: Floor, code: str, broadcast_id: int) -> None:
    """A buyer looks first, then the owner confirms; who was not addressed does neither."""
    try:
        floor.do(read_broadcast, floor.buyer(code), broadcast_id)
        floor.do(acknowledge_broadcast, floor.owner(code), Agreement(broadcast_id, True))
    except Refused as refusal:
        if refusal.code != "broadcast.not_found":
            raise
