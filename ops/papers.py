"""The errand that makes one file of many papers."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from press import papers, pdf, templating
from trade import clock
from trade.actor import Actor
from trade.attachments import store
from trade.db import read, run
from trade.errors import Refused
from trade.flows.order_papers import LOADERS
from trade.papers import runs
from trade.papers.statements import StatementPaper
from trade.statements import queries as statements

AT_ONCE = 10  # papers between two signs of life


def make_papers(actor: Actor, run_id: int, tell: Callable[[int, int], None]) -> None:
    """Draw and bind the papers of a run; after a kill it is drawn anew, and nobody sees half a file."""
    with read() as session:
        wanted = runs.find_waiting(session, run_id)
        given = dict(wanted.given) if wanted else {}
        load = LOADERS[wanted.kind] if wanted else None
    if load is None:
        return
    ids, locale, drawn = given["ids"], given["locale"], []
    reader = runs.reader(actor, given)
    for done, each in enumerate(ids, start=1):
        try:
            with read() as session:
                paper = load(session, reader, each)
        except Refused as refusal:
            run(runs.fail, actor, (run_id, refusal.code))
            return
        drawn.append(papers.draw(paper, locale, clock.now()))
        if done % AT_ONCE == 0:
            tell(done, len(ids))
            run(runs.step, actor, (run_id, done, len(ids)))
    content = pdf.bound(drawn)
    stored_as = store.save(content)
    run(runs.finish, actor, (run_id, stored_as, len(content)))


def make_bundle(actor: Actor, given: tuple[int, int, int], tell: Callable[[int, int], None]) -> None:
    """Draw one job's share of a bundle into files of their own; whoever draws the last one binds them.

    What is drawn stays drawn: after a kill the job goes on with what is missing, and never holds more than one paper.
    """
    run_id, at, share = given
    with read() as session:
        wanted = runs.find_waiting(session, run_id)
        given_ids = dict(wanted.given) if wanted else {}
    if not given_ids:
        return
    ids, locale = given_ids["ids"], given_ids["locale"]
    shelf = store.folder() / f"bundle-{run_id}"
    shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    easel, reader = Easel(), runs.reader(actor, given_ids)
    try:
        for done, each in enumerate(ids[at : at + share], start=1):
            _draw(reader, easel, shelf / f"{each}.pdf", each, locale)
            if done % AT_ONCE == 0:
                tell(done, share)
                run(runs.step, actor, (run_id, len(list(shelf.glob("*.pdf"))), len(ids)))
    finally:
        easel.close()
    if len(list(shelf.glob("*.pdf"))) == len(ids):
        _bind(actor, run_id, shelf, ids)


class Easel:
    """A process of its own that draws: what knows the house weighs more than what draws."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "press.easel"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=templating.ROOT
        )

    def draw(self, words: str, place: Path) -> None:
        """Wait until a paper lies in its place. Raises RuntimeError when the process ended instead."""
        given, told = self.process.stdin, self.process.stdout
        assert given is not None and told is not None
        given.write(json.dumps({"words": words, "place": str(place)}) + "\n")
        given.flush()
        if not told.readline():
            raise RuntimeError("the process that draws papers has ended")

    def close(self) -> None:
        """Let it end, which it does as soon as nothing more can be asked for."""
        self.process.communicate(timeout=10)


def _draw(actor: Actor, easel: Easel, place: Path, statement_id: int, locale: str) -> None:
    """One statement as a file, whole or not at all."""
    if place.exists():
        return
    with read() as session:
        paper = LOADERS["statement"](session, actor, statement_id)
    assert isinstance(paper, StatementPaper)
    easel.draw(papers.worded(paper, locale, clock.now()), place)


def _bind(actor: Actor, run_id: int, shelf: Path, ids: list[int]) -> None:
    """All files of a bundle as one, each under its statement's number; the first who is done hands it over."""
    with read() as session:
        names = statements.numbers_of(session, actor, ids)
    unfinished = shelf / f"bundle.{os.getpid()}"
    with ZipFile(unfinished, "w", ZIP_STORED) as bundle:
        for at, each in enumerate(ids, start=1):
            bundle.write(shelf / f"{each}.pdf", f"{at:04d}-{names[each]}.pdf")
    stored_as, size = store.keep(unfinished)
    run(runs.finish, actor, (run_id, stored_as, size))
    shutil.rmtree(shelf, ignore_errors=True)
