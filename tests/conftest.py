"""What every test may ask for: databases, browsers, and a world to act in."""

import gc
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from hypothesis import settings
from werkzeug.routing import rules

from ops import deeds
from ops.watching import PROOF
from trade import db
from trade.people import passwords

COMPILE = rules.Rule._compile_builder


def _compiled_late(rule: rules.Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    made: list[Callable[..., tuple[str, str]]] = []

    def built(self: rules.Rule, *arguments: Any, **values: Any) -> tuple[str, str]:
        if not made:
            made.append(COMPILE(rule, append_unknown))
        return made[0](self, *arguments, **values)

    return built


pytest_plugins = ["tests.databases", "tests.browser"]

# Time is measured by ./bench; a busy machine must not make a property look false.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
# Tests do in a second what people do in an hour; tests/house/test_limits.py counts.
os.environ["TONGQU_LIMITS"] = "off"
# Nobody pulls the plug on this process; those that are killed are started with what users run.
db.PRAGMAS = (*db.PRAGMAS, "synchronous=OFF")
# Hashing is slow on purpose; what is shipped is measured by tests/people/test_passwords.py.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# An application has six hundred addresses, and a run a hundred applications: each is compiled when it is built first.
rules.Rule._compile_builder = _compiled_late  # type: ignore[method-assign]
# On PostgreSQL each time: orders, credit and stock, prices, races, crashes, jobs, and every page once
# (tests/house). Of these folders only what is named next, the rest by the proofs.
LEFT_TO_PROOFS = {
    *("admin", "portal", "care", "lists", "reports", "imports", "notices", "attachments", "flows"),
    *("registrations", "opportunities"),  # their race stands in tests/races
    *("statements", "invoices", "onboarding", "returns", "people", "verify", "backup"),
}
ALWAYS = {
    *("test_order_life.py", "test_order_exceptions.py", "test_stock_races.py", "test_payments.py"),
    "test_of_two_browsers_with_one_recovery_code_one_comes_in",
}
LEFT_FILES = {"test_pages.py", "test_pasting.py"}  # prices as they are typed
LEFT_TESTS = {
    *("test_some_steps", "test_a_planted_fault_is_seen"),
    "test_every_rush_about_approved_orders_ends_as_it_must",
}
# A worker that is called once proves no books: tests/verify/after.py does, and tests/admin/test_status.py tells that it would.
deeds.ALL_ROUNDS = tuple(each for each in deeds.ALL_ROUNDS if each.kind != PROOF)
# What takes longest is begun first, so that nobody waits for it at the end.
LONG = (
    *("test_access.py", "test_crashes.py", "test_an_order_goes_through.py", "test_axe.py"),
    *("test_a_new_brand.py", "test_demo.py", "test_restore.py", "test_inbox.py", "test_pages_budget.py"),
    *("test_languages.py", "test_books.py", "test_more_credit.py", "test_whole.py"),
)


@pytest.fixture
def still() -> Iterator[None]:
    """Let the clock stand."""
    with time_machine.travel(time.time(), tick=False):
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave PostgreSQL halves to the proofs where SQLite's half shows the same, so that the whole keeps its time.

    tests/house opens every page once on both each time.
    """
    for item in items:
        given = getattr(getattr(item, "callspec", None), "params", {}).values()
        path, name = Path(item.path), getattr(item, "originalname", item.name)
        is_left = path.parent.name in LEFT_TO_PROOFS and not {path.name, name} & ALWAYS
        is_left = is_left or name in LEFT_TESTS or path.name in LEFT_FILES
        is_left = is_left or (path.parent.name == "races" and "without" in name)
        if is_left and "postgresql" in given:
            item.add_marker(pytest.mark.proof)
    _spread(items, int(getattr(config, "workerinput", {}).get("workercount", 1)))


def pytest_collection_finish() -> None:
    """Let the collector leave what was read alone: it stays as long as the tests run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 25, 25)


def _spread(items: list[pytest.Item], workers: int) -> None:
    """Let each worker begin with its part of what takes long; each takes an even share of the items in their order."""
    proofs = [item for item in items if item.get_closest_marker("proof")]
    asked = [item for item in items if not item.get_closest_marker("proof")]
    long = [item for name in LONG for item in asked if item.path.name == name]
    rest = [item for item in asked if item.path.name not in LONG]
    size = len(asked) // workers
    found: list[pytest.Item] = []
    for at in range(workers):
        mine = long[at::workers]
        found += mine + [rest.pop(0) for _each in range(min(len(rest), size - len(mine)))]
    items[:] = found + rest + proofs
