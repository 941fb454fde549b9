"""The house reads its own code: each law of the architecture that a machine can hold."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

FACES = ("portal", "admin", "web")
ROOMS = (*FACES, "trade", "ops", "wsgi.py")
LONGEST_FILE, LONGEST_FUNCTION = 500, 60
NO_ROOMS = {"utils", "helpers", "services", "common", "misc"}
OWNED = r"session\.(get|get_one)\("


def files() -> Iterator[Path]:
    for room in ROOMS:
        path = Path(room)
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


CODE = {path: path.read_text("utf-8") for path in files()}


@cache
def tree(text: str) -> ast.Module:
    """The code parsed, once for the tests of a worker, and not for those who ask for none."""
    return ast.parse(text)


def within(*rooms: str) -> list[tuple[Path, str]]:
    return [(path, text) for path, text in CODE.items() if path.parts[0] in rooms]


def test_transactions_begin_and_end_in_one_file():
    for path, text in within(*FACES, "trade"):
        assert path == Path("trade/db.py") or not re.search(r"\.(commit|rollback|begin)\(", text), path


def test_the_faces_load_rows_through_the_scope():
    for path, text in within(*FACES):
        assert not re.search(OWNED, text), path


def test_no_face_uses_the_library_session():
    for path, text in within(*FACES, "trade"):
        assert not re.search(r"\bdb\.session\b|\bstore\.session\b", text), path


def test_files_and_functions_stay_small():
    tests = {path: path.read_text("utf-8") for path in Path("tests").rglob("*.py")}
    for path, text in {**CODE, **tests}.items():
        assert len(text.splitlines()) <= LONGEST_FILE, path
        for node in ast.walk(tree(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{path}:{node.name}"


@pytest.mark.parametrize("folder", ["web/static/css", "web/static/js", "templates"])
def test_what_the_browser_gets_stays_small_too(folder):
    for path in Path(folder).rglob("*.*"):
        if path.suffix in {".css", ".js", ".html"}:
            assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE, path


def test_no_room_is_a_lumber_room():
    for path in CODE:
        assert not NO_ROOMS & {part.removesuffix(".py") for part in path.parts}, path


def test_rules_ask_neither_clock_nor_database_nor_request():
    for path, text in within("trade"):
        assert path == Path("trade/clock.py") or not re.search(
            r"datetime\.(now|today|utcnow)\(|date\.today\(", text
        ), path
        if path.name == "rules.py":
            names = {
                alias.name
                for node in ast.walk(tree(text))
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            assert not names & {"Session", "clock", "run", "read", "select", "update"}, path


def test_no_import_hides_in_a_function():
    for path, text in CODE.items():
        for node in ast.walk(tree(text)):
            if isinstance(node, ast.FunctionDef):
                hidden = [inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)]
                assert not hidden, f"{path}:{node.name}"


def test_everything_public_is_typed_and_flows_say_why():
    for path, text in CODE.items():
        for node in tree(text).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                given = [*node.args.args, *node.args.kwonlyargs]
                assert node.returns is not None and all(each.annotation for each in given), (
                    f"{path}:{node.name}"
                )
                if path.parts[:2] == ("trade", "flows") and given and given[0].arg == "session":
                    assert ast.get_docstring(node), f"{path}:{node.name}"


def test_a_state_changes_through_its_table_alone():
    written = r"\.approval_state\s*=[^=]|[(,]\s*approval_state=[^=]"
    for path, text in CODE.items():
        if path != Path("trade/orders/states.py") and "imports" not in path.parts:
            assert not re.search(written, text), path


def test_templates_carry_no_script_no_style_and_no_old_htmx():
    forbidden = r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|hx-on|hx-vals=[\"']js:|\|\s*safe\b|javascript:"
    for path in Path("templates").rglob("*.html"):
        found = re.search(forbidden, path.read_text("utf-8"))
        assert path.parts[1] in {"shared", "portal", "admin", "pdf", "mail"}, path
        assert found is None, f"{path}: {found and found[0]}"


def test_strict_types_have_no_way_out_where_money_is():
    for path, text in within("trade"):
        if {"money.py", "pricing", "credit", "orders"} & set(path.parts):
            assert "type: ignore" not in text and not re.search(
                r"typing\.cast|from typing import.*\bcast\b", text
            ), path


def test_nothing_of_this_machine_is_in_the_tree():
    for path, text in CODE.items():
        assert not re.search(r"(?<!\w)/(work|root|home)/[a-z]", text), path
