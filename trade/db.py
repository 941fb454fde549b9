"""The one place where transactions begin and end."""

import json
import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from sqlite3 import SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR, SQLITE_LOCKED
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

import psycopg
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ExceptionContext,
    Integer,
    Table,
    any_,
    create_engine,
    event,
    insert,
    literal,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry, sessionmaker
from sqlalchemy.schema import MetaData
from sqlalchemy.types import TypeDecorator

from trade.actor import Actor
from trade.errors import Busy, LostRace, Refused
from trade.money import Money

RETRIES = 5
DEADLINE = 20.0  # seconds from the first attempt, then Busy
LOST_RACE = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
AWAY = {"08", "53", "57"}  # classes: connection, out of resources, shut down by the operator
READ_ONLY = "25006"  # said by a server that was the primary until a moment ago
# A dead host says nothing at all: it is noticed by silence, within ten seconds; the address may say otherwise.
SILENCE = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 8000,
}
REPLICA_LAG = timedelta(seconds=30)  # further behind, reports are read from the primary
REPLICA_REST = 10.0  # seconds in which a replica that was away is not asked again
REPLICA_SIGNS = "SELECT pg_is_in_recovery(), clock_timestamp(), pg_last_xact_replay_timestamp()"
SEVERAL_HOSTS = re.compile(
    r"(?P<before>postgresql\+psycopg://(?:[^@/]*@)?)(?P<hosts>[^@/?\[\]]*,[^@/?\[\]]*)/(?P<database>[^?]*)(?:\?(?P<asked>.*))?"
)
PRAGMAS = (
    "busy_timeout=15000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
)
TIMEOUTS = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
# Compiling a plan costs more than any page's statement; and what people read lies in memory or on a fast disk.
PLANNING = "-c jit=off -c random_page_cost=1.1"
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
Given = TypeVar("Given")
Answer = TypeVar("Answer")
_write, _read = sessionmaker(), sessionmaker(expire_on_commit=False)
_open: ContextVar[bool] = ContextVar("open", default=False)
_flow: ContextVar[str] = ContextVar("flow", default="")


@dataclass
class Ran:
    """How one use case went, told to whoever watches."""

    flow: str
    outcome: str = "done"  # or refused, busy, failed
    code: str = ""  # of the refusal
    attempts: int = 0
    seconds: float = 0.0
    waited: float = 0.0  # seconds in the line for SQLite's one writer


Watcher = Callable[[Ran], None]
_watchers: list[Watcher] = []


class Instant(TypeDecorator[datetime]):
    """A moment in UTC; refuses naive values, and SQLite gives the zone back too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise TypeError("an instant carries its zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only INTEGER keys


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={Decimal: Money, datetime: Instant},
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)


def run(flow: Callable[[Session, Actor, Given], Answer], actor: Actor, given: Given) -> Answer:
    """Run a use case in one write transaction; after a lost race run the whole of it again in a new one.

    Raises Busy when the deadline passes or the database is away; Refused comes through after the rollback.
    """
    ends = time.monotonic() + DEADLINE
    with _not_nested(), _watched(flow) as ran:
        for attempt in range(RETRIES + 1):
            if attempt:
                time.sleep(attempt * random.uniform(0, 0.05))
            ran.attempts, came = attempt + 1, time.monotonic()
            try:
                with _queue.turn(ends), _write.begin() as session:
                    ran.waited += time.monotonic() - came
                    session.info["attempt"] = attempt
                    return flow(session, actor, given)
            except LostRace as lost:
                if attempt == RETRIES or time.monotonic() > ends:
                    raise Busy from lost
            except DBAPIError as error:
                if not is_passing(error):
                    raise
                if (
                    (is_away(error) and not _is_demoted(error))
                    or attempt == RETRIES
                    or time.monotonic() > ends
                ):
                    raise Busy from error
        raise AssertionError("unreachable")


@contextmanager
def read() -> Iterator[Session]:
    """Open a read transaction: one consistent picture, in which the database itself refuses to write."""
    with _not_nested():
        try:
            with _read.begin() as session:
                yield session
        except DBAPIError as error:
            if is_passing(error):
                raise Busy from error
            raise


@contextmanager
def read_reports() -> Iterator[Session]:
    """Open a read transaction where nobody writes, if there is such a place and it keeps up; else as read() does.

    `session.info["as_of"]` says until when the replica knows everything, in UTC; it is missing on the primary.
    """
    with _not_nested():
        session = _open_replica()
        if session is not None:
            try:
                with session:
                    yield session
            except DBAPIError as error:
                if is_passing(error):
                    _replica.rest()
                    raise Busy from error
                raise
            return
    with read() as session:
        yield session


def watch(watcher: Watcher) -> None:
    """Tell this one how every use case went, from now on."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def flow_name() -> str:
    """The use case that runs here and now; nothing in a reading."""
    return _flow.get()


