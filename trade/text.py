"""Keys for ordering and finding text, made once when it is written, so that both databases agree."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
from operator import itemgetter
from typing import Any

SORT_LENGTH = 120
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
CHINESE = re.compile(r"[\u3400-\u9fff]")
RUNS = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+")


def folded(text: str) -> str:
    """One spelling for full-width, upper-case and spaced variants."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def code_key(text: str) -> str:
    """One spelling of a company's code, as it is kept: d1001 and Ｄ１００１ mean D1001."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def sort_key(text: str) -> str:
    """Order Chinese by pinyin, the rest by folded letters; plain ASCII, so bytes are the order everywhere."""
    return " ".join(_syllables(folded(text), str)).encode("ascii", "backslashreplace").decode()[:SORT_LENGTH]


def search_text(*parts: str | None) -> str:
    """Everything a person may type to find it: the words, also without their spaces, full pinyin, initials; lines apart."""
    words = [folded(part) for part in parts if part]
    joined = [word.replace(" ", "") for word in words if " " in word]
    chinese = [word for word in words if not word.isascii()]
    full = ["".join(_syllables(word, _toneless)).replace(" ", "") for word in chinese]
    initials = ["".join(_syllables(word, itemgetter(0))).replace(" ", "") for word in chinese]
    return "\n".join([*words, *joined, *full, *initials])


def grams(text: str) -> set[str]:
    """All pairs of neighbouring characters, across no space or line."""
    return {word[at : at + 2] for word in text.split() for at in range(len(word) - 1)}


def pieces(word: str) -> list[str]:
    """What a Chinese word is made of, where it is not found as a whole: pairs of characters, what is left over, and other letters together."""
    found: list[str] = []
    for run in RUNS.findall(word) if CHINESE.search(word) else []:
        if CHINESE.match(run) and len(run) > 2:
            found += [run[at : at + 2] for at in range(0, len(run) - 1, 2)]
            found += [run[-1]] if len(run) % 2 else []
        else:
            found.append(run)
    return found or [word]


def sound(word: str) -> str:
    """How Chinese is said, in letters; other words as they are."""
    return "".join(_dictionary().lazy_pinyin(word)) if CHINESE.search(word) else word


def warm_up() -> None:
    """Open the dictionary now, so that processes which are forked afterwards share it."""
    _dictionary()


def harmless(text: str) -> str:
    """The text of a cell that no spreadsheet runs: an apostrophe before what would be a formula, also full-width."""
    one = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = unicodedata.normalize("NFKC", text).lstrip(" ")
    return f"'{one}" if plain.startswith(FORMULA_STARTS) or text.startswith(FORMULA_STARTS) else one


def _syllables(text: str, shaped: Callable[[str], str]) -> list[str]:
    """The text in pieces: what `shaped` makes of each Chinese character's pinyin with its tone, the rest as it is."""
    if text.isascii():
        return [text] if text else []
    found: list[str] = []
    for at, piece in enumerate(_spoken().split(text)):
        found += map(shaped, _pinyin(piece)) if at % 2 else [piece] if piece else []
    return found


@lru_cache(8192)
def _pinyin(words: str) -> tuple[str, ...]:
    """What costs most about a name is asked for once: names share their words, and are read three ways."""
    known = _dictionary()
    return tuple(known.lazy_pinyin(words, style=known.Style.TONE3, neutral_tone_with_five=True))


@cache
def _dictionary() -> Any:
    """The dictionary of sounds, once per process and only where Chinese is spelled: it weighs 56 MB."""
    return import_module("pypinyin")


@cache
def _spoken() -> re.Pattern[str]:
    """What the dictionary takes for Chinese."""
    chinese = import_module("pypinyin.constants").RE_HANS.pattern.strip("^$")
    return re.compile(f"({chinese})")


def _toneless(syllable: str) -> str:
    return syllable.rstrip("12345")
