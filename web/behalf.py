"""Who did something, and for whom, as both faces say it."""

from flask_babel import gettext


def who(name: str | None, on_behalf_name: str | None = None) -> str:
    """陈闽生 代 漳州市鑫禾源…; the program where nobody did it."""
    if name and on_behalf_name:
        return gettext("%(name)s for %(distributor)s", name=name, distributor=on_behalf_name)
    return name or gettext("the program")
