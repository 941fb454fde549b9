"""A server that is told to end lets go of its address at once."""

import selectors
import socket

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import ThreadWorker

from ops.gunicorn_worker import Worker


def leaving(kind: type[ThreadWorker], listener: socket.socket) -> tuple[ThreadWorker, list[object]]:
    """A worker that has accepted so far and is told to end, and whom it let in."""
    worker, let_in = kind.__new__(kind), list[object]()
    worker.cfg, worker.sockets, worker.nr_conns, worker._accepting = Config(), [listener], 0, False
    worker.poller, worker.alive, worker.enqueue_req = selectors.DefaultSelector(), True, let_in.append
    worker.set_accept_enabled(True)
    worker.alive = False
    return worker, let_in


def test_who_came_before_is_answered_and_who_comes_later_is_refused_at_once() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    worker, let_in = leaving(Worker, listener)
    with socket.create_connection(address), socket.create_connection(address):
        worker.set_accept_enabled(False)
        assert len(let_in) == 2
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=1)
    assert worker.nr_conns == 2


def test_gunicorns_own_worker_would_let_them_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        worker, let_in = leaving(ThreadWorker, listener)
        worker.set_accept_enabled(False)
        with socket.create_connection(listener.getsockname(), timeout=1):
            assert let_in == []
