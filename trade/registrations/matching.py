"""Which company a name means, however it is written. Pure: no session, no clock, no request."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from opencc import OpenCC  # type: ignore[import-untyped]

from trade import text
from trade.registrations.places import CITIES, COUNTY_CITIES, PROVINCES
from trade.registrations.trades import GENERAL, SPECIAL

NOISE = re.compile(r"[\W_]+")
UNSEEN = "\u115f\u1160\u3164\uffa0\u00ad\u200b\u200c\u200d\u2060\ufeff"  # the fillers of Hangul are letters to Unicode
RADICALS = (  # those of U+2E80-2EFF that look like a whole character, and that NFKC leaves as they are
    "⺁⺅⺇⺊⺌⺒⺓⺜⺝⺠⺩⺪⺫⺬⺴⺼⺽⻁⻃⻄⻅⻆⻇⻉⻊⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻱",
    "厂亻几卜小巳幺日月民王疋目示囗月臼虎西西见角角贝足车长长门雨青韦页风飞食食饣首马骨鬼鱼鸟卤麦黄齐齿龙龟",
)
SEEN = str.maketrans(*RADICALS, UNSEEN)
DIGITS = re.compile(r"[0-9]+")
IN_BRACKETS = re.compile(r"[(\[{〔【「『<《]([^()\[\]{}〔〕【】「」『』<>《》]*)[)\]}〕】」』>》]")
SOLE = ("个体工商户", "个体户", "个人独资")  # how a name says what it is, not which
LIMITED = re.compile(r"(?:有限责任|责任有限|有限责仼)公司")
ABROAD = frozenset(("香港", "澳门", "台湾"))  # their companies have no unified social credit code
MUNICIPAL = ("北京", "上海", "天津", "重庆")
PROVINCE_WORDS = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")
CITY_WORDS = ("市", "地区", "盟", "自治州", "州")
COUNTY = re.compile(
    r"([\u3400-\u9fff]{1,3}?)(?<![小社园地厂景校矿港特])(?:新区|区|县)(?=[\u3400-\u9fff]{4,})"
)
_simplified = OpenCC("t2s")
BRANCH = re.compile(
    r"(.{2,}?(?:公司|商行|集团|超市|厂|店))(.{1,16}?(?:分公司|子公司|分店|分厂|分行|门店|营业部|办事处|店))"
)
LEGAL = (
    *("集团股份有限公司", "集团有限公司", "股份有限公司", "有限公司", "有限合伙", "普通合伙", "合伙企业"),
    *("股份有限", "有限公", "有限"),
    *("股份公司", "集团公司", "集团", "总公司", "公司", "合作社", "专业合作社"),
    *(
        "companylimited",
        "limitedcompany",
        "limited",
        "coltd",
        "corporation",
        "incorporated",
        "company",
        "corp",
        "ltd",
        "inc",
    ),
)
SHOPS = (
    *(
        "经营部",
        "经销部",
        "批发部",
        "门市部",
        "销售部",
        "商行",
        "商店",
        "便利店",
        "食杂店",
        "小卖部",
        "超市店",
    ),
    *(
        "商贸行",
        "贸易行",
        "茶行",
        "酒行",
        "烟酒店",
        "零售店",
        "专卖店",
        "服务部",
        "加工厂",
        "店",
        "厂",
        "行",
        "铺",
        "坊",
        "社",
    ),
)
TRADES = tuple(sorted(GENERAL | SPECIAL, key=len, reverse=True))
TRADES_BY_END = {
    end: tuple(each for each in TRADES if each[-1] == end) for end in {each[-1] for each in TRADES}
}
UNIT = re.compile(
    r".{2,16}(?:分公司|子公司|分店|分厂|分行|门店|营业部|办事处|代表处|经营部|门市部|直营店|旗舰店)"
)  # where, and which kind of branch
OF_COMPANY = re.compile(r"(.{2,}?公司).+")
REST = re.compile(f"(?:{'|'.join(map(re.escape, (*LEGAL, *TRADES)))})+")
FORMS = re.compile(f"(?:{'|'.join(map(re.escape, (*LEGAL, 'co')))})*")
EMPTY = re.compile(f"(?:{'|'.join(map(re.escape, (*LEGAL, *GENERAL, 'co')))})*")
CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))
LONG_CORE = 4  # from here on, one character more or less is a slip rather than another company


@dataclass(frozen=True)
class Name:
    """A company's name in its parts; `key` is what the unique index compares, and the same for one name however written."""

    key: str
    places: tuple[str, ...]  # from the larger to the smaller
    core: str  # what it is called
    trades: frozenset[str]  # what it does
    legal: str
    branch: str
    is_inside: bool = False  # the place stands in brackets behind what it is called


