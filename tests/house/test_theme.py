"""One file says which colours, radii and spaces there are, and what stands on what can be read, also in a brand's own colour."""

import re
from pathlib import Path

import pytest

from trade.colour import READABLE, WHITE, contrast, parse
from web.theme import TOKENS, dark_shades, light_shades, sheet, tokens

COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![\w-])|\b(?:rgba?|hsla?|oklch|lab|color-mix)\(")
RADIUS = re.compile(r"border-radius:[^;}]*?(?<![\w-])\d+(?:\.\d+)?(?:px|%|em)")
SOURCES = ("web/static/css/*.css", "web/static/js/*.js", "web/static/*.js")
GROUNDS = ("page", "surface", "sunken")
TONES = ("ok", "warn", "danger", "deal", "calm")


def literal(text: str) -> list[str]:
    """What looks like a colour or a radius of its own; names of elements (#toasts) are none."""
    plain = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    values = re.sub(r"(?m)^[^{}]*\{", "{", plain) if "{" in plain and "--" in plain else plain
    return [*COLOUR.findall(values), *RADIUS.findall(plain)]


def test_no_colour_and_no_radius_stands_elsewhere():
    paths = [
        path for pattern in SOURCES for path in sorted(Path().glob(pattern)) if path != Path(TOKENS.name)
    ]
    paths = [path for path in paths if path.name != TOKENS.name]
    assert len(paths) > 20
    assert {str(path): found for path in paths if (found := literal(path.read_text("utf-8")))} == {}
    for folder in "shared", "portal", "admin":
        for path in Path("templates", folder).rglob("*.html"):
            drawn = re.findall(r'(?:content|fill|stroke|color)="#[0-9a-fA-F]{3,8}"', path.read_text("utf-8"))
            assert drawn == [], path


@pytest.mark.parametrize(
    "planted",
    [
        ".a { color: #fff; }",
        ".a { background: rgb(0 0 0 / .5) }",
        ".a { border-radius: 6px; }",
        "const c = '#1b5bd0';",
    ],
)
def test_a_literal_one_is_found(planted: str):
    assert literal(planted)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_what_they_stand(theme: str):
    known = tokens()[theme]
    pairs = [(f"ink-{number}", ground) for number in (1, 2, 3) for ground in GROUNDS]
    pairs += [(f"{tone}-ink", f"{tone}-soft") for tone in TONES] + [
        ("ink-3", "calm-soft"),
        ("brand-ink", "brand-soft"),
    ]
    pairs += [(f"{tone}-ink", "surface") for tone in TONES] + [("brand-ink", ground) for ground in GROUNDS]
    pairs += [
        ("on-brand", "brand"),
        ("on-brand", "brand-press"),
        ("on-danger", "danger"),
        ("on-toast", "toast"),
    ]
    hard = {
        pair: figure
        for pair in pairs
        if (figure := contrast(*(parse(known[name]) for name in pair))) < READABLE
    }
    assert hard == {}


@pytest.mark.parametrize(
    "accent", ["#1b5bd0", "#c8102e", "#00695c", "#000000", "#767676", "#5b2a86", "#9a5b00"]
)
def test_a_brands_colour_keeps_everything_readable(accent: str):
    assert contrast(parse(accent), WHITE) >= READABLE, "the setting takes no other"
    for theme, shades in (("light", light_shades(parse(accent))), ("dark", dark_shades(parse(accent)))):
        known = tokens()[theme]
        assert (
            contrast(shades["brand"], WHITE) >= READABLE
            and contrast(shades["brand-press"], WHITE) >= READABLE
        )
        for ground in (shades["brand-soft"], parse(known["page"]), parse(known["surface"])):
            assert contrast(shades["brand-ink"], ground) >= READABLE, (theme, accent)
    written = sheet(accent)
    assert written.count("--brand-ink:") == 3 and "prefers-color-scheme: dark" in written
    assert sheet("") == ""


def test_contrast_is_that_of_the_standard():
    assert round(contrast(parse("#fff"), parse("#000")), 1) == 21.0
    assert (
        round(contrast(parse("#777777"), WHITE), 2) == 4.48
        and round(contrast(parse("#767676"), WHITE), 2) == 4.54
    )
    for text in "fff", "#ffff", "#gggggg", "red", "#１２３":
        with pytest.raises(ValueError, match=text):
            parse(text)
