"""Which names mean one company: measured on labelled pairs, half of them by somebody who has not seen the matcher."""

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trade.registrations.matching import grams, key_of, similarity

SIMILAR = 0.85  # as the setting that ships
HALVES = Path("tests/registrations")
FLOORS = {"pairs_known.csv": (160, 0.95, 0.95), "pairs_unseen.csv": (300, 0.80, 0.75)}


def pairs(name: str) -> list[dict[str, str]]:
    with (HALVES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", [each for each in FLOORS if (HALVES / each).exists()])
def test_precision_and_recall_on_labelled_pairs(name: str) -> None:
    """What is above the likeness, or one key, goes to a person or is refused; the page of the decision states the figures."""
    least, precision, recall = FLOORS[name]
    rows = pairs(name)
    found = [(row["same"] == "1", similarity(row["a"], row["b"]) >= SIMILAR) for row in rows]
    both = sum(same and near for same, near in found)
    assert len(rows) >= least
    assert both / sum(near for _same, near in found) >= precision
    assert both / sum(same for same, _near in found) >= recall


def test_no_two_different_companies_share_a_key() -> None:
    """A key refuses alone, so it has to be right: a likeness only asks a person."""
    different = [row for name in FLOORS for row in pairs(name) if row["same"] == "0"]
    assert len(different) > 200
    assert [row for row in different if key_of(row["a"]) == key_of(row["b"])] == []


def test_what_is_near_is_found_by_its_index() -> None:
    near = [row for row in pairs("pairs_known.csv") if SIMILAR <= similarity(row["a"], row["b"]) < 1]
    assert near and all(grams(row["a"]) & grams(row["b"]) for row in near)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("厦门特区食品有限公司", "厦门特食品有限公司"),
        ("西安米旗食品有限公司", "西安米食品有限公司"),
        ("永辉超市股份有限公司", "永辉超股份有限公司"),
        ("北京市朝阳区好邻居便利店", "辽宁省朝阳市好邻居便利店"),
        ("沃尔玛(中国)投资有限公司", "沃尔玛(中国)投资有限公司深圳分公司"),
        ("上海第一食品有限公司", "上海第二食品有限公司"),
    ],
)
def test_two_names_are_no_one_key(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


@pytest.mark.parametrize(
    "odd",
    [
        *(f"厦门鑫{filler}禾源食品有限公司" for filler in "\u3164\u115f\u1160\uffa0\u200b\u2060\u00ad"),
        "厦门鑫禾源⻝品有限公司",  # U+2EDD
        "厦门鑫禾源⾷品有限公司",  # U+2FB7
        "厦⻔鑫禾源⻝品有限公司",
    ],
)
def test_what_nobody_sees_makes_no_other_key(odd: str) -> None:
    assert (
        key_of(odd) == key_of("厦门鑫禾源食品有限公司") and similarity(odd, "厦门鑫禾源食品有限公司") == 1.0
    )
    assert key_of("\u3164\u115f") == ""


@given(st.text(max_size=40))
def test_any_text_has_a_key_that_is_its_own_key(words: str) -> None:
    assert similarity(words, words) == 1.0 and key_of(words) == key_of(f" {words} ")
    assert 0.0 <= similarity(words, "厦门鑫禾源食品有限公司") <= 1.0 and grams(words)


def test_a_thousand_names_are_compared_in_a_moment() -> None:
    names = [f"厦门第{at}号食品有限公司" for at in range(1000)]
    began = time.perf_counter()
    for name in names:
        similarity("厦门第七号食品有限公司", name)
    assert time.perf_counter() - began < 5