@lru_cache(20_000)
def parsed(name: str) -> Name:
    """Take a name apart as registers of companies build it: place, what it is called, what it does, form, branch."""
    plain = _plain(name)
    inside = [found for found in (_place(each) for each in IN_BRACKETS.findall(plain)) if found]
    bare = IN_BRACKETS.sub(lambda found: "" if _place(found[1]) else found[1], plain)
    whole, bare = NOISE.sub("", plain), NOISE.sub("", bare)
    places, after = _placed(bare)
    key = "".join(_told(places)) + after
    if inside:
        before, key = _placed(whole)
        key = "".join(_told(before)) + key
    counties, rest = _county(after)
    places += counties
    branch = ""
    if found := BRANCH.fullmatch(rest):
        rest, branch = found[1], found[2]
    rest, legal = _cut(rest, LEGAL)
    trades: set[str] = set()
    rest, shop = _cut(rest, SHOPS) if not legal else (rest, "")
    rest, trade = _cut(rest, TRADES_BY_END.get(rest[-1:], ()))
    while trade:
        trades.add(trade)
        rest, trade = _cut(rest, TRADES_BY_END.get(rest[-1:], ()))
    return Name(
        LIMITED.sub("有限公司", key),
        (*places, *inside),
        rest,
        frozenset(trades),
        legal or (shop and "shop"),
        branch,
        bool(inside),
    )


def key_of(name: str) -> str:
    """What two spellings of one name have in common."""
    return parsed(name).key


def says_nothing(name: str) -> bool:
    """Whether a name has nothing that tells one company from another: signs, or only a form, as 有限公司.

    Before a form everybody's words say nothing, as 贸易有限公司; behind a place they may be what it is called.
    """
    key = key_of(name)
    return EMPTY.fullmatch(key) is not None or FORMS.fullmatch(_placed(key)[1]) is not None


def is_part(one: str, other: str) -> bool:
    """Whether one name is the other with a branch behind it, or is what the other is called without its form.

    Likeness alone tells them apart, for a branch is not its company; yet whoever holds the one is asked about the other.
    """
    left, right = key_of(one), key_of(other)
    (city, left_bare), (town, right_bare) = _placed(left), _placed(right)
    if not city or not town:
        left, right = left_bare, right_bare
    short, long = sorted((left, right), key=len)
    rest = long.removeprefix(short)
    if rest == long or not rest or len(short) < LONG_CORE - 1 or says_nothing(short):
        return False
    return UNIT.fullmatch(rest) is not None or (not is_company(short) and REST.fullmatch(rest) is not None)


def company_of(name: str) -> str:
    """The company that a name names before its shop or branch: a register ends a name with its form, so what follows 公司 is one."""
    key = key_of(name)
    found = OF_COMPANY.fullmatch(key)
    return found[1] if found else key


def is_company(name: str) -> bool:
    """Whether a name says plainly that it is a company's, which on the mainland has a credit code."""
    legal = parsed(name).legal
    return legal not in ("", "shop")


def is_mainland_company(name: str) -> bool:
    """Whether it is a company by a Chinese form, and nothing says that it is one of Hong Kong, Macao or Taiwan."""
    found = parsed(name)
    return is_company(name) and not found.legal.isascii() and not ABROAD.intersection(found.places)


def plain(words: str) -> str:
    """What somebody types to look for a name, in the spelling of the keys."""
    return NOISE.sub("", _plain(words))


def grams(name: str) -> frozenset[str]:
    """By what a similar name is found: pairs of characters of what it is called, and its sound."""
    core = parsed(name).core
    pairs = {core[at : at + 2] for at in range(len(core) - 1)} or {core}
    if len(core) == 3:
        pairs.add(core[0] + core[2])
    return frozenset(pairs | {f"~{_sound(core)}"})


def similarity(one: str, other: str) -> float:
    """How likely two names mean one company, from 0 to 1; 1 only where they are one name in two spellings."""
    left, right = parsed(one), parsed(other)
    if left.key == right.key:
        return 1.0
    score = _alike(left.core, right.core)
    if not score:
        return 0.0
    score *= _same_place(left, right) * _same_trade(left.trades, right.trades) * _same_form(left, right)
    return round(min(score, 0.99), 3)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name.translate(SEEN)).casefold()
    simple = "".join(_simplified.convert(folded).split())
    for each in SOLE:
        simple = simple.replace(f"({each})", "").removesuffix(each)
    return LIMITED.sub("有限公司", simple)


