"""What people are called where one of them is chosen."""

from collections import Counter
from collections.abc import Iterable


def told_apart(people: Iterable[tuple[int, str, str | None]]) -> list[tuple[int, str]]:
    """Id and name; those of one name with what each signs in by, or else with their number."""
    rows = list(people)
    counts = Counter(name for _key, name, _sign in rows)
    return [(key, f"{name} · {sign or key}" if counts[name] > 1 else name) for key, name, sign in rows]
