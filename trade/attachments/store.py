"""Where files lie: one folder of random names. Two functions, so that an object store can take its place."""

import os
import re
import secrets
from pathlib import Path

from trade.errors import Refused

NAME = re.compile(r"[0-9a-f]{32}")


def save(content: bytes) -> str:
    """Write a file so that it is whole and on the disk before its name is told; a crash leaves at most an orphan."""
    name = secrets.token_hex(16)
    room = folder()
    room.mkdir(mode=0o700, parents=True, exist_ok=True)
    shelf = room / name[:2]
    shelf.mkdir(mode=0o700, exist_ok=True)
    unfinished = shelf / f"{name}.part"
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(shelf / name)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    for place in shelf, room:
        _settle(place)
    return name


def keep(found: Path) -> tuple[str, int]:
    """Take a file in that was written beside the store; answers its name and its bytes, without reading them."""
    name = secrets.token_hex(16)
    shelf = folder() / name[:2]
    shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    with found.open("rb+") as file:
        os.fsync(file.fileno())
    size = found.stat().st_size
    found.rename(shelf / name)
    for place in shelf, folder():
        _settle(place)
    return name, size


def load(name: str) -> bytes:
    """Read a file by the name that `save` gave.

    Raises Refused("attachment.lost") where rows know it and the folder does not: a database restored without its files.
    """
    if not NAME.fullmatch(name):
        raise Refused("attachment.lost", keep={"file": name})
    try:
        return (folder() / name[:2] / name).read_bytes()
    except FileNotFoundError as error:
        raise Refused("attachment.lost", keep={"file": name}) from error


def erase(name: str) -> None:
    """Take a file off the disk that no row names any more; one that is gone already is no error."""
    if NAME.fullmatch(name):
        (folder() / name[:2] / name).unlink(missing_ok=True)


def folder() -> Path:
    """The uploads in the data folder of this installation."""
    default = Path(__file__).resolve().parents[2] / "data"
    return Path(os.environ.get("TONGQU_DATA_DIR") or default) / "uploads"


def _settle(place: Path) -> None:
    """A new name is on the disk only when its folder is."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
