"""When the next backup is due and which old ones go: sons, fathers and grandfathers."""

import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.backup.places import Failed
from ops.backup.sealing import Key, Lock
from trade.clock import BRAND_ZONE

NAME = re.compile(r"tongqu-(\d{8}T\d{6}Z)-(?:sqlite|postgresql)\.tar")
FIRST_OF_DAY = timedelta(hours=2, minutes=30)  # brand time: most shops and offices sleep
DAILY = 24 * 60
EPOCH = datetime(2000, 1, 1, tzinfo=BRAND_ZONE) + FIRST_OF_DAY


@dataclass(frozen=True)
class Keep:
    """How many backups stay: the newest, and the newest of so many days, weeks and months."""

    recent: int = 24
    days: int = 7
    weeks: int = 5
    months: int = 12


@dataclass(frozen=True)
class Plan:
    """What the worker does by itself."""

    folder: Path
    minutes: int = DAILY
    keep: Keep = Keep()

    def slot(self, now: datetime) -> str:
        """The span of time that one backup stands for, by its beginning."""
        passed = (now - EPOCH) // timedelta(minutes=self.minutes)
        begins = EPOCH + passed * timedelta(minutes=self.minutes)
        return f"{begins.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def plan() -> Plan | None:
    """The schedule that the environment asks for; none without a folder. Raises Failed."""
    folder = os.environ.get("TONGQU_BACKUP_DIR")
    if not folder:
        return None
    minutes = os.environ.get("TONGQU_BACKUP_MINUTES") or str(DAILY)
    counts = os.environ.get("TONGQU_BACKUP_KEEP") or "24,7,5,12"
    if not re.fullmatch(r"[1-9][0-9]{0,5}", minutes):
        raise Failed(f"TONGQU_BACKUP_MINUTES is a whole number of minutes, not {minutes!r}")
    if not re.fullmatch(r"[1-9][0-9]{0,4}(,[0-9]{1,4}){3}", counts):
        raise Failed("TONGQU_BACKUP_KEEP is four numbers, newest,days,weeks,months, such as 24,7,5,12")
    return Plan(Path(folder).resolve(), int(minutes), Keep(*map(int, counts.split(","))))


def lock() -> Lock:
    """How backups are encrypted, as the environment says. Raises Failed."""
    recipient = os.environ.get("TONGQU_BACKUP_RECIPIENT") or None
    return Lock(None if recipient else _passphrase(), recipient)


def key() -> Key:
    """What opens them here: a recipient's own key is not on this machine."""
    return Key(_passphrase())


def _passphrase() -> str | None:
    file = os.environ.get("TONGQU_BACKUP_PASSPHRASE_FILE")
    return first_line(Path(file)) if file else os.environ.get("TONGQU_BACKUP_PASSPHRASE") or None


def first_line(path: Path) -> str:
    """A passphrase kept in a file. Raises Failed."""
    try:
        text = path.read_text("utf-8").split("\n", 1)[0].strip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"the passphrase file {path} cannot be read") from error
    if not text:
        raise Failed(f"the first line of {path} is empty, so there is no passphrase")
    return text


def moments(names: Iterable[str]) -> dict[datetime, str]:
    """Our own scheduled files by the moment in their names; others are not ours to remove."""
    found = {name: NAME.fullmatch(name) for name in names}
    return {
        datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC): name
        for name, match in found.items()
        if match
    }


def kept(made: Collection[datetime], keep: Keep) -> set[datetime]:
    """Which backups stay: spans are the brand's days, ISO weeks and months, and the newest of each stands for it."""
    newest = sorted(made, reverse=True)
    stay = set(newest[: keep.recent])
    spans = ((keep.days, "%Y-%m-%d"), (keep.weeks, "%G-%V"), (keep.months, "%Y-%m"))
    for count, form in spans:
        first: dict[str, datetime] = {}
        for each in newest:
            first.setdefault(f"{each.astimezone(BRAND_ZONE):{form}}", each)
        stay |= set(list(first.values())[:count])
    return stay
