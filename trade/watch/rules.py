"""What is wrong with a running installation, told from its figures; each finding says what it is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

LATE_MESSAGE = timedelta(hours=1)
LATE_JOB = timedelta(minutes=15)
LATE_PROOF = timedelta(hours=36)  # the books are proven each night
SILENCE = timedelta(minutes=5)
LOWEST_DISK = 5  # percent that must be free
# What is told to administrators; of a failed backup, of a breach and of no backups at all others tell, or nobody.
TOLD = frozenset(
    {"verify.late", "disk.low", "clock.off", "job.dead", "job.late", "message.dead", "message.late"}
    | {"backup.late", "worker.gone"}
)
CLOCK_TOLERANCE = 5.0  # seconds between the database's clock and ours


@dataclass(frozen=True)
class Pile:
    """Work of one kind in one state: how many, and since when the oldest is due."""

    kind: str
    state: str  # waiting, running, dead
    count: int
    oldest: datetime | None = None


@dataclass(frozen=True)
class Queue:
    """What is still to leave by one channel, what was laid aside, and how old the oldest is."""

    channel: str  # app, or the kind of a channel that leads out
    waiting: int
    oldest: datetime | None
    dead: int


@dataclass(frozen=True)
class Sign:
    """A worker as its heartbeat tells."""

    name: str
    started_at: datetime
    seen_at: datetime
    stopped_at: datetime | None
    done: int
    sent: int
    failed: int

    def is_alive(self, now: datetime) -> bool:
        return self.stopped_at is None and now - self.seen_at <= SILENCE


@dataclass(frozen=True)
class Proof:
    """One run of verify."""

    id: int
    source: str
    asked_at: datetime
    finished_at: datetime | None
    milliseconds: int
    invariants: int
    breaches: int


@dataclass(frozen=True)
class Backup:
    """The last backup, and the last one that is whole."""

    last_at: datetime
    last_error: str | None
    good_at: datetime | None
    due_within: timedelta  # how old the last whole one may be by the schedule


@dataclass(frozen=True)
class Disk:
    """The disk that holds the data, in bytes."""

    total: int
    free: int

    @property
    def percent(self) -> float:
        return 100 * self.free / self.total if self.total else 0.0


@dataclass(frozen=True)
class Database:
    """The database itself: which, how large, at which revision, and its clock less ours."""

    kind: str  # sqlite or postgresql
    size: int  # bytes
    revision: str
    clock_seconds: float


@dataclass(frozen=True)
class State:
    """Everything about a running installation that somebody may have to mend."""

    now: datetime
    signs: tuple[Sign, ...] = ()
    piles: tuple[Pile, ...] = ()
    queues: tuple[Queue, ...] = ()
    proof: Proof | None = None
    backup: Backup | None = None
    disk: Disk | None = None
    database: Database | None = None

    @property
    def living(self) -> tuple[Sign, ...]:
        return tuple(sign for sign in self.signs if sign.is_alive(self.now))

    @property
    def work(self) -> tuple[Pile, ...]:
        """What people have to know of: not the rounds that only wait for their hour."""
        late = self.now - LATE_JOB
        return tuple(
            pile
            for pile in self.piles
            if not pile.kind.startswith("every-")
            or pile.state == "dead"
            or (pile.state == "waiting" and pile.oldest is not None and pile.oldest < late)
        )

    def count(self, state: str) -> int:
        return sum(pile.count for pile in self.work if pile.state == state)

    def oldest_due(self) -> datetime | None:
        """Since when the work that has waited longest is due; None when nothing is."""
        due = [
            pile.oldest
            for pile in self.piles
            if pile.state == "waiting" and pile.oldest and pile.oldest <= self.now
        ]
        return min(due, default=None)


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong: its code finds the words, `count` and `since` fill them."""

    code: str
    count: int = 0
    since: datetime | None = None

    @property
    def facts(self) -> dict[str, str | int | None]:
        return {"count": self.count, "since": self.since.isoformat() if self.since else None}


def troubles(state: State) -> list[Trouble]:
    """What is wrong now, the gravest first; empty when all is well."""
    return [*_books(state), *_machine(state), *_work(state), *_messages(state), *_copies(state)]


def _books(state: State) -> Iterator[Trouble]:
    proof = state.proof
    if proof and proof.finished_at and proof.breaches:
        yield Trouble("verify.breached", proof.breaches, proof.finished_at)
    if proof and state.now - (proof.finished_at or proof.asked_at) > LATE_PROOF:
        yield Trouble("verify.late", since=proof.finished_at or proof.asked_at)


def _machine(state: State) -> Iterator[Trouble]:
    if state.disk and state.disk.percent < LOWEST_DISK:
        yield Trouble("disk.low", int(state.disk.percent))
    if not state.living:
        yield Trouble("worker.gone", since=max((sign.seen_at for sign in state.signs), default=None))
    if state.database and abs(state.database.clock_seconds) > CLOCK_TOLERANCE:
        yield Trouble("clock.off", int(abs(state.database.clock_seconds)))


def _work(state: State) -> Iterator[Trouble]:
    if dead := state.count("dead"):
        yield Trouble("job.dead", dead)
    oldest = state.oldest_due()
    if oldest and state.now - oldest > LATE_JOB:
        yield Trouble("job.late", since=oldest)


def _messages(state: State) -> Iterator[Trouble]:
    if dead := sum(queue.dead for queue in state.queues):
        yield Trouble("message.dead", dead)
    oldest = min((queue.oldest for queue in state.queues if queue.oldest), default=None)
    if oldest and state.now - oldest > LATE_MESSAGE:
        yield Trouble("message.late", sum(queue.waiting for queue in state.queues), oldest)


def _copies(state: State) -> Iterator[Trouble]:
    backup = state.backup
    if backup is None:
        yield Trouble("backup.none")
        return
    if backup.last_error:
        yield Trouble("backup.failed", since=backup.last_at)
    if backup.good_at is None or state.now - backup.good_at > backup.due_within:
        yield Trouble("backup.late", since=backup.good_at)
