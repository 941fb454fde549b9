"""Where the invented brand sells and to whom: territories over GB/T 2260, reps, and sixty distributors."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ops.demo.codes import credit_code, phone

AREAS = (("east", "华东大区"), ("south", "华南大区"), ("north", "华北大区"), ("west", "中西部大区"))
# province: name of the 省区, area, rep
PROVINCES = {
    "31": ("上海省区", "east", "rep-3"), "32": ("江苏省区", "east", "rep-3"), "34": ("安徽省区", "east", "rep-3"),
    "33": ("浙江省区", "east", "rep-4"), "36": ("江西省区", "east", "rep-4"), "35": ("福建省区", "south", "rep-1"),
    "44": ("广东省区", "south", "rep-2"), "45": ("广西省区", "south", "rep-2"), "46": ("海南省区", "south", "rep-2"),
    "11": ("北京省区", "north", "rep-6"), "12": ("天津省区", "north", "rep-6"), "13": ("河北省区", "north", "rep-6"),
    "37": ("山东省区", "north", "rep-6"), "41": ("河南省区", "north", "rep-6"), "21": ("辽宁省区", "north", "rep-6"),
    "42": ("湖北省区", "west", "rep-5"), "43": ("湖南省区", "west", "rep-5"), "50": ("重庆省区", "west", "rep-5"),
    "51": ("四川省区", "west", "rep-5"), "53": ("云南省区", "west", "rep-5"), "61": ("陕西省区", "west", "rep-5"),
}  # fmt: skip
# office: its name, and its cities as (region, name of the city, district and its region)
OFFICES = {
    "minnan": ("闽南办事处", (("3506", "漳州", "龙文区", "350603"), ("3505", "泉州", "丰泽区", "350503"), ("3502", "厦门", "湖里区", "350206"))),
    "mindong": ("闽东办事处", (("3501", "福州", "仓山区", "350104"),)),
    "suzhou": ("苏锡办事处", (("3205", "苏州", "吴中区", "320506"), ("3202", "无锡", "滨湖区", "320211"))),
    "nanjing": ("宁徐办事处", (("3201", "南京", "建邺区", "320105"), ("3203", "徐州", "云龙区", "320303"))),
    "shanghai": ("上海办事处", (("3101", "上海", "静安区", "310106"), ("3101", "上海", "徐汇区", "310104"))),
    "hefei": ("合肥办事处", (("3401", "合肥", "蜀山区", "340104"), ("3402", "芜湖", "鸠江区", "340207"))),
    "hangzhou": ("杭甬办事处", (("3301", "杭州", "拱墅区", "330105"), ("3302", "宁波", "北仑区", "330206"))),
    "wenzhou": ("温金办事处", (("3303", "温州", "瓯海区", "330304"), ("3307", "金华", "义乌市", "330782"))),
    "nanchang": ("南昌办事处", (("3601", "南昌", "青山湖区", "360111"),)),
    "guangzhou": ("广佛办事处", (("4401", "广州", "天河区", "440106"), ("4406", "佛山", "顺德区", "440606"))),
    "shenzhen": ("深圳办事处", (("4403", "深圳", "宝安区", "440306"), ("4403", "深圳", "南山区", "440305"))),
    "nanning": ("南宁办事处", (("4501", "南宁", "青秀区", "450103"),)),
    "haikou": ("海口办事处", (("4601", "海口", "龙华区", "460106"),)),
    "beijing": ("北京办事处", (("1101", "北京", "朝阳区", "110105"), ("1101", "北京", "丰台区", "110106"))),
    "tianjin": ("天津办事处", (("1201", "天津", "河西区", "120103"),)),
    "shijiazhuang": ("冀中办事处", (("1301", "石家庄", "桥西区", "130104"), ("1306", "保定", "莲池区", "130606"))),
    "jinan": ("济南办事处", (("3701", "济南", "天桥区", "370105"), ("3713", "临沂", "罗庄区", "371311"))),
    "qingdao": ("青岛办事处", (("3702", "青岛", "崂山区", "370212"),)),
    "zhengzhou": ("郑洛办事处", (("4101", "郑州", "金水区", "410105"), ("4103", "洛阳", "西工区", "410303"))),
    "shenyang": ("沈大办事处", (("2101", "沈阳", "沈河区", "210103"), ("2102", "大连", "甘井子区", "210211"))),
    "wuhan": ("武汉办事处", (("4201", "武汉", "汉阳区", "420105"), ("4205", "宜昌", "伍家岗区", "420503"))),
    "changsha": ("长沙办事处", (("4301", "长沙", "开福区", "430105"), ("4304", "衡阳", "蒸湘区", "430408"))),
    "chongqing": ("重庆办事处", (("5001", "重庆", "渝中区", "500103"),)),
    "chengdu": ("成都办事处", (("5101", "成都", "武侯区", "510107"), ("5107", "绵阳", "游仙区", "510704"))),
    "kunming": ("昆明办事处", (("5301", "昆明", "官渡区", "530111"),)),
    "xian": ("西安办事处", (("6101", "西安", "灞桥区", "610111"), ("6103", "宝鸡", "金台区", "610303"))),
}  # fmt: skip
# the distributors who are on stage: office, city, words of the name, tier, channel, how much of the trade it is, people
LEADS = (
    ("minnan", 0, "鑫禾源食品商贸", "gold", "general", 3.2), ("minnan", 1, "闽海优选供应链管理", "gold", "key-account", 3.6),
    ("minnan", 2, "鹭岛便利连锁", "silver", "key-account", 1.8), ("mindong", 0, "榕江冷链配送", "silver", "catering", 1.5),
    ("suzhou", 0, "姑苏良品商贸", "gold", "general", 3.0), ("hangzhou", 0, "西泠食品贸易", "gold", "general", 3.1),
    ("guangzhou", 0, "珠江百味供应链", "gold", "key-account", 3.8), ("shenzhen", 0, "鹏城鲜选电子商务", "silver", "online", 2.0),
    ("chengdu", 0, "锦里丰食品", "gold", "general", 2.8), ("wuhan", 0, "江城万家商贸", "silver", "general", 1.7),
    ("beijing", 0, "京味源食品", "silver", "key-account", 2.1), ("jinan", 0, "泉城恒信商贸", "standard", "general", 1.0),
    ("shanghai", 0, "申浦餐饮供应链", "silver", "catering", 1.6), ("zhengzhou", 0, "中原汇通商贸", "standard", "general", 1.1),
)  # fmt: skip
WORDS = ("恒丰", "瑞祥", "百顺", "广源", "金麦", "益众", "天和", "福满", "合盛", "永昌", "佳旺", "丰茂", "聚鑫", "华联", "友邻", "康宜", "新润", "宏泰", "万佳", "德源", "嘉禾", "同福", "鼎盛", "和美")  # fmt: skip
KINDS = {
    "general": ("商贸", "食品贸易", "副食品"), "key-account": ("连锁超市", "供应链管理"), "catering": ("餐饮供应链", "酒店食材"),
    "special": ("文旅服务", "后勤服务"), "online": ("电子商务", "网络科技"),
}  # fmt: skip
SURNAMES, GIVEN = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗", ("建华", "丽娟", "志强", "晓燕", "海波", "雪梅", "俊杰", "美玲", "文斌", "思琪", "国栋", "秀芳", "宇航", "佳怡", "立新", "春晖")  # fmt: skip
STREETS = ("建设路", "人民路", "仓储大道", "物流园东路", "解放大道", "工业北路", "迎宾大道", "和平路")
BANKS = ("中国工商银行", "中国建设银行", "中国农业银行", "招商银行", "兴业银行")
CARRIERS = ("城际快运", "安达物流", "顺通冷链", "捷运零担")
LIMITS = {"gold": 160_000, "silver": 110_000, "standard": 80_000}


@dataclass(frozen=True)
class Partner:
    """One distributor."""

    at: int
    code: str
    name: str
    tier: str
    channel: str
    office: str
    region: str  # of its district
    rep: str
    weight: float  # how much it buys beside the others
    growth: float  # per year
    since: date
    contact: str
    phone: str
    credit_code: str
    street: str
    bank: str
    account: str
    licence_until: date
    limit: Decimal
    terms: tuple[str, int]
    is_lead: bool


def office_province(office: str) -> str:
    """The two digits of the province in which an office works."""
    return OFFICES[office][1][0][0][:2]


def partners(today: date, since: date) -> tuple[Partner, ...]:
    """Sixty distributors, the same on the same day."""
    return tuple(_partners(today, since, Random(20)))


def person_name(rng: Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def _partners(today: date, since: date, rng: Random) -> Iterator[Partner]:
    for at, (office, city, words, tier, channel, weight) in enumerate(LEADS, 1):
        yield _partner(at, office, city, words, tier, channel, weight, today, since, rng, is_lead=True)
    names = list(WORDS)
    rng.shuffle(names)
    places = [(office, city) for office, (_name, cities) in OFFICES.items() for city in range(len(cities))]
    for at in range(len(LEADS) + 1, 61):
        office, city = places[(at * 7) % len(places)]
        channel = rng.choices(list(KINDS), (10, 4, 3, 2, 2))[0]
        tier = rng.choices(("gold", "silver", "standard"), (1, 4, 6))[0]
        weight = {"gold": 2.4, "silver": 1.4, "standard": 0.8}[tier] * rng.uniform(0.7, 1.3)
        name = names[at % len(names)] + rng.choice(KINDS[channel])
        yield _partner(at, office, city, name, tier, channel, weight, today, since, rng, is_lead=False)


def _partner(
    at: int,
    office: str,
    city: int,
    words: str,
    tier: str,
    channel: str,
    weight: float,
    today: date,
    since: date,
    rng: Random,
    *,
    is_lead: bool,
) -> Partner:
    _code, name, _district, region = OFFICES[office][1][city]
    opened = since
    if not is_lead and at % 5 == 0:
        opened = min(since + timedelta(days=rng.randrange(60, 420)), max(since, today - timedelta(days=60)))
    until = today + timedelta(days=rng.randrange(200, 2400))
    if at in {3, 17, 31}:
        until = today + timedelta(days=at)  # soon
    elif at == 23:
        until = today - timedelta(days=12)
    terms = (
        ("monthly", 30)
        if tier != "standard"
        else rng.choice((("advance", 0), ("delivery", 7), ("monthly", 15)))
    )
    return Partner(
        at=at,
        code=f"D{1000 + at}",
        name=f"{name}{words}有限公司",
        tier=tier,
        channel=channel,
        office=office,
        region=region,
        rep=PROVINCES[office_province(office)][2],
        weight=weight,
        growth=rng.uniform(-0.12, 0.36),
        since=opened,
        contact=person_name(rng),
        phone=phone(at),
        credit_code=credit_code(region, 1000 + at),
        street=f"{rng.choice(STREETS)} {rng.randrange(8, 380)} 号 {rng.randrange(1, 9)} 号库",
        bank=f"{rng.choice(BANKS)}{name}分行",
        account=f"62{rng.randrange(10**16, 10**17 - 1)}",
        licence_until=until,
        limit=Decimal(round(LIMITS[tier] * weight / 10_000) * 10_000),
        terms=terms,
        is_lead=is_lead,
    )
