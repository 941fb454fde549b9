"""An invented beverage and snack brand, small enough to read: what `./run` shows in an empty database."""

from datetime import date, datetime
from decimal import Decimal

from trade.clock import BRAND_ZONE
from trade.imports.rows import (
    Batch,
    DistributorRow,
    FamilyRow,
    NodeRow,
    PersonRow,
    PriceEntry,
    PriceListRow,
    SkuRow,
    StockCount,
    TierRow,
)

SOURCE = "demo"
BRAND = "云岫食品（示例）有限公司"
SINCE = date(2026, 1, 1)
# code, name, category, family, pack unit, base units in it, MOQ, multiple, base price, gold price from 1 / 10 / 50,
# safety stock and on hand in packs, picture, description
GOODS = (
    (
        "YX-CP0515",
        "云岫 冷泡茉莉乌龙茶 无糖 500ml",
        "tea",
        "cold-brew",
        "bottle",
        15,
        1,
        1,
        "46.00",
        ("43.20", "42.30", "41.50"),
        200,
        1600,
        "oolong",
        "茉莉鲜花窨制，冷泡八小时。",
    ),
    (
        "YX-CP0615",
        "云岫 桂花酸梅汤 500ml",
        "tea",
        "cold-brew",
        "bottle",
        15,
        1,
        1,
        "52.00",
        ("48.80",),
        120,
        640,
        "plum",
        "乌梅、山楂、桂花慢熬。",
    ),
    (
        "YX-DJ4815",
        "云岫 海盐荔枝味电解质饮料 480ml",
        "tea",
        "sport",
        "bottle",
        15,
        1,
        1,
        "52.00",
        ("48.80", "47.60"),
        150,
        0,
        "lychee",
        "运动后补充钠、钾、镁。",
    ),
    (
        "YX-SQ5524",
        "云岫 山泉饮用天然水 550ml",
        "water",
        "spring",
        "bottle",
        24,
        10,
        1,
        "24.00",
        ("21.60", "20.80", "20.20"),
        800,
        9600,
        "water",
        "海拔 1,200 米水源地。",
    ),
    (
        "YX-QP3324",
        "云岫 陈皮白桃气泡水 0 糖 0 脂 330ml",
        "soda",
        "sparkling",
        "can",
        24,
        5,
        5,
        "72.00",
        ("66.40",),
        300,
        2400,
        "soda",
        "新会陈皮与白桃。",
    ),
    (
        "YX-QP3424",
        "云岫 青柠海盐气泡水 0 糖 0 脂 330ml",
        "soda",
        "sparkling",
        "can",
        24,
        5,
        5,
        "72.00",
        ("66.40",),
        300,
        260,
        "soda",
        "青柠汁与海盐。",
    ),
    (
        "YX-YM1012",
        "云岫 鲜萃燕麦奶 咖啡师款 1L",
        "plant-milk",
        "oat",
        "box",
        12,
        1,
        1,
        "108.00",
        ("99.60", "97.20"),
        60,
        18,
        "oat",
        "可打奶泡，无添加蔗糖。",
    ),
    (
        "YX-KF2712",
        "云岫 冷萃黑咖啡 270ml",
        "coffee",
        "cold-coffee",
        "bottle",
        12,
        1,
        1,
        "86.00",
        ("79.50",),
        80,
        420,
        "coffee",
        "云南小粒，低温慢萃。",
    ),
    (
        "YX-JG3025",
        "云岫 每日坚果混合果仁 成人款 25g×30 包 礼盒装（中秋春节通用）",
        "nuts",
        "daily-nuts",
        "box",
        6,
        1,
        1,
        "89.00",
        ("82.50",),
        200,
        96,
        "nuts",
        "六种果仁，独立小袋。",
    ),
    (
        "YX-NR8820",
        "云岫 手撕风干牛肉 五香味 88g",
        "meat",
        "jerky",
        "bag",
        20,
        1,
        1,
        "398.00",
        ("366.20", "359.00"),
        100,
        900,
        "beef",
        "内蒙古牛后腿肉。",
    ),
    (
        "YX-SP4524",
        "云岫 非油炸烤制薯片 原味 45g",
        "chips",
        "baked-chips",
        "bag",
        24,
        1,
        1,
        "78.00",
        ("71.90", "70.10"),
        150,
        1200,
        "chips",
        "烤制，少油。",
    ),
    (
        "YX-HT1240",
        "云岫 夹心海苔脆 芝麻味 12g",
        "chips",
        "seaweed",
        "bag",
        40,
        1,
        1,
        "118.00",
        ("108.00",),
        60,
        380,
        "seaweed",
        "两片海苔夹一层芝麻。",
    ),
    (
        "YX-GW3516",
        "云岫 莓果谷物棒 35g",
        "bars",
        "cereal-bar",
        "piece",
        16,
        1,
        1,
        "64.00",
        ("59.20",),
        80,
        510,
        "bar",
        "燕麦、蔓越莓、南瓜籽。",
    ),
)
BREAKS = (1, 10, 50)
CATEGORIES = (
    ("drinks", "饮料", None),
    ("tea", "茶饮料", "drinks"),
    ("water", "饮用水", "drinks"),
    ("soda", "气泡水", "drinks"),
    ("plant-milk", "植物奶", "drinks"),
    ("coffee", "咖啡", "drinks"),
    ("snacks", "休闲零食", None),
    ("nuts", "坚果炒货", "snacks"),
    ("meat", "肉干肉脯", "snacks"),
    ("chips", "膨化食品", "snacks"),
    ("bars", "谷物棒", "snacks"),
)
FAMILIES = {
    "cold-brew": "冷泡茶", "sport": "电解质饮料", "spring": "山泉水", "sparkling": "果味气泡水", "oat": "燕麦奶",
    "cold-coffee": "冷萃咖啡", "daily-nuts": "每日坚果", "jerky": "风干牛肉", "baked-chips": "烤制薯片",
    "seaweed": "夹心海苔", "cereal-bar": "谷物棒",
}  # fmt: skip
# code, name, tier, territory, rep, address, phone, credit limit
DISTRIBUTORS = (
    (
        "D1001",
        "漳州市鑫禾源食品商贸有限公司",
        "gold",
        "minnan",
        "rep-1",
        "漳州市芗城区 南坑仓 2 号门",
        "13800000001",
        350_000,
    ),
    (
        "D1002",
        "泉州闽海优选供应链管理有限公司",
        "gold",
        "minnan",
        "rep-1",
        "泉州市丰泽区 东海仓 A3",
        "13800000002",
        500_000,
    ),
    (
        "D1003",
        "厦门鹭岛便利连锁有限公司",
        "silver",
        "minnan",
        "rep-1",
        "厦门市湖里区 象屿路 88 号",
        "13800000003",
        200_000,
    ),
    (
        "D1004",
        "福州榕江冷链配送有限公司",
        "silver",
        "mindong",
        "rep-2",
        "福州市仓山区 金山大道 19 号",
        "13800000004",
        150_000,
    ),
    (
        "D1005",
        "宁德三都澳水产食品有限公司",
        "bronze",
        "mindong",
        "rep-2",
        "宁德市蕉城区 三都路 6 号",
        "13800000005",
        60_000,
    ),
    (
        "D1006",
        "三明市沙县同乐食品经营部",
        "bronze",
        "mindong",
        "rep-2",
        "三明市沙县区 府前街 21 号",
        "13800000006",
        5_000,
    ),
)


