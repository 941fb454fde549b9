from collections.abc import Mapping


class Refused(Exception):
    """A business rule said no; the edge finds the words for `code` and writes `keep` down after the rollback."""

    def __init__(self, code: str, *, keep: Mapping[str, object] | None = None, **facts: object):
        super().__init__(code)
        self.code, self.keep, self.facts = code, keep, facts


class Busy(Exception):
    """The database did not let us in before the deadline; nothing was written and trying again later is right."""


class LostRace(Exception):
    """Somebody took between a look and the deed what was seen; the whole flow runs again, and looks under a lock."""


class NewerSchema(Exception):
    """The database was made by another version of this program."""
