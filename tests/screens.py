"""Every page, photographed: `python -m tests.screens` walks the route map over a brand with much, one of each, and nothing.

Pictures go to build/screens/; of the brand with one of each also what a form says to nonsense (`….error.png`).
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tests import world
from tests.browser import DEVICES, EXPECTED, FLAGS, PLACE
from tests.house import access_world
from tests.house.pages import NO_PAGES
from tests.served import ROOT, Server, settings_for
from tests.stories.hands import answered

TARGET = ROOT / "build/screens"
ROLES = {"admin": ("admin", "administrator"), "portal": ("owner", "buyer")}
ADDRESS = re.compile(r'href="(/(?:admin|portal)[^"#]*)"')
BRANDS = ("demo", "one", "empty")
PASSWORD = "screens-of-every-page-1"
NONSENSE = {"number": "-1e9", "date": "0001-01-01", "file": ""}
SEND = "form => { form.noValidate = true; form.requestSubmit() }"
FORMS = (
    "main form[method=post]:has(input:not([type=hidden]):not([type=checkbox]):not([type=radio]), textarea)"
)


def main() -> int:
    """Photograph all, and say what is wrong; exit code 1 if anything is."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of an address")
    parser.add_argument("--device", choices=sorted(DEVICES), help="one size alone")
    parser.add_argument("--brand", choices=BRANDS, help="one brand alone")
    asked = parser.parse_args()
    faults = list[str]()
    with sync_playwright() as playwright:
        program = os.environ.get("TONGQU_CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(
            executable_path=program, args=[*FLAGS, "--lang=zh-CN"], env=os.environ | {"LANGUAGE": "zh_CN"}
        )
        for brand in (asked.brand,) if asked.brand else BRANDS:
            with tempfile.TemporaryDirectory(prefix="tongqu-screens-") as folder:
                faults += photograph(browser, brand, Path(folder), asked.device, asked.only)
        browser.close()
    print(f"{len(list(TARGET.rglob('*.png')))} pictures in {TARGET.relative_to(ROOT)}")
    print("\n".join(faults))
    return 1 if faults else 0


def photograph(browser: Browser, brand: str, folder: Path, device: str | None, only: str) -> list[str]:
    """One brand at both sizes, each face as the person who sees most of it."""
    url, faults = f"sqlite:///{folder}/tongqu.db", list[str]()
    logins = set_up(brand, url, folder)
    routes = json.loads(tongqu(url, folder, "routes", "--json"))
    wanted = [row["route"] for row in routes if "GET" in row["methods"] and row["permission"] != "public"]
    server = Server(url, folder)
    server.start()
    try:
        for size in (device,) if device else tuple(DEVICES):
            for face, (name, password) in logins.items():
                context = open_context(browser, size, server.base_url)
                walk = Walk(context, face, TARGET / brand / size / face, faults)
                walk.sign_in(name, password)
                walk.all([route for route in wanted if route.startswith(f"/{face}") and only in route])
                if brand == "one":
                    walk.send_nonsense()
                context.close()
    finally:
        server.kill()
    return faults


def open_context(browser: Browser, size: str, base_url: str) -> BrowserContext:
    context = browser.new_context(**PLACE, **(DEVICES[size] | {"device_scale_factor": 1}), base_url=base_url)
    context.set_default_timeout(20_000)
    return context


def tongqu(url: str, folder: Path, *words: str) -> str:
    """Ask the operator's command, in the environment of the server."""
    command = [str(Path(sys.executable).parent / "tongqu"), *words]
    environment = os.environ | settings_for(url, folder)
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def set_up(brand: str, url: str, folder: Path) -> dict[str, tuple[str, str]]:
    """Who can sign in to which face."""
    if brand == "empty":
        tongqu(url, folder, "set-up")
        tongqu(
            *(
                url,
                folder,
                "admin",
                "create",
                "--name",
                "李管理",
                "--user-name",
                "admin",
                "--password",
                PASSWORD,
            )
        )
        return {"admin": ("admin", PASSWORD)}
    if brand == "one":
        os.environ["TONGQU_DATA_DIR"] = str(folder)
        access_world.build(url)
        return {
            face: (name, world.PASSWORD)
            for face, (name, _other) in (("admin", ROLES["admin"][::-1]), ("portal", ROLES["portal"]))
        }
    said = tongqu(url, folder, "set-up", "--demo")
    known = dict(re.findall(r"^\s+(\S+)\s+(\S{8,})\s", said, re.MULTILINE))
    return {
        face: next((name, known[name]) for name in names if name in known) for face, names in ROLES.items()
    }


