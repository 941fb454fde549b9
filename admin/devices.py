"""The browsers that somebody is signed in with, as people call them."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

BROWSERS = {  # the first mark that stands in a browser's own words; most name several others beside themselves
    "MicroMessenger": _("WeChat"),
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "HarmonyOS": "HarmonyOS",
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def called(agent: str) -> str:
    """A browser and its system as people call them: Chrome · Windows."""
    browser = next((str(words) for mark, words in BROWSERS.items() if mark in agent), "")
    system = next((words for mark, words in SYSTEMS.items() if mark in agent), "")
    return " · ".join(each for each in (browser, system) if each) or gettext("unknown browser")
