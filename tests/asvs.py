"""`python -m tests.asvs [V6.2.1 …]`: take each protection out in a copy of the program and see its test fail.

A proof, not part of ./test: all the tests run once in the copy as it is, and then each without its protection.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAPER = ROOT / "docs/proof/asvs.md"
LIST: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "tests/asvs.toml").read_text("utf-8"))
PATIENCE_SECONDS = 240
AT_ONCE = 2
LEFT_OUT = {
    "node_modules",
    "benchmarks",
    ".git",
    ".venv",
    ".tools",
    "data",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
}
NOT_RUN, SHOWN = "not run yet", {"seen", "planted"}
HEAD = """# ASVS: what happens when a protection is taken out

Written by `python -m tests.asvs`. Each row of `tests/asvs.toml` names a test and the protection that it shows; the
protection is taken out in a copy of the program, where the test must fail. "seen" says that it passed with the
protection and failed without it; "planted": the test that plants the fault by itself passed, and so did the row's own.
"""


def main(numbers: list[str]) -> int:
    """Run the rows that were named, or all, and write down each as soon as it is known."""
    results, wanted = known(), numbers or list(LIST)
    results = {number: said for number, said in results.items() if number not in wanted}
    with tempfile.TemporaryDirectory(prefix="asvs-") as folder:
        copies = [Path(folder) / str(at) for at in range(AT_ONCE)]
        for copy in copies:
            shutil.copytree(ROOT, copy, ignore=_left_out, symlinks=True)
        sound = passing(copies[0], [each for number in wanted for each in tests_of(LIST[number])])
        free: SimpleQueue[Path] = SimpleQueue()
        for copy in copies:
            free.put(copy)
        with ThreadPoolExecutor(AT_ONCE) as workers:
            for number, said in workers.map(lambda each: (each, prove(free, LIST[each], sound)), wanted):
                results[number] = said
                print(number, said, flush=True)
                write(results)
    return 0 if all(results[number] in SHOWN for number in wanted) else 1


def tests_of(row: dict[str, Any]) -> list[str]:
    """The row's test, and the one that plants its fault by itself."""
    return [row["test"], *([row["twin"]["planted"]] if "planted" in row["twin"] else [])]


def prove(free: "SimpleQueue[Path]", row: dict[str, Any], sound: set[str]) -> str:
    """Whether the test tells the program with the protection from the one without it."""
    twin, missing = row["twin"], [each for each in tests_of(row) if each not in sound]
    if missing:
        return f"NOT SHOWN: {missing[0].partition('::')[2]} fails as it is"
    if "planted" in twin:
        return "planted"
    copy = free.get()
    place = copy / twin["file"]
    whole = place.read_text("utf-8")
    try:
        if whole.count(twin["from"]) != 1:
            return "NOT SHOWN: the protection does not stand there once"
        place.write_text(whole.replace(twin["from"], twin["to"]), "utf-8")
        status = asked(copy, row["test"]).returncode
        return {0: "NOT SEEN: passes without it", 1: "seen"}.get(
            status, f"NOT SHOWN: pytest ended with {status}"
        )
    except subprocess.TimeoutExpired:
        return f"NOT SHOWN: no answer within {PATIENCE_SECONDS} s"
    finally:
        place.write_text(whole, "utf-8")
        free.put(copy)


def passing(copy: Path, tests: list[str]) -> set[str]:
    """Those that pass as the program is: all asked in one process, and what fails there once more by itself."""
    ran = asked(copy, *dict.fromkeys(tests), patience=None)
    failed = {
        found.partition("[")[0] for found in re.findall(r"^(?:FAILED|ERROR) (\S+)", ran.stdout, re.MULTILINE)
    }
    if ran.returncode not in {0, 1}:
        raise SystemExit(ran.stdout[-3000:] + ran.stderr[-3000:])
    alone = {each for each in failed & set(tests) if asked(copy, each).returncode == 0}
    return (set(tests) - failed) | alone


def asked(
    copy: Path, *tests: str, patience: float | None = PATIENCE_SECONDS
) -> "subprocess.CompletedProcess[str]":
    """Run tests in the copy; their PostgreSQL halves are left to ./test."""
    options = ["-o", "addopts=", "-p", "no:cacheprovider", "--import-mode=importlib", "--tb=no", "-rfE"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, "-k", "not postgresql", *tests],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )


def _left_out(folder: str, names: list[str]) -> set[str]:
    return set(names) & (LEFT_OUT if Path(folder) == ROOT else {"__pycache__"})


def known() -> dict[str, str]:
    """What earlier runs have found."""
    if not PAPER.exists():
        return {}
    found = re.findall(r"^\| (V[\d.]+) \|.*\| ([^|]+) \|$", PAPER.read_text("utf-8"), re.MULTILINE)
    return {number: said for number, said in found if number in LIST and said != NOT_RUN}


def write(results: dict[str, str]) -> None:
    """The table, with what was not run yet."""
    shown = sum(results.get(number) in SHOWN for number in LIST)
    run = sum(number in results for number in LIST)
    lines = [
        HEAD,
        f"{datetime.now(UTC):%Y-%m-%d}: {len(LIST)} requirements, {run} run, {shown} shown, {len(LIST) - run} not run yet.\n",
        "| requirement | asks | test | taken out | result |",
        "|---|---|---|---|---|",
    ]
    for number, row in LIST.items():
        twin = row["twin"]
        out = f"`{twin['planted'].partition('::')[2]}`" if "planted" in twin else _mutation(twin)
        test = f"`{row['test'].removeprefix('tests/')}`"
        lines.append(f"| {number} | {row['asks']} | {test} | {out} | {results.get(number, NOT_RUN)} |")
    PAPER.write_text("\n".join(lines) + "\n", "utf-8")


def _mutation(twin: dict[str, str]) -> str:
    before, after = (_short(twin[each]) for each in ("from", "to"))
    return f"{twin['file']}: `{before}` → {f'`{after}`' if after else 'nothing'}"


def _short(code: str) -> str:
    plain = " ".join(code.split()).replace("|", "¦").replace("`", "'")
    return plain if len(plain) <= 70 else f"{plain[:67]}…"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
