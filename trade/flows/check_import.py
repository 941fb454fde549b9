from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.imports import uploads
from trade.imports.uploads import Seen


@dataclass(frozen=True)
class Checked:
    """What a check found: counts, the first problems, the file of all of them, and what would change."""

    seen: Seen
    counts: dict[str, Any]
    problems: Sequence[dict[str, Any]] = field(default_factory=list)
    problems_as: str | None = None


def check_import(session: Session, actor: Actor, given: Checked) -> None:
    """Keep what a check found, unless the upload was dropped meanwhile."""
    uploads.move(
        session,
        given.seen,
        ("checking",),
        "checked",
        counts=given.counts,
        good=given.counts["read"] - given.counts["bad"],
        bad=given.counts["bad"],
        rows=given.counts["read"],
        done=given.counts["read"],
        problems=list(given.problems),
        problems_as=given.problems_as,
    )