def connect(url: str) -> Engine:
    """Make an engine that obeys the house's rules for its database, and let run() and read() use it."""
    return bind(create_engine(psycopg_url(url), **engine_options(url)))


def engine_options(url: str) -> dict[str, Any]:
    """How an engine for this database is made, whoever makes it."""
    options: dict[str, Any] = {"json_serializer": _as_json, "hide_parameters": True}
    if not url.startswith("sqlite"):
        told = make_url(psycopg_url(url)).query
        silence = {name: value for name, value in SILENCE.items() if name not in told}
        arguments = {"options": f"{TIMEOUTS} {PLANNING}", **silence}
        options |= {"connect_args": arguments, "pool_pre_ping": True, "pool_size": 16}
    return options


def psycopg_url(url: str) -> str:
    """Name our driver in the address that hosting services hand out; several hosts are tried in turn."""
    for short in "postgres://", "postgresql://":
        if url.startswith(short):
            url = "postgresql+psycopg://" + url.removeprefix(short)
    several = SEVERAL_HOSTS.fullmatch(url)
    if several is None:
        return url
    hosts = [each.partition(":") for each in several["hosts"].split(",")]
    places = urlencode(
        {"host": ",".join(h for h, _, _ in hosts), "port": ",".join(p or "5432" for _, _, p in hosts)}
    )
    asked = f"&{several['asked']}" if several["asked"] else ""
    return f"{several['before']}/{several['database']}?{places}{asked}"


def follow(url: str | None) -> Engine | None:
    """Let read_reports() use this streaming replica, or none."""
    _replica.engine = None
    if url:
        options = engine_options(url) | {"pool_size": 4}
        engine = create_engine(psycopg_url(url), **options)
        _replica.engine = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        _replica.rests_until = float("-inf")
    return _replica.engine


def bind(engine: Engine) -> Engine:
    """Let run() and read() use this engine; each keeps its own way of beginning."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        reader = engine.execution_options(reads=True)
    else:
        event.listen(engine, "handle_error", _discard_demoted)
        reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    _queue.is_needed = engine.dialect.name == "sqlite"
    _write.configure(bind=engine)
    _read.configure(bind=reader)
    return engine


def insert_once(session: Session, model: type[Base], **values: object) -> bool:
    """Insert unless a unique constraint says no; RETURNING tells, since psycopg's rowcount of an INSERT is −1."""
    statement = insert_into(session, model).values(**values).on_conflict_do_nothing().returning(model.id)
    return session.scalar(statement) is not None


