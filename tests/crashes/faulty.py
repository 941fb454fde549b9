"""The server with a promise broken on purpose, which the searches must notice; only tests start it."""

import importlib
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask

from trade import db
from trade.credit import ledger
from trade.credit.models import CreditAccount

FAULT = "TONGQU_TEST_FAULT"
FLOW = "record_payment"
LATER_SECONDS = 3.0
BETWEEN_SECONDS = 0.6


class _Tried(Exception):
    """The flow would have gone well."""


def acknowledge_before_the_commit() -> None:
    """Answer as soon as a payment would be accepted, and write it a little later, as write-behind does."""
    careful = db.run
    left: queue.Queue[tuple[Any, Any, Any]] = queue.Queue()
    workers: list[int] = []

    def write() -> None:
        while True:
            flow, actor, given = left.get()
            time.sleep(LATER_SECONDS)
            careful(flow, actor, given)

    def careless(flow: Any, actor: Any, given: Any) -> Any:
        if flow.__name__ != FLOW:
            return careful(flow, actor, given)

        def try_it(session: Any, actor: Any, given: Any) -> None:
            raise _Tried(flow(session, actor, given))

        try:
            careful(try_it, actor, given)
        except _Tried as tried:
            left.put((flow, actor, given))
            if os.getpid() not in workers:
                workers.append(os.getpid())
                threading.Thread(target=write, daemon=True).start()
            return tried.args[0]

    db.run = careless


def _late(book: Any) -> Any:
    return lambda session, _actor, given: book(session, session.get(CreditAccount, given[0]), *given[1:])


def commit_in_two() -> None:
    """Write the payment, and in a second transaction what it does to the credit."""
    careful, book = db.run, ledger.book_on
    here = threading.local()
    ledger.book_on = lambda session, account, *facts: here.left.append((account.id, *facts))  # type: ignore[assignment]

    def careless(flow: Any, actor: Any, given: Any) -> Any:
        here.left = []
        answer = careful(flow, actor, given)
        for facts in here.left:
            time.sleep(BETWEEN_SECONDS)
            careful(_late(book), actor, facts)
        return answer

    db.run = careless


FAULTS: Mapping[str, Callable[[], None]] = {"early": acknowledge_before_the_commit, "half": commit_in_two}


def create_app() -> Flask:
    """Plant the fault before the faces import the flows, then make the application as always."""
    FAULTS[os.environ[FAULT]]()
    made: Flask = importlib.import_module("wsgi").create_app()
    return made
