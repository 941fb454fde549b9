"""What the documents say is there: links lead somewhere, code that is named exists, labels of the tour are on the screen."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from babel.messages.pofile import read_po

from ops.commands import COMMANDS

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
READMES = ("README.md", "README.zh-CN.md")
LINK = re.compile(r"(?:\]\(|src=\")([^)\s\"]+)[)\"]")
PLACE = re.compile(r"`([\w.-]+(?:/[\w.-]+)*\.(?:py|html|sh)):([A-Za-z_][\w.]*)`")
FILE = re.compile(r"`((?:trade|web|portal|admin|press|ops|tests|templates|migrations|docs)/[\w./-]*)`")
LABEL = re.compile(r"[「『]([^」』]+)[」』]")
FACT = re.compile(r"%\(\w+\)s")


def text_of(path: Path) -> str:
    """A page without its blocks of code, whose brackets are no links."""
    return re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def dead_links(path: Path, text: str) -> list[str]:
    """Relative links that lead to no file."""
    found = [unquote(each.partition("#")[0]) for each in LINK.findall(text)]
    return [each for each in found if each and "://" not in each and not (path.parent / each).exists()]


@cache
def names_in(place: str) -> frozenset[str]:
    """What a file defines: functions, classes, their members, names of the module; macros and blocks of a template."""
    text = (ROOT / place).read_text("utf-8")
    if not place.endswith(".py"):
        return frozenset(_named(text))
    return frozenset(_defined(ast.parse(text)))


def _named(text: str) -> set[str]:
    return set(re.findall(r"(?:macro|block) (\w+)", text)) | set(
        re.findall(r"^(\w+)\(\) \{", text, re.MULTILINE)
    )


def _defined(tree: ast.AST, within: str = "") -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield within + node.name
        elif isinstance(node, ast.ClassDef):
            yield node.name
            yield from _defined(node, f"{node.name}.")
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield within + node.target.id
        elif isinstance(node, ast.Assign):
            yield from (within + each.id for each in node.targets if isinstance(each, ast.Name))


def gone(text: str) -> list[str]:
    """What a page names of the code, and the code has not."""
    missing = [each for each in FILE.findall(text) if not (ROOT / each).exists()]
    for place, name in PLACE.findall(text):
        if not (ROOT / place).is_file():
            missing.append(place)
        elif name not in names_in(place):
            missing.append(f"{place}:{name}")
    return missing


def on_the_screen() -> list[re.Pattern[str]]:
    """Everything that the program can say in Chinese, with any facts."""
    said = list[re.Pattern[str]]()
    for path in (ROOT / "web/translations/zh_CN/LC_MESSAGES").glob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                words = message.string if isinstance(message.string, tuple | list) else (message.string,)
                said += [
                    re.compile(".+".join(map(re.escape, FACT.split(each.replace("%%", "%")))))
                    for each in words
                    if each
                ]
    return said


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_named_code_exists(path: Path) -> None:
    text = text_of(path)
    assert not dead_links(path, text)
    assert not gone(text)


def test_what_is_gone_is_seen() -> None:
    assert dead_links(ROOT / "README.md", "[x](docs/none.md) [y](LICENSE) [z](https://example.org/)") == [
        "docs/none.md"
    ]
    assert dead_links(ROOT / "README.md", '<img src="docs/none.png" width="1">') == ["docs/none.png"]
    planted = "`trade/db.py:run` `trade/db.py:runs` `trade/none.py:run` `trade/db.py:Ran.flow` `trade/none/`"
    assert gone(planted) == ["trade/none/", "trade/db.py:runs", "trade/none.py"]


def test_every_word_has_its_place_in_the_code() -> None:
    rows = [
        line for line in (ROOT / "docs/words.md").read_text("utf-8").splitlines() if line.startswith("| **")
    ]
    assert len(rows) > 40
    assert not [row for row in rows if not PLACE.search(row) and not FILE.search(row)]


def test_labels_of_the_tour_are_on_the_screen() -> None:
    said = on_the_screen()
    for path in sorted((ROOT / "docs/tour").glob("*.md")):
        labels = set(LABEL.findall(path.read_text("utf-8")))
        unknown = {each for each in labels if not any(words.fullmatch(each) for words in said)}
        assert not unknown, f"{path.name}: {unknown}"


def test_every_document_is_in_the_index() -> None:
    for folder, found in (("docs", "*.md"), ("docs/decisions", "0*.md")):
        index = (ROOT / folder / "README.md").read_text("utf-8")
        names = {page.name for page in (ROOT / folder).glob(found)} - {"README.md"}
        assert not [name for name in sorted(names) if f"]({name})" not in index], folder
    numbers = [page.name[:4] for page in (ROOT / "docs/decisions").glob("0*.md")]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("page", READMES)
def test_the_command_is_told_whole(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert not [each.name for each in COMMANDS if f"`tongqu {each.name}" not in text]


def test_every_library_that_we_chose_is_named_with_its_licence() -> None:
    table = (ROOT / "docs/third-party.md").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    names = [re.split(r"[^\w.-]", each)[0] for group in groups for each in group]
    names += json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    assert not [name for name in names if f"| {name} |" not in table]
