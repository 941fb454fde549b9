"""What a kind of upload is: its fields, and which of them say which row it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """A column that we understand. `called` are headings by which people know it, Chinese and English."""

    key: str
    read: Callable[[str], Any]
    called: Sequence[str]
    example: str = ""
    is_needed: bool = False
    is_needed_when_new: bool = False


@dataclass(frozen=True)
class Kind:
    """What may be brought in; `names` are the fields that say which row it is."""

    key: str
    fields: Sequence[Field]
    names: Sequence[str]

    def field(self, key: str) -> Field:
        return next(each for each in self.fields if each.key == key)
