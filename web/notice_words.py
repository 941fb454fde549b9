"""What a notice says on a page, and the filters of the lists of notices."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from press import notice_words

# Key of the filter: words, and the beginnings of the topics that it shows.
KINDS = {
    "orders": (_("Orders"), ("order", "shipment", "amendment", "approval")),
    "returns": (_("Returns"), ("return",)),
    "money": (_("Money"), ("payment", "credit", "statement", "invoice", "debt", "limit_request")),
    "policies": (_("Policies and notices"), ("broadcast",)),
    "customers": (_("Customer registrations"), ("registration", "opportunity")),
    "prices": (_("Prices"), ("price", "price_list")),
    "other": (_("Other"), ("stock", "distributor", "person", "account", "import", "backup", "system")),
}


def say(topic: str, facts: Mapping[str, Any]) -> str:
    """Put a notice of the brand's side into the reader's language."""
    return notice_words.to_brand(topic, facts, gettext)


def outline(topic: str) -> str:
    """The sentence of a topic with its gaps, for whoever looks after the messages and not at one."""
    return gettext(notice_words.SENTENCES.get(topic, topic))


def say_to_distributor(topic: str, facts: Mapping[str, Any]) -> str:
    """Put a notice of a distributor's people into the reader's language."""
    return notice_words.spoken(topic, facts, "portal", gettext)


def kinds_of(key: str) -> tuple[str, ...]:
    """The topics of a filter; none for an unknown one."""
    return KINDS[key][1] if key in KINDS else ()
