"""Keys for ordering and finding text, made once when it is written, so that both databases agree."""

import unicodedata

from pypinyin import Style, lazy_pinyin

SORT_LENGTH = 120


def folded(text: str) -> str:
    """One spelling for full-width, upper-case and spaced variants."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def sort_key(text: str) -> str:
    """Order Chinese by pinyin, the rest by folded letters; plain ASCII, so bytes are the order everywhere."""
    syllables = lazy_pinyin(folded(text), style=Style.TONE3, neutral_tone_with_five=True)
    return " ".join(syllables).encode("ascii", "backslashreplace").decode()[:SORT_LENGTH]


def search_text(*parts: str | None) -> str:
    """Everything a person may type to find it: the words, full pinyin, initials; lines apart."""
    words = [folded(part) for part in parts if part]
    chinese = [word for word in words if not word.isascii()]
    full = ["".join(lazy_pinyin(word)).replace(" ", "") for word in chinese]
    initials = ["".join(lazy_pinyin(word, style=Style.FIRST_LETTER)).replace(" ", "") for word in chinese]
    return "\n".join([*words, *full, *initials])


def grams(text: str) -> set[str]:
    """All pairs of neighbouring characters, across no space or line."""
    return {word[at : at + 2] for word in text.split() for at in range(len(word) - 1)}
