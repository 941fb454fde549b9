"""B14: a broadcast to every distributor: published in one transaction, told to everybody's messages, asked about."""

import time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.data import OPERATOR, Wanted
from benchmarks.figures import SECONDS, Figure, Goal, Growth, Workload
from benchmarks.places import Place
from ops.worker import Worker
from trade import clock, db
from trade.actor import EVERYONE, Actor, Permission
from trade.broadcasts import audience, queries
from trade.broadcasts.audience import Audience
from trade.broadcasts.queries import ReceiptFilter
from trade.flows.create_person import NewPerson, create_person
from trade.flows.publish_broadcast import Publication, publish_broadcast
from trade.flows.write_broadcast import Text, create_broadcast
from trade.notices.models import Notice

EVERYBODY = Audience(is_everyone=True)
PUBLISHED, TOLD, OWING = "published", "told, each person's message", "who has not confirmed, the first page"


def measured(place: Place, count: int) -> list[Figure]:
    """Seconds of each step; every person must have been told once."""
    url, _carts = place.own(Wanted(10, carts=count, distributors=count))
    engine = db.connect(url)
    writer = db.run(_hired, OPERATOR, None)
    given = Text("policy", "十二月政策", "第一条\n\n第二条", EVERYBODY, "agree", clock.today())
    broadcast_id = db.run(create_broadcast, writer, given)
    with db.read() as session:
        seen = audience.count(session, writer, EVERYBODY)
    began = time.monotonic()
    db.run(publish_broadcast, writer, Publication(broadcast_id, 1, seen))
    published = time.monotonic()
    Worker().drain()
    told = time.monotonic()
    with db.read() as session:
        rows = queries.receipts(session, writer, broadcast_id, ReceiptFilter(state="owing")).rows
        asked = time.monotonic()
        heard = select(func.count(Notice.id)).where(Notice.topic == "broadcast.published")
        assert session.scalar(heard) >= count and rows
    engine.dispose()
    return [
        Figure(PUBLISHED, count, SECONDS, [published - began], (), Goal("most", db.DEADLINE / 4)),
        Figure(TOLD, count, SECONDS, [told - published], (), Goal("most", 60)),
        Figure(OWING, count, SECONDS, [asked - told], (), Goal("most", 1)),
    ]


def _hired(session: Session, actor: Actor, given: None) -> Actor:
    """Somebody of marketing, who reaches everybody."""
    person_id = create_person(session, actor, NewPerson("孙悦", "marketing", "", user_name="marketing"))
    return Actor("bench", person_id, None, EVERYONE, frozenset(Permission))


WORKLOAD = Workload(
    "B14",
    "A broadcast to every distributor, one person each: published with its recipients in one transaction, told by one worker"
    " to everybody's messages, and the first page of those who have not confirmed.",
    f"published within {db.DEADLINE / 4:.0f} s of the {db.DEADLINE:.0f} that a use case may take, told within a minute",
    measured,
    of="distributors",
    sizes=(1_000, 10_000),
    full=(50_000,),
    growth=(Growth(SECONDS, "linear"),),
    plotted=(TOLD, SECONDS),
)
