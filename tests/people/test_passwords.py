"""How passwords are kept."""

import importlib.util

from argon2 import Type

from trade.people import passwords


def test_what_is_shipped_is_as_slow_as_owasp_asks():
    spec = importlib.util.find_spec(passwords.__name__)
    assert spec and spec.loader
    shipped = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shipped)  # a fresh copy: the tests' own is made quick
    hasher = shipped._hasher
    assert hasher.type is Type.ID and hasher.salt_len >= 16 and hasher.hash_len >= 32
    assert hasher.memory_cost >= 19 * 1024 and hasher.time_cost >= 2  # OWASP Password Storage Cheat Sheet
    assert shipped.hashed("a short sentence").startswith("$argon2id$")
