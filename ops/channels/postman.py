"""The worker's postman: takes messages channel by channel, and waits for nobody longer than a minute's third.

Each message is sent by a thread of its own, so that a server that hangs keeps up its own channel alone; the
database is asked and told by the worker's thread. A thread that takes too long is given up: its message goes again.
"""

import queue
import smtplib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.client import HTTPException

import structlog
from flask import Flask
from sqlalchemy import select

from ops.channels import guard, mailing, robots, texting, webhooks, wording
from ops.channels.wording import Links
from press import mail
from press.notice_words import masked
from trade import clock, sealing
from trade.actor import Actor, system
from trade.db import read, run
from trade.jobs.leases import LEASE
from trade.notices import dispatches
from trade.notices.channels import Way
from trade.notices.dispatches import Fate, Outcome, Parcel, Report, Turn

PATIENCE = 20.0  # seconds for one message, well within its lease
GLANCE = 0.05  # seconds
LONGEST_ANSWER = 500  # characters
POSTMAN = system("worker")
log = structlog.get_logger("postman")
Send = Callable[[Parcel], Outcome]


@dataclass(frozen=True)
class Errand:
    """A message on its way, and when patience with it ends."""

    parcel: Parcel
    ends: float


@dataclass
class Postman:
    """One of any number; `send` takes a message out of the building and says how it went."""

    send: Send
    patience: float = PATIENCE
    lease: timedelta = LEASE
    actor: Actor = POSTMAN
    sent: int = 0
    failed: int = 0
    _away: dict[int, Errand] = field(default_factory=dict)
    _back: "queue.SimpleQueue[tuple[Parcel, Outcome]]" = field(default_factory=queue.SimpleQueue)

    def step(self) -> bool:
        """Hear of what came back, send what is due; false when nothing is under way and nothing is due."""
        has_heard = self._hear()
        parcel = self._claim() if self.is_needed() else None
        if parcel is not None:
            self._away[parcel.way.id] = Errand(parcel, time.monotonic() + self.patience)
            threading.Thread(target=self._carry, args=(parcel,), daemon=True, name="postman").start()
        return has_heard or parcel is not None or bool(self._away)

    def is_needed(self) -> bool:
        """Whether a message is due for a channel that is free: one statement, and it takes no lock."""
        with read() as session:
            return bool(session.scalar(select(dispatches.is_due(clock.now()))))

    def finish(self) -> None:
        """Wait for what is under way, and send nothing more: the worker is told to stop."""
        while self._away:
            self._hear()

    def _claim(self) -> Parcel | None:
        return run(dispatches.claim, self.actor, Turn(frozenset(self._away), self.lease))

    def _carry(self, parcel: Parcel) -> None:
        self._back.put((parcel, _tried(self.send, parcel)))

    def _hear(self) -> bool:
        """Write down how sending went; who has not come back in time is given up."""
        try:
            parcel, outcome = self._back.get(block=bool(self._away), timeout=GLANCE)
        except queue.Empty:
            late = [each for each in self._away.values() if each.ends < time.monotonic()]
            for each in late:
                self._settle(each.parcel, Outcome(Fate.DOWN, f"no answer within {self.patience:g} s"))
            return bool(late)
        errand = self._away.get(parcel.way.id)
        if errand is None or errand.parcel is not parcel:
            return True  # came back after it was given up: it counts as not sent, and goes again
        self._settle(parcel, outcome)
        return True

    def _settle(self, parcel: Parcel, outcome: Outcome) -> None:
        shown = replace(outcome, answer=_shown(outcome.answer, parcel.way))
        try:
            run(dispatches.settle, self.actor, Report(parcel, shown))
        except Exception:
            self._back.put(
                (parcel, outcome)
            )  # the database is away: told when it is back, as long as the lease holds
            raise
        self._away.pop(parcel.way.id, None)
        names = {"channel_id": parcel.way.id, "key": parcel.key, "fate": outcome.fate.value}
        if outcome.fate == Fate.SENT:
            self.sent += 1
            log.info("message left", **names)
        else:
            self.failed += 1
            log.warning("message did not leave", answer=shown.answer, **names)


def for_app(app: Flask) -> Postman:
    """The postman of an installation: every kind of channel, and links to the pages of this application."""
    links = Links.of(app)
    return Postman(lambda parcel: dispatched(parcel, links))


def dispatched(parcel: Parcel, links: Links) -> Outcome:
    """Send one parcel by its channel's kind."""
    way, person = parcel.way, parcel.person
    if person is not None and not person.is_active:
        return Outcome(Fate.WRONG, "this person has left")
    said = wording.lines(parcel, links)
    locale = wording.locale_of(parcel)
    if way.kind == "webhook":
        return webhooks.send(way, parcel.key, parcel.items[0])
    if way.kind == "sms" and person is not None and person.phone:
        return texting.send(way, person.phone, mail.text(said[:1], locale).strip())
    if way.kind == "mail" and person is not None and person.email:
        sender, at = str(way.settings["sender"]), clock.now()
        envelope = mail.Envelope(sender, parcel.brand, person.name, person.email, parcel.key, at)
        return mailing.send(way, mail.written(envelope, said, locale, links.wishes(parcel.face)))
    if person is None:
        return robots.send(way, mail.text(said, locale).strip())
    return Outcome(Fate.WRONG, "this person has no address for this channel")


def _tried(send: Send, parcel: Parcel) -> Outcome:
    """How sending ended, whatever happened: nothing that another server does stops the worker."""
    try:
        with guard.watched(may_be_private=parcel.way.may_be_private):
            return send(parcel)
    except sealing.Unsealable:
        return Outcome(Fate.DOWN, "its secrets were kept under another TONGQU_SECRET_KEY; enter them again")
    except guard.Forbidden as error:
        return Outcome(Fate.WRONG, str(error))
    except (OSError, HTTPException, smtplib.SMTPException) as error:
        return Outcome(Fate.DOWN, f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001 - a message that cannot be made is laid aside, the next is sent
        return Outcome(Fate.WRONG, f"{type(error).__name__}: {error}")


def _shown(answer: str, way: Way) -> str:
    """An answer as it is kept: short, on one line, without what the channel keeps secret."""
    try:
        secrets = way.secrets().values()
    except sealing.Unsealable:
        secrets = {}.values()
    for secret in sorted((each for each in secrets if len(each) >= 4), key=len, reverse=True):
        answer = answer.replace(secret, "***")
    return " ".join(masked(answer).split())[:LONGEST_ANSWER]
