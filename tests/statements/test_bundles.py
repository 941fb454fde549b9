"""All PDFs of a month as one file: drawn by jobs that share them, gone on with after a kill."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from ops import papers as errand
from tests.statements.past import OCTOBER, SEPTEMBER, Past, look, on
from tests.world import OPERATOR
from trade import db
from trade.attachments import store
from trade.errors import Refused
from trade.flows.order_papers import Bundle, order_bundle
from trade.jobs.models import Job
from trade.papers.models import PaperRun


def test_a_bundle_goes_on_with_what_is_missing(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    past.tell()
    past.make("11-02", OCTOBER)
    with on("11-03"):
        assert db.run(order_bundle, past["finance"], Bundle(SEPTEMBER, "对账单")) == 1
    (job,) = look(select(Job).where(Job.kind == "papers.bundle"))
    drawn = []

    def die(*_given: object) -> None:
        drawn.append("died")
        raise KeyboardInterrupt

    given = (job.payload["run_id"], job.payload["at"], job.payload["share"])
    with monkeypatch.context() as patched:
        patched.setattr(errand.Easel, "draw", die)
        with pytest.raises(KeyboardInterrupt):
            errand.make_bundle(OPERATOR, given, lambda done, total: None)
    assert look(select(PaperRun.state)) == ["waiting"] and drawn == ["died"]
    for _again in range(2):
        errand.make_bundle(OPERATOR, given, lambda done, total: None)
    (run,) = look(select(PaperRun))
    with ZipFile(BytesIO(store.load(run.stored_as))) as bundle:
        (name,) = bundle.namelist()
        assert name.endswith("-D1.pdf") and bundle.read(name).startswith(b"%PDF")
    assert run.state == "done" and not list(store.folder().glob("bundle-*"))


def test_nobody_binds_what_is_not_there(past: Past) -> None:
    for who, code in (("finance", "statement.none_of_month"), ("buyer", "access.denied")):
        with pytest.raises(Refused, match=code):
            db.run(order_bundle, past[who], Bundle(SEPTEMBER, "对账单"))
    assert look(select(PaperRun)) == []
