"""Scripts typed into every field of words: they are shown as words, in every page that shows them."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser, Page, Route
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from werkzeug.test import TestResponse

from tests.house import access_world
from tests.house.access_walk import Site, rows
from tests.security import figures
from tests.security.deeds import Deed, deeds
from trade import db
from web import forms

HERE = "http://localhost"
# Each would call hit() or leave an element behind if it were believed anywhere: text, attribute, address, JSON, template.
PAYLOADS = (
    *(
        "<script>hit()</script>",
        "<img src=x onerror=hit()>",
        "<svg onload=hit()>",
        "<x-hit>",
        "</textarea><x-hit>",
    ),
    *(
        '"><x-hit>',
        "'><x-hit>",
        '" onfocus=hit() autofocus x="',
        "' onmouseover=hit() x='",
        "</title><x-hit>",
    ),
    *(
        "</script><x-hit>",
        "</option></select><x-hit>",
        "<!--><x-hit>",
        "<iframe srcdoc=<x-hit>>",
        "<base href=//evil>",
    ),
    *("javascript:hit()", "<a href=javascript:hit()>a</a>", "{{hit()}}", "${hit()}", "<%= hit() %>"),
    *(
        "&lt;x-hit&gt;",
        "&#60;x-hit&#62;",
        "\\u003cx-hit\\u003e",
        "＜x-hit＞",
        "<scr<script>ipt>hit()</script>",
    ),
    *("<details open ontoggle=hit()>", "<form action=//evil><x-hit>", "<meta http-equiv=refresh content=0>"),
    *("`-hit()-`", "<math><mtext><x-hit>"),
)
LONGEST = 1500
MARKS = ("hit()", "x-hit", "//evil", "http-equiv=refresh")  # one of them stands in each payload
WATCH = """window.hits = []; window.hit = () => window.hits.push("hit() was called");
addEventListener("securitypolicyviolation", violation => window.hits.push(`policy: ${violation.violatedDirective}`));"""
LOOK = """() => {
    const found = [...window.hits];
    for (const each of document.querySelectorAll("x-hit, iframe, base, math, details[ontoggle], meta[http-equiv=refresh]"))
        found.push(each.outerHTML.slice(0, 80));
    for (const each of document.querySelectorAll("*")) for (const attribute of each.attributes)
        if (/^on/i.test(attribute.name) || /^(href|src|action|hx-.*)$/i.test(attribute.name)
            && /^\\s*javascript:|evil/i.test(attribute.value)) found.push(`${each.tagName} ${attribute.name}`);
    for (const each of document.scripts) if (!each.src) found.push("a script in the page");
    return found;
}"""


class Elements(HTMLParser):
    """What a parser makes of a page without running it."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"x-hit", "iframe", "base", "math"} or (tag == "script" and not given.get("src")):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in given if name.startswith("on")]


def packed(left: Sequence[str], longest: int) -> list[str]:
    """As many of the payloads as fit into a field together."""
    some: list[str] = []
    for each in left:
        if len(" ".join([*some, each])) <= min(longest, LONGEST):
            some.append(each)
    return some


@dataclass
class Deposit:
    """What was sent where, what was kept, and the answers that show it again."""

    kept: set[tuple[str, str]] = field(default_factory=set)
    refused: dict[tuple[str, str], TestResponse] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    sent: int = 0
    had: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def still(self, deed: Deed) -> dict[str, list[str]]:
        """By field, what fits of what it has not had yet."""
        fields = {
            name: packed([each for each in PAYLOADS if each not in self.had[deed.key, name]], longest)
            for name, longest in sorted(wordy(deed).items())
        }
        return {name: some for name, some in fields.items() if some}

    def share(self, deed: Deed) -> int:
        """What a form has had: the one with the least goes first, before another takes away what it acts on."""
        return sum(len(self.had[deed.key, name]) for name in wordy(deed))


def wordy(deed: Deed) -> dict[str, int]:
    """Fields of words with what fits: those that forms declare, and whatever else is sent as words."""
    plain = {
        name: LONGEST
        for name, value in deed.given.items()
        if isinstance(value, str) and forms.parse_number(value) is None and name not in deed.figures
    }
    return {name: longest for name, longest in (plain | deed.texts).items() if "password" not in name}


def deposit(site: Site, wanted: Sequence[Deed], done: Deposit) -> None:
    """Send in each form what its fields have not had yet, all together or else one by one.

    A form whose object another form has taken away is left for the next turn, which begins with everything again.
    """
    for deed in wanted:
        try:
            with db.read() as session:
                site.known = access_world.objects(session)
            row = rows_of()[deed.key]
            deed.given = access_world.fields(deed.key, dict(row), deed.who, site.known)
            deed.path = site.path(deed.key, row)
        except (KeyError, NoResultFound, MultipleResultsFound):  # gone, or no longer alone
            continue
        some = done.still(deed)
        fields = {name: " ".join(each) for name, each in some.items()}
        if not taken(site, deed, fields, done):
            for name, text in fields.items():
                taken(site, deed, {name: text}, done)
        for name, each in some.items():
            if (deed.key, name) in done.kept or (deed.key, name) in done.refused:
                done.had[deed.key, name].update(each)


