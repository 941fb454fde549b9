"""What the invented brand sells: families with their flavours, packs, prices and looks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ops.demo.codes import barcode
from ops.demo.drawing.canvas import colour
from ops.demo.drawing.shapes import Design

BRAND = "云岫"
CATEGORIES = (
    ("drinks", "饮料", None),
    ("tea", "茶饮料", "drinks"),
    ("sparkling", "气泡水", "drinks"),
    ("water", "饮用水", "drinks"),
    ("energy", "功能饮料", "drinks"),
    ("coffee", "咖啡", "drinks"),
    ("juice", "果汁", "drinks"),
    ("dairy", "乳饮", "drinks"),
    ("snacks", "休闲零食", None),
    ("nuts", "坚果炒货", "snacks"),
    ("crisps", "膨化食品", "snacks"),
    ("bakery", "烘焙糕点", "snacks"),
    ("dried-fruit", "果干蜜饯", "snacks"),
    ("meat", "肉干肉脯", "snacks"),
    ("sweets", "糖果巧克力", "snacks"),
    ("gifts", "礼盒", None),
)
# flavour → colour of the label, motif, colour of the motif
LOOKS: Mapping[str, tuple[str, str, str]] = {
    "茉莉": ("4f9a78", "blossom", "f3eee0"), "乌龙": ("8a5a2c", "leaves", "7a8f3c"), "龙井": ("5c9a44", "leaves", "5fa049"),
    "正山红茶": ("a8382c", "leaves", "8f4a2c"), "桂花": ("e0a52c", "blossom", "f4bf3f"), "柠檬": ("e6c22e", "citrus", "f0c92e"),
    "白桃": ("ee93a2", "peach", "f7a58f"), "青柠": ("7fb53a", "citrus", "8cc23f"), "荔枝": ("e27f93", "round_fruit", "e0566f"),
    "葡萄": ("7a58b0", "grapes", "7a4fa8"), "青提": ("8db84a", "grapes", "9cc653"), "西柚": ("ea7a5c", "citrus", "f0836a"),
    "百香果": ("d9932a", "citrus", "8a4f8f"), "杨梅": ("a52d55", "berries", "b02a5a"), "酸梅": ("7a2f45", "round_fruit", "7a2f4a"),
    "蓝莓": ("4b5fae", "berries", "4a58a8"), "草莓": ("de4e63", "berries", "dc3f55"), "芒果": ("f0a62c", "mango", "f7b733"),
    "橙子": ("f08a24", "citrus", "f39a2c"), "苹果": ("c9403f", "round_fruit", "d1403c"), "椰子": ("5aa48a", "coconut", "9fd0b8"),
    "原味": ("e2b23c", "chip", "f0c04a"), "番茄": ("d3452f", "round_fruit", "de4a33"), "黄瓜": ("67a546", "leaves", "6cae4c"),
    "香辣": ("c43a33", "pepper", "d8342c"), "藤椒": ("5f8f3f", "pepper", "6b9f3f"), "海苔": ("2f6b4a", "leaves", "2f7a50"),
    "芝士": ("eab53a", "square", "f2c14a"), "烧烤": ("9a4a2a", "meat", "b2542f"), "五香": ("8a4b32", "meat", "b8503a"),
    "蜜汁": ("b9552f", "meat", "c8643a"), "黑胡椒": ("4a4340", "meat", "9a4a35"), "沙嗲": ("b8792c", "meat", "b8642f"),
    "美式": ("4a3226", "bean", "6b4630"), "拿铁": ("a98360", "bean", "8a6244"), "生椰拿铁": ("4f8f86", "coconut", "b5d8cc"),
    "燕麦拿铁": ("b9965f", "wheat", "c39a4e"), "纯净": ("3a8fc8", "drop", "4aa3dc"), "山泉": ("2f78b5", "mountain", "2f78b5"),
    "苏打": ("3fa7a0", "drop", "47b5ad"), "牛磺酸": ("2357b0", "bolt", "f5b21c"), "电解质": ("3a9ad0", "bolt", "f2b632"),
    "维生素": ("ea8f1f", "bolt", "f7a51f"), "纯牛奶": ("5d9fd6", "milk", "7ab8e0"), "巧克力": ("6a3b2a", "square", "6a3b2a"),
    "燕麦": ("cfa568", "wheat", "d2a24c"), "红枣": ("a5382f", "round_fruit", "a8372f"), "混合果仁": ("3d6b57", "nut", "b5793f"), "夏威夷果": ("c08a4a", "nut", "c99a5c"), "开心果": ("7f9a4f", "nut", "a9b56a"),
    "腰果": ("d3a24f", "nut", "d9b06a"), "巴旦木": ("a8683a", "nut", "b0703f"), "焦糖": ("b06a2a", "nut", "a8682f"),
    "黄油": ("d99a3c", "cookie", "d9a35c"), "抹茶": ("6f9a3f", "cookie", "9ab86a"), "提子": ("8a4a6a", "cookie", "d9a35c"),
    "肉松": ("c98a3f", "wheat", "d2a24c"), "山楂": ("c0392f", "round_fruit", "c9402f"), "薄荷": ("3fa58a", "leaves", "4bb095"),
    "牛轧": ("b5892f", "nut", "b5793f"), "中秋": ("b3242b", "moon", "d9a23c"), "新春": ("c2281f", "blossom", "f0c04a"),
    "四季": ("1f4f45", "nut", "b5793f"), "臻礼": ("2f4a3a", "leaves", "6f8f4a"),
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """A size of a family: as people say it, base units in a case, the case's list price, smallest order and step."""

    label: str
    factor: int
    price: str
    moq: int = 1
    multiple: int = 1


