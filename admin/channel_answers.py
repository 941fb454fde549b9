"""What the other side of a channel answered, for whoever set it up: in words first, then as it came."""

import re
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

BROKEN_OFF = r"Connection(Reset|Aborted)Error|BrokenPipeError|RemoteDisconnected|SMTPServerDisconnected"
# How an answer looks, and what it means; the first that fits.
MEANINGS: tuple[tuple[str, Any], ...] = (
    (r"ConnectionRefusedError", _("The server refused the connection; please look at address and port.")),
    (r"gaierror|UnicodeError", _("No server was found by this name; please look at how it is written.")),
    (r"TimeoutError|no answer within|timed out", _("The server took too long to answer.")),
    (
        r"SSLCertVerificationError",
        _("The server's certificate cannot be trusted, so nothing was sent to it."),
    ),
    (r"SSL\w*Error", _("No encrypted connection came about; please look at port and encryption.")),
    (r"SMTPNotSupportedError", _("The mail server knows no such encryption or signing in.")),
    (BROKEN_OFF, _("The server broke the connection off.")),
    (r"BadStatusLine|IncompleteRead|not the answer of a robot", _("The server answered something else.")),
    (r"OSError: \[Errno (101|113)\]", _("No way leads from here to this server.")),
    (
        r"is not an address that messages may go to",
        _("This address lies in a private network, which is not allowed here."),
    ),
    (r"redirects are not followed", _("The server sends on to another address; please enter that one.")),
    (
        r"TONGQU_SECRET_KEY",
        _("Its secrets were kept under another key of the installation; enter them anew."),
    ),
    (r"^(530|534|535)\b", _("The mail server did not accept account and password.")),
    (r"^5[05][0-9]\b.*\d\.\d\.\d|^55[0-9]\b", _("The mail server refuses this message or its address.")),
    (r"^(401|403)\b", _("The server does not let us in; please look at address and secret.")),
    (r"^404\b|^410\b", _("The server knows no such address.")),
    (r"^429\b", _("The server says that was too often.")),
    (r"^50[0-9]\b", _("The server has trouble of its own.")),
    (r"this person has left", _("Whom it was for has left.")),
    (r"this person has no address", _("Whom it was for has no address for this channel.")),
    (r"waited three days", _("It waited three days for its channel and is news no more.")),
    (r"no sender lived to tell", _("Sending broke off each time.")),
    (
        r"apprise does not understand",
        _("This address is not understood; please compare it with apprise's own list."),
    ),
    (r"the service did not take it", _("The service did not take it.")),
)


@dataclass(frozen=True)
class Answer:
    """An answer in words, as far as it is known, and as it came."""

    words: Any
    original: str


def read(answer: str) -> Answer:
    """What an answer means; nothing in words for what is not known."""
    return Answer(next((words for look, words in MEANINGS if re.search(look, answer)), ""), answer)
