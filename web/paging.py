"""Long lists, page by page; filters stay in the address."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import g, request, url_for

SIZE = 50
LARGEST = 100_000
READABLE = "!$'()*,/:;?@"  # stands in an address as it is, as in those of url_for


@dataclass(frozen=True)
class Page:
    """Where in a list of `total` rows the reader is; pages count from 1."""

    number: int
    total: int
    size: int = SIZE

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        return min(self.offset + self.size, self.total)

    @property
    def has_before(self) -> bool:
        return self.number > 1

    @property
    def has_after(self) -> bool:
        return self.last < self.total

    def url(self, number: int) -> str:
        """The same list, another page."""
        return here(page=number if number > 1 else None)


def page_number() -> int:
    """The page that the address asks for; nonsense means the first."""
    text = request.args.get("page", "")
    return min(max(int(text), 1), LARGEST) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def here(**changes: object) -> str:
    """This page with some of its filters changed; None takes one away, and a new filter starts at page 1."""
    path, known = _place()
    wanted = {name: value for name, value in {**known, **changes}.items() if value is not None}
    return f"{path}?{urlencode(wanted, safe=READABLE)}" if wanted else path


def _place() -> tuple[str, dict[str, str]]:
    """The path of this page and its filters: a list leads to itself eighty times."""
    found: tuple[str, dict[str, str]] | None = g.get("place")
    if found is None:
        path = url_for(str(request.endpoint), **(request.view_args or {}))
        found = g.place = path, {name: value for name, value in request.args.items() if name != "page"}
    return found
