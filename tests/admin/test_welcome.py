"""Who comes in: the first page says all that is wrong, the first steps follow what is there and end when all is done."""

import re

from sqlalchemy import select, update

from tests.admin.site import Site
from tests.flows.cast import Cast
from tests.world import OPERATOR
from trade import clock, db
from trade.applications.models import Application
from trade.applications.welcome import Steps, steps_of
from trade.broadcasts.models import Broadcast, BroadcastRead, BroadcastRecipient
from trade.distributors.models import Address, Distributor

POLICIES = "阅读政策通知"


def steps(home: int) -> Steps | None:
    with db.read() as session:
        return steps_of(session, home)


def test_first_steps_follow_the_facts_and_end_with_the_last(site: Site):
    cast, home = Cast(), site.world.distributors["D1"]

    def begin(session, _actor, _given) -> None:
        told = {"welcome_since": clock.now(), "invoice_title": "", "credit_code": None}
        session.execute(update(Distributor).where(Distributor.id == home).values(**told))
        session.execute(update(Address).where(Address.distributor_id == home).values(line=""))

    def inform(session, _actor, _given) -> int:
        told = Broadcast(kind="policy", title="年度政策", body="年度政策", search_text="", state="published")
        told.number, told.published_at, told.is_everyone = "BC1", clock.now(), True
        session.add(told)
        session.flush()
        session.add(BroadcastRecipient(broadcast_id=told.id, distributor_id=home, at=clock.now()))
        return told.id

    def finish(session, _actor, broadcast_id) -> None:
        person = site.world.people["owner"]
        session.add(BroadcastRead(broadcast_id=broadcast_id, distributor_id=home, person_id=person))
        done = {"invoice_title": "漳州鑫禾源", "credit_code": "91350100M000100Y43"}
        session.execute(update(Distributor).where(Distributor.id == home).values(**done))
        settled = {"line": "北环路 8 号", "phone": "13800001111"}
        session.execute(update(Address).where(Address.distributor_id == home).values(**settled))

    owner = site.browser("owner")
    db.run(begin, OPERATOR, None)
    fresh = steps(home)
    assert fresh and (fresh.done, fresh.total, fresh.has_policies) == (
        2,
        5,
        False,
    )  # a password, and colleagues
    assert "新手清单" in owner.get("/portal").text and POLICIES not in owner.get("/portal").text
    told = db.run(inform, OPERATOR, None)
    known = steps(home)
    assert known and (known.done, known.total, known.has_read_policies) == (2, 6, False)
    assert POLICIES in owner.get("/portal").text
    db.run(finish, OPERATOR, told)
    known = steps(home)
    assert known and (known.done, known.total, known.has_ordered) == (5, 6, False)
    cast.submit(cast.fill("buyer", CP0515=1))
    assert steps(home) is None and "新手清单" not in owner.get("/portal").text


def test_the_first_page_of_an_application_names_every_mistake_at_once(site: Site):
    typed = {"company": "漳" * 121, "contact_name": "林恒", "phone": "12345"}
    answer = site.browser("owner").post("/apply", typed)
    marked = set(re.findall(r'id="(\w+)-error"', answer.text))
    assert answer.status_code == 422 and marked == {"company", "phone", "agreed"}
    with db.read() as session:
        assert session.scalars(select(Application.id)).all() == []
