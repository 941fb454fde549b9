"""Chromium for tests: a phone and a desk, with and without JavaScript, and the server that they visit."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from tests.served import ROOT, Process, Server, Worker

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PLACE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
    "desk": {"viewport": {"width": 1440, "height": 900}},
}
PATIENCE_MILLISECONDS = 10_000
# A refused form is a 422 and a stranger's page a 404: Chromium reports both as errors, and tests expect them.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation", violation =>
    console.error("CSP", violation.violatedDirective, violation.blockedURI, violation.sourceFile, violation.lineNumber))"""
FAILED = pytest.StashKey[bool]()

OpenContext = Callable[..., BrowserContext]
Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Start Playwright once per test process."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Start the installed Chromium once per test process."""
    program = os.environ.get("TONGQU_CHROMIUM") or shutil.which("chromium")
    assert program, "Chromium is missing: apt-get install chromium"
    browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def trouble() -> Iterator[list[str]]:
    """Collect what Chromium complains about; a test that expects some of it empties the list itself."""
    heard: list[str] = []
    yield heard
    assert not heard, "the browser complained:\n" + "\n".join(heard)


@pytest.fixture
def open_context(
    chromium: Browser, trouble: list[str], request: pytest.FixtureRequest
) -> Iterator[OpenContext]:
    """Open browsers of one's own: `open_context("phone", javascript=False)`; cookies are not shared between them."""
    opened: list[BrowserContext] = []

    def open_one(device: str, *, javascript: bool = True, **options: Any) -> BrowserContext:
        settings = (
            PLACE
            | DEVICES[device]
            | {"java_script_enabled": javascript, "service_workers": "block"}
            | options
        )
        if "served" in request.fixturenames:
            settings.setdefault("base_url", request.getfixturevalue("served").base_url)
        context = chromium.new_context(**settings)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("page", lambda page: listen(page, trouble))
        opened.append(context)
        return context

    yield open_one
    if request.node.stash.get(FAILED, False):
        keep_pictures(opened, request.node.name)
    for context in opened:
        context.close()


@pytest.fixture
def phone(open_context: OpenContext) -> BrowserContext:
    """Hand out a phone of 390 × 844."""
    return open_context("phone")


@pytest.fixture
def desk(open_context: OpenContext) -> BrowserContext:
    """Hand out a PC of 1440 × 900."""
    return open_context("desk")


@pytest.fixture
def plain_phone(open_context: OpenContext) -> BrowserContext:
    """Hand out a phone without JavaScript."""
    return open_context("phone", javascript=False)


@pytest.fixture
def plain_desk(open_context: OpenContext) -> BrowserContext:
    """Hand out a PC without JavaScript."""
    return open_context("desk", javascript=False)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start servers of one's own: `serve(url, processes=2)`; they share the test's data folder and end with it."""
    started: list[Process] = []

    def serve_one(url: str, **options: Any) -> Server:
        server = Server(url, tmp_path / "data", **options)
        started.append(server)
        server.start()
        return server

    yield serve_one
    for server in started:
        server.kill()


@pytest.fixture
def served(serve: Serve, sqlite_url: str) -> Server:
    """Serve the prepared SQLite database from two processes."""
    return serve(sqlite_url, processes=2)


@pytest.fixture
def worker(sqlite_url: str, tmp_path: Path) -> Iterator[Worker]:
    """Run the job worker on the database of `served`."""
    started = Worker(sqlite_url, tmp_path / "data")
    started.start()
    yield started
    started.kill()


def listen(page: Page, trouble: list[str]) -> None:
    """Note errors of scripts, broken files and breaches of the content security policy."""

    def on_console(message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        is_expected = EXPECTED.match(message.text) and "/static/" not in address
        if message.type == "error" and not is_expected:
            trouble.append(f"{page.url}: {message.text} ({address})")

    page.on("console", on_console)
    page.on("pageerror", lambda error: trouble.append(f"{page.url}: {error}"))


def keep_pictures(contexts: list[BrowserContext], name: str) -> None:
    """Keep what the browsers showed when a test failed, in build/failed/."""
    folder = ROOT / "build/failed"
    folder.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w-]+", "-", name)
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages):
        page.screenshot(path=folder / f"{stem}-{number}.png")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Remember for the fixtures' teardown that the test itself failed."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report
