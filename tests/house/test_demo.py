"""The invented brand: sound, the same on the same day, and with right check digits."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from stdnum import ean
from stdnum.cn import uscc

from ops import demo, regions, schema
from ops.demo import loading
from ops.demo.drawing import shelf
from ops.demo.goods import Good, goods
from ops.demo.partners import partners
from trade import clock
from trade.actor import system
from trade.applications.models import Application
from trade.attachments.pictures import StoredPicture, keep_picture
from trade.db import Base, connect, read, run
from trade.flows.set_up_brand import set_up_brand
from trade.numbers import NumberSeries
from trade.people import passwords
from trade.verify.everything import INVARIANTS

RANDOM = {"password_hash", "stored_as", "token_hash"}
BY_THE_CLOCK = {
    "job",
    "audit_entry",
    "outbox_message",
    "notice",
    "verify_run",
    "heartbeat",
}  # a worker's own order and moments


def test_codes_have_right_check_digits() -> None:
    barcodes = [code for good in goods() for code in (good.barcode, good.case_barcode)]
    assert all(ean.is_valid(code) and code.startswith("69") for code in barcodes)
    companies = [each.credit_code for each in partners(clock.today(), clock.today())]
    assert all(uscc.is_valid(code) for code in companies)
    assert len(set(barcodes)) == len(barcodes) >= 200
    assert len(set(companies)) == len(companies) == 60


@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.proof)])
def test_loads_on_one_day_are_alike_and_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    monkeypatch.setattr(loading, "MONTHS", 1 + times)
    monkeypatch.setattr(shelf, "keep_all", _one_picture_for_all)
    monkeypatch.setattr(passwords, "hashed", lambda password: f"hash of {len(password)}")
    found = [_loaded(tmp_path / str(at), monkeypatch) for at in range(times)]
    assert found[0] == found[-1]


MOMENTS = [
    datetime(2026, 11, 23, 0, 40, tzinfo=clock.BRAND_ZONE) + timedelta(days=days, hours=days * 7 % 24)
    for days in (*range(8), 38, 39, 69, 97, 98, 98 + 366, 98 + 367)
]


@pytest.mark.proof
@pytest.mark.parametrize("moment", MOMENTS, ids=[f"{each:%m-%d %H}h" for each in MOMENTS])
def test_the_brand_comes_to_life_on_any_day(
    moment: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MONTHS", 3)
    monkeypatch.setattr(shelf, "keep_all", _one_picture_for_all)
    monkeypatch.setattr(passwords, "hashed", lambda password: f"hash of {len(password)}")
    with clock.set_to(moment):
        _loaded(tmp_path / "brand", monkeypatch)


def _loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Load the brand into a database of its own, prove it, and answer a hash of each table."""
    folder.mkdir()
    monkeypatch.setenv("TONGQU_DATA_DIR", str(folder))
    schema.upgrade(connect(f"sqlite:///{folder}/tongqu.db"))
    run(set_up_brand, system("test"), None)
    regions.load()
    assert demo.is_empty()
    assert len({login.role for login in demo.load()}) == 9
    assert not demo.is_empty()
    with read() as session:
        breaches = [str(breach) for each in INVARIANTS for breach in each.find(session)]
        assert not breaches
        asked = session.scalars(select(Application.number).where(Application.number.is_not(None))).all()
        drawn = session.scalars(select(NumberSeries.last).where(NumberSeries.prefix == "AP")).all()
        assert len(asked) == sum(drawn) == 1  # whoever applies on the first day gets the next number
        hashes = {}
        for name, table in Base.metadata.tables.items():
            columns = [each for each in table.columns if each.name not in RANDOM]
            rows = session.execute(select(*columns).order_by(*table.primary_key)).all()
            hashes[name] = _hash(rows)
    return {name: each for name, each in hashes.items() if name not in BY_THE_CLOCK}


def _hash(rows: Sequence[Sequence[object]]) -> str:
    """Of everything but moments, which follow the hour of the loading."""
    plain = [[None if isinstance(value, datetime) else value for value in row] for row in rows]
    return hashlib.sha256(repr(plain).encode()).hexdigest()


def _one_picture_for_all(sold: Sequence[Good]) -> Mapping[str, StoredPicture]:
    data = shelf.drawn(sold[0].design)
    return {good.code: keep_picture(data) for good in sold}
