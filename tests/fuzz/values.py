"""What people, machines and attackers put into a field: figures, days, words, ids, choices, files."""

import io
import random
import re
import zipfile
from datetime import timedelta
from typing import Any

from trade import clock

Value = str | tuple[str, bytes]
Pairs = list[tuple[str, Value]]
NUMBERS = (
    *(
        "0",
        "-1",
        "-0",
        "+3",
        "1",
        "007",
        " 3 ",
        "3\n",
        "１２",
        "٣",
        "½",
        "1.5",
        "0.004",
        "1.999999",
        "12.345",
    ),
    *("1e5", "NaN", "Infinity", "-Infinity", "−1", "1_000", "0x10", "1,2,3", "1,234.50", "¥50", "50元"),
    *("999999999", "1000000000", "2147483647", "2147483648", "9223372036854775807", "9223372036854775808"),
    *("1" + "0" * 400, "999999999.9999", "0.00", ".5", "5.", "", "三", "1 2", "1\x003", "10%", "1;2"),
)
DAYS = (
    *("2024-02-29", "2023-02-29", "2026-02-30", "9999-12-31", "0001-01-01", "0000-00-00", "1900-01-01"),
    *(
        "2199-12-31",
        "2200-01-01",
        "1899-12-31",
        "1970-01-01",
        "2026-13-01",
        "2026-1-1",
        "26-01-01",
        "2026/01/02",
    ),
    *("２０２６-０１-０２", "2026-W01-1", "20260102", "2026-01-02T03:04:05Z", "昨天", "", "-2026-01-01"),
)
WORDS = (
    *(
        "漳州市鑫禾源",
        "周二上午送 🚚🎉",
        "👨‍👩‍👧‍👦",
        "مرحبا بالعالم",
        "\u202egnp.exe",
        "e\u0301\u0302\u0303" * 20,
    ),
    *(
        "𠀀𪚥𝔘",
        "Z̷̢͎a̶͚l̸̡g̴̨o̷",
        "\u200b",
        "\ufeffBOM",
        "\u2028line",
        "a\u00a0b",
        "\x00",
        "a\x07b\x1b[31m",
        "\r\nX: y",
    ),
    *(
        "' OR 1=1 --",
        "'; DROP TABLE sales_order; --",
        "%",
        "_%_",
        "\\",
        '"',
        "%(name)s %s %d {0} {name}",
        "{{ 7*7 }}",
    ),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "=1+1",
        "@SUM(A1)",
        "-",
        " ",
    ),
    *(
        "../../etc/passwd",
        "file:///etc/passwd",
        "CON",
        "null",
        "undefined",
        "true",
        "[]",
        "a" * 199,
        "字" * 201,
    ),
    *(
        "字" * 1000,
        "x" * 10_240,
        "\t",
        "line\nline\r\nline",
        "ﷺ" * 30,
        "İıßẞŉ",
        "",
        "a,b;c\td|e",
        "#REF!",
        "%00%0a",
    ),
)
IDS = (
    "0",
    "-1",
    "1",
    "2",
    "3",
    "7",
    "12",
    "99999",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "a",
    "",
    "1.0",
)
CHOICES = (
    "",
    "unknown",
    "all",
    "none",
    "yes",
    "no",
    "approve",
    "reject",
    "return",
    "on",
    "1",
    "0",
    "ALL",
    "draft",
    "zh_CN",
)
FLAGS = ("yes", "no", "on", "", "1", "2")
SURROGATE, BROKEN = b"\xed\xa0\x80", b"\xff\xfe\x80"
DIGITS, DAY = re.compile(r"\d{1,9}(\.\d{1,4})?"), re.compile(r"\d{4}-\d\d-\d\d")
FREE = (
    "remark",
    "reason",
    "comment",
    "name",
    "note",
    "text",
    "line",
    "title",
    "contact",
    "reference",
    "tracking",
    "carrier",
)
ID_NAMES = (
    "order",
    "warehouse",
    "from_id",
    "to_id",
    "to",
    "target",
    "distributor",
    "role",
    "tier_id",
    "rep_id",
    "notice",
)


def kind_of(name: str, value: Value) -> str:
    """What a field holds, as its value and its name tell."""
    if isinstance(value, tuple):
        return "file"
    if name == "version" or name.endswith("_seen"):
        return "version"
    if name in ID_NAMES or name.endswith("_id"):
        return "id"
    if DAY.fullmatch(value):
        return "day"
    if DIGITS.fullmatch(value):
        return "number"
    if any(word in name for word in FREE):
        return "words"
    return "choice" if value.isascii() and len(value) < 20 else "words"


def odd(dice: random.Random, kind: str) -> Value:
    """Something that does not belong into a field of the kind, or just about does."""
    pools: dict[str, Any] = {
        "version": NUMBERS,
        "id": IDS,
        "day": DAYS,
        "number": NUMBERS,
        "words": WORDS,
        "choice": (*CHOICES, *WORDS[:6]),
    }
    return bad_file(dice) if kind == "file" else str(dice.choice(pools[kind]))


def plausible(dice: random.Random, kind: str, value: str, ids: list[str]) -> str:
    """Something else that somebody might well send in the same place."""
    if kind == "day":
        return (clock.today() + timedelta(days=dice.choice((-400, -31, -1, 0, 0, 1, 7, 30, 365)))).isoformat()
    if kind == "number":
        return dice.choice(
            (value, str(dice.randint(1, 12)), str(dice.randint(1, 60)), "１０", "24", "240", "0")
        )
    if kind == "id":
        return dice.choice(ids) if ids else value
    if kind == "version":
        return str(max(0, int(value if value.isdecimal() else 1) + dice.choice((-1, 0, 1))))
    if kind == "words":
        return str(dice.choice([word for word in WORDS[:7] + WORDS[17:25] if "\u202e" not in word]))
    return value


def bad_file(dice: random.Random) -> tuple[str, bytes]:
    """A file that is empty, of another kind than its name says, garbage, or small and enormous at once."""
    files = (
        ("empty.png", b""),
        ("empty.csv", b""),
        ("words.png", "这不是图片".encode()),
        ("program.exe", b"MZ\x90\x00" + bytes(200)),
        ("page.html", b"<script>alert(1)</script>"),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("garbage.xlsx", dice.randbytes(300)),
        ("bomb.xlsx", _bomb()),
        ("empty.xlsx", _zip({})),
        ("garbage.csv", dice.randbytes(300)),
        ("ragged.csv", '编码,"名称\nD1,"x\n,,,,\n"""'.encode()),
        ("gbk.csv", "经销商编码,名称\nD1,漳州市\n".encode("gb18030")),
        ("wide.csv", (",".join(f"c{at}" for at in range(3000)) + "\n1").encode()),
        ("../../evil.csv", "经销商编码,名称\nD7,x\n".encode()),
        ("名" * 300 + ".csv", "经销商编码,名称\nD8,x\n".encode()),
        ("nul\x00.csv", b"a,b\n1,2\n"),
        ("", b"content without a name"),
    )
    return dice.choice(files)


def _bomb() -> bytes:
    """Two kilobytes of workbook that unpack to two megabytes."""
    return _zip({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": bytes(2_000_000)})


def _zip(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)
    return target.getvalue()