class Walk:
    """Through one face at one size: lists first, since they lead to the objects of the other pages."""

    def __init__(self, context: BrowserContext, face: str, folder: Path, faults: list[str]):
        self.page: Page = context.new_page()
        self.folder, self.faults, self.face = folder, faults, face
        self.known = set[str]()
        self.heard = list[str]()
        self.shot = dict[str, str]()
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))
        self.page.on("console", lambda message: self.listen(message.type, message.text))
        folder.mkdir(parents=True, exist_ok=True)

    def listen(self, kind: str, words: str) -> None:
        if kind == "error" and not EXPECTED.match(words):
            self.heard.append(words)

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto("/sign-in")
        self.page.fill("[name=name]", name)
        self.page.fill("[name=password]", password)
        self.page.click("form[action*='sign-in'] button[type=submit]")
        self.page.wait_for_url(re.compile("/(portal|admin)"))

    def all(self, routes: list[str]) -> None:
        """Every route; those with ids as often as links to new objects are found, then what is not reached is said."""
        left = sorted({route for route in routes if not any(part in route for part in NO_PAGES)}, key=depth)
        for _round in range(4):
            for route in list(left):
                if (path := self.address(route)) is not None:
                    self.shoot(route, path)
                    left.remove(route)
        (self.folder / "not-reached.txt").write_text("\n".join(left) + "\n", "utf-8")

    def address(self, route: str) -> str | None:
        """The route itself, or the first link seen that it would answer."""
        if "<" not in route:
            return route
        pattern = re.compile(
            re.sub(r"<any\(([\w, -]+)\):\w+>", choice, re.sub(r"<id:\w+>", r"\\d+", route)) + r"(\?.*)?$"
        )
        found = sorted(each for each in self.known if pattern.match(each))
        return found[0] if found else None

    def shoot(self, route: str, path: str) -> None:
        """One page: a picture of its whole length, and what is wrong with it."""
        self.heard.clear()
        try:
            answer = self.page.goto(path)
        except Error as refusal:
            if "Download is starting" not in str(refusal):
                self.faults.append(f"{path}: {refusal.message.splitlines()[0]}")
            return  # a file, not a page
        self.page.wait_for_load_state("networkidle")
        self.known |= {each.replace("&amp;", "&") for each in ADDRESS.findall(self.page.content())}
        status = answer.status if answer else 0
        if status != 200:
            self.faults.append(f"{path}: {status}")
        self.faults += [f"{path}: {words}" for words in self.heard]
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        if (wide := self.page.evaluate("document.documentElement.scrollWidth")) > width:
            self.faults.append(f"{path}: {wide} px wide at {width}")
        self.shot[path] = re.sub(r"[<>:()]", "", route.strip("/").replace("/", ".")) or "home"
        self.picture(self.shot[path])

    def picture(self, name: str) -> None:
        """The whole length of what is open now."""
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        height = min(4000, self.page.evaluate("document.documentElement.scrollHeight"))
        clip = {"x": 0, "y": 0, "width": width, "height": height}
        self.page.screenshot(path=self.folder / f"{name}.png", full_page=True, clip=clip, caret="initial")

    def send_nonsense(self) -> None:
        """What the first form of each page answers to what nobody should send."""
        for path, name in self.shot.items():
            self.page.goto(path)
            form = self.page.locator(FORMS).first
            if not form.count():
                continue
            for field in form.locator("input:visible, textarea:visible").all():
                kind = field.get_attribute("type") or "text"
                if kind not in {"checkbox", "radio", "file", "submit", "color"}:
                    field.evaluate(
                        "(field, value) => { field.type = field.type === 'date' ? 'date' : 'text'; field.value = value }",
                        NONSENSE.get(kind, "😀<b>\u202e𠮷" * 9),
                    )
            status = answered(self.page, lambda sent=form: sent.evaluate(SEND))
            if status >= 500:
                self.faults.append(f"{path}: {status} for nonsense")
            self.picture(f"{name}.error")


def depth(route: str) -> tuple[int, str]:
    """Pages without ids come first: their links lead on."""
    return route.count("<"), route


def choice(found: re.Match[str]) -> str:
    """A choice of a few words in an address, as a pattern."""
    return "(?:" + "|".join(each.strip() for each in found[1].split(",")) + ")"


if __name__ == "__main__":
    sys.exit(main())
