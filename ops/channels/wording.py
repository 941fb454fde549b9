"""What a parcel says, in its reader's language, with links to the pages that it is about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

from admin import notices as admin_notices
from portal import notices as portal_notices
from press import language, notice_words
from press.mail import Line
from trade import sealing
from trade.applications import letters
from trade.flows.ask_reset import PURPOSE, TOPIC
from trade.notices.dispatches import SEALED, Item, Parcel
from web import public

PAGES: Mapping[str, Mapping[str, Any]] = {"admin": admin_notices.PAGES, "portal": portal_notices.PAGES}
WISHES = {"admin": "admin.reach.index", "portal": "portal.reach.index"}
Path = Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True)
class Links:
    """Addresses of pages, under the one name by which the world knows this installation."""

    path: Path

    @classmethod
    def of(cls, app: Flask) -> "Links":
        """By the routes of the application; nothing here asks a request where it is."""
        return cls(lambda endpoint, ids: app.url_map.bind("localhost").build(endpoint, dict(ids)))

    def to(self, face: str, facts: Mapping[str, Any]) -> str | None:
        """The page of what a message is about; without TONGQU_PUBLIC_URL there is no link to give."""
        for fact, (endpoint, key, _needed) in PAGES[face].items():
            if facts.get(fact):
                return self.page(endpoint, {key: facts[fact]} if key else {})
        return None

    def wishes(self, face: str) -> str | None:
        """The page where people choose what reaches them."""
        return self.page(WISHES[face], {})

    def page(self, endpoint: str, ids: Mapping[str, Any]) -> str | None:
        here = public.public_address()
        return here and here + self.path(endpoint, ids)


def locale_of(parcel: Parcel) -> str:
    return parcel.person.locale if parcel.person else parcel.way.locale


def lines(parcel: Parcel, links: Links) -> list[Line]:
    """The notices of a parcel as sentences, each with its page; phones are never shown in full."""
    say = language.catalogue(locale_of(parcel)).gettext
    return [_line(item, parcel, links, say) for item in parcel.items]


def _line(item: Item, parcel: Parcel, links: Links, say: Callable[[str], str]) -> Line:
    facts = notice_words.outside(item.facts)
    if item.topic == TOPIC:
        page: str | None = _reset_page(item.facts, links)
    elif item.topic.startswith(letters.TOPICS):
        secret = letters.opened(item.facts)
        facts |= {"brand": parcel.brand, "code": secret.get("code", "")}
        page = links.page("apply.mine", {"key": secret["key"]}) if "code" not in secret else None
    else:
        page = links.to(parcel.face, item.facts)
    return Line(notice_words.spoken(item.topic, facts, parcel.face, say), page)


def _reset_page(facts: Mapping[str, Any], links: Links) -> str:
    """The one-time link for a new password, opened in this moment; without an address to lead to, no mail goes."""
    page = links.page("reset.link", {"key": sealing.unseal(str(facts.get(SEALED, "")), PURPOSE)})
    if page is None:
        raise ValueError("TONGQU_PUBLIC_URL is not set, so there is no link to send")
    return page