def batch() -> Batch:
    """The brand as one delivery of the generic importers."""
    return Batch(
        source=SOURCE,
        brand=BRAND,
        territories=(
            NodeRow("south", "south", "华南大区"),
            NodeRow("fujian", "fujian", "福建省区", "south"),
            NodeRow("minnan", "minnan", "闽南办事处", "fujian"),
            NodeRow("mindong", "mindong", "闽东办事处", "fujian"),
        ),
        tiers=(
            TierRow("gold", "gold", "金牌", 1),
            TierRow("silver", "silver", "银牌", 2),
            TierRow("bronze", "bronze", "铜牌", 3),
        ),
        people=(PersonRow("rep-1", "陈闽生"), PersonRow("rep-2", "林东海")),
        distributors=tuple(_distributor(*row[:7]) for row in DISTRIBUTORS),
        categories=tuple(NodeRow(code, code, name, parent) for code, name, parent in CATEGORIES),
        families=tuple(FamilyRow(code, code, name) for code, name in FAMILIES.items()),
        skus=tuple(_sku(row) for row in GOODS),
        price_lists=(
            PriceListRow("base", "DEMO-BASE", "2026 目录价", "base", None, "CNY", "gross", SINCE),
            PriceListRow("gold", "DEMO-GOLD", "2026 金牌经销商价目表", "tier", "gold", "CNY", "gross", SINCE),
        ),
        prices=tuple(_prices()),
        counts=tuple(
            StockCount(
                "MAIN", row[0], row[11] * row[5], datetime(2026, 1, 1, tzinfo=BRAND_ZONE), is_opening=True
            )
            for row in GOODS
        ),
    )


def _distributor(
    code: str, name: str, tier: str, territory: str, rep: str, address: str, phone: str
) -> DistributorRow:
    return DistributorRow(code, code, name, phone, address, tier, territory, {}, "CNY", rep, SINCE)


def _sku(row: tuple[object, ...]) -> SkuRow:
    code, name, category, family, base_unit, factor = (str(each) for each in row[:6])
    return SkuRow(
        external_code=code,
        code=code,
        name=name,
        category=category,
        family=family,
        tax_rate=Decimal("0.13"),
        base_unit=base_unit,
        order_unit="case",
        order_factor=int(factor),
        is_sellable=True,
        safety_stock=int(str(row[10])) * int(factor),
        colour=None,
        size=None,
        description=str(row[13]),
        facts={},
    )


def _prices() -> list[PriceEntry]:
    entries: list[PriceEntry] = []
    for row in GOODS:
        code, factor = row[0], row[5]
        entries.append(_entry(f"{code}-base", "DEMO-BASE", code, factor, 1, row[8]))
        for quantity, price in zip(BREAKS, row[9], strict=False):
            entries.append(_entry(f"{code}-gold-{quantity}", "DEMO-GOLD", code, factor, quantity, price))
    return entries


def _entry(key: str, of_list: str, sku: str, factor: int, quantity: int, price: str) -> PriceEntry:
    return PriceEntry(key, of_list, sku, "case", factor, quantity, Decimal(price), SINCE, None)
