"""A company comes in by itself: what it must give, who decides, what one yes makes, and what runs out."""

import re
import threading
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select, text

from ops.deeds import DEEDS
from ops.rounds import idle_applications
from tests.admin.site import open_site
from tests.approvals.drafting import policy, publish, rule, step
from tests.flows.cast import Cast, change_setting
from tests.onboarding import applicants
from tests.onboarding.applicants import CODE, NOBODY, begin, fill_in, one, plan, send, sent, take_in
from tests.world import OPERATOR
from trade import clock, db
from trade.applications import findings, letters, states
from trade.applications.models import Application, ApplicationEvent
from trade.attachments import queries as attachments
from trade.credit.models import CreditAccount
from trade.distributors.models import Address, Authorisation, Contact, Distributor, Standing
from trade.distributors.territories import of_region
from trade.errors import Refused
from trade.flows.begin_application import (
    Typed,
    begin_application,
    is_code_right,
    verify_contact,
)
from trade.flows.decide_application import Call, Decision, decide_application, note_call
from trade.flows.enter_by_application import enter_by_application
from trade.flows.keep_application import (
    Kept,
    SeenApplication,
    keep_application,
    send_application,
    withdraw_application,
)
from trade.notices.channels import seal
from trade.notices.models import Dispatch, NoticeChannel, OutboxMessage
from trade.people import invitations, passwords
from trade.people.models import Membership, Person, Role, RolePermission
from trade.people.queries import find_account

THIRD = "91350200MA2XRK2P12"
pytestmark = pytest.mark.usefixtures("verified")


@pytest.fixture(autouse=True)
def ground(cast: Cast) -> int:
    """The territory in which applicants are."""
    return applicants.know_regions()


def count(model, *which) -> int:
    with db.read() as session:
        return session.scalar(select(func.count(model.id)).where(*which)) or 0


def connect(kind: str) -> None:
    """A channel of the brand that carries codes."""

    def change(session, _actor, _given) -> None:
        facts = {"kind": kind, "name": kind, "per_minute": 60, "groups": [], "settings": {}}
        session.add(NoticeChannel(**facts, sealed=seal({"url": "x"})))

    db.run(change, OPERATOR, None)


def refused(code: str, flow, actor, given) -> Refused:
    with pytest.raises(Refused) as told:
        db.run(flow, actor, given)
    assert told.value.code == code
    return told.value


def test_from_the_first_page_to_the_first_login(cast: Cast, ground: int):
    key = begin()
    found = one(key)
    assert (found.state, found.way, found.number) == ("draft", "call", None)
    refused(
        "applicant.credit_code_needed",
        send_application,
        NOBODY,
        SeenApplication(key, 1),
    )
    fill_in(key)
    refused("applicant.changed_meanwhile", keep_application, NOBODY, Kept(key, 1, applicants.TYPED))
    found = send(key)
    assert found.state == "submitted" and found.number and found.number.startswith("AP")
    refused("applicant.not_allowed", keep_application, NOBODY, Kept(key, found.version, applicants.TYPED))
    yes = Decision(
        found.id, found.version, "approve", "", plan(cast, limit=Decimal(30000), territory_id=ground)
    )
    before = count(Distributor), count(Person)
    refused("applicant.not_found", decide_application, cast["warehouse"], yes)
    refused("approval.not_yours", decide_application, cast["rep"], yes)
    refused("applicant.call_needed", decide_application, cast["administrator"], yes)
    assert (count(Distributor), count(Person)) == before and one(key).state == "submitted"
    back = Decision(found.id, found.version, "return", "执照看不清，请重传")
    db.run(decide_application, cast["administrator"], back)
    fill_in(key, "blue")
    found = send(key)
    db.run(note_call, cast["administrator"], Call(found.id, found.version))
    done = db.run(decide_application, cast["administrator"], replace(yes, version=one(key).version))
    assert done.state == "approved" and done.issued.name == "林恒"
    with db.read() as session:
        made = session.get_one(Distributor, done.distributor_id)
        assert (made.code, made.status, made.credit_code) == ("D9001", "prospect", CODE)
        assert made.welcome_since is not None and made.registered_address == "福建省漳州市芗城区 北环路 8 号"
        account = session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == made.id)).one()
        assert account.effective_limit == 30000
        stands = session.scalars(select(Standing).where(Standing.distributor_id == made.id)).one()
        assert (stands.territory_id, stands.rep_id) == (ground, cast.world.people["rep"])
        assert (
            session.scalars(select(Address.region_code).where(Address.distributor_id == made.id)).one()
            == "350602"
        )
        assert (
            session.scalars(select(Contact.phone).where(Contact.distributor_id == made.id)).one()
            == "13800001111"
        )
        assert len(attachments.of(session, "distributor", made.id)) == 2
        steps = session.scalars(select(ApplicationEvent).order_by(ApplicationEvent.id)).all()
        assert [each.comment for each in steps if each.action == "return"] == ["执照看不清，请重传"]
    first = db.run(enter_by_application, NOBODY, key)
    second = db.run(enter_by_application, NOBODY, key)  # the link before is worth nothing
    with db.read() as session:
        now = clock.now()
        assert invitations.find_invited(session, first.token, now) is None
        assert invitations.find_invited(session, second.token, now).phone == "13800001111"
        later = now + timedelta(days=8)
        assert invitations.find_invited(session, second.token, later) is None
    with time_machine.travel(clock.now() + timedelta(days=31)):
        refused("applicant.entry_over", enter_by_application, NOBODY, key)


