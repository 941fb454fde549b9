"""The siege: request after request on worlds that go on living, everything heard held against what must never be."""

import os
import random
import re
import time
import traceback
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import time_machine
from flask import Flask, got_request_exception
from sqlalchemy import text, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ops.deeds import DEEDS, ERRANDS
from ops.worker import Worker
from tests.fuzz.knock import Knock
from tests.fuzz.knocks import Maker
from tests.house.access_walk import Site
from tests.races.crowd import breaches
from tests.security.deeds import Asked
from tests.world import OPERATOR, PASSWORD
from trade import db
from trade.actor import Actor
from trade.db import Ran
from trade.jobs.models import Job
from trade.orders.models import Order
from trade.pricing.models import PriceDraft, PriceDraftRow
from web.access import COOKIE

SEED = int(os.environ.get("TONGQU_FUZZ_SEED", "4711"))
WORLD = 2500  # requests that one world hears at most; then its books are looked at
WORK = 400  # requests, after which the worker does what is due
STEP = timedelta(seconds=6)  # between two requests, so that a world lives less than a working day
# What the house writes about a request that did not get into a flow, or about who was there.
BOOKKEEPING = {
    "keep",
    "keep_failure",
    "keep_rejected",
    "keep_wrong",
    "keep_unfit",
    "touch_nothing",
    "lose_behalf",
    "spend",  # how often somebody tried
}
SIGNS = (
    'role="alert"',
    "aria-invalid",
    "data-problem",
    "invalid-feedback",
    "is-danger",
    "-error",
    "is-wrong",
)
LEAKS = re.compile(
    r"Traceback|jinja2|sqlalchemy|psycopg|sqlite3\.|KeyError|UndefinedError|>None<|Internal Server Error"
)
TAGS = re.compile(r"<(script|style|svg).*?</\1>|<[^>]+>", re.DOTALL)
Open = Callable[[], Site]


@dataclass
class Tally:
    """What came of it so far."""

    requests: int = 0
    reached: int = 0
    worlds: int = 0
    seconds: float = 0.0
    roles: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    flows: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    routes: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    breaches: int = 0
    verified: int = 0

    def add(self, other: "Tally") -> None:
        """Count another part in."""
        for name, mine in vars(self).items():
            theirs = getattr(other, name)
            if isinstance(mine, set | Counter):
                mine.update(theirs)
            elif isinstance(mine, list):
                mine += theirs
            else:
                setattr(self, name, mine + theirs)

    @property
    def share(self) -> float:
        return self.reached / max(1, self.requests)


