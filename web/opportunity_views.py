"""What the lists, boards and forecasts of opportunities on both faces ask alike."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _

from trade.opportunities.rules import AGES, CLOSED, RANK
from web import opportunity_words
from web.choosing import TYPED
from web.lists import Asked, Filter, List, Listed

STAGE = Filter(
    key="stage",
    words=_("Stage"),
    kind="choice",
    choices=lambda _session: [
        ("open", _("Open (opportunities)")),
        *((code, said) for code, (_tone, said) in opportunity_words.STAGES.items()),
    ],
)
AGE = Filter(
    key="age",
    words=_("Age"),
    kind="choice",
    choices=lambda _session: [(str(at), opportunity_words.age(at)) for at in range(len(AGES) + 1)],
)
WHEN = Filter(
    key="when",
    words=_("Order expected"),
    kind="choice",
    choices=lambda _session: opportunity_words.WHEN.items(),
)
REACHED = Filter(
    key="reached",
    words=_("At least as far as"),
    kind="choice",
    choices=lambda _session: [(code, opportunity_words.stage(code)[1]) for code in RANK],
)
DUE = Filter(key="due", words=_("Next step due"), kind="flag")


def by(*ways: str) -> Filter:
    """By what a forecast is told, chosen by tabs."""
    return Filter(
        key="by", kind="id", choices=lambda _session: [(way, opportunity_words.WAYS[way]) for way in ways]
    )


def frame(listed: Listed, kept_by: List[Any], views: Mapping[Any, Any]) -> dict[str, Any]:
    """What each view of the same opportunities shows: its tabs, words, and how a number leads to the list of its rows.

    The filters that `kept_by` knows go from one view to the other; `views` names them, the list first.
    """
    known = kept_by.plain(listed.args).items()
    kept = {key: said for key, said in known if listed.asked.get(key.removesuffix(TYPED))}
    return {
        "listed": listed,
        "views": [
            (said, url_for(page, **kept), page == listed.spec.page, None) for page, said in views.items()
        ],
        "kept": kept,
        "url_of": lambda **more: url_for(next(iter(views)), **narrowed(kept, more)),
        "words": opportunity_words,
    }


def narrowed(kept: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """The filters of the list that shows what a number of the page with the filters `kept` is made of."""
    found = dict(kept)
    for key, said in more.items():
        if key == "stage" and said == "open":
            found.setdefault(key, said)
        elif key == "reached":
            found[key] = max(said, kept.get(key, said), key=lambda each: RANK.get(each, -1))
        elif key == "territory":
            found |= {key: "none"} if said == "0" else {key: said, "alone": "yes"}
        else:
            found[key] = said
    return found


def summed(asked: Asked) -> Any:
    """What the sum below a list is of: what is open, unless won or lost ones are asked for."""
    return "" if asked["stage"] in CLOSED else _("Open (opportunities)")
