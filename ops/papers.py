"""The errand that makes one file of many papers."""

from collections.abc import Callable

from press import papers, pdf
from trade import clock
from trade.actor import Actor
from trade.attachments import store
from trade.db import read, run
from trade.errors import Refused
from trade.flows.order_papers import LOADERS
from trade.papers import runs

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
    for done, each in enumerate(ids, start=1):
        try:
            with read() as session:
                paper = load(session, actor, each)
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
