"""Hosts are upgraded one after the other: an older program works on tables that only grew, and refuses all others."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from ops import schema
from tests.reused import SECRET
from trade import db
from trade.errors import NewerSchema
from wsgi import create_app

PLANTED = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{name}", "{before}"
branch_labels = depends_on = None
compatible_with = {compatible}


def upgrade() -> None:
    {deed}


def downgrade() -> None:
    pass
"""
ADDS = 'op.add_column("distributor", sa.Column("shoe_size", sa.Integer(), nullable=True))'
DROPS = 'op.drop_index("ix_person_manager_id", "person")'


def plant(room: Path, name: str, deed: str, *, is_compatible: bool) -> None:
    before = max(path.name for path in room.glob("*.py"))[:4]
    compatible = f'"{before}"' if is_compatible else "None"
    told = PLANTED.format(name=name, before=before, compatible=compatible, deed=deed)
    (room / f"{name}_planted.py").write_text(told, "utf-8")


def test_an_older_program_goes_on_after_an_expansion_and_refuses_after_a_contraction(
    empty_url, tmp_path, monkeypatch
):
    room = tmp_path / "migrations"
    shutil.copytree(schema.ROOM, room, ignore=shutil.ignore_patterns("__pycache__"))
    engine = db.connect(empty_url)
    schema.upgrade(engine)
    plant(room, "8001", ADDS, is_compatible=True)
    plant(room, "8002", "pass", is_compatible=True)

    def by_newer_program(**steps):
        with monkeypatch.context() as patch:
            patch.setattr(schema, "ROOM", room)
            schema.upgrade(engine, **steps)
            schema.refuse_other(engine)

    by_newer_program()
    schema.refuse_other(engine)  # the older one starts, though it knows neither revision
    older = create_app(empty_url, SECRET).test_client()
    assert older.get("/readyz").status_code == 200
    plant(room, "8003", DROPS, is_compatible=False)
    by_newer_program()
    with pytest.raises(NewerSchema, match="8003"):
        schema.refuse_other(engine)
    assert create_app(empty_url, SECRET).test_client().get("/readyz").status_code == 503
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM setting")) == 0
    # A revision that claims what it does not follow is refused, and nothing of it stays.
    told = PLANTED.format(name="8004", before="8003", compatible='"8001"', deed=ADDS.replace("shoe", "hat"))
    (room / "8004_planted.py").write_text(told, "utf-8")
    with pytest.raises(ValueError, match="8003"):
        by_newer_program()
    assert schema.revisions(engine)[0] == {"8003"}
    engine.dispose()