class Siege:
    """Asks `most` requests of worlds that `begin` opens; what is wrong is told at once and kept."""

    def __init__(self, begin: Open, seed: int = SEED, *, only: str = ""):
        self.begin, self.seed, self.only = begin, seed, only
        self.dice = random.Random(seed)
        self.tally = Tally()
        self.asked: dict[str, set[str]] = defaultdict(set)
        self.ran: list[Ran] = []
        self.errors: list[str] = []
        self.recent: deque[bool] = deque(maxlen=400)

    def go(self, most: int) -> Tally:
        """Ask them all, and verify the books at the end of each world."""
        began = time.monotonic()
        with self._listening(), time_machine.travel(time.time(), tick=False) as traveller:
            while self.tally.requests < most:
                site = self.begin()
                db.run(true_up, OPERATOR, None)
                self.tally.worlds += 1
                self.recent.clear()
                got_request_exception.connect(self._raised, site.app)
                start = time.time()
                self._live(site, Maker(site, self.dice, self.asked, only=self.only), traveller, most)
                got_request_exception.disconnect(self._raised, site.app)
                if not self.only:
                    self._verify()
                traveller.move_to(start)
                site.close()
        self.tally.seconds += time.monotonic() - began
        return self.tally

    def _live(self, site: Site, maker: Maker, traveller: Any, most: int) -> None:
        until = min(most, self.tally.requests + WORLD)
        works_at = self.tally.requests + WORK
        while self.tally.requests < until and not self._is_barren():
            knock = maker.next()
            answer = self._ask(site, knock)
            self._mend(site, maker, knock, answer)
            traveller.shift(STEP)
            if self.tally.requests >= works_at:
                works_at += WORK
                self._work()

    def _is_barren(self) -> bool:
        return len(self.recent) == self.recent.maxlen and sum(self.recent) < 0.5 * len(self.recent)

    def _ask(self, site: Site, knock: Knock) -> TestResponse:
        """Ask once, count, and hold the answer against what must never be."""
        self.ran.clear()
        self.errors.clear()
        Asked.names.clear()
        answer = knock.send(site)
        self.asked[knock.key] |= {name for name in Asked.names if len(name) < 60}
        flows = [ran for ran in self.ran if ran.flow not in BOOKKEEPING and not ran.flow.startswith("_")]
        tally, status = self.tally, answer.status_code
        tally.requests += 1
        tally.reached += bool(flows)
        self.recent.append(bool(flows))
        tally.roles[knock.who] += 1
        tally.statuses[status] += 1
        tally.flows.update(ran.flow for ran in flows)
        tally.done.update(ran.flow for ran in flows if ran.outcome == "done")
        tally.refusals.update({ran.code for ran in self.ran if ran.code})
        if flows:
            tally.routes.add(knock.key.partition(" # ")[0])
        for fault in self._faults(knock, answer):
            self._tell(f"{knock.told()}: {fault}")
        return answer

    def _faults(self, knock: Knock, answer: TestResponse) -> Iterator[str]:
        status = answer.status_code
        if status >= 500 and not knock.path.startswith(("/readyz", "/healthz")):
            yield f"{status}"
        yield from self.errors
        if 400 <= status < 500 and knock.method != "HEAD" and (why := unreadable(answer)):
            yield f"{status} without a readable reason: {why}"

    def _mend(self, site: Site, maker: Maker, knock: Knock, answer: TestResponse) -> None:
        """Sign in again who was signed out; end what was begun on another's behalf."""
        who = knock.who
        if who == "nobody":
            return
        if knock.key.endswith("/behalf") and answer.status_code in {200, 303}:
            maker.stand_in(who, knock.path.split("/")[-2])
        if answer.status_code == 401:
            self._enter(site, who)
        elif answer.status_code == 403 and knock.path.startswith("/admin") and maker.dice.random() < 0.5:
            self._ask(site, Knock(who, "POST", "/portal/behalf/ending", key="POST /portal/behalf/ending"))

    def _enter(self, site: Site, who: str) -> None:
        form_cookie = site.cookies[who].rpartition("; ")[2]
        site.cookies[who] = form_cookie
        for words in PASSWORD, "another-good-sentence":
            knock = Knock(
                who, "POST", "/sign-in", pairs=[("name", who), ("password", words)], key="POST /sign-in"
            )
            answer = self._ask(site, knock)
            for cookie in answer.headers.getlist("Set-Cookie"):
                if cookie.startswith(f"{COOKIE}=") and len(cookie.partition(";")[0]) > len(COOKIE) + 20:
                    site.cookies[who] = f"{cookie.partition(';')[0]}; {form_cookie}"
                    return

    def _work(self) -> None:
        """Let the worker do what is due; files are read and written by it, papers and mail are left out."""
        errands = {name: errand for name, errand in ERRANDS.items() if name.startswith("imports.")}
        tally = Worker(deeds=DEEDS, errands=errands).once()
        if tally.failed:
            with db.read() as session:
                said = session.execute(
                    text(
                        "SELECT kind, payload, last_error FROM job WHERE last_error <> '' ORDER BY id DESC LIMIT 3"
                    )
                ).all()
            self._tell(f"the worker failed {tally.failed} times: {said}")

    def _verify(self) -> None:
        self.tally.verified += 1
        for breach in breaches():
            self.tally.breaches += 1
            self._tell(f"breach after {self.tally.requests} requests: {breach}")

    def _raised(self, sender: Flask, exception: BaseException, **_rest: Any) -> None:
        last = traceback.extract_tb(exception.__traceback__)[-1]
        mine = [
            frame
            for frame in traceback.extract_tb(exception.__traceback__)
            if "site-packages" not in frame.filename
        ]
        at = " < ".join(
            f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(mine[-4:])
        )
        self.errors.append(f"{type(exception).__name__}: {str(exception)[:300]} at {at} ({last.name})")

    def _tell(self, fault: str) -> None:
        print(f"FAULT seed {self.seed} after {self.tally.requests}: {fault}", flush=True)
        self.tally.faults.append(fault)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        db.watch(self.ran.append)
        try:
            yield
        finally:
            db._watchers.remove(self.ran.append)


def unreadable(answer: TestResponse) -> str:
    """Why nobody could read what went wrong; empty when they can."""
    if "HX-Redirect" in answer.headers or "HX-Refresh" in answer.headers:
        return ""
    said = answer.text
    if found := LEAKS.search(said):
        return f"{found[0]!r} in the page"
    if answer.mimetype == "application/json":
        return "" if len(said) > 12 else repr(said)
    words = " ".join(TAGS.sub(" ", said).split())
    if len(words) < 8:
        return f"{answer.mimetype} {words!r}"
    if answer.status_code == 401:
        return "" if 'method="post"' in said else "no form to sign in"
    if answer.status_code == 422:
        return "" if any(sign in said for sign in SIGNS) else words[:200]
    return "" if "data-problem" in said or 'role="alert"' in said else words[:200]


def true_up(session: Session, actor: Actor, given: None) -> None:
    """Mend what the walk plants and no flow would leave: announced prices without rows, a job without its order."""
    announced = session.query(PriceDraft.id).where(PriceDraft.state == "published").scalar_subquery()
    session.query(PriceDraftRow).where(PriceDraftRow.draft_id.in_(announced)).delete(
        synchronize_session=False
    )
    held = session.query(Order.id).where(Order.approval_state == "held").limit(1).scalar()
    session.execute(update(Job).where(Job.state == "dead").values(payload={"order_id": held, "version": 1}))
    session.execute(update(PriceDraft).where(PriceDraft.state == "published").values(changes=0))
