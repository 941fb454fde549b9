"""No page mixes languages: what is not data is Chinese for a Chinese reader and English for an English one."""

import os
import re
from html.parser import HTMLParser
from zlib import crc32

import pytest
from sqlalchemy import JSON, String, select

from tests.house.access_walk import Site, rows
from tests.house.opened import Open, open_site, prepare, uploads
from tests.house.pages import WIDEST, places
from trade import db
from trade.db import Base
from trade.imports import uploads_fields
from trade.people.models import Role
from trade.people.roles import SHIPPED
from trade.settings import DEFAULTS
from web.i18n import LOCALES

__all__ = ["open_site", "prepare", "uploads"]
IS_PROOF = os.environ.get("TONGQU_PROOF") == "1"
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
ENGLISH = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2,}(?![A-Za-z0-9])")
SPOKEN = ("aria-label", "title", "placeholder", "alt")
SILENT = {"script", "style", "svg", "textarea", "template"}
VOID = {"input", "img", "br", "hr", "meta", "link", "use", "path", "source", "col", "wbr"}
# Names of formats, papers and units that a Chinese office says in Latin letters, and words of our own name.
SAID_IN_LATIN = {
    *("excel", "xlsx", "csv", "pdf", "png", "jpeg", "jpg", "webp", "sku", "pc", "mb", "kb", "kg", "ml"),
    *("utf", "bom", "gb", "gbk", "tongqu", "english", "cny", "usd", "hkd", "eur"),
    *("javascript", "webhook", "tls", "starttls", "https", "sqlite", "postgresql"),
}
TYPED = re.compile(r"TONGQU_[A-Z_]+|tongqu [a-z-]+")  # what somebody types as it stands
# What stands in a column of an import, shown as an example.
EXAMPLES = {field.example for kind in uploads_fields.KINDS.values() for field in kind.fields}
# What is ours and not data, although it stands in the database: names shown must come from the catalogues.
OURS = {"role", "setting", "permission", "role_permission", "audit_entry", "job", "outbox_message"}


class Words(HTMLParser):
    """What somebody reads or hears on a page; what is typed, quoted as a code or named in its own language is left out."""

    def __init__(self, page: str):
        super().__init__()
        self.said = list[str]()
        self.inside = list[tuple[str, bool]]()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        is_left_out = self._is_left_out() or tag in SILENT or ("lang" in named and tag != "html")
        is_left_out = is_left_out or tag in {"code", "kbd"} or named.get("name") == "locale"
        if not is_left_out:
            self.said += [named[name] or "" for name in SPOKEN if name in named]
        if tag not in VOID:
            self.inside.append((tag, is_left_out))

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._is_left_out() and data.strip():
            self.said.append(data.strip())

    def _is_left_out(self) -> bool:
        return bool(self.inside) and self.inside[-1][1]


def foreign(page: str, locale: str, data: str) -> list[str]:
    """The phrases of a page that are in the other language and are not data."""
    found = []
    for phrase in Words(page).said:
        if locale == "en":
            strange = [run for run in CHINESE.findall(phrase) if run not in data]
        else:
            strange = [
                word
                for word in ENGLISH.findall(TYPED.sub("", phrase))
                if word.lower() not in SAID_IN_LATIN and word not in data
            ]
        if strange:
            found.append(phrase[:80])
    return found


@pytest.fixture
def site(sqlite_url: str, open_site: Open) -> Site:
    return open_site(sqlite_url)


def data_of(site: Site) -> str:
    """Every text that somebody entered, in one string."""
    found = {*EXAMPLES, *LOCALES.values(), DEFAULTS["brand.name"]}
    with db.read() as session:
        for name, table in Base.metadata.tables.items():
            columns = [column for column in table.columns if isinstance(column.type, (JSON, String))]
            if columns and name not in OURS:
                found |= {str(value) for row in session.execute(select(*columns)) for value in row if value}
        found |= set(
            session.scalars(select(Role.name).where(Role.code.not_in([role.code for role in SHIPPED])))
        )
    return "\n".join(found)


def speak(site: Site, locale: str) -> None:
    for who, cookies in site.cookies.items():
        site.cookies[who] = "; ".join(filter(None, (cookies, f"locale={locale}")))


def is_asked(key: str, locale: str) -> bool:
    """Each page is looked at in one of the two languages, and by the proof in both."""
    return IS_PROOF or crc32(key.encode()) % 2 == (locale == "en")


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_no_page_mixes_languages(site, locale):
    data, faults = data_of(site), dict[str, list[str]]()
    speak(site, locale)
    for place in places(site):
        if not is_asked(place.key, locale):
            continue
        page = site.ask(place.who, "GET", place.path)
        if page.status_code != 200 or "text/html" not in page.content_type:
            faults[place.path] = [f"{page.status_code} {page.content_type}"]
        elif said := foreign(page.text, locale, data):
            faults[place.path] = said
    assert not faults, "\n".join(f"{path}: {said}" for path, said in faults.items())


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_no_refusal_mixes_languages(site, locale):
    data, faults, heard = data_of(site), dict[str, list[str]](), 0
    speak(site, locale)
    for key, row in rows().items():
        who = next((each for each in WIDEST if each in row["passes"]), None)
        if not key.startswith("POST ") or " # " in key or who is None or key == "POST /sign-out":
            continue
        if not is_asked(key, locale):
            continue
        page = site.ask(who, "POST", site.path(key, row), {"version": "99", "name": "", "amount": "1e5"})
        if page.status_code in {400, 404, 409, 422}:
            heard += 1
            words = page.text if "html" in page.content_type else page.get_json()["words"]
            if said := foreign(words, locale, data):
                faults[key] = said
        elif page.status_code >= 500:
            faults[key] = [str(page.status_code)]
        if site.changes():
            site.restore()
    assert heard > 30
    assert not faults, "\n".join(f"{key}: {said}" for key, said in faults.items())


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "<p>已提交</p>"),
        ("en", '<input aria-label="数量">'),
        ("zh_CN", "<td>Approve</td>"),
        ("zh_CN", '<a href="/x" title="Sign out">退出</a>'),
    ],
)
def test_a_foreign_word_is_found(locale, said):
    assert foreign(said, locale, "漳州 SQ5524")
    assert not foreign("<p>漳州 SQ5524 <code>Approve</code> PDF</p>", locale, "漳州 SQ5524")
