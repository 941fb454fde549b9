"""The file itself: a plain tar that any `tar` opens, in which a changed byte is found wherever it is.

Members: `tongqu` (what the file is), the database, `secret_key`, `uploads/…`, `manifest.json`, and `seal`, whose
content is the sha256 of everything before it. The end of the file is therefore known to the byte, and so is all
the rest. Only plain files with expected names are ever read, so nothing in it can lead outside or unfold.
"""

import hashlib
import json
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Protocol

FORMAT = 1
FIRST, MANIFEST, SEAL = "tongqu", "manifest.json", "seal"
PLAIN = f"backup {FORMAT}\n".encode()
SQLITE, POSTGRESQL, SECRET = "database.sqlite.gz", "database.dump", "secret_key"
UPLOAD = re.compile(r"uploads/([0-9a-f]{2})/(\1[0-9a-f]{30})")
NAMES = frozenset({SQLITE, POSTGRESQL, SECRET})
BLOCK, CHUNK = 512, 1024 * 1024
LARGEST_TEXT = 512 * 1024 * 1024  # bytes of a manifest: four million uploads
Beat = Callable[[], None]  # called at least every few seconds of long work


class Damaged(Exception):
    """The file is not what was written; says where."""


class Readable(Protocol):
    """Whatever bytes are read from: a file or a pipe."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Counted:
    """A table as it was: how many rows, and a sha256 over all of them in the order of their keys."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Member:
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself."""

    made_at: str  # UTC
    program: str
    revision: str  # of the tables
    kind: str  # sqlite or postgresql
    server: str  # the database's own version
    database_bytes: int  # as it is unpacked
    tables: Mapping[str, Counted]
    members: Mapping[str, Member] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()  # uploads that a row names and that were not there

    def as_json(self) -> bytes:
        """How it stands in the file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1).encode()

    @classmethod
    def of_json(cls, text: bytes) -> "Manifest":
        """Read it back. Raises Damaged."""
        try:
            given: dict[str, Any] = json.loads(text)
            given.pop("format")
            given["tables"] = {name: Counted(**each) for name, each in given["tables"].items()}
            given["members"] = {name: Member(**each) for name, each in given["members"].items()}
            given["lacking"] = tuple(given["lacking"])
            return cls(**given)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged("manifest.json cannot be read") from error


def header(name: str, size: int) -> bytes:
    """The block before a member: readable by its owner alone, and the same whenever it is written."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def padding(size: int) -> bytes:
    """What fills the last block of a member."""
    return bytes(-size % BLOCK)


def tail(whole: str, manifest: str) -> bytes:
    """The last bytes of a file: the seal, and tar's own end."""
    text = f"{whole} {manifest}\n".encode()
    return header(SEAL, len(text)) + text + padding(len(text)) + bytes(2 * BLOCK)


