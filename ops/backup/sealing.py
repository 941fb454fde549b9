"""Encryption by age, in a stream: what is encrypted is never on the disk in the clear as a whole.

An encrypted file is a tar too: `tongqu`, with a passphrase `key.age` (a key made for this file alone, which the
passphrase opens), `backup.tar.age` and the seal. The tools `tar` and `age` open it without this program.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from ops.backup.archive import (
    BLOCK,
    CHUNK,
    FIRST,
    FORMAT,
    PLAIN,
    SEAL,
    Beat,
    Damaged,
    Readable,
    Reader,
    header,
    padding,
    prove,
    tail,
)

LOCKED = f"encrypted backup {FORMAT}\n".encode()
KEY, INNER = "key.age", "backup.tar.age"
LARGEST_KEY = 64 * 1024


class Locked(Exception):
    """The file cannot be opened with what was given; says what it needs."""


@dataclass(frozen=True)
class Lock:
    """What encrypts: a passphrase, or the public key of whoever keeps the private one elsewhere."""

    passphrase: str | None = None
    recipient: str | None = None  # age1…

    def __bool__(self) -> bool:
        return bool(self.passphrase or self.recipient)


@dataclass(frozen=True)
class Key:
    """What opens: a passphrase, or the text of an age identity (AGE-SECRET-KEY-1…)."""

    passphrase: str | None = None
    identity: str | None = None


@contextmanager
def locked(target: BinaryIO, lock: Lock, beat: Beat) -> Iterator[BinaryIO]:
    """Give a stream whose bytes arrive in `target` encrypted, sealed when the block ends. Raises Locked."""
    key: bytes = b""
    try:
        if lock.recipient:
            recipient: Any = pyrage.x25519.Recipient.from_str(lock.recipient.strip())
        else:
            own = pyrage.x25519.Identity.generate()
            recipient, key = own.to_public(), pyrage.passphrase.encrypt(str(own).encode(), lock.passphrase)
    except pyrage.RecipientError as error:
        raise Locked("the recipient is no age public key (age1…)") from error
    target.write(header(FIRST, len(LOCKED)) + LOCKED + padding(len(LOCKED)))
    if key:
        target.write(header(KEY, len(key)) + key + padding(len(key)))
    start = target.tell()
    target.write(header(INNER, 0))
    with _pipe(lambda reader: pyrage.encrypt_io(reader, target, [recipient])) as stream:
        yield stream
    size = target.tell() - start - BLOCK
    target.write(padding(size))
    target.seek(start)
    target.write(header(INNER, size))
    target.seek(0)
    whole = hashlib.sha256()
    while chunk := target.read(CHUNK):
        whole.update(chunk)
        beat()
    target.write(tail(whole.hexdigest(), "-"))


@contextmanager
def unlocked(path: Path, key: Key, beat: Beat) -> Iterator[BinaryIO]:
    """Give the plain stream of a backup, encrypted or not. Raises Damaged, Locked."""
    with path.open("rb") as file:
        start, size, own = _survey(file, beat)
        if size < 0:
            file.seek(0)
            yield file
            return
        identity = _identity(own, key)
        file.seek(start)
        region = _Region(file, size)

        def decrypt(writer: BinaryIO) -> None:
            with writer:
                pyrage.decrypt_io(region, writer, [identity])

        with _source(decrypt) as stream:
            yield stream


def check_seal(path: Path, beat: Beat) -> None:
    """Prove that an encrypted file is as it was written, without the key. Raises Damaged."""
    with path.open("rb") as file:
        _survey(file, beat)


def is_locked(path: Path) -> bool:
    """Whether a backup is encrypted. Raises Damaged when it is no backup of ours."""
    with path.open("rb") as file:
        start = file.read(2 * BLOCK)
    for first, answer in (PLAIN, False), (LOCKED, True):
        if start == header(FIRST, len(first)) + first + padding(len(first)):
            return answer
    if start[BLOCK:].startswith((b"backup ", b"encrypted backup ")):
        raise Damaged("the file was written in another format: a newer Tongqu reads it")
    raise Damaged("the file is no backup of Tongqu, or its beginning")


def _survey(file: BinaryIO, beat: Beat) -> tuple[int, int, bytes]:
    """Where the encrypted part lies and the key beside it, after the seal was held against all bytes; size −1 = plain."""
    if not is_locked(Path(file.name)):
        return 0, -1, b""
    reader = Reader(file, lambda name: name in {FIRST, KEY, INNER, SEAL})
    start, length, key = 0, 0, b""
    for name, size, content in reader:
        if name == KEY and size <= LARGEST_KEY:
            key = b"".join(content)
        if name == INNER:
            start, length = file.tell(), size
            for _ in content:
                beat()
    prove(reader, None)
    return start, length, key


def _identity(own: bytes, key: Key) -> Any:
    if own:
        if not key.passphrase:
            raise Locked(
                "the backup is encrypted with a passphrase: give it in a file or TONGQU_BACKUP_PASSPHRASE"
            )
        try:
            text = pyrage.passphrase.decrypt(own, key.passphrase).decode()
        except pyrage.DecryptError as error:
            raise Locked("the passphrase does not open this backup") from error
    else:
        if not key.identity:
            raise Locked("the backup is encrypted for an age key: give the file with its identity")
        lines = key.identity.splitlines()
        text = next((line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")), "")
    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError as error:
        raise Locked("the identity is no age key (AGE-SECRET-KEY-1…)") from error


class _Region:
    """A part of a file, to be read as if it were all."""

    def __init__(self, file: BinaryIO, size: int):
        self.file, self.left = file, size

    def read(self, size: int = -1) -> bytes:
        wanted = self.left if size < 0 else min(size, self.left)
        data = self.file.read(wanted)
        self.left -= len(data)
        return data


@contextmanager
def _pipe(take: Callable[[Readable], None]) -> Iterator[BinaryIO]:
    """Give a stream into a thread; what the thread could not do is raised at the end."""
    into, out = os.pipe()
    failures: list[BaseException] = []

    def work() -> None:
        with os.fdopen(into, "rb") as reader:
            try:
                take(reader)
            except BaseException as error:  # noqa: BLE001 - raised again where it belongs
                failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        with os.fdopen(out, "wb") as writer:
            yield writer
    except BrokenPipeError:
        thread.join()
        if not failures:
            raise
    finally:
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def _source(give: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """Give a stream out of a thread; a key that does not fit is raised as Locked."""
    into, out = os.pipe()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            give(os.fdopen(out, "wb"))
        except BaseException as error:  # noqa: BLE001 - raised again where it belongs
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        with os.fdopen(into, "rb") as reader:
            yield reader
    except Damaged as error:
        thread.join()
        if any(isinstance(each, pyrage.DecryptError) for each in failures):
            raise Locked("the key does not open this backup") from error
        raise
    finally:
        thread.join()
