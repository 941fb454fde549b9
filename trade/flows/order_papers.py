from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.jobs import queue
from trade.papers import facts, statements
from trade.papers.models import PaperRun
from trade.papers.runs import GUARDED, MOST, SEES
from trade.statements import queries

Loader = Callable[[Session, Actor, int], object]
LOADERS: Mapping[str, Loader] = {
    "order": facts.order_paper,
    "delivery": facts.delivery_paper,
    "return": facts.return_paper,
    "invoice": facts.invoice_paper,
    "statement": statements.statement_paper,
}
NEEDED = {
    "order": Permission.ORDER_REVIEW,
    "delivery": Permission.ORDER_REVIEW,
    "return": Permission.RETURN_READ,
    "invoice": Permission.INVOICE_READ,
    "statement": Permission.STATEMENT_READ,
}
PDF, ZIP = "application/pdf", "application/zip"
BUNDLE = "statements-of-month"
LARGEST, SMALLEST, SHARES = (
    100,
    10,
    4,
)  # papers of one job, and jobs of a small bundle: several workers share it


@dataclass(frozen=True)
class Papers:
    """Which documents of one kind are to be printed together, in this order."""

    kind: str
    ids: Sequence[int]
    name: str  # of the file
    locale: str = "zh_CN"


def order_papers(session: Session, actor: Actor, given: Papers) -> int:
    """Ask for many papers at once; a job makes one file of them. Answers the run's id.

    Whether the person may see each document is tested here, once; the job draws what was granted.
    """
    loader = LOADERS.get(given.kind)
    if loader is None:
        raise Refused("paper.not_found")
    if not actor.may(NEEDED[given.kind]):
        raise Refused("access.denied", keep={"permission": NEEDED[given.kind].value})
    ids = list(dict.fromkeys(given.ids))
    if not ids or actor.person_id is None:
        raise Refused("paper.nothing_chosen")
    if len(ids) > MOST:
        raise Refused("paper.too_many", most=MOST)
    for each in ids:
        loader(session, actor, each)
    wanted = PaperRun(
        kind=given.kind,
        given=_given(actor, ids, given.locale),
        total=len(ids),
        name=given.name,
        media_type=PDF,
        person_id=actor.person_id,
    )
    session.add(wanted)
    session.flush()
    queue.enqueue(session, "papers.make", f"papers.make-{wanted.id}", {"run_id": wanted.id})
    told = {"kind": given.kind, "count": len(ids)}
    audit.record(session, actor, "papers.ordered", told, subject="paper_run", subject_id=wanted.id)
    return wanted.id


@dataclass(frozen=True)
class Bundle:
    """The statements of a month, each as a file of its own."""

    first_day: date
    name: str
    locale: str = "zh_CN"


def order_bundle(session: Session, actor: Actor, given: Bundle) -> int:
    """Ask for every statement of a month within reach; jobs draw them, one file holds them. Answers how many."""
    if not actor.may(Permission.STATEMENT_READ):
        raise Refused("access.denied", keep={"permission": Permission.STATEMENT_READ.value})
    ids = queries.ids_of_month(session, actor, given.first_day)
    if not ids or actor.person_id is None:
        raise Refused("statement.none_of_month", field="month")
    wanted = PaperRun(
        kind=BUNDLE,
        given=_given(actor, ids, given.locale),
        total=len(ids),
        name=given.name,
        media_type=ZIP,
        person_id=actor.person_id,
    )
    session.add(wanted)
    session.flush()
    share = max(SMALLEST, min(LARGEST, -(-len(ids) // SHARES)))
    for at in range(0, len(ids), share):
        payload = {"run_id": wanted.id, "at": at, "share": share}
        queue.enqueue(session, "papers.bundle", f"papers.bundle-{wanted.id}-{at}", payload)
    told = {"kind": BUNDLE, "count": len(ids)}
    audit.record(session, actor, "papers.ordered", told, subject="paper_run", subject_id=wanted.id)
    return len(ids)


def _given(actor: Actor, ids: Sequence[int], locale: str) -> dict[str, object]:
    """What a run is drawn from: the documents, the language, and what of payments and phones its person may read."""
    sees = [each.value for each in GUARDED if actor.may(each)]
    return {"ids": list(ids), "locale": locale, SEES: sees}
