"""One request: who asks for what with which fields, how it is sent, and how it is asked again."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import quote_plus

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse

from tests.fuzz.values import Pairs, Value
from tests.house.access_walk import Site


@dataclass(frozen=True)
class Knock:
    """One request, and all that is needed to ask the same again."""

    who: str
    method: str
    path: str
    query: str = ""
    pairs: Pairs = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    token: str = "own"  # or missing, garbage, or whose it is
    raw: bytes | None = None
    content_type: str | None = None
    key: str = ""

    def told(self) -> str:
        """How to ask the same again."""
        fields = [(name, _short(value)) for name, value in self.pairs]
        raw = f" body={self.raw[:200]!r} as {self.content_type}" if self.raw is not None else ""
        asked = f"?{self.query[:300]}" if self.query else ""
        headers = " partial" if self.headers else ""
        token = "" if self.token == "own" else f" token={self.token}"
        return f"{self.who} {self.method} {self.path}{asked}{headers}{token} {fields}{raw}"

    def send(self, site: Site) -> TestResponse:
        """Ask, as if nothing had been answered before."""
        client = site.app.test_client(use_cookies=False)
        headers = {"Cookie": site.cookies[self.who], **self.headers}
        if self.method in {"GET", "HEAD"}:
            return client.open(self.path, method=self.method, query_string=self.query, headers=headers)
        data, content_type = self._body(site)
        return client.open(
            self.path,
            method=self.method,
            query_string=self.query,
            data=data,
            content_type=content_type,
            headers=headers,
        )

    def _body(self, site: Site) -> tuple[Any, str]:
        if self.raw is not None:
            return self.raw, self.content_type or ""
        tokens = {"own": site.tokens[self.who], "missing": "", "garbage": "ImFiYyI.abc.def"}
        token = tokens.get(self.token) or site.tokens.get(self.token, "")
        pairs: Pairs = [("csrf_token", token), *self.pairs] if token else self.pairs
        if not any(isinstance(value, tuple) for _name, value in pairs):
            return urlencoded(pairs), self.content_type or "application/x-www-form-urlencoded"
        form: MultiDict[str, Any] = MultiDict()
        for name, value in pairs:
            sent: Any = value
            if isinstance(value, tuple):
                sent = FileStorage(BytesIO(value[1]), value[0], name)
            form.add(name, sent)
        return form, "multipart/form-data"


def urlencoded(pairs: Pairs) -> bytes:
    """As a browser sends a form without files."""
    quoted = (f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs if isinstance(value, str))
    return "&".join(quoted).encode()


def _short(value: Value) -> str:
    if isinstance(value, tuple):
        return f"file {value[0][:40]!r} of {len(value[1])} bytes {value[1][:24]!r}"
    return value if len(value) <= 80 else f"{value[:60]}… ({len(value)})"
