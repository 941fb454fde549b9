"""What machines read: health, figures and log lines; who may, and what never stands in them."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import text

from tests.databases import Prepare
from tests.reused import application
from tests.tables import migrated
from trade import db
from trade.actor import system
from trade.errors import Refused
from web import health, logs, metrics, statements

FAR = {"X-Forwarded-For": "203.0.113.9"}
ME = system("test")


@pytest.fixture
def prepare() -> Prepare:
    return migrated


@pytest.fixture
def app(sqlite_url: str) -> Flask:
    return application(sqlite_url)


def refuse(session: Any, actor: Any, given: str) -> None:
    raise Refused(given)


def test_figures_are_for_this_machine_or_who_holds_the_token(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers=FAR).status_code == 404
    assert client.get("/metrics", headers={"Host": "portal.company.cn"}).status_code == 404
    monkeypatch.setenv("TONGQU_METRICS_TOKEN", "a-token-of-some-length")
    for token, status in (("a-token-of-some-length", 200), ("another", 404), ("", 404)):
        given = {**FAR, "Authorization": f"Bearer {token}"}
        assert client.get("/metrics", headers=given).status_code == status
    monkeypatch.setattr(
        health, "SPOKEN_FOR", ()
    )  # the planted fault: whoever a proxy speaks for counts as near
    assert client.get("/metrics", headers=FAR).status_code == 200


def test_labels_are_bounded_whatever_is_asked(app: Flask) -> None:
    client = app.test_client()
    for path in "/nonsense-1", "/nonsense-2", "/admin/orders/1":
        client.get(path)
    for code in "order.not_found", "made.up":
        with pytest.raises(Refused):
            db.run(refuse, ME, code)
    told = client.get("/metrics").text
    assert (
        "nonsense" not in told and 'route="other"' in told and 'route="/admin/orders/<id:order_id>"' in told
    )
    assert 'tongqu_flows_total{flow="refuse",outcome="refused"}' in told
    assert 'code="order.not_found"' in told and 'code="made.up"' not in told and 'code="other"' in told
    assert "tongqu_database_up 1.0" in told and "tongqu_workers 0.0" in told


def test_alive_asks_no_database_and_ready_says_what_is_wrong_to_this_machine_alone(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    monkeypatch.setattr(health, "KEPT_SECONDS", -1.0)
    assert client.get("/readyz").status_code == 200
    with monkeypatch.context() as patch:
        patch.setitem(app.extensions, "tongqu-revisions", lambda: {"0099"})
        answer = client.get("/readyz")
        assert answer.status_code == 503 and "0099" in answer.text
        strange = client.get("/readyz", headers=FAR)
        assert (strange.status_code, strange.text) == (503, "not well")
        assert client.get("/healthz").status_code == 200
    assert client.get("/healthz?deep=1").status_code == 503  # no worker
    with monkeypatch.context() as patch:
        patch.setattr(health, "_draining", bytearray(1))
        health.drain()
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 503
        assert client.get("/sign-in").status_code == 200


def test_a_line_names_flow_refusal_and_cost_and_no_secret(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    page = app.test_client().get("/sign-in", headers={"X-Request-Id": "good-1"})
    assert page.headers["X-Request-Id"] == "good-1"
    odd = app.test_client().get("/sign-in", headers={"X-Request-Id": 'bad" id'})
    assert '"' not in odd.headers["X-Request-Id"]
    line = json.loads(capsys.readouterr().err.splitlines()[0])
    assert line["request_id"] == "good-1" and line["statements"] >= 1 and "database_milliseconds" in line
    structlog.get_logger().info("call 13912345678", password="p")
    own = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert own["event"] == "call 139****5678" and own["password"] == "…"
    told = logs.discreet({"a": "call 13912345678", "b": "token=abc&x", "password": "p", "c": ["x\r\ny"]})
    assert told == {"a": "call 139****5678", "b": "token=…&x", "password": "…", "c": ["x\r\ny"]}
    record = logging.LogRecord("gunicorn.error", logging.ERROR, "", 1, "two\r\nlines 13912345678", None, None)
    spoken = logs.JsonFormatter().format(record)
    assert "\n" not in spoken and json.loads(spoken)["event"] == "two\r\nlines 139****5678"


def test_a_slow_statement_is_told_without_what_was_put_in(
    app: Flask, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements.Spent, "slow_after", 0.0)

    def ask_slowly(session: Any, actor: Any, given: str) -> None:
        session.execute(text("SELECT :secret"), {"secret": given})

    db.run(ask_slowly, ME, "13912345678")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    slow = next(line for line in lines if line["event"] == "slow statement" and "SELECT" in line["statement"])
    assert slow["statement"] == "SELECT ?" and slow["flow"] == "ask_slowly" and slow["milliseconds"] >= 0


def test_what_watches_fails_nobody(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(ran: db.Ran) -> None:
        raise OSError("no room")

    monkeypatch.setattr(db, "_watchers", [stumble])
    assert db.run(lambda session, actor, given: given, ME, 5) == 5


def test_processes_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    assert metrics._counted() is metrics.OWN
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    assert metrics._counted() is not metrics.OWN
