"""Mail: one notice or a day's digest, as text and as HTML, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from press import language, templating
from press.notice_words import _

LONGEST_SUBJECT = 120
DIGEST = _("%(brand)s: your day, %(count)s messages")
OPEN = _("Open it here")
WHY = _("You choose what reaches you, and when, under Me › What reaches me.")


@dataclass(frozen=True)
class Line:
    """One message in words, and where it leads."""

    words: str
    url: str | None = None


@dataclass(frozen=True)
class Envelope:
    """From whom to whom, and by which number repeats are told."""

    sender: str
    brand: str
    name: str
    address: str
    key: str
    at: datetime


def written(envelope: Envelope, lines: Sequence[Line], locale: str, wishes_url: str | None) -> EmailMessage:
    """Compose one mail. Raises ValueError for an address that none can be sent to."""
    say = language.catalogue(locale).gettext
    subject = lines[0].words
    if len(lines) > 1:
        subject = say(DIGEST) % {"brand": envelope.brand, "count": len(lines)}
    mail = EmailMessage()
    mail["From"] = _address(envelope.brand, envelope.sender)
    mail["To"] = _address(envelope.name, envelope.address)
    mail["Subject"] = _one_line(subject)[:LONGEST_SUBJECT]
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = f"<{envelope.key}@{envelope.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text(lines, locale, say(WHY), wishes_url))
    page = templating.environment(locale).get_template("mail/notice.html")
    mail.add_alternative(
        page.render(brand=envelope.brand, lines=lines, open_words=say(OPEN), why=say(WHY), url=wishes_url),
        subtype="html",
    )
    return mail


def text(lines: Sequence[Line], locale: str, why: str = "", wishes_url: str | None = None) -> str:
    """The same as plain text, for mail, groups and text messages."""
    told = [f"{line.words}\n{line.url}" if line.url else line.words for line in lines]
    foot = [f"-- \n{why}\n{wishes_url or ''}".rstrip()] if why else []
    return "\n\n".join([*told, *foot]) + "\n"


def _address(name: str, address: str) -> Address:
    user, _at, domain = address.rpartition("@")
    return Address(_one_line(name), user, domain)


def _one_line(words: str) -> str:
    return " ".join(words.split())
