"""B8: what a buyer types among many Chinese names: two characters, three, code, pinyin initials, two words; the whole page.

Asked one by one within this process, so that p95 is the server's own time. The limit is the least page of 50 products: Flask, ORM, Jinja.
"""

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from benchmarks.data import OPERATOR, Wanted
from benchmarks.figures import CPU, P95, Figure, Goal, Growth, Workload
from benchmarks.pages import Asked, visit
from benchmarks.places import Place
from trade import db, text
from trade.actor import Actor
from trade.catalog.models import SearchGram, Sku

FIRST = "春夏秋冬山海云溪松竹梅兰荷菊"
SECOND = "露泉岭谷湖川雪月星风"
KINDS = [
    "龙井",
    "毛尖",
    "普洱",
    "白茶",
    "乌龙",
    "球阀",
    "闸阀",
    "蝶阀",
    "法兰",
    "水泵",
    "坚果",
    "果汁",
    "气泡水",
    "苏打水",
    "燕麦奶",
    "牛肉干",
    "海苔",
    "薯片",
    "话梅",
    "咖啡",
]
RARE = "琥珀桃胶"  # on one SKU in a thousand
COMMON, RARE_PAIR = "two common characters 龙井", "two rare characters 琥珀"
CODE, NOTHING = "code", "nothing is found"
PATIENCE = 30  # milliseconds, among 100,000 names, so among fewer too


def name_of(number: int) -> str:
    """Two characters, a kind and a number; one in a thousand is rare."""
    rare = RARE if number % 1000 == 7 else ""
    who = FIRST[number % len(FIRST)] + SECOND[number // 14 % len(SECOND)]
    return f"{who}{rare}{KINDS[number // 140 % len(KINDS)]} {number:06d}"


def measured(place: Place, size: int) -> list[Figure]:
    """Every kind of word among so many names."""
    url, carts = place.own(Wanted(size))
    engine = db.connect(url)
    db.run(named, OPERATOR, size)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if place.name == "sqlite" else "VACUUM ANALYZE")
    engine.dispose()
    token, code = carts[0].token, f"SKU{size - 993:06d}"
    words = {
        COMMON: ("龙井", "龙井"),
        RARE_PAIR: ("琥珀", "琥珀"),
        "three characters 琥珀桃": ("琥珀桃", "琥珀"),
        CODE: (code, code),
        "pinyin initials hptj": ("hptj", "琥珀"),
        "two words 琥珀 00": ("琥珀 00", "琥珀"),
        NOTHING: ("鼯鼠", "catalog"),
    }
    pages = [Asked(what, token, f"/portal/catalog?q={word}", seen) for what, (word, seen) in words.items()]
    pages.append(Asked("without a word", token, "/portal/catalog", '<article class="sku"'))
    found: list[Figure] = []
    for page, (ours, limit) in zip(pages, visit(place, url, pages, ("/", '<tr id="sku-')), strict=True):
        found.append(ours.p95(page.what, size, limit, Goal("most", PATIENCE)))
        found.append(ours.cpu(page.what, size, limit))
    return found


def named(session: Session, actor: Actor, size: int) -> None:
    """Names, search texts and pairs of characters, in portions."""
    keys = {number: name_of(number) for number in range(1, size + 1)}
    texts = {number: _text(name, f"SKU{number:06d}") for number, name in keys.items()}
    for at in range(1, size + 1, 20_000):
        some = range(at, min(at + 20_000, size + 1))
        session.execute(
            update(Sku), [{"id": each, "name": keys[each], "search_text": texts[each]} for each in some]
        )
        grams = [{"gram": gram, "sku_id": each} for each in some for gram in text.grams(texts[each])]
        for part in range(0, len(grams), 50_000):
            session.execute(insert(SearchGram), grams[part : part + 50_000])


KNOWN: dict[str, str] = {}


def _text(name: str, code: str) -> str:
    """As text.search_text makes it; the pinyin of the words before the number is kept, since they repeat."""
    words, _, number = name.partition(" ")
    if words not in KNOWN:
        KNOWN[words] = text.search_text(words)
    plain, full, initials = KNOWN[words].split("\n")
    shown = text.folded(name)
    return "\n".join([shown, code.casefold(), plain + number, full + number, initials + number])


WORKLOAD = Workload(
    "B8",
    "What a buyer types among Chinese names, the whole page, asked one by one within one process, so that p95 is the server's"
    " own time. The limit: the least page of 50 products (Flask, ORM, Jinja).",
    f"server p95 ≤ {PATIENCE} ms among 100,000 names; at most logarithmic for selective words",
    measured,
    of="SKUs",
    sizes=(1_000, 10_000),
    full=(100_000,),
    growth=(Growth(CPU, "logarithmic", (RARE_PAIR, CODE, NOTHING)),),
    plotted=(RARE_PAIR, P95),
)
