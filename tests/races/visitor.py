"""A person at a browser, in plain HTTP: keeps cookies and fills in the forms that the pages offer."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from web.access import COOKIE

PATIENCE_SECONDS = 60.0
BROKEN = (OSError, http.client.HTTPException)  # what a visitor sees of a server that dies


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def location(self) -> str:
        """Where a redirect leads, without the host."""
        return urlsplit(self.headers.get("location", "")).path

    @property
    def forms(self) -> list["FormFound"]:
        """The forms of the page with what their fields hold."""
        return _Forms.of(self.body).forms


@dataclass
class FormFound:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Visitor:
    """One browser, signed in by a token; not for use by two threads."""

    def __init__(self, base_url: str, token: str | None):
        self.host = urlsplit(base_url).netloc
        self.cookies = {COOKIE: token} if token else {}
        self.csrf = ""
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Open a page."""
        answer = self._ask("GET", path, None, dict(headers or {}))
        self.csrf = _Forms.of(answer.body).csrf or self.csrf
        return answer

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form as a browser without JavaScript does."""
        body = urlencode({"csrf_token": self.csrf, **fields})
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def form(self, path: str, action: str) -> FormFound:
        """Open a page, or where it leads, and find the form whose action ends so, with what its fields hold."""
        answer = self.get(path)
        if answer.status == 303:
            answer = self.get(answer.location)
        found = [form for form in answer.forms if form.action.endswith(action)]
        assert found, f"{path} answered {answer.status} without a form for {action}"
        return found[0]

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.host, timeout=PATIENCE_SECONDS)
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        except BROKEN:
            self.close()
            raise
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value
        if response.headers.get("Connection", "").lower() == "close":
            self.close()
        return Answer(
            response.status, {name.lower(): value for name, value in response.headers.items()}, text
        )


class _Forms(HTMLParser):
    """Reads the forms of a page with what their fields hold, and the page's CSRF token."""

    def __init__(self) -> None:
        super().__init__()
        self.csrf = ""
        self.fields: list[tuple[str, str, str]] = []  # form, name, value; the form is its id or its place
        self.actions: dict[str, str] = {}
        self._here = ""
        self._area = self._choice = ("", "")

    @classmethod
    def of(cls, page: str) -> "_Forms":
        """Read a page."""
        reader = cls()
        reader.feed(page)
        return reader

    @property
    def forms(self) -> list[FormFound]:
        """Every form with its fields, also with those that stand elsewhere and name it."""
        found = {form: FormFound(action) for form, action in self.actions.items()}
        for form, name, value in self.fields:
            if form in found:
                found[form].fields[name] = value
        return list(found.values())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag says."""
        facts = {name: value or "" for name, value in attrs}
        marks = {name for name, _ in attrs}
        name = facts.get("name", "")
        owner = facts.get("form", self._here)
        if tag == "meta" and name == "csrf-token":
            self.csrf = facts.get("content", "")
        elif tag == "form":
            self._here = facts.get("id") or f"#{len(self.actions)}"
            self.actions[self._here] = facts.get("action", "")
        elif tag == "input" and name:
            self._input(owner, facts, is_checked="checked" in marks)
        elif tag == "textarea" and name:
            self._area = (owner, name)
            self.fields.append((owner, name, ""))
        elif tag == "select" and name:
            self._choice = (owner, name)
        elif tag == "option" and self._choice[1]:
            known = {field[:2] for field in self.fields}
            if "selected" in marks or self._choice not in known:
                self.fields.append((*self._choice, facts.get("value", "")))

    def handle_data(self, data: str) -> None:
        """Keep what a text area holds."""
        if self._area[1]:
            owner, name, value = self.fields.pop()
            self.fields.append((owner, name, (value + data).removeprefix("\r").removeprefix("\n")))

    def handle_endtag(self, tag: str) -> None:
        """Leave what ends."""
        if tag == "form":
            self._here = ""
        elif tag == "textarea":
            self._area = ("", "")
        elif tag == "select":
            self._choice = ("", "")

    def _input(self, owner: str, facts: dict[str, str], *, is_checked: bool) -> None:
        kind = facts.get("type", "text")
        if kind in {"submit", "button", "file"} or (kind in {"checkbox", "radio"} and not is_checked):
            return
        self.fields.append((owner, facts["name"], facts.get("value", "on" if kind == "checkbox" else "")))
