"""A message may go to the world, never into our own network: looked at in the very moment of connecting.

Whatever library connects, by whatever name and after whatever redirect, the address itself is judged, so that a
name that answers differently the second time gains nothing.
"""

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_may_be_private: ContextVar[bool | None] = ContextVar("may_be_private", default=None)


class Forbidden(OSError):
    """The address lies where messages must not go."""


@contextmanager
def watched(*, may_be_private: bool) -> Iterator[None]:
    """Let what runs here connect to the world alone, or to our own network too where the administrator said so.

    A context and not a thread: apprise sends by threads of its own, and hands the context on to them.
    """
    _watch()
    token = _may_be_private.set(may_be_private)
    try:
        yield
    finally:
        _may_be_private.reset(token)


def is_allowed(address: str, *, may_be_private: bool) -> bool:
    """Whether a numeric address may be connected to; an IPv4 address inside an IPv6 one is judged as itself."""
    try:
        found = _inner(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if found.is_multicast or found.is_link_local or found.is_unspecified:
        return False  # among them where clouds hand out keys
    return may_be_private or found.is_global


def _inner(address: Any) -> Any:
    if address.version == 4:
        return address
    if address in _NAT64:
        return ipaddress.ip_address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


@cache
def _watch() -> None:
    sys.addaudithook(_look)  # for the life of the process: a hook is never taken away


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    may_be_private = _may_be_private.get()
    if may_be_private is None:
        return
    address = arguments[1]
    numeric = address[0] if isinstance(address, tuple) else ""
    if not isinstance(numeric, str) or not is_allowed(numeric, may_be_private=may_be_private):
        raise Forbidden(f"{numeric or 'this'} is not an address that messages may go to")
