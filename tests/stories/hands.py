"""Somebody's hands on a browser: every tap, field and key is counted, so that a job's cost can be stated."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Locator, Page

from trade import db
from trade.verify.everything import INVARIANTS

COUNTS = Path("build/story/counts")
# Marks the page, and keeps what htmx has asked since and not yet laid in.
WATCH = """window.isBefore = true
if (!window.underWay) {
  window.underWay = new Set()
  document.addEventListener("htmx:before:request", event => window.underWay.add(event.detail.ctx))
  document.addEventListener("htmx:finally:request", event => window.underWay.delete(event.detail.ctx))
}"""
SECONDS_A_TAP, SECONDS_A_LETTER, SECONDS_A_FIELD = 3.0, 0.3, 1.0


@dataclass
class Cost:
    """What a job took: taps and clicks, keys that send or move, fields filled and letters typed in them."""

    taps: int = 0
    keys: int = 0
    fields: int = 0
    letters: int = 0

    @property
    def seconds(self) -> int:
        """How long a person needs at 3 s a tap, 1 s to reach a field and 0.3 s a letter or key."""
        typed = (self.letters + self.keys) * SECONDS_A_LETTER
        return round(self.taps * SECONDS_A_TAP + self.fields * SECONDS_A_FIELD + typed)


class Hands:
    """A person at a page; `open` is a bookmark and counts as a tap."""

    def __init__(self, context: BrowserContext, cost: Cost):
        self.page: Page = context.new_page()
        self.cost = cost

    def sign_in(self, name: str, password: str) -> None:
        """Sign in, which is done once a day and not counted."""
        self.page.goto("/sign-in")
        self.page.fill("[name=name]", name)
        self.page.fill("[name=password]", password)
        self.page.click("form[action*='sign-in'] button[type=submit]")
        self.page.wait_for_url(re.compile("/(portal|admin)"))

    def open(self, path: str) -> None:
        """Go to an address, as a link in a message would."""
        self.cost.taps += 1
        self.page.goto(path)

    def follow(self, path: str) -> None:
        """Tap the link to an address on the page; that it is there is part of the story."""
        link = self.page.locator(f"a[href='{path}']:visible").first
        self.cost.taps += 1
        link.click()
        self.page.wait_for_url(re.compile(re.escape(path)))
        self.page.wait_for_load_state()

    def follow_like(self, beginning: str) -> None:
        """Tap the first link on the page that leads below an address."""
        links = self.page.locator(f"main a[href^='{beginning}']:visible")
        found = [links.nth(at).get_attribute("href") or "" for at in range(links.count())]
        plain = [each for each in found if re.fullmatch(rf"{re.escape(beginning)}\d+", each)]
        assert plain, f"nothing on {self.page.url} leads to {beginning}: {found}"
        self.follow(plain[0])

    def tap(self, what: str | Locator) -> None:
        """Tap something that sends no form: a fold, a box, a row."""
        self.cost.taps += 1
        self._one(what).click()

    def send(self, what: str | Locator, *, status: int | None = None) -> None:
        """Tap a button that sends a form, and wait for what comes back."""
        self._taken(answered(self.page, lambda: self.tap(what)), status)

    def enter(self, what: str | Locator, status: int | None = None) -> None:
        """Send a form by the return key."""
        self.cost.keys += 1
        self._taken(answered(self.page, lambda: self._one(what).press("Enter")), status)

    def leave(self, what: str | Locator) -> None:
        """Leave a field, which asks the server what that would come to."""
        self.cost.keys += 1
        self._taken(answered(self.page, lambda: self._one(what).press("Tab")))

    def key(self, keys: str) -> None:
        """Press a key wherever the page is."""
        self.cost.keys += 1
        self.page.keyboard.press(keys)

    def fill(self, form: str, **values: object) -> None:
        """Fill the fields of a form by their names; what is chosen from a list is one tap more."""
        for name, value in values.items():
            field = self.page.locator(
                f"form[method=post]:is([action$='{form}'], [action*='{form}?']) [name='{name}']"
            ).first
            self.cost.fields += 1
            if field.evaluate("field => field.tagName") == "SELECT":
                self.cost.taps += 1
                field.select_option(self._option(field, str(value)))
            elif isinstance(value, Path):
                self.cost.taps += 2  # the file dialogue
                field.set_input_files(value)
            else:
                self.cost.letters += len(str(value))
                field.fill(str(value))

    def choose(self, form: str, name: str, words: str) -> None:
        """Choose from a list whose answer brings the next one."""
        field = self.page.locator(
            f"form[method=post]:is([action$='{form}'], [action*='{form}?']) [name='{name}']"
        ).first
        self.cost.fields, self.cost.taps = self.cost.fields + 1, self.cost.taps + 1
        self._taken(answered(self.page, lambda: field.select_option(self._option(field, words))))

    def paste(self, what: str | Locator, text: str) -> None:
        """Paste a text that was copied elsewhere: one tap and one key."""
        self.cost.taps += 1
        self.cost.keys += 1
        self._one(what).fill(text)

    def post(self, form: str, *, status: int | None = None, **values: object) -> None:
        """Fill a form, unfolding it first where it is folded, and tap its button."""
        fold = self.page.locator(f"details:not([open]):has(form[action$='{form}']) > summary")
        if fold.count():
            self.tap(fold.first)
        self.fill(form, **values)
        self.send(f"form[action$='{form}'] button:not([type=button]):not([aria-hidden])", status=status)

    def sees(self, text: str) -> None:
        """Read something on the page."""
        body = self.page.locator("body")
        assert text in re.sub(r"\s+", " ", body.inner_text()), f"{text!r} is not on {self.page.url}"

    def _option(self, field: Locator, wanted: str) -> str:
        """The value of the choice that reads so, or is so."""
        read = "options => options.map(each => [each.value, each.text.trim()])"
        options: list[list[str]] = field.locator("option").evaluate_all(read)
        found = [value for value, words in options if wanted in (value, words)]
        found += [value for value, words in options if wanted in words]
        assert found, f"{wanted!r} is none of {options}"
        return found[0]

    def _taken(self, status: int, wanted: int | None = None) -> None:
        """Whether the answer is what was hoped for; a page that refuses is quoted."""
        allowed = {200, 204, 302, 303} if wanted is None else {wanted}
        assert status in allowed, f"{status}: {self.page.locator('main').inner_text()[:400]}"

    def _one(self, what: str | Locator) -> Locator:
        found = self.page.locator(what) if isinstance(what, str) else what
        return found.locator("visible=true").first


def answered(page: Page, act: Callable[[], None]) -> int:
    """Do something that sends a form, wait until what it brought stands on the page, and tell the status."""
    page.evaluate(WATCH)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        act()
    answer = sent.value.response()
    assert answer, f"{sent.value.url} was not answered"
    leaves = "hx-request" not in sent.value.headers or "hx-redirect" in answer.headers
    if leaves:
        until_another(page)
        page.wait_for_load_state()
    else:
        until_laid_in(page)
    return answer.status


def until_another(page: Page) -> None:
    """Wait until the page that sent the form has gone."""
    for _time in range(400):
        try:
            if not page.evaluate("window.isBefore === true"):
                return
        except Error:  # it is just going
            pass
        page.wait_for_timeout(25)
    raise AssertionError(f"{page.url} did not go")


def until_laid_in(page: Page) -> None:
    """Wait until everything that htmx asked since stands on the page."""
    for _time in range(400):
        if page.evaluate("!window.underWay?.size"):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"{page.url} did not get what it asked")


def note(story: str, cost: Cost) -> None:
    """Keep what a job took for docs/story/README.md, and say it."""
    COUNTS.mkdir(parents=True, exist_ok=True)
    told = {"story": story, **vars(cost), "seconds": cost.seconds}
    (COUNTS / f"{re.sub(r'[^a-z0-9]+', '-', story.lower())}.json").write_text(json.dumps(told), "utf-8")
    print(
        f"{story}: {cost.taps} taps, {cost.fields} fields, {cost.letters} letters, {cost.keys} keys, {cost.seconds} s"
    )


def asked(url: str, question: Callable):
    """Ask the database of a running server."""
    engine = db.connect(url)
    with db.read() as session:
        answer = question(session)
    engine.dispose()
    return answer


def breaches(url: str) -> list:
    """What `tongqu verify` finds."""
    return asked(url, lambda session: [each for rule in INVARIANTS for each in rule.find(session)])


def until(hands: Hands, is_so: Callable[[], bool]) -> None:
    """Wait for what the worker does meanwhile."""
    for _time in range(300):
        if is_so():
            return
        hands.page.wait_for_timeout(100)
    raise AssertionError("the worker did not do it")