class Writer:
    """Writes members one after the other to a stream that need not turn back."""

    def __init__(self, stream: BinaryIO, first: bytes = PLAIN):
        self.stream, self.whole = stream, hashlib.sha256()
        self.members: dict[str, Member] = {}
        self.add_bytes(FIRST, first)

    def add(self, name: str, source: Readable, size: int, beat: Beat = lambda: None) -> Member:
        """Copy exactly `size` bytes. Raises Damaged when the source ends before."""
        self._put(header(name, size))
        digest, left = hashlib.sha256(), size
        while left:
            chunk = source.read(min(CHUNK, left))
            if not chunk:
                raise Damaged(f"{name} became shorter while it was copied")
            digest.update(chunk)
            self._put(chunk)
            left -= len(chunk)
            beat()
        self._put(padding(size))
        self.members[name] = Member(size, digest.hexdigest())
        return self.members[name]

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a short member."""
        self._put(header(name, len(content)) + content + padding(len(content)))
        self.members[name] = Member(len(content), hashlib.sha256(content).hexdigest())

    def close(self, manifest: Manifest | None = None) -> None:
        """Write manifest and seal; nothing can be added after."""
        if manifest is not None:
            self.add_bytes(MANIFEST, manifest.as_json())
        said = self.members.get(MANIFEST)
        self.stream.write(tail(self.whole.hexdigest(), said.sha256 if said else "-"))

    def _put(self, data: bytes) -> None:
        self.whole.update(data)
        self.stream.write(data)


class Reader:
    """Reads members one after the other, each at most once, and proves all of them at the end."""

    def __init__(self, stream: Readable, is_expected: Callable[[str], bool]):
        self.stream, self.is_expected = stream, is_expected
        self.whole = hashlib.sha256()
        self.members: dict[str, Member] = {}
        self.last = "its beginning"
        self.broken: str | None = None
        self.is_manifest_broken = False

    def __iter__(self) -> Iterator[tuple[str, int, Iterator[bytes]]]:
        """Name, size and content of each member up to the seal; what is not taken of a content is passed over."""
        while True:
            block = self._take(BLOCK)
            name, size = self._entry(block)
            if name == SEAL:
                self._judge(block)
                return
            self.whole.update(block)
            content = self._content(name, size)
            yield name, size, content
            for _ in content:
                pass

    def _entry(self, block: bytes) -> tuple[str, int]:
        try:
            entry = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.TarError, ValueError) as error:
            raise Damaged(f"the entry after {self.last} cannot be read") from error
        if entry.type != tarfile.REGTYPE or entry.name in self.members or entry.size < 0:
            raise Damaged(f"the entry after {self.last} is not a plain file, or a second of its name")
        if entry.name != SEAL and not self.is_expected(entry.name):
            raise Damaged(f"the entry after {self.last} has a name that no backup contains")
        return entry.name, entry.size

    def _content(self, name: str, size: int) -> Iterator[bytes]:
        digest, left = hashlib.sha256(), size
        self.last = name
        while left:
            chunk = self._take(min(CHUNK, left))
            left -= len(chunk)
            self.whole.update(chunk)
            digest.update(chunk)
            yield chunk
        self.whole.update(self._take(len(padding(size))))
        self.members[name] = Member(size, digest.hexdigest())

    def _judge(self, block: bytes) -> None:
        """Hold the end against what the end of these bytes must be."""
        rest = block + self._take(3 * BLOCK)
        said = self.members.get(MANIFEST)
        manifest = said.sha256 if said else "-"
        if self.stream.read(1) or rest != tail(self.whole.hexdigest(), manifest):
            self.broken = "the frame between the members, or the seal at the end"
            self.is_manifest_broken = rest[BLOCK : 2 * BLOCK].split()[1:2] != [manifest.encode()]

    def _take(self, size: int) -> bytes:
        """Exactly so many bytes, however few a pipe gives at once."""
        taken = bytearray()
        while len(taken) < size:
            chunk = self.stream.read(size - len(taken))
            if not chunk:
                raise Damaged(f"it ends too early, after or within {self.last}")
            taken += chunk
        return bytes(taken)


def prove(reader: Reader, manifest: Manifest | None) -> None:
    """Name what differs from what was written, once all of it has been read. Raises Damaged."""
    if reader.is_manifest_broken:
        raise Damaged(f"{MANIFEST}, or the seal at the end")
    if manifest is not None:
        found = {name: each for name, each in reader.members.items() if name not in {FIRST, MANIFEST}}
        said = manifest.members
        wrong = sorted(name for name in said.keys() | found if said.get(name) != found.get(name))
        if wrong:
            raise Damaged(", ".join(wrong[:5]) + (f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""))
    if reader.broken:
        raise Damaged(reader.broken)


def is_expected(name: str) -> bool:
    """Whether a member of this name may be in a backup."""
    return name in {FIRST, MANIFEST, *NAMES} or UPLOAD.fullmatch(name) is not None
