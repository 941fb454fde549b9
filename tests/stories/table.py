"""What the stories counted, as the table of docs/story/README.md: `python -m tests.stories.table` after `./test tests/stories`."""

import json
from pathlib import Path

from tests.stories.hands import COUNTS, SECONDS_A_FIELD, SECONDS_A_LETTER, SECONDS_A_TAP

PAGE = Path("docs/story/README.md")
BEGIN, END = "<!-- counted -->", "<!-- /counted -->"


def main() -> None:
    """Put the table between its marks; a story that was not told this time keeps its row."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    held, _, after = rest.partition(END)
    rows = {
        line.split(" | ")[0].removeprefix("| "): line
        for line in held.splitlines()
        if line.startswith("| ") and not line.startswith("| |")
    }
    for path in COUNTS.glob("*.json"):
        row = json.loads(path.read_text("utf-8"))
        counted = " | ".join(str(row[name]) for name in ("taps", "fields", "letters", "keys"))
        rows[row["story"]] = f"| {row['story']} | {counted} | {spelled(row['seconds'])} |"
    table = [
        "| | taps or clicks | fields | letters | keys | a person's time |",
        "|---|--:|--:|--:|--:|--:|",
        *(rows[story] for story in sorted(rows, key=lambda each: (each.startswith("Job"), each))),
        "",
        (
            f"Time: {SECONDS_A_TAP:g} s a tap, {SECONDS_A_FIELD:g} s to reach a field, {SECONDS_A_LETTER:g} s a letter or key; "
            "signing in is not counted, choosing from a list is a tap, a file dialogue two."
        ),
    ]
    PAGE.write_text(before + "\n".join([BEGIN, "", *table, "", END]) + after, "utf-8")


def spelled(seconds: int) -> str:
    """45 s, 5 min 20 s."""
    return f"{seconds} s" if seconds < 90 else f"{seconds // 60} min {seconds % 60:02d} s"


if __name__ == "__main__":
    main()