def taken(site: Site, deed: Deed, some: dict[str, str], done: Deposit) -> bool:
    answer = deed.send(site, **some)
    done.sent += 1
    if answer.status_code >= 500 or Elements(answer.text if "html" in answer.mimetype else "").found:
        done.broken.append(
            f"{deed.key} {sorted(some)}: {answer.status_code} {Elements(answer.text).found[:3]}"
        )
    if answer.status_code in {200, 303}:
        done.kept |= {(deed.key, name) for name in some}
    elif answer.status_code == 422 and len(some) == 1:
        done.refused |= {(deed.key, name): answer for name in some}
    return answer.status_code in {200, 303}


def rows_of() -> dict[str, dict[str, Any]]:
    if not _rows:
        _rows.update(rows())
    return _rows


_rows: dict[str, dict[str, Any]] = {}


class Eyes:
    """Chromium over the application in this process."""

    def __init__(self, browser: Browser, site: Site):
        self.site, self.who, self.shown = site, "nobody", dict[str, TestResponse]()
        context = browser.new_context(service_workers="block")
        context.add_init_script(WATCH)
        context.route("**/*", self._answer)
        self.page: Page = context.new_page()
        self.trouble: list[str] = []
        self.page.on("dialog", lambda dialog: (self.trouble.append(dialog.message), dialog.dismiss()))

    def _answer(self, route: Route) -> None:
        url = route.request.url
        if not url.startswith(HERE):
            self.trouble.append(f"asked {url}")
            return route.abort()
        path = url.removeprefix(HERE)
        answer = self.shown.get(path)
        if answer is None:
            client = self.site.app.test_client(use_cookies=False)
            answer = client.get(path, headers={"Cookie": self.site.cookies[self.who]})
            if path.startswith("/static/"):  # every page asks for them
                self.shown[path] = answer
        kept = {name: value for name, value in answer.headers if name.lower() != "set-cookie"}
        return route.fulfill(status=answer.status_code, headers=kept, body=answer.data)

    def see(self, who: str, path: str) -> list[str]:
        """Open a page and say what came alive."""
        self.who = who
        self.page.goto(HERE + path, wait_until="load")
        found = [*self.trouble, *self.page.evaluate(LOOK)]
        self.trouble.clear()
        return [f"{who} {path}: {each}" for each in found]


def pages_with(site: Site) -> list[tuple[str, str]]:
    """Who opens which page that shows a payload."""
    found = []
    for key, row in rows_of().items():
        if not key.startswith("GET ") or not row["passes"]:
            continue
        people = {row["passes"][0], *({"administrator", "buyer"} & set(row["passes"]))}
        try:
            path = site.path(key, row)
        except KeyError:
            continue
        for who in sorted(people):
            answer = site.ask(who, "GET", path)
            if answer.mimetype == "text/html" and any(mark in answer.text for mark in MARKS):
                found.append((who, path))
    return found


def test_what_is_typed_stays_words_on_the_page(open_site):
    site = open_site()
    assert len(PAYLOADS) == 30
    (deed,) = deeds(site, ("POST /portal/order-templates",))
    some = [packed(PAYLOADS[at:], 30) for at in range(0, len(PAYLOADS), 6)]
    kept = [deed.send(site, name=" ".join(each), text="").status_code for each in some]
    assert set(kept) <= {200, 303}
    page = site.ask("buyer", "GET", "/portal/order-templates").text
    assert Elements(page).found == [] and "x-hit" in page, "they are there, as words"
    assert Elements(f"<p>{' '.join(PAYLOADS)}</p>").found, "a page that believed them would be seen"


@pytest.mark.proof
@pytest.mark.browser
def test_no_page_runs_what_was_typed(open_site, chromium):
    site = open_site()
    with time_machine.travel(time.time(), tick=False):
        known = [deed for deed in deeds(site) if wordy(deed)]
    eyes, done, seen, turns, faults = Eyes(chromium, site), Deposit(), 0, 0, list[str]()
    assert all(any(mark in each for mark in MARKS) for each in PAYLOADS)
    while wanted := [deed for deed in known if done.still(deed)]:
        before, turns = total(done), turns + 1
        site.restore()
        deposit(site, sorted(wanted, key=done.share), done)
        for who, path in pages_with(site):
            faults += eyes.see(who, path)
            seen += 1
        for at, answer in enumerate(done.refused.values()):
            eyes.shown[f"/refused-{turns}-{at}"] = answer
            faults += eyes.see("buyer", f"/refused-{turns}-{at}")
            seen += 1
        done.refused.clear()
        if total(done) == before:
            break
    assert "\n".join([*faults, *done.broken]) == ""
    fields = {(deed.key, name) for deed in known for name in wordy(deed)}
    figures.tell(
        "Scripts",
        f"{len(PAYLOADS)} payloads, each where it fits, in {len(fields)} fields of words of {len(known)} forms: {total(done)} payloads in",
        f"{done.sent} forms sent in {turns} turns, {len(done.kept)} fields kept them at least once; {seen} pages that show them opened in",
        "Chromium: no script ran, no dialog, no element, no handler, no foreign address, and nothing that the content",
        f"security policy had to stop. Never sent, as nothing was there to send them to: {len(fields - done.had.keys())} fields.",
    )


def total(done: Deposit) -> int:
    return sum(len(each) for each in done.had.values())
