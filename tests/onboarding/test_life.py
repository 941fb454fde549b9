"""A distributor's life by its table, what must be settled before the end, and what is left of its people afterwards."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select

from ops.deeds import DEEDS
from tests.credit.test_release import pay, ship
from tests.flows.cast import Cast
from tests.onboarding import applicants
from tests.onboarding.applicants import take_in
from tests.world import OPERATOR
from trade import clock, db
from trade.applications import codes, parting
from trade.applications.forgetting import NOBODY as BLANK
from trade.applications.models import Application, ApplicationEvent, Forgetting
from trade.attachments import store
from trade.attachments.models import Attachment
from trade.audit import AuditEntry
from trade.db import Base
from trade.distributors import states
from trade.distributors.models import Address, Contact, Distributor
from trade.errors import Refused
from trade.flows.begin_application import NewCode, Typed, begin_application, send_code_again, verify_contact
from trade.flows.decide_application import Decision, decide_application
from trade.flows.expire_application import DueApplication, expire_application
from trade.flows.forget_application import ApplicantsWish, forget_application
from trade.flows.forget_distributor import Confirmed, Wish, forget_distributor, note_wish
from trade.flows.set_distributor_status import StatusChange, set_distributor_status
from trade.jobs.models import Job
from trade.notices.arrivals import let_in
from trade.notices.channels import seal
from trade.notices.models import Dispatch, NoticeChannel
from trade.orders.models import Order
from trade.people.entrance import Browser
from trade.people.models import LoginSession, Membership, Person
from trade.people.sessions import open_session

pytestmark = pytest.mark.usefixtures("verified")


def version_of(key: int) -> int:
    with db.read() as session:
        return session.scalars(select(Distributor.version).where(Distributor.id == key)).one()


def become(key: int, status: str) -> None:
    db.run(set_distributor_status, OPERATOR, StatusChange(key, version_of(key), status, "因故"))


def left(key: int) -> list[str]:
    with db.read() as session:
        return sorted({each.kind for each in parting.open_at(session, key)})


def test_the_life_is_a_table_and_nothing_else(cast: Cast):
    home = cast.world.distributors["D1"]
    for before in states.STATUSES:
        for after in states.STATUSES:

            def put(session, _actor, _given, before=before) -> None:
                session.get_one(Distributor, home).status = before

            db.run(put, OPERATOR, None)
            if after in states.following(before):
                become(home, after)
                continue
            with pytest.raises(Refused, match="distributor.status_same"):
                become(home, after)
            with db.read() as session:
                assert session.get_one(Distributor, home).status == before


def test_nothing_open_is_left_behind_and_nobody_signs_in_afterwards(cast: Cast):
    home = cast.world.distributors["D1"]
    order_id = cast.fill(CP0515=10)
    cast.submit(order_id)
    assert left(home) == ["order"]
    with pytest.raises(Refused, match="distributor.has_open_orders"):
        become(home, "ended")
    ship(cast, order_id)
    assert left(home) == ["debt", "shipment"]
    with pytest.raises(Refused, match="distributor.not_settled"):
        become(home, "ended")
    pay(cast, "423.00", "R-1")
    become(home, "suspended")  # it reads and pays, and may still sign
    pay(cast, "100.00", "R-2", is_applied=False)
    assert left(home) == ["money", "shipment"]
    assert cast["owner"].person_id is not None


def test_the_people_of_an_ended_company_are_out_and_those_who_work_elsewhere_go_on_there(cast: Cast):
    gone, other = cast.world.distributors["D1"], cast.world.distributors["D2"]
    buyer = cast.world.people["buyer"]

    def also(session, _actor, _given) -> None:
        place = session.scalars(select(Membership).where(Membership.person_id == buyer)).one()
        second = Membership(person_id=buyer, distributor_id=other, role_id=place.role_id)
        session.add(second)
        session.flush()
        for each in (place, second):
            open_session(session, buyer, each.id, "203.0.113.1", "Firefox", clock.now())

    db.run(also, OPERATOR, None)
    become(gone, "ended")
    with db.read() as session:
        active = session.scalars(
            select(Membership.distributor_id).where(Membership.person_id == buyer, Membership.is_active)
        )
        assert list(active) == [other]
        alive = session.scalars(
            select(LoginSession.membership_id).where(LoginSession.revoked_at.is_(None))
        ).all()
        places = session.scalars(select(Membership.distributor_id).where(Membership.id.in_(alive)))
        assert set(places) == {other}
        owner = cast.world.people["owner"]
        with pytest.raises(Refused, match="login.company_ended") as told:
            let_in(session, OPERATOR, owner, Browser("203.0.113.1", "Firefox"), how="password")
        company, today = session.get_one(Distributor, gone).name, clock.today().isoformat()
        assert (told.value.facts["company"], told.value.facts["day"]) == (company, today)
    become(gone, "active")  # back; its people are invited again


def test_an_ended_companys_people_are_forgotten_everywhere_and_the_company_is_not(cast: Cast):
    applicants.know_regions()
    db.run(_connect, OPERATOR, None)
    asked = replace(applicants.BEGUN, email="linheng@example.com", code_hash="x")
    key = db.run(begin_application, applicants.NOBODY, asked)
    db.run(verify_contact, applicants.NOBODY, Typed(key, True))
    applicants.fill_in(key, wishes="林恒 13800001111 主营饮料")
    applicants.send(key)
    home = take_in(cast, key).distributor_id
    owner = one_of(home)
    db.run(_remember, OPERATOR, home)
    wish = Wish(home, clock.today(), "林恒 来电要求")
    confirmed = Confirmed(home, version_of(home), "D9001")
    with pytest.raises(Refused, match="distributor.end_first"):
        db.run(forget_distributor, cast["administrator"], confirmed)
    become(home, "ended")
    confirmed = replace(confirmed, version=version_of(home))
    with pytest.raises(Refused, match="distributor.no_wish"):
        db.run(forget_distributor, cast["administrator"], confirmed)
    db.run(note_wish, cast["administrator"], wish)
    with pytest.raises(Refused, match="distributor.wish_known"):
        db.run(note_wish, cast["administrator"], wish)
    with pytest.raises(Refused, match="distributor.code_differs"):
        db.run(forget_distributor, cast["administrator"], replace(confirmed, code="D1"))
    with db.read() as session:
        stored = session.scalars(
            select(Attachment.stored_as).where(Attachment.subject == "distributor")
        ).all()
        assert session.get_one(Person, owner).phone == "13800001111" and all(
            store.load(each) for each in stored
        )
    assert db.run(forget_distributor, cast["administrator"], confirmed) == 1
    assert written_anywhere("13800001111", "林恒", "linheng@example.com") == []
    jobs = nothing_left_of_its_people(home, owner)
    for job in jobs:
        deed = DEEDS[job.kind]
        db.run(deed.flow, OPERATOR, deed.given(**job.payload))
        db.run(deed.flow, OPERATOR, deed.given(**job.payload))
    assert len(jobs) == len(stored) == 1
    with pytest.raises(Refused, match="attachment.lost"):
        store.load(stored[0])
    with pytest.raises(Refused, match="distributor.is_forgotten"):
        become(home, "active")
    with pytest.raises(Refused, match="distributor.not_found"):
        db.run(note_wish, cast["rep"], Wish(cast.world.distributors["D2"], clock.today(), "x"))
    db.run(_take_away, OPERATOR, home)


def test_an_applicant_who_became_nothing_is_forgotten_and_one_who_never_sent_anything_by_itself(cast: Cast):
    applicants.know_regions()
    db.run(_connect, OPERATOR, None)
    asked = replace(applicants.BEGUN, email="linheng@example.com", code_hash="x")
    key = db.run(begin_application, applicants.NOBODY, asked)
    db.run(verify_contact, applicants.NOBODY, Typed(key, True))
    applicants.fill_in(key, kind="individual", company="林恒", wishes="林恒 13800001111")
    found = applicants.send(key)
    wish = ApplicantsWish(found.id, found.version, "书面")
    with pytest.raises(Refused, match="applicant.not_over"):
        db.run(forget_application, cast["administrator"], wish)
    no = Decision(found.id, found.version, "reject", "林恒资料不全")
    db.run(decide_application, cast["administrator"], no)
    wish = replace(wish, version=applicants.one(key).version)
    before = written_anywhere("13800001111", "林恒", "linheng@example.com")
    for who, given, code in (
        ("rep", wish, "access.denied"),
        ("administrator", replace(wish, reason=" "), "applicant.field_needed"),
        ("administrator", replace(wish, version=1), "applicant.changed_meanwhile"),
    ):
        with pytest.raises(Refused, match=code):
            db.run(forget_application, cast[who], given)
    assert written_anywhere("13800001111", "林恒", "linheng@example.com") == before != []
    db.run(forget_application, cast["administrator"], wish)
    assert written_anywhere("13800001111", "林恒", "linheng@example.com", "6222000000001234") == []
    with pytest.raises(Refused, match="applicant.is_forgotten"):
        db.run(forget_application, cast["administrator"], wish)
    with db.read() as session:
        told = select(AuditEntry.facts).where(AuditEntry.event == "application.forgotten")
        assert session.scalars(told).one() == {"number": found.number, "files": 1, "how": "书面"}
        assert session.scalar(select(func.count(Job.id)).where(Job.kind == "attachment.erase")) == 1
    begun = applicants.begin("13800002222")
    applicants.fill_in(begun, "blue")
    draft = applicants.one(begun)
    with time_machine.travel(draft.expires_at + timedelta(minutes=1)):
        db.run(expire_application, OPERATOR, DueApplication(draft.id, draft.version))
    assert applicants.one(begun).state == "expired"  # its link still tells so
    assert written_anywhere("13800002222", "林恒", "6222000000001234") == []


def test_five_codes_go_out_for_one_application_and_no_more(cast: Cast):
    db.run(_connect, OPERATOR, None)
    key = applicants.begin()
    again = NewCode(key, "654321", "hash", "203.0.113.9")
    for _at in range(codes.MOST_CODES - 1):
        db.run(send_code_again, applicants.NOBODY, again)
    with pytest.raises(Refused, match="applicant.codes_spent"):
        db.run(send_code_again, applicants.NOBODY, again)
    with db.read() as session:
        assert session.scalar(select(func.count(Dispatch.id))) == 5
    assert applicants.one(key).codes_sent == 5


def one_of(home: int) -> int:
    with db.read() as session:
        return session.scalars(select(Membership.person_id).where(Membership.distributor_id == home)).one()


def _remember(session, _actor, home: int) -> None:
    """A closed order from before, with somebody who received it."""
    entity = session.scalars(select(Order.legal_entity_id)).first() or 1
    session.add(
        Order(
            distributor_id=home,
            legal_entity_id=entity,
            approval_state="cancelled",
            source="import",
            currency="CNY",
            order_date=clock.today() - timedelta(days=400),
            distributor_name="漳州恒通",
            ship_contact="林恒",
            ship_phone="13800001111",
            remark="请打 13800001111",
            gross=Decimal(0),
        )
    )


def _connect(session, _actor, _given) -> None:
    facts = {"kind": "sms", "name": "短信", "per_minute": 60, "groups": [], "settings": {}}
    session.add(NoticeChannel(**facts, sealed=seal({"url": "x"})))


def written_anywhere(*words: str) -> list[tuple[str, str]]:
    """Every table and column of the whole database in which one of these words still stands."""
    found = set()
    with db.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                at = [
                    (table.name, name) for name, value in row.items() for word in words if word in str(value)
                ]
                found.update(at)
    return sorted(found)


def _take_away(session, _actor, home: int) -> None:
    session.delete(session.scalars(select(Order).where(Order.distributor_id == home)).one())


def nothing_left_of_its_people(home: int, owner: int) -> list[Job]:
    """The company stands, its people do not; answers the work that erases their files."""
    with db.read() as session:
        company = session.get_one(Distributor, home)
        assert company.name == "漳州恒通商贸有限公司" and company.forgotten_at is not None
        assert (company.phone, company.contact_name, company.legal_representative) == (None, None, None)
        person = session.get_one(Person, owner)
        assert (person.name, person.phone, person.email, person.is_active) == (BLANK, None, None, False)
        form = session.scalars(select(Application)).one()
        assert (form.company, form.contact_name, form.phone) == ("漳州恒通商贸有限公司", BLANK, "")
        assert form.wishes == form.bank_account == form.line == form.sealed == ""
        assert (
            session.scalar(select(func.count(Attachment.id)).where(Attachment.subject == "distributor")) == 0
        )
        assert not any(session.scalars(select(ApplicationEvent.comment)))
        assert (
            session.scalars(
                select(
                    Order.distributor_name,
                ).where(Order.distributor_id == home)
            ).one()
            == "漳州恒通"
        )
        order = session.scalars(select(Order).where(Order.distributor_id == home)).one()
        assert (order.ship_contact, order.ship_phone, order.remark) == (BLANK, None, "")
        assert set(session.scalars(select(Contact.name).where(Contact.distributor_id == home))) == {BLANK}
        assert session.scalars(select(Address.phone).where(Address.distributor_id == home)).one() is None
        assert session.scalars(select(Forgetting.how)).one() == ""
        events = session.scalars(select(AuditEntry.event).where(AuditEntry.subject_id == home)).all()
        assert "distributor.forgotten" in events
        jobs = session.scalars(select(Job).where(Job.kind == "attachment.erase")).all()
    return list(jobs)