def _placed(name: str) -> tuple[tuple[str, ...], str]:
    """The places at the head of a name, and what follows."""
    places: list[str] = []
    for known, words in ((PROVINCES, PROVINCE_WORDS), (CITIES, CITY_WORDS), (COUNTY_CITIES, ("市", "县"))):
        found = next((name[:size] for size in (6, 5, 4, 3, 2) if name[:size] in known), "")
        is_county = name[len(found) : len(found) + 1] in {"区", "县"} and known is not COUNTY_CITIES
        if found and not is_county and len(name) - len(found) >= 2:
            places.append(found)
            name = name.removeprefix(found)
            word = next((each for each in words if name.startswith(each) and len(name) - len(each) >= 2), "")
            name = name.removeprefix(word)
    return tuple(places), name


def _county(name: str) -> tuple[tuple[str, ...], str]:
    """A district or county next; its word stays in the key, for it may be part of what a company is called."""
    found = COUNTY.match(name)
    return ((found[1],), name[found.end() :]) if found else ((), name)


def _told(places: tuple[str, ...]) -> tuple[str, ...]:
    """Of a province and its city, the city says it."""
    is_said = len(places) > 1 and places[0] in PROVINCES and places[0] not in MUNICIPAL
    return places[1:] if is_said and places[1] in CITIES | COUNTY_CITIES else places


def _place(words: str) -> str:
    bare = words
    for each in (*PROVINCE_WORDS, "中国区"):
        bare = bare.removesuffix(each)
    is_known = bare in PROVINCES or bare in CITIES or bare in COUNTY_CITIES or bare == "中国"
    return bare if is_known else ""


def _cut(name: str, endings: Collection[str]) -> tuple[str, str]:
    found = next((each for each in endings if name.endswith(each) and len(name) - len(each) >= 2), "")
    return name.removesuffix(found), found


def _alike(left: str, right: str) -> float:
    """What two companies are called: the same, the same to the ear, or a slip of one character in a long one."""
    if left == right:
        return 1.0
    if DIGITS.findall(left) != DIGITS.findall(right):
        return 0.6  # the seventh shop is not the eighth
    short, long = sorted((left, right), key=len)
    if len(short) == len(long) and _sound(short) == _sound(long):
        return 0.94
    if len(short) >= LONG_CORE and (long.startswith(short) or long.endswith(short)):
        return 0.92
    apart = _distance(short, long)
    if apart == 1 and len(long) > LONG_CORE:
        return 0.92
    if apart == 1 and len(short) == len(long) == LONG_CORE:
        return 0.8
    return round(0.8 * max(0.0, 1 - apart / len(long)), 3)


def _same_place(left: Name, right: Name) -> float:
    """Two companies of one name in two towns are two; a place that one leaves out says little."""
    one, other = set(left.places) - {"中国"}, set(right.places) - {"中国"}
    if one == other:
        return 1.0 if left.is_inside == right.is_inside else 0.95
    if not one or not other:
        return 0.96
    if one <= other or other <= one:
        return 0.98
    return 0.7


def _same_trade(left: frozenset[str], right: frozenset[str]) -> float:
    """One name in two lines of business is two companies; words that everybody uses weigh little."""
    if left == right:
        return 1.0
    one, other = "".join(sorted(left - GENERAL)), "".join(sorted(right - GENERAL))
    if one == other:
        return 0.95
    if not one or not other:
        return 0.93 if not left or not right else 0.82
    if one in other or other in one:
        return 0.94
    return 0.75


def _same_form(left: Name, right: Name) -> float:
    """A branch is not its company, a shop is not a company; a form that is left out says little."""
    score = 1.0
    if left.branch != right.branch:
        score *= 0.8
    if left.legal != right.legal:
        has_shop = "shop" in (left.legal, right.legal)
        score *= 0.97 if not left.legal or not right.legal else 0.8 if has_shop else 0.95
    return score


@lru_cache(20_000)
def _sound(core: str) -> str:
    """How it is said by many: without telling zh from z, ang from an."""
    said = text.sound(core)
    for one, other in CONFUSED:
        said = said.replace(one, other)
    return said


def _distance(short: str, long: str) -> int:
    """How many characters must be put in, taken out or changed (Levenshtein)."""
    before = list(range(len(short) + 1))
    for at, letter in enumerate(long, 1):
        row = [at]
        for place, known in enumerate(short, 1):
            row.append(min(before[place] + 1, row[-1] + 1, before[place - 1] + (letter != known)))
        before = row
    return before[-1]