def test_all_or_nothing_when_the_yes_fails_half_way(cast: Cast):
    key, found = sent()
    db.run(note_call, cast["administrator"], Call(found.id, found.version))
    before = [count(each) for each in (Distributor, Person, Address, Contact, CreditAccount, Membership)]
    taken = Decision(found.id, one(key).version, "approve", "", plan(cast, code="D1"))
    assert (
        refused("distributor.code_taken", decide_application, cast["administrator"], taken).facts["field"]
        == "code"
    )
    foreign = replace(taken, plan=plan(cast, tier_id=999_999))
    refused("standing.choice_gone", decide_application, cast["administrator"], foreign)
    assert [
        count(each) for each in (Distributor, Person, Address, Contact, CreditAccount, Membership)
    ] == before
    assert one(key).state == "submitted" and take_in(cast, key).state == "approved"


def test_who_owns_another_company_gets_this_one_too_and_a_colleague_none(cast: Cast):
    def give(name: str, phone: str) -> None:
        def change(session, _actor, _given) -> None:
            session.get_one(Person, cast.world.people[name]).phone = phone

        db.run(change, OPERATOR, None)

    give("owner", "13800001111")
    key, _found = sent()
    done = take_in(cast, key)
    assert done.issued is None and count(Membership, Membership.distributor_id == done.distributor_id) == 1
    refused("applicant.entry_over", enter_by_application, NOBODY, key)
    give("finance", "13800002222")
    other, _found = sent("13800002222", credit_code=applicants.OTHER_CODE, company="另一家有限公司")
    before = count(Distributor)
    with pytest.raises(Refused, match="applicant.phone_of_colleague"):
        take_in(cast, other, code="D9002")
    assert count(Distributor) == before and one(other).state == "submitted"


