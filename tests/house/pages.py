"""Every page of the route map, with who sees most of it: what the looks, the languages and axe are tested on."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.house.access_walk import Site, rows

# Who may do most comes first; a page is looked at by the first of them whom it lets in.
WIDEST = ("owner", "administrator", "buyer", "nobody")
# What answers with something else than a page: files, the liveness probe, the way to the front door.
NO_PAGES = (
    "/attachments/",
    "/paper",
    "/pictures/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/licence/",
    "/files/",
    "/manifest",
    "/template",
    "/file",
    "/problems",
    "/brand-",
    "/app-manifest",
    "/service-worker",
    "/offline",
)


@dataclass(frozen=True)
class Place:
    """One address, and who opens it."""

    key: str
    who: str
    path: str


def places(site: Site) -> Iterator[Place]:
    """Every GET address of tests/access.toml that answers with a page, once, as whoever sees most of it."""
    seen = set[str]()
    for key, row in rows().items():
        who = next((each for each in WIDEST if each in row["passes"]), next(iter(row["passes"]), ""))
        who = "nobody" if row.get("permission") == "public" else who
        if not key.startswith("GET ") or not who or row.get("answer", 200) != 200:
            continue
        path = site.path(key, row)
        is_page = not any(part in path.partition("?")[0] for part in NO_PAGES)
        if is_page and path not in seen:
            seen.add(path)
            yield Place(key, who, path)
