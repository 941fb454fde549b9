"""Browsers and systems by the names that people know; most name several others beside themselves."""

BROWSERS = {  # the first mark that stands in a browser's own words
    "MicroMessenger": "WeChat",
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


def named(agent: str) -> str:
    """A browser and its system, as far as they are known: Chrome · Windows."""
    found = (
        next((words for mark, words in names.items() if mark in agent), "") for names in (BROWSERS, SYSTEMS)
    )
    return " · ".join(each for each in found if each)
