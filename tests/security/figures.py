"""Figures of the last proof, one section each, in docs/proof/security.md."""

import re
from pathlib import Path

PAPER = Path("docs/proof/security.md")
HEAD = """# Hostile input: what was tried and what came of it

Written by `./test --proof tests/security`, section by section, each when its proof ends without a finding.
The small size of most of them runs in every `./test`. A section that is not here (redirects over every route, the crawl
on each database, number torture in every field, scripts in Chromium) has not yet run to its end on this machine.
"""


def tell(section: str, *lines: str, paper: Path = PAPER, head: str = HEAD) -> None:
    """Put the lines in the place of the section's last ones."""
    known = paper.read_text("utf-8") if paper.exists() else head
    body = f"## {section}\n\n" + "\n".join(lines) + "\n"
    place = re.compile(rf"^## {re.escape(section)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if place.search(known):
        known = place.sub(lambda _found: body + "\n", known)
    else:
        known = known.rstrip("\n") + "\n\n" + body
    paper.write_text(known.rstrip("\n") + "\n", "utf-8")
