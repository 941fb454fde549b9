"""The browsers that somebody is signed in with, as people call them."""

from flask_babel import gettext

from trade.people import browsers


def called(agent: str) -> str:
    """A browser and its system as people call them: Chrome · Windows."""
    return browsers.named(agent).replace("WeChat", gettext("WeChat")) or gettext("unknown browser")
