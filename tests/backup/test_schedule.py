"""What the worker does by itself: one backup for each slot, the right ones kept, people told when there is none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from ops.backup import keeping, scheduled
from ops.backup.keeping import Keep, Plan, kept, moments
from ops.backup.places import Failed, Place
from ops.worker import Worker
from trade import clock, db
from trade.backups import log
from trade.backups.models import BackupRun
from trade.clock import BRAND_ZONE
from trade.db import read
from trade.notices.models import OutboxMessage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def bound(small_place: Place) -> Iterator[Engine]:
    engine = db.connect(str(small_place.url))
    yield engine
    engine.dispose()


@pytest.fixture
def folder(bound: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TONGQU_BACKUP_DIR", str(tmp_path / "kept"))
    monkeypatch.setenv("TONGQU_BACKUP_MINUTES", "5")
    monkeypatch.setenv("TONGQU_BACKUP_KEEP", "1,0,0,0")
    return tmp_path / "kept"


def runs() -> list[BackupRun]:
    with read() as session:
        return list(log.latest(session))


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def only_backups() -> Worker:
    worker = Worker(deeds={})
    worker.errands = {scheduled.KIND: worker.errands[scheduled.KIND]}
    worker.__post_init__()
    return worker


def test_each_slot_has_one_backup_and_the_old_one_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for minutes in 0, 1, 5:
        at(monkeypatch, NOW + timedelta(minutes=minutes))
        only_backups().once()
    assert [path.name for path in folder.iterdir()] == ["tongqu-20261121T120500Z-sqlite.tar"]
    second, first = runs()
    assert first.verified_at and first.removed_at and not first.error  # the first of a day is restored
    assert not second.verified_at and not second.removed_at and second.size
    monkeypatch.delenv("TONGQU_BACKUP_DIR")
    at(monkeypatch, NOW + timedelta(minutes=10))
    only_backups().once()
    assert len(runs()) == 2


def test_people_are_told_once_and_the_next_attempt_comes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write_text("a file where the folder should be", "utf-8")
    for minutes in 0, 5, 10:
        at(monkeypatch, NOW + timedelta(minutes=minutes))
        only_backups().once()
    failed = runs()
    assert len(failed) >= 3 and all("could not be written" in str(each.error) for each in failed)
    with read() as session:
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "backup.failed")).all()
    assert len(told) == 1 and "could not be written" in told[0].payload["error"]
    folder.unlink()
    at(monkeypatch, NOW + timedelta(minutes=15))
    only_backups().once()
    assert runs()[0].error is None and len(list(folder.iterdir())) == 1


@given(
    st.sets(st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1)), max_size=60),
    st.builds(Keep, *[st.integers(low, 6) for low in (1, 0, 0, 0)]),
)
def test_sons_fathers_and_grandfathers_stay(naive: set[datetime], keep: Keep) -> None:
    made = {each.replace(tzinfo=UTC) for each in naive}
    stay = kept(made, keep)
    assert stay <= made
    assert len(stay) <= keep.recent + keep.days + keep.weeks + keep.months
    assert set(sorted(made)[-keep.recent :]) <= stay
    months = sorted({f"{each.astimezone(BRAND_ZONE):%Y-%m}" for each in made})
    newest = {f"{each.astimezone(BRAND_ZONE):%Y-%m}" for each in stay}
    assert not keep.months or set(months[-keep.months :]) <= newest
    assert kept(stay, keep) == stay


def test_a_year_of_days_leaves_what_the_counts_say() -> None:
    made = {NOW - timedelta(days=each) for each in range(365)}
    # Two of the four Sundays are among the seven days, and the newest day stands for its month.
    assert len(kept(made, Keep(3, 7, 4, 12))) == 7 + 2 + 11


def test_slots_begin_at_half_past_two_in_the_night(tmp_path: Path) -> None:
    daily = Plan(tmp_path)
    assert daily.slot(datetime(2026, 11, 21, 2, 29, tzinfo=BRAND_ZONE)) == "20261119T183000Z"
    assert daily.slot(datetime(2026, 11, 21, 2, 30, tzinfo=BRAND_ZONE)) == "20261120T183000Z"


def test_only_our_own_names_are_cleared() -> None:
    names = [
        "tongqu-20261121T120500Z-sqlite.tar",
        "tongqu-old.tar",
        "before-upgrade-tongqu-20261121T120500Z-sqlite.tar",
    ]
    assert list(moments(names).values()) == names[:1]


@pytest.mark.parametrize(
    ("name", "value"), [("MINUTES", "0"), ("MINUTES", "5m"), ("KEEP", "0,1,1,1"), ("KEEP", "7")]
)
def test_a_wrong_schedule_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGQU_BACKUP_DIR", "kept")
    monkeypatch.setenv(f"TONGQU_BACKUP_{name}", value)
    with pytest.raises(Failed, match=name):
        keeping.plan()