def test_a_mailbox_is_no_way_in_as_somebody_whose_phone_was_typed(cast: Cast):
    """Invited by D2, no password yet; a stranger gives that phone and a mailbox of their own."""
    connect("mail")
    home, stranger = cast.world.distributors["D2"], "stranger@example.com"

    def invite(session, _actor, _given) -> tuple[int, str]:
        person = Person(name="王财务", phone="13800007777", password_hash=None)
        role_id = session.scalars(select(Role.id).where(Role.code == "owner")).one()
        session.add(person)
        session.flush()
        session.add(Membership(person_id=person.id, distributor_id=home, role_id=role_id))
        return person.id, invitations.issue(session, person, None, clock.now()).token

    invited, token = db.run(invite, OPERATOR, None)

    def places() -> list[int]:
        with db.read() as session:
            still = invitations.find_invited(session, token, clock.now())
            assert still is not None and still.id == invited
            theirs = select(Membership.distributor_id).where(Membership.person_id == invited)
            return sorted(session.scalars(theirs))

    def asked(phone: str, **changes) -> str:
        key = begin(phone, email=stranger)
        db.run(verify_contact, NOBODY, Typed(key, True))
        fill_in(key, **changes)
        assert send(key).way == "mail" and not one(key).is_phone_proven
        return key

    key, before = asked("13800007777"), (count(Distributor), count(Membership))
    with pytest.raises(Refused, match="applicant.phone_call_needed"):
        take_in(cast, key)
    assert (count(Distributor), count(Membership)) == before and places() == [home]
    found = one(key)
    db.run(note_call, cast["administrator"], Call(found.id, found.version))
    done = take_in(cast, key)  # reached by telephone: theirs, but the page still opens nothing
    refused("applicant.entry_over", enter_by_application, NOBODY, key)
    assert done.issued is None and places() == sorted([home, done.distributor_id])
    other = asked("13800008888", credit_code=applicants.OTHER_CODE, company="新来的有限公司")
    assert take_in(cast, other, code="D9002").issued is not None  # nobody's phone: a person of its own
    fresh = one(other).owner_id
    assert db.run(enter_by_application, NOBODY, other).person_id == fresh
    assert count(Person, Person.phone == "13800008888") == 0  # nobody reached it: no name to sign in with
    assert count(Person, Person.email == stranger, Person.id == fresh) == 1
    third = asked("13800009999", credit_code=THIRD, company="第三家有限公司")
    with pytest.raises(Refused, match="applicant.phone_call_needed"):  # its mail is somebody's already
        take_in(cast, third, code="D9003")

    def works_elsewhere(session, _actor, _given) -> None:
        role_id = session.scalars(select(Role.id).where(Role.code == "owner")).one()
        session.add(Membership(person_id=fresh, distributor_id=home, role_id=role_id))

    db.run(works_elsewhere, OPERATOR, None)
    refused("applicant.entry_over", enter_by_application, NOBODY, other)


def test_what_was_only_typed_is_no_name_to_sign_in_with(cast: Cast):
    """A text message proves the telephone and no mailbox, and so does a call; both names are there once both are."""
    home, typed = cast.world.distributors["D2"], "typed@example.com"
    names = {}
    for at, (way, code) in enumerate((("call", CODE), ("mail", applicants.OTHER_CODE), ("sms", THIRD))):
        if way != "call":
            connect(way)
        key = begin(f"1380000666{at}", email=f"{at}{typed}")
        if way != "call":
            db.run(verify_contact, NOBODY, Typed(key, True))
        fill_in(key, credit_code=code, company=f"第{at}家有限公司")
        send(key)
        db.run(note_call, cast["administrator"], Call(one(key).id, one(key).version))
        made = take_in(cast, key, code=f"D900{at}", parent_id=home).distributor_id
        owner_id = one(key).owner_id
        with db.read() as session:
            owner = session.get_one(Person, owner_id)
            names[way] = (owner.phone, owner.email)
            assert (
                session.scalar(select(Contact.email).where(Contact.distributor_id == made)) == f"{at}{typed}"
            )
            known = find_account(session, f"{at}{typed}")
        assert (known is not None) == (owner.email is not None)
    assert names == {
        "call": ("13800006660", None),
        "mail": ("13800006661", f"1{typed}"),
        "sms": ("13800006662", None),
    }


