"""Mail by the brand's own server."""

import smtplib
import ssl
from email.message import EmailMessage

from trade.notices.channels import Way
from trade.notices.dispatches import Fate, Outcome

TIMEOUT = 10.0  # seconds for each step


def send(way: Way, message: EmailMessage) -> Outcome:
    """Hand one message to the server, and understand its answer: 4xx is later, 5xx is never (RFC 5321, 4.2.1)."""
    try:
        with _connected(way) as server:
            server.send_message(message)
            return Outcome(Fate.SENT, "250 taken by the mail server")
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        return _of_message(code, words)
    except smtplib.SMTPDataError as refused:
        return _of_message(refused.smtp_code, refused.smtp_error)
    except (
        smtplib.SMTPResponseException
    ) as refused:  # greeting, sign-in, sender: whatever is sent next fails too
        return Outcome(Fate.DOWN, _spelled(refused.smtp_code, refused.smtp_error))


def _connected(way: Way) -> smtplib.SMTP:
    settings = way.settings
    host, port, security = str(settings["host"]), int(settings["port"]), settings["security"]
    trust = ssl.create_default_context()
    server: smtplib.SMTP
    if security == "tls":
        server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=trust)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT)
    try:
        if security == "starttls":
            server.starttls(context=trust)
        if settings.get("user"):
            server.login(str(settings["user"]), way.secrets().get("password", ""))
    except BaseException:
        server.close()
        raise
    return server


def _of_message(code: int, words: bytes | str) -> Outcome:
    if code == 421:
        return Outcome(Fate.DOWN, _spelled(code, words))
    return Outcome(Fate.LATER if 400 <= code < 500 else Fate.WRONG, _spelled(code, words))


def _spelled(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"
