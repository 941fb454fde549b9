"""The ten-minute tours of docs/tour over the invented brand: each address opens for its role and says what the page says."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.screens import tongqu
from tests.served import Server
from tests.stories.test_an_order_goes_through import IS_KEPT

TOURS = ("docs/tour/zh.md", "docs/tour/en.md")
ROLE = re.compile(r"^## .*`(\w+)`$")
STEP = re.compile(r"^\d+\. `(/[^`]*)` (.*)$")
LABEL = re.compile(r"「([^」]+)」")  # of the page itself; 『』 is what comes after something was done
ON_A_PHONE = ("buyer", "owner", "clerk")
# Which step of each tour is photographed, one picture for each role.
SHOWN = {"buyer": 2, "owner": 1, "clerk": 3, "rep": 2, "manager": 5, "finance": 3, "warehouse": 5, "marketing": 5, "admin": 9}  # fmt: skip
COLOURS = 256  # of a kept picture, so that it stays small


@dataclass(frozen=True)
class Step:
    """One numbered line of a tour."""

    role: str
    number: int
    address: str
    labels: tuple[str, ...]


def steps_of(page: str) -> Iterator[Step]:
    """The steps of a tour, by the role under whose heading they stand."""
    role, number = "", 0
    for line in Path(page).read_text("utf-8").splitlines():
        if heading := ROLE.match(line):
            role, number = heading[1], 0
        if found := STEP.match(line):
            number += 1
            yield Step(role, number, found[1], tuple(LABEL.findall(found[2])))


def test_tours_agree_on_roles_and_addresses() -> None:
    told = [[(step.role, step.address, step.labels) for step in steps_of(page)] for page in TOURS]
    assert told[0] == told[1]
    assert {step[0] for step in told[0]} == set(SHOWN)


@pytest.mark.proof
@pytest.mark.browser
def test_each_step_opens_and_says_what_the_tour_says(tmp_path: Path, open_context) -> None:
    url = f"sqlite:///{tmp_path}/tongqu.db"
    said = tongqu(url, tmp_path, "set-up", "--demo")
    logins = dict(re.findall(r"^\s+(\S+)\s+(\S{8,})\s", said, re.MULTILINE))
    server = Server(url, tmp_path)
    server.start()
    try:
        missing = [
            fault for role in SHOWN for fault in _walk(role, logins[role], server.base_url, open_context)
        ]
    finally:
        server.stop()
    assert not missing, "\n".join(missing)


def _walk(role: str, password: str, base_url: str, open_context) -> Iterator[str]:
    """Go the way of one role; what is not as the tour says."""
    page: Page = open_context("phone" if role in ON_A_PHONE else "desk", base_url=base_url).new_page()
    page.goto("/sign-in")
    page.fill("[name=name]", role)
    page.fill("[name=password]", password)
    page.click("form[action*='sign-in'] button[type=submit]")
    page.wait_for_url(re.compile("/(portal|admin)"))
    for step in (each for each in steps_of(TOURS[0]) if each.role == role):
        where = f"{role} {step.number} {step.address}"
        address = _first(page, step.address) if "…" in step.address else step.address
        answer = page.goto(address) if address else None
        if answer is None or answer.status != 200:
            yield f"{where}: {answer.status if answer else 'no link to it'}"
            continue
        page.wait_for_load_state("networkidle")
        words = page.text_content("body") or ""
        yield from (f"{where}: no {label}" for label in step.labels if label not in words)
        if IS_KEPT and SHOWN[role] == step.number:
            _keep(page, Path(f"docs/story/tour-{role}.png"))


def _first(page: Page, address: str) -> str | None:
    """The first link of this page that the address describes: … stands for an id."""
    pattern = re.escape(address.partition("?")[0]).replace("…", r"\d+") + r"(\?.*)?$"
    hrefs = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
    found = next((href for href in hrefs if re.match(pattern, href)), None)
    question = address.partition("?")[2]
    return f"{found.partition('?')[0]}?{question}" if found and question else found


def _keep(page: Page, path: Path) -> None:
    """Keep the window in few colours."""
    shot = Image.open(io.BytesIO(page.screenshot(caret="initial"))).convert("RGB")
    shot.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
