"""Everything that the program says is said in Chinese too, and every refusal has words."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po

from web.words import WORDS

ROOT = Path(__file__).resolve().parent.parent.parent
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
ROOMS = {"python": ("web", "portal", "admin", "press"), "jinja2.ext:babel_extract": ("templates",)}
CATALOGUES = sorted((ROOT / "web/translations/zh_CN/LC_MESSAGES").glob("*.po"))
FACT = re.compile(r"%\((\w+)\)s")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
COUNTED: set[str] = set()  # singulars of counted msgids, which may leave the number out
UNWELCOME = re.compile(r"请勿|非法|失败[。！]?$|[!！]")


@cache
def said() -> dict[str, str]:
    """Every msgid, with one place that says it."""
    return {text: place for place, text in _messages()}


@cache
def known() -> dict[str, str]:
    """Every msgid that the catalogues translate, with its Chinese."""
    found: dict[str, str] = {}
    for path in CATALOGUES:
        with path.open("rb") as file:
            for message in read_po(file):
                text = message.id if isinstance(message.id, str) else message.id[0]
                words = [message.string] if isinstance(message.string, str) else list(message.string or ())
                if text and words and all(words) and not message.fuzzy:
                    found[text] = words[0]
                    COUNTED.update([text] if not isinstance(message.id, str) else [])
    return found


def refusals() -> dict[str, str]:
    """Every code in Refused("…"), with the file that raises it."""
    found: dict[str, str] = {}
    for path in (
        path for room in ("trade", "web", "portal", "admin", "ops") for path in (ROOT / room).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_call = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused"
            if is_call and node.args and isinstance(node.args[0], ast.Constant):
                found[node.args[0].value] = str(path.relative_to(ROOT))
    return found


def test_everything_said_has_its_chinese():
    translated = known()
    missing = {text: place for text, place in said().items() if text not in translated}
    assert not missing, f"{len(missing)} msgids without zh_CN: {missing}"


def test_a_missing_translation_is_seen():
    assert "never said anywhere" not in known() and "Sign in" in said()


def test_every_refusal_has_words():
    missing = {code: place for code, place in refusals().items() if code not in WORDS}
    assert not missing, f"web/words.py lacks: {missing}"


def test_translations_name_the_same_facts():
    for text, chinese in known().items():
        facts = set(FACT.findall(text)) | ({"num"} if text in COUNTED else set())
        assert set(FACT.findall(chinese)) <= facts, text


def test_chinese_is_polite_and_chinese():
    for text, chinese in known().items():
        assert not UNWELCOME.search(chinese), f"{text}: {chinese}"
        assert CHINESE.search(chinese) or not re.search("[a-zA-Z]{2}", text), f"{text}: {chinese}"


def test_msgids_are_english():
    for text, place in said().items():
        assert not CHINESE.search(text), f"{place} says {text!r}; msgids are English"


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_say_nothing_untranslated(path):
    assert not CHINESE.search(re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)), path


def _messages() -> Iterator[tuple[str, str]]:
    for method, rooms in ROOMS.items():
        ending = "*.py" if method == "python" else "*.html"
        for path in (path for room in rooms for path in sorted((ROOT / room).rglob(ending))):
            options = {"trimmed": "true", "newstyle_gettext": "true"}
            for line, message, _comments, _context in extract_from_file(
                method, path, KEYWORDS, options=options
            ):
                text = message if isinstance(message, str) else message[0]
                yield f"{path.relative_to(ROOT)}:{line}", text