@dataclass(frozen=True)
class FamilyOf:
    """A family of the brand. `popularity` is how much of it is sold beside the others."""

    code: str
    name: str
    category: str
    shape: str
    unit: str
    flavours: tuple[str, ...]
    sizes: tuple[Size, ...]
    popularity: float
    line: str  # on the label
    text: str  # description; {flavour} is filled in
    liquid: str | None = None
    pallet: int = 0  # cases on a pallet, where it is sold by the pallet too
    is_restricted: bool = False
    tax: str = "0.13"


@dataclass(frozen=True)
class Good:
    """One SKU."""

    at: int
    code: str
    name: str
    family: FamilyOf
    flavour: str
    size: Size
    price: Decimal  # list price of a case, gross

    @property
    def barcode(self) -> str:
        return barcode(1000 + self.at)

    @property
    def case_barcode(self) -> str:
        return barcode(5000 + self.at)

    @property
    def floor(self) -> Decimal:
        """Below this nobody sells a case unseen."""
        return (self.price * Decimal("0.78")).quantize(Decimal("0.1"))

    @property
    def design(self) -> Design:
        paint, motif, art = LOOKS[self.flavour]
        liquid = colour(self.family.liquid) if self.family.liquid else None
        return Design(self.family.shape, colour(paint), motif, colour(art), liquid, self.family.line)


def _of(label: str, factor: int, price: str, moq: int = 1, multiple: int = 1) -> Size:
    return Size(label, factor, price, moq, multiple)