def insert_into(session: Session, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """INSERT that knows ON CONFLICT, which both databases spell alike and SQLAlchemy keeps in two modules."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(model) if on_sqlite else postgresql.insert(model)


def insert_many(session: Session, model: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert plain rows in one set-based statement; nothing happens for no rows."""
    if rows:
        session.execute(insert(model), [dict(row) for row in rows])


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows by the ten thousand, past what ORM, compiler and driver do for each; all name the same columns."""
    if not rows:
        return
    connection = session.connection()
    dialect, table = connection.dialect, cast(Table, model.__table__)
    columns = [each for each in table.columns if each.name in rows[0] or each.default is not None]
    makers = [_maker(each, dialect, is_given=each.name in rows[0]) for each in columns]
    cells = (tuple([make(row) for make in makers]) for row in rows)
    names = ", ".join(dialect.identifier_preparer.format_column(each) for each in columns)
    into = f"{dialect.identifier_preparer.format_table(table)} ({names})"
    if dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", list(cells))
        return
    statement = f"COPY {into} FROM STDIN"
    driver: Any = connection.connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for each in cells:
                copy.write_row(each)
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=dialect) from error


def among(session: Session, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column has one of the values: as one array where psycopg would read a mark for each."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(ColumnElement[bool], column.in_(values))
    return cast(ColumnElement[bool], column == any_(literal(list(values), postgresql.ARRAY(column.type))))


def _maker(column: Column[Any], dialect: Dialect, *, is_given: bool) -> Callable[[Mapping[str, Any]], Any]:
    """How a row's cell becomes what the driver takes; a column that no row names has its default."""
    convert: Callable[[Any], Any] = column.type.dialect_impl(dialect).bind_processor(dialect) or _same
    default: Any = column.default
    if is_given:
        return lambda row: convert(row[column.name])
    if default.is_callable:
        return lambda row: convert(default.arg(None))
    value = convert(default.arg)
    return lambda row: value


def _same(value: Any) -> Any:
    return value


def is_passing(error: DBAPIError) -> bool:
    """Whether the same again may succeed: a lost race, a full disk, a database that is away."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in {SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_IOERR}
    return getattr(error.orig, "sqlstate", None) in LOST_RACE or is_away(error)


def is_away(error: DBAPIError) -> bool:
    """Whether the database itself cannot be used now, so that trying at once is pointless."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in {SQLITE_FULL, SQLITE_IOERR}
    state = getattr(error.orig, "sqlstate", None)
    lost = error.connection_invalidated or (state is None and isinstance(error, OperationalError))
    return lost or (state or "")[:2] in AWAY


def _is_demoted(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == READ_ONLY


def _discard_demoted(context: ExceptionContext) -> None:
    """A server that refuses a write is no primary any more: no connection to it is used again."""
    is_writer = context.connection is not None and not context.connection.get_execution_options().get(
        "postgresql_readonly"
    )
    if is_writer and getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


@dataclass
class _Replica:
    """Where reports are read, and since when it is left in peace."""

    engine: Engine | None = None
    rests_until: float = float("-inf")

    def rest(self) -> None:
        self.rests_until = time.monotonic() + REPLICA_REST


_replica = _Replica()


def _open_replica() -> Session | None:
    """A transaction on the replica, when it answers and knows everything until half a minute ago."""
    if _replica.engine is None or time.monotonic() < _replica.rests_until:
        return None
    session = Session(_replica.engine, expire_on_commit=False)
    try:
        is_behind, now, seen = session.execute(text(REPLICA_SIGNS)).one()
    except DBAPIError:
        session.close()
        _replica.rest()
        return None
    if is_behind and (seen is None or now - seen > REPLICA_LAG):
        session.close()
        return None
    if is_behind:
        session.info["as_of"] = seen.astimezone(UTC)
    return session


class _Queue:
    """First come, first served, in front of SQLite's one writer: its own waiting is unfair."""

    def __init__(self) -> None:
        self.is_needed = False
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    @contextmanager
    def turn(self, ends: float) -> Iterator[None]:
        if not self.is_needed:
            yield
            return
        self._enter(ends)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, ends: float) -> None:
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(max(0.0, ends - time.monotonic())):
            return
        with self._lock:
            if mine.is_set():  # handed over in the very moment of giving up
                return
            self._waiting.remove(mine)
        raise Busy

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


_queue = _Queue()


@contextmanager
def _not_nested() -> Iterator[None]:
    if _open.get():
        raise RuntimeError("transactions do not nest: pass the session down")
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


@contextmanager
def _watched(flow: Callable[..., object]) -> Iterator[Ran]:
    """Tell the watchers how it went; what they make of it fails nobody's order, which may be committed by now."""
    ran, began = Ran(getattr(flow, "__name__", type(flow).__name__)), time.monotonic()
    token = _flow.set(ran.flow)
    try:
        yield ran
    except Refused as refusal:
        ran.outcome, ran.code = "refused", refusal.code
        raise
    except Busy:
        ran.outcome = "busy"
        raise
    except BaseException:
        ran.outcome = "failed"
        raise
    finally:
        _flow.reset(token)
        ran.seconds = time.monotonic() - began
        for watcher in _watchers:
            with suppress(Exception):
                watcher(ran)


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql(f"PRAGMA query_only={reads:d}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _as_json(value: object) -> str:
    """Short JSON that keeps Chinese readable and sorts its keys, so that equal facts are equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
