"""The requirements of OWASP ASVS that bite here, each with a test of ours and a way to see that test fail."""

import ast
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

LIST: dict[str, dict[str, Any]] = tomllib.loads(Path("tests/asvs.toml").read_text("utf-8"))
CHAPTERS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16}
# How many requirements each chapter of ASVS 5.0.0 has in its sections, so that a number that does not exist is seen.
SECTIONS = {
    1: (2, 10, 12, 3, 3), 2: (3, 3, 5, 2), 3: (1, 3, 5, 8, 8, 1, 5), 4: (5, 5, 2, 4), 5: (1, 6, 3, 3),
    6: (3, 12, 8, 6, 8, 4, 2, 4), 7: (3, 4, 2, 5, 3, 2), 8: (4, 4, 3, 2), 9: (3, 4),
    10: (2, 3, 5, 16, 5, 2, 3), 11: (4, 5, 5, 4, 2, 2, 2), 12: (5, 2, 5), 13: (4, 6, 4, 7), 14: (2, 8, 3),
    15: (5, 5, 7, 4), 16: (1, 5, 4, 3, 4), 17: (2, 8, 2),
}  # fmt: skip
MOST_FOR_ONE = 6  # requirements that one test may stand for: headers are looked at together


@cache
def functions_of(path: str) -> frozenset[str]:
    """The test functions of a file, read and not imported."""
    body = ast.parse(Path(path).read_text("utf-8")).body
    return frozenset(
        each.name for each in body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
    )


def is_there(named: str) -> bool:
    path, _, name = named.partition("::")
    return Path(path).is_file() and name in functions_of(path)


def faults(listed: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with the rows."""
    found = []
    for number, row in listed.items():
        chapter, section, at = (int(part) for part in re.fullmatch(r"V(\d+)\.(\d+)\.(\d+)", number).groups())
        sections = SECTIONS[chapter]
        if not (1 <= section <= len(sections) and 1 <= at <= sections[section - 1]):
            found.append(f"{number} is no requirement of ASVS 5.0.0")
        if set(row) != {"asks", "bites", "test", "twin"} or not row["asks"] or not row["bites"]:
            found.append(f"{number} does not say all of asks, bites, test and twin")
            continue
        if not is_there(row["test"]):
            found.append(f"{number}: {row['test']} is not there")
        found += [f"{number}: {fault}" for fault in lacks(row["twin"])]
    tests = Counter(row["test"] for row in listed.values() if "test" in row)
    found += [f"{test} stands for {count}" for test, count in tests.items() if count > MOST_FOR_ONE]
    twins = Counter(str(row.get("twin")) for row in listed.values())
    return found + [f"{count} rows share the twin {twin}" for twin, count in twins.items() if count > 2]


def lacks(twin: dict[str, str]) -> list[str]:
    """Why the protection could not be taken out."""
    if set(twin) == {"planted"}:
        return [] if is_there(twin["planted"]) else [f"{twin['planted']} is not there"]
    if set(twin) != {"file", "from", "to"} or twin["from"] == twin["to"]:
        return ["the twin names neither a planted test nor a file with from and to"]
    place = Path(twin["file"])
    count = place.read_text("utf-8").count(twin["from"]) if place.is_file() else 0
    return (
        []
        if count == 1
        else [f"in {place} stands {count} times, not once: {twin['from']!r}; name what protects now"]
    )


def test_sixty_requirements_have_their_test_and_their_twin():
    assert faults(LIST) == []
    assert len(LIST) >= 60
    assert {int(number[1:].split(".")[0]) for number in LIST} == CHAPTERS


def test_a_row_that_proves_nothing_is_seen():
    good = LIST["V6.2.1"]
    assert faults({"V6.2.1": good}) == []
    assert faults({"V6.2.13": good}) == ["V6.2.13 is no requirement of ASVS 5.0.0"]
    assert (
        "is not there" in faults({"V6.2.1": {**good, "test": "tests/people/test_people.py::test_nothing"}})[0]
    )
    gone = {**good, "twin": {**good["twin"], "from": "a text that stands nowhere"}}
    assert "stands 0 times" in faults({"V6.2.1": gone})[0]
    assert "neither" in faults({"V6.2.1": {**good, "twin": {}}})[0]