FAMILIES = (
    FamilyOf("LC", "无糖冷泡茶", "tea", "bottle", "bottle", ("茉莉", "乌龙", "龙井", "桂花"),
             (_of("500ml", 15, "52.50"), _of("900ml", 12, "66.00")), 3.2, "COLD BREW TEA", "{flavour}茶叶低温冷泡八小时，0 糖 0 脂 0 能量，回甘清爽。", "c98f45", 60),
    FamilyOf("GC", "鲜果茶", "tea", "bottle", "bottle", ("柠檬", "白桃", "百香果", "青提", "酸梅"),
             (_of("480ml", 15, "58.50"), _of("900ml", 12, "72.00")), 2.4, "FRUIT TEA", "真茶萃取加 {flavour}果汁，低糖配方，冰镇更好喝。", "d9924a", 60),
    FamilyOf("NC", "轻乳茶", "tea", "flask", "bottle", ("正山红茶", "茉莉", "桂花"),
             (_of("400ml", 12, "69.60"),), 1.1, "MILK TEA", "{flavour}配进口乳粉，茶底清香，奶味醇厚。", "d8b48c"),
    FamilyOf("QP", "零糖气泡水", "sparkling", "can", "can", ("白桃", "青柠", "葡萄", "西柚", "荔枝", "杨梅"),
             (_of("330ml", 24, "81.60", 5, 5),), 3.0, "SPARKLING", "{flavour}味，强劲气泡，0 糖 0 脂 0 卡。", None, 48),
    FamilyOf("QB", "大瓶气泡水", "sparkling", "bottle", "bottle", ("白桃", "青柠", "葡萄", "西柚"),
             (_of("480ml", 15, "60.00", 2),), 1.8, "SPARKLING", "{flavour}味气泡水大瓶装，聚会分享。", "e8f2ee", 60),
    FamilyOf("SQ", "山泉饮用天然水", "water", "bottle", "bottle", ("山泉",),
             (_of("350ml", 24, "21.60", 10, 10), _of("550ml", 24, "24.00", 10, 10), _of("1.5L", 12, "27.60", 10, 10), _of("4.5L", 4, "26.80", 10, 10)),
             4.2, "SPRING WATER", "海拔 1,200 米水源地取水，口感清甜。", "dceef8", 70),
    FamilyOf("CJ", "饮用纯净水", "water", "bottle", "bottle", ("纯净",), (_of("550ml", 24, "16.80", 20, 10), _of("1.5L", 12, "21.60", 10, 10)),
             2.6, "PURE WATER", "双级反渗透，会议与餐饮常备。", "e4f2fa", 70),
    FamilyOf("SD", "苏打水", "water", "bottle", "bottle", ("苏打", "柠檬"), (_of("400ml", 15, "45.00"),), 1.0, "SODA WATER", "弱碱性苏打水，{flavour}风味，餐前餐后都合适。", "e2f3ef", 60),
    FamilyOf("GN", "能量饮料", "energy", "can", "can", ("牛磺酸", "维生素"), (_of("250ml", 24, "96.00", 2), _of("310ml", 24, "112.80", 2)),
             1.9, "ENERGY", "{flavour}配方，熬夜加班、长途驾驶好伙伴。", None, 60),
    FamilyOf("DJ", "电解质饮料", "energy", "bottle", "bottle", ("电解质", "荔枝", "西柚", "青柠"), (_of("500ml", 15, "63.00"), _of("900ml", 12, "75.60")),
             2.0, "ELECTROLYTE", "{flavour}味，运动出汗后快速补充钠、钾、镁。", "e6eef6", 60),
    FamilyOf("KF", "冷萃咖啡", "coffee", "flask", "bottle", ("美式", "拿铁", "生椰拿铁", "燕麦拿铁"), (_of("270ml", 12, "86.40"),),
             1.4, "COLD BREW", "云南小粒咖啡低温慢萃，{flavour}口味，开瓶即饮。", "5a3d2c"),
    FamilyOf("KG", "罐装咖啡", "coffee", "can", "can", ("美式", "拿铁"), (_of("180ml", 30, "118.00"),), 0.8, "COFFEE", "{flavour}，现磨咖啡豆萃取，小罐提神。"),
    FamilyOf("GZ", "鲜榨果汁", "juice", "carton", "box", ("橙子", "苹果", "葡萄", "西柚"), (_of("1L", 12, "138.00"), _of("200ml", 24, "98.40")),
             1.2, "100% JUICE", "NFC 工艺，{flavour}鲜榨，不加糖不加水。"),
    FamilyOf("YZ", "椰子水", "juice", "can", "can", ("椰子",), (_of("330ml", 24, "122.40"),), 0.9, "COCONUT", "海南与泰国椰青，天然电解质。"),
    FamilyOf("NN", "常温乳饮", "dairy", "carton", "box", ("纯牛奶", "草莓", "巧克力"), (_of("250ml", 16, "62.40"),),
             1.5, "MILK", "{flavour}，自有牧场奶源，早餐搭配。"),
    FamilyOf("YM", "燕麦奶", "dairy", "carton", "box", ("燕麦", "拿铁"), (_of("1L", 12, "112.80"),), 0.9, "OAT MILK", "北欧燕麦酶解，可打奶泡，咖啡店与家庭两用。"),
    FamilyOf("MR", "每日坚果", "nuts", "box", "box", ("混合果仁", "蓝莓"), (_of("750g（25g×30）", 6, "534.00"),), 0.7, "DAILY NUTS", "六种果仁加果干，{flavour}款，独立小袋锁鲜。"),
    FamilyOf("JG", "罐装坚果", "nuts", "tin", "can", ("夏威夷果", "开心果", "腰果", "巴旦木", "焦糖"), (_of("250g", 12, "358.80"),),
             0.8, "ROASTED NUTS", "大颗{flavour}，低温烘烤，不加糖精。"),
    FamilyOf("SP", "烤制薯片", "crisps", "bag", "bag", ("原味", "番茄", "黄瓜", "香辣", "海苔"), (_of("75g", 24, "118.80"), _of("135g 分享装", 16, "134.40")),
             1.8, "BAKED CRISPS", "非油炸烤制，{flavour}味，脆而不腻。"),
    FamilyOf("XT", "虾条玉米圈", "crisps", "bag", "bag", ("原味", "芝士", "藤椒"), (_of("60g", 30, "96.00"),), 1.0, "PUFFS", "{flavour}味，香脆松化，追剧零食。"),
    FamilyOf("QG", "曲奇饼干", "bakery", "box", "box", ("黄油", "抹茶", "提子"), (_of("150g", 16, "148.80"),), 0.8, "COOKIES", "{flavour}曲奇，新西兰黄油，入口即化。"),
    FamilyOf("MB", "早餐面包", "bakery", "pouch", "bag", ("肉松", "红枣", "芝士"), (_of("90g", 20, "84.00"),), 0.9, "BAKERY", "{flavour}夹心，松软锁鲜，保质期 45 天。"),
    FamilyOf("GG", "果干", "dried-fruit", "pouch", "bag", ("芒果", "草莓", "山楂", "苹果"), (_of("100g", 30, "238.50"),), 0.9, "DRIED FRUIT", "整果{flavour}低温烘干，酸甜有嚼劲。"),
    FamilyOf("NR", "风干牛肉", "meat", "pouch", "bag", ("五香", "香辣", "黑胡椒"), (_of("88g", 20, "396.00"),), 0.6, "BEEF JERKY", "内蒙古牛后腿肉，{flavour}味，越嚼越香。"),
    FamilyOf("RP", "猪肉脯", "meat", "pouch", "bag", ("蜜汁", "沙嗲", "烧烤"), (_of("100g", 24, "286.80"),), 0.7, "PORK JERKY", "{flavour}味，靖江工艺，薄切炭烤。"),
    FamilyOf("QK", "夹心巧克力", "sweets", "box", "box", ("巧克力", "草莓", "抹茶"), (_of("120g", 18, "226.80"),), 0.5, "CHOCOLATE", "{flavour}夹心，可可脂含量 35%。"),
    FamilyOf("TG", "手工牛轧糖", "sweets", "pouch", "bag", ("牛轧", "蓝莓", "薄荷"), (_of("200g", 20, "232.00"),), 0.5, "NOUGAT", "{flavour}口味，麦芽糖手工拉制，不粘牙。"),
    FamilyOf("LH", "坚果礼盒", "gifts", "gift", "box", ("四季", "新春"), (_of("1.2kg", 6, "648.00"), _of("1.8kg", 4, "592.00")), 0.5, "GIFT", "{flavour}款，八种果仁，送长辈送客户都体面。", is_restricted=True),
    FamilyOf("YB", "月饼礼盒", "gifts", "gift", "box", ("中秋", "臻礼"), (_of("480g（8 枚）", 6, "588.00"),), 0.5, "MOONCAKE", "{flavour}，广式流心与苏式双拼，中秋限定。", is_restricted=True),
)  # fmt: skip


def goods() -> tuple[Good, ...]:
    """Every SKU, in the order of the families."""
    return tuple(_goods())


def _goods() -> Iterator[Good]:
    at = 0
    for family in FAMILIES:
        for number, size in enumerate(family.sizes, 1):
            for place, flavour in enumerate(family.flavours, 1):
                at += 1
                code = f"YX-{family.code}{number}{place:02d}"
                shown = "" if flavour in family.name or len(family.flavours) == 1 else flavour
                name = " ".join(each for each in (BRAND, f"{shown}{family.name}", size.label) if each)
                yield Good(at, code, name, family, flavour, size, Decimal(size.price))