def test_of_two_who_decide_the_second_is_told_and_keeps_what_the_first_agreed(cast: Cast, database_url: str):
    site = next(open_site(database_url))
    people, home = site.world.people, site.world.distributors["D1"]

    def grant(session, _actor, _given) -> None:
        role_id = session.scalars(select(Role.id).where(Role.code == "warehouse")).one()
        for right in ("application.read", "application.decide"):
            session.add(RolePermission(role_id=role_id, permission=right))

    db.run(grant, OPERATOR, None)
    steps = [step(f"person:{people[name]}") for name in ("administrator", "warehouse")]
    publish(cast, "application", policy(rule(*steps)))
    key, found = sent()
    db.run(note_call, cast["administrator"], Call(found.id, found.version))
    first, second = site.browser("administrator"), site.browser("warehouse")
    form = {"version": one(key).version, "code": "D9001", "tier_id": plan(cast).tier_id, "parent": "D1"}
    form |= {"rep_id": people["rep"], "terms": "advance", "terms_days": "30", "status": "prospect"}
    page = f"/admin/applications/{found.id}/approval"
    for wrong in ("0", "101", "30.5"):
        assert first.post(page, {**form, "advance_percent": wrong}).status_code == 422
    form["advance_percent"] = "30"
    answer = first.post(page, {**form, "limit": "30000"}, follow_redirects=True)
    assert "已同意，待下一位审批" in answer.text and one(key).state == "submitted"
    with db.read() as session:
        asked = select(OutboxMessage.payload).where(OutboxMessage.topic == "application.pending")
        told = session.scalars(asked.order_by(OutboxMessage.id)).all()
    assert len(told) == 2 and told[0] == told[1]  # the words of both notices have no holes
    seen = second.get(page).text
    assert re.search(r'name="advance_percent"[^>]*value="30"', seen)
    assert 'value="D1"' in seen and "30,000" in seen and 'name="limit"' not in seen
    form["version"] = one(key).version
    assert second.post(page, {**form, "limit": "90000"}).status_code == 200  # the owner's link
    made = one(key).distributor_id
    with db.read() as session:
        account = session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == made)).one()
        stands = session.scalars(select(Standing).where(Standing.distributor_id == made)).one()
        assert (account.effective_limit, stands.parent_id, stands.advance_percent) == (30000, home, 30)


def test_the_reviewer_sees_duplicates_and_who_sells_there_and_the_applicant_sees_neither(
    cast: Cast, ground: int
):
    home = cast.world.distributors["D1"]

    def plant(session, _actor, _given) -> None:
        company = session.get_one(Distributor, home)
        company.credit_code, company.name, company.phone = CODE, "漳州恒通商贸有限责任公司", "13800001111"
        session.add(Authorisation(distributor_id=home, territory_id=ground, valid_from=date(2020, 1, 1)))

    db.run(plant, OPERATOR, None)
    key, found = sent()  # the public side tells nothing: it is taken like any other
    begin("13800003333")
    with db.read() as session:
        files = attachments.of(session, "application", found.id)
        told = {
            (each.code, each.distributor_id)
            for each in findings.of(session, cast["administrator"], found, files)
        }
        area = of_region(session, found.region_code)
        overlaps = findings.overlaps(session, cast["administrator"], found, area, clock.today())
        blind = findings.overlaps(session, cast["other-rep"], found, area, clock.today())
    assert {("credit_code", home), ("name", home), ("phone", home)} <= told and "similar" not in dict(told)
    assert [each.distributor_id for each in overlaps if each.is_authorised] == [home]
    assert [(each.distributor_id, each.name) for each in blind if each.is_authorised] == [(None, "")]
    with pytest.raises(Refused, match="distributor.credit_code_taken"):
        take_in(cast, key)
    assert one(key).state == "submitted"


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "without"])
def test_of_two_for_one_company_in_the_same_second_one_gets_in(cast: Cast, is_guarded):
    """The twin drops the index: then both get in, and the test would not pass."""
    keys = [begin(f"1380000{at:04d}") for at in range(8)]
    for at, key in enumerate(keys):
        fill_in(key, company=f"恒通第 {at} 家有限公司")
    if not is_guarded:
        db.run(
            lambda session, *_: session.execute(text("DROP INDEX uq_distributor_application_asked")),
            OPERATOR,
            None,
        )
    start, outcomes = threading.Barrier(len(keys)), []

    def go(key: str) -> None:
        start.wait()
        try:
            db.run(send_application, NOBODY, SeenApplication(key, one(key).version))
            outcomes.append("in")
        except Refused as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=go, args=(key,)) for key in keys]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    won = 1 if is_guarded else len(keys)
    assert sorted(outcomes) == sorted(["in"] * won + ["applicant.code_asked"] * (len(keys) - won))
    assert count(Application, Application.state == "submitted") == won


