"""Whatever was decided can still be opened: every subject of the inbox, after each way in which it can end."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from admin.inbox import BACK, KINDS, NO, YES
from tests.admin.site import Site, open_site
from tests.flows.cast import Cast
from tests.house import access_approvals
from tests.onboarding import applicants
from tests.registrations.reports import Reports, code, row
from tests.returns.conftest import Returning
from trade import clock, db
from trade.approvals.models import ApprovalRequest
from trade.flows.amend_order import NewAmendment, amend_order
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.ask_for_prices import TakenBack, take_prices_back
from trade.flows.keep_application import SeenApplication, withdraw_application
from trade.flows.release_registration import SeenRegistration, withdraw_registration
from trade.flows.request_limit import LimitWish, SeenRequest, request_limit, withdraw_limit_request
from trade.flows.withdraw_amendment import SeenAmendment, withdraw_amendment
from trade.flows.withdraw_order import withdraw_order
from trade.flows.withdraw_return import SeenReturn, withdraw_return
from trade.orders.queries import Seen
from trade.pricing.models import PriceDraft

TAKEN_BACK = "withdraw"


@dataclass(frozen=True)
class Asked:
    """How somebody comes to ask about it, takes it back, who decides, and in which ways."""

    ask: Callable[[int], object]  # for the nth time
    withdraw: Callable[[ApprovalRequest], object]
    decider: str
    ways: tuple[str, ...] = (YES, BACK, NO)
    keys: dict[int, str] = field(default_factory=dict)  # of applications


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    yield from open_site(sqlite_url)


def orders(site: Site, cast: Cast) -> Asked:
    def withdraw(asked: ApprovalRequest) -> None:
        db.run(withdraw_order, cast["buyer"], Seen(asked.subject_id, asked.subject_version))

    return Asked(lambda at: site.pending(CP0515=10 + at), withdraw, "rep")


def amendments(site: Site, cast: Cast) -> Asked:
    order_id = site.approved()

    def ask(at: int) -> None:
        wanted = {site.world.skus["CP0515"]: 14 + at}
        given = NewAmendment(order_id, site.order(order_id).version, wanted, "加两箱")
        db.run(amend_order, cast["buyer"], given)

    def withdraw(asked: ApprovalRequest) -> None:
        db.run(withdraw_amendment, cast["buyer"], SeenAmendment(asked.subject_id, asked.subject_version))

    return Asked(ask, withdraw, "rep", (NO, YES))


def returns(site: Site, cast: Cast) -> Asked:
    returning = Returning()
    received = returning.received(CP0515=20)

    def withdraw(asked: ApprovalRequest) -> None:
        db.run(withdraw_return, cast["buyer"], SeenReturn(asked.subject_id, asked.subject_version))

    return Asked(lambda at: returning.ask(received, 1), withdraw, "rep")


def prices(site: Site, cast: Cast) -> Asked:
    site.set("price.needs_approval", True)

    def withdraw(asked: ApprovalRequest) -> None:
        with db.read() as session:
            draft = session.scalars(select(PriceDraft).where(PriceDraft.id == asked.subject_id)).one()
        db.run(take_prices_back, cast["marketing"], TakenBack(draft.price_list_id, draft.version))

    return Asked(
        lambda at: access_approvals.plant(cast["marketing"], "GOLD"),
        withdraw,
        "administrator",
        (BACK, NO, YES),
    )


def limits(site: Site, cast: Cast) -> Asked:
    def ask(at: int) -> None:
        until = clock.today() + timedelta(days=9)
        db.run(request_limit, cast["owner"], LimitWish(Decimal(800), until, "备货"))

    def withdraw(asked: ApprovalRequest) -> None:
        db.run(withdraw_limit_request, cast["owner"], SeenRequest(asked.subject_id, asked.subject_version))

    return Asked(ask, withdraw, "finance", (NO, YES))


def registrations(site: Site, cast: Cast) -> Asked:
    reports = Reports(cast)

    def ask(at: int) -> None:
        phone = f"1390000000{at}"
        reports.report("owner", name=f"龙海泰丰源{at}号楼食品商贸有限公司", phone=phone)
        reports.report("stranger", name=f"厦门{at}号码头餐饮有限公司", phone=phone)

    return Asked(ask, lambda asked: _take_registration_back(cast, asked), "other-manager")


def appeals(site: Site, cast: Cast) -> Asked:
    reports = Reports(cast)

    def ask(at: int) -> None:
        name = f"龙海泰丰源{at}号楼食品商贸有限公司"
        reports.report("owner", name=name)
        taken = reports.report("stranger", name=name).registration_id
        db.run(appeal_registration, cast["stranger"], Appeal(taken, row(taken).version, "我方在先"))

    return Asked(ask, lambda asked: _take_registration_back(cast, asked), "other-manager", (YES, NO))


def applications(site: Site, cast: Cast) -> Asked:
    applicants.know_regions()
    keys: dict[int, str] = {}

    def ask(at: int) -> None:
        given = {"credit_code": code(at), "company": f"漳州恒通{at}号商贸有限公司"}
        key, found = applicants.sent(f"1380000111{at}", **given)
        keys[found.id] = key

    def withdraw(asked: ApprovalRequest) -> None:
        key = keys[asked.subject_id]
        db.run(withdraw_application, applicants.NOBODY, SeenApplication(key, applicants.one(key).version))

    return Asked(ask, withdraw, "administrator", keys=keys)


ALL = {
    "order": orders,
    "amendment": amendments,
    "return": returns,
    "price_list": prices,
    "limit_request": limits,
    "registration": registrations,
    "registration, appealed": appeals,
    "application": applications,
}


def _take_registration_back(cast: Cast, asked: ApprovalRequest) -> None:
    given = SeenRegistration(asked.subject_id, asked.subject_version)
    db.run(withdraw_registration, cast["stranger"], given)


def waiting(subject: str) -> ApprovalRequest:
    with db.read() as session:
        open_ = (ApprovalRequest.subject == subject, ApprovalRequest.state == "open")
        return session.scalars(select(ApprovalRequest).where(*open_)).one()


def hidden(page: str, url: str) -> dict[str, str]:
    """What the form of the answers sends besides what a person types."""
    form = re.search(rf'action="{url}".*?</form>', page, re.DOTALL)
    assert form
    return dict(
        re.findall(
            r'<input(?=[^>]*type="(?:hidden|text|date)")[^>]*name="(\w+)"[^>]*value="([^"]*)"', form[0]
        )
    )


def test_every_subject_is_tried() -> None:
    assert {each.split(",")[0] for each in ALL} == set(KINDS)


@pytest.mark.parametrize("subject", list(ALL))
def test_whatever_was_decided_opens_and_the_second_hears_who_was_first(site: Site, subject: str) -> None:
    cast = Cast()
    told, subject = ALL[subject](site, cast), subject.split(",")[0]
    boss, kind = site.browser(told.decider), KINDS[subject]
    for at, way in enumerate((TAKEN_BACK, *told.ways)):
        told.ask(at)
        asked = waiting(subject)
        with site.app.test_request_context():
            url = kind.decision_url(asked.subject_id)
        given = {"version": str(asked.subject_version), "step": "1", "comment": "经核实", "place": "approval"}
        form = hidden(boss.get(f"/admin/approvals/{asked.id}").text, url)
        if way == TAKEN_BACK:
            told.withdraw(asked)
        elif way == YES and subject == "application":  # it has a page of its own
            applicants.take_in(cast, told.keys[asked.subject_id])
        else:
            answer = boss.post(url, form | given | {"decision": way})
            assert answer.status_code == 303, (way, answer.text)
        for path in (f"/admin/approvals/{asked.id}", f"/admin?item={asked.id}"):
            page = boss.get(path)
            assert page.status_code == 200 and 'value="reject"' not in page.text, (way, path)
        late = [each for each in told.ways if each != way][-1]
        before = site.everything()
        for place in ("approval", "document"):
            again = boss.post(url, form | given | {"decision": late, "place": place})
            assert again.status_code == 422, (way, place)
            if way != TAKEN_BACK:
                assert f"{told.decider} 已" in again.text, (way, place)
        assert site.everything() == before
