"""The style guide shows every macro, in the states that hurt; production does not have it."""

import re
from pathlib import Path

import pytest

from tests.databases import Prepare
from tests.tables import migrated
from wsgi import create_app

SECRET = "for tests only, and long enough"
MACRO = re.compile(r"\{% macro (\w+)\(")
TONES = ("ok", "warn", "danger", "deal", "info", "calm")


@pytest.fixture
def prepare() -> Prepare:
    return migrated


def missing(macros: str, guide: str) -> set[str]:
    """Macros that builders could use and never see."""
    return set(MACRO.findall(macros)) - set(re.findall(r"\bui\.(\w+)\(", guide))


def test_every_macro_is_in_the_guide():
    macros, guide = (Path(f"templates/shared/{name}.html").read_text("utf-8") for name in ("ui", "guide"))
    assert len(MACRO.findall(macros)) > 25 and missing(macros, guide) == set()
    assert missing(macros + "{% macro forgotten(words) -%}", guide) == {"forgotten"}


@pytest.mark.parametrize("face", ["portal", "admin"])
def test_the_guide_shows_both_faces_with_mean_data(sqlite_url, monkeypatch, face):
    monkeypatch.setenv("TONGQU_STYLE_GUIDE", "1")
    page = create_app(sqlite_url, SECRET).test_client().get(f"/style-guide?face={face}").text
    assert f'class="{face}' in page and "is-invalid" not in page.replace("stepper", "")
    assert all(f'notice is-{tone}"' in page and f'stock is-{tone}"' in page for tone in TONES)
    for state in (
        "disabled",
        'aria-busy="true"',
        "999,999,999,999.99",
        "999+",
        'class="ghost"',
        "state is-danger",
    ):
        assert state in page, state
    for token in "--brand", "--ink-3", "--s4", "--r3":
        assert token in page
    assert 'data-bs-theme="dark"' in page and 'data-bs-theme="light"' in page


def test_production_has_no_guide(sqlite_url, monkeypatch):
    monkeypatch.delenv("TONGQU_STYLE_GUIDE", raising=False)
    assert create_app(sqlite_url, SECRET).test_client().get("/style-guide").status_code == 404