def test_a_code_proves_the_contact_five_guesses_long_and_a_quarter_of_an_hour(cast: Cast):
    connect("sms")
    key = db.run(
        begin_application,
        NOBODY,
        replace(applicants.BEGUN, code="123456", code_hash=passwords.hashed("123456")),
    )
    assert one(key).way == "sms"
    with db.read() as session:
        letter = session.scalars(select(Dispatch)).one()
        assert letters.opened(letter.facts) == {"code": "123456"} and "123456" not in str(letter.facts)
        assert is_code_right(session, key, "123456") and not is_code_right(session, key, "654321")
    fill_in(key)
    refused("applicant.code_needed", send_application, NOBODY, SeenApplication(key, one(key).version))
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)):
        with db.read() as session, pytest.raises(Refused, match="applicant.code_over"):
            is_code_right(session, key, "123456")
        refused("applicant.code_over", verify_contact, NOBODY, Typed(key, True))
    for _guess in range(4):
        assert not db.run(verify_contact, NOBODY, Typed(key, False))
    assert db.run(verify_contact, NOBODY, Typed(key, True))
    assert one(key).verified_at is not None and send(key).state == "submitted"
    other = db.run(
        begin_application,
        NOBODY,
        replace(applicants.BEGUN, phone="13800009999", code_hash=passwords.hashed("1")),
    )
    for _guess in range(5):
        db.run(verify_contact, NOBODY, Typed(other, False))
    refused("applicant.code_over", verify_contact, NOBODY, Typed(other, True))
    assert one(other).verified_at is None


def test_one_phone_and_one_address_ask_so_often_and_a_closed_door_is_said(cast: Cast):
    for _at in range(5):
        begin()
    before = count(Application)
    refused("login.too_many", begin_application, NOBODY, applicants.BEGUN)
    assert count(Application) == before
    begin("13800005555")
    change_setting("application.open", False)
    refused("applicant.closed", begin_application, NOBODY, replace(applicants.BEGUN, phone="13800006666"))


def test_what_nobody_touches_runs_out_and_what_is_sent_does_not(cast: Cast):
    idle, touched = begin("13800000001"), begin("13800000002")
    waiting, _found = sent("13800000003")
    withdrawn, found = sent("13800000004", credit_code=applicants.OTHER_CODE)
    db.run(withdraw_application, NOBODY, SeenApplication(withdrawn, found.version))
    start = clock.now()

    def look(at) -> list[str]:
        with time_machine.travel(at, tick=False):
            with db.read() as session:
                due = idle_applications(session, clock.now())
            for each in due:
                deed = DEEDS[each.kind]
                db.run(deed.flow, OPERATOR, deed.given(**each.payload))
        return [each.key for each in due]

    assert look(start + timedelta(days=29, hours=23)) == []
    with time_machine.travel(start + timedelta(days=20)):
        fill_in(touched, company="晚一点有限公司", credit_code=None)
    assert len(look(start + timedelta(days=37))) == 1  # the day roll was missed for a week
    assert [one(each).state for each in (idle, touched, waiting, withdrawn)] == [
        "expired",
        "draft",
        "submitted",
        "withdrawn",
    ]
    assert len(look(start + timedelta(days=51))) == 1 and one(touched).state == "expired"
    assert not [
        at
        for at in ("expired", "approved", "declined", "withdrawn")
        if any(now == at for now, _ in states.TRANSITIONS)
    ]
