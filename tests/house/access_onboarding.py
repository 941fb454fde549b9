"""Applications in each state, contracts of both distributors, a child of the first, and one that ended and is to be forgotten."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.applications import states
from trade.applications.models import Application, Contract, Forgetting
from trade.approvals import kernel
from trade.approvals.kernel import Ask
from trade.attachments.filing import Stored, file_under
from trade.attachments.models import Attachment
from trade.credit.models import CreditAccount
from trade.distributors.models import Distributor, Standing
from trade.errors import Refused
from trade.money import ZERO
from trade.orders.models import Order
from trade.people.models import Membership, Person, Role
from trade.people.queries import token_hash

KEYS = {"draft": "the-key-of-a-draft-for-tests", "approved": "the-key-of-one-accepted-for-tests"}
CODE = "91350100M000100Y43"


def plant(session: Session, actor: Actor, files: list[Stored]) -> None:
    """One that is begun, one that waits, one that was taken in; companies below and after."""
    for state, number in (
        ("draft", None),
        ("submitted", "AP-WAITS"),
        ("approved", "AP-IN"),
        ("declined", "AP-NO"),
    ):
        key = KEYS.get(state, f"no link leads here {state}")
        application = _application(state, number, key)
        session.add(application)
        session.flush()
        states.enter(session, actor, application)
        if state in ("draft", "submitted"):
            file_under(session, actor, "application", application.id, files.pop())
    waiting = session.scalars(select(Application).where(Application.number == "AP-WAITS")).one()
    nobody = Actor("203.0.113.7")
    rep_id = session.scalars(
        select(Person.id).where(Person.user_name == "rep")
    ).one()  # on the ground of D1's
    why = [{"code": "application.new", "rep_id": rep_id}]
    asked = Ask("application", waiting.id, 1, None, ZERO, why, clock.now(), 72, 24)
    kernel.open_request(session, nobody, asked)
    owner = Person(name="新老板", phone="13811112222", password_hash=None)
    session.add(owner)
    child, gone = (_company(session, code, name) for code, name in (("D3", "下级商行"), ("D4", "已终止商行")))
    session.flush()
    _take_in(session, owner, child)
    for code in "D1", "D2":
        home = session.scalars(select(Distributor.id).where(Distributor.code == code)).one()
        contract = Contract(distributor_id=home, title=f"合同 {code}", valid_from=date(2026, 1, 1))
        session.add(contract)
        session.flush()
        file_under(session, actor, "contract", contract.id, files.pop())
    parent = session.scalars(select(Distributor.id).where(Distributor.code == "D1")).one()
    session.execute(update(Standing).where(Standing.distributor_id == child.id).values(parent_id=parent))
    order = Order(
        distributor_id=child.id,
        legal_entity_id=1,
        source="import",
        approval_state="cancelled",
        currency="CNY",
        number="SO-CHILD",
        order_date=clock.today(),
        distributor_name=child.name,
    )
    session.add(order)
    gone.status = "ended"
    session.add(Forgetting(distributor_id=gone.id, asked_on=clock.today(), how="来电"))


def _application(state: str, number: str | None, key: str) -> Application:
    now = clock.now()
    return Application(
        number=number,
        token_hash=token_hash(key),
        sealed="",
        state=state,
        company=f"申请商行 {state}",
        company_key=f"申请商行{state}",
        credit_code=CODE if state == "submitted" else None,
        kind="individual" if state == "draft" else "company",
        legal_representative="林恒",
        line="北环路 8 号",
        contact_name="林恒",
        phone="13811113333" if state == "submitted" else "13811112222",
        way="sms",
        verified_at=now,
        expected=ZERO,
        expires_at=now + timedelta(days=30),
        agreed_at=now,
        submitted_at=None if state == "draft" else now,
    )


def _take_in(session: Session, owner: Person, home: Distributor) -> None:
    from_application = {"distributor_id": home.id, "owner_id": owner.id}
    session.execute(update(Application).where(Application.state == "approved").values(from_application))
    role_id = session.scalars(select(Role.id).where(Role.code == "owner")).one()
    session.add(Membership(person_id=owner.id, distributor_id=home.id, role_id=role_id))


def _company(session: Session, code: str, name: str) -> Distributor:
    made = Distributor(
        code=code,
        name=name,
        sort_key=text.sort_key(name),
        search_text=text.search_text(code, name),
        invoice_title=name,
    )
    session.add(made)
    session.flush()
    pattern = session.scalars(select(Standing).order_by(Standing.id)).first()
    if pattern is None:
        raise Refused("distributor.no_standing")
    common = {"distributor_id": made.id, "valid_from": date(2020, 1, 1), "tier_id": pattern.tier_id}
    session.add(Standing(**common, rep_id=pattern.rep_id, territory_id=pattern.territory_id))
    session.add(CreditAccount(distributor_id=made.id, legal_entity_id=1, currency="CNY", as_of=clock.today()))
    return made


def objects(session: Session) -> dict[str, int]:
    """Ids by name: application, draft file, D1.contract with D1.contract paper, D1.child order."""
    found = {}
    for application in session.scalars(select(Application)):
        found[f"application {application.state}"] = application.id
    for file in session.scalars(select(Attachment).where(Attachment.subject == "application")):
        is_waiting = file.subject_id == found["application submitted"]
        found["application file" if is_waiting else "draft file"] = file.id
    rows = session.execute(
        select(Contract.id, Distributor.code).join(Distributor, Distributor.id == Contract.distributor_id)
    )
    for contract_id, code in rows:
        found[f"{code}.contract"] = contract_id
        paper = select(Attachment.id).where(
            Attachment.subject == "contract", Attachment.subject_id == contract_id
        )
        found[f"{code}.contract paper"] = session.scalars(paper).one()
    found["D1.child order"] = session.scalars(select(Order.id).where(Order.number == "SO-CHILD")).one()
    found["D2.child order"] = session.scalars(
        select(Order.id).join(Distributor).where(Distributor.code == "D2", Order.number.is_not(None)).limit(1)
    ).one()
    return found


def fields(route: str, picture: bytes) -> dict[str, Any] | None:
    """What is sent by applicants and about them; None for any other route."""
    today, version = clock.today().isoformat(), {"version": "1"}
    here, page = "POST /admin/applications/<id:application_id>", {"key": KEYS["draft"], **version}
    home = "POST /admin/distributors/<id:distributor_id>"
    applied = {"company": "新来商行", "contact_name": "林恒", "phone": "13833334444", "email": "lin@x.cn"}
    wish = {"asked_on": today, "how": "书面"}
    forms: dict[str, dict[str, Any]] = {
        "POST /apply": {**applied, "agreed": "yes"},
        "POST /application": {**page, "do": "save", "company": "改名商行"},
        "POST /apply/links": {"contact": "13811112222"},
        "POST /application/code": {"key": KEYS["draft"]},
        "POST /application/withdrawal": page,
        "POST /application/entry": {"key": KEYS["approved"]},
        f"{here}/call": version,
        f"{here}/approval": {
            **version,
            "code": "D9009",
            "tier_id": "1",
            "terms": "monthly",
            "terms_days": "30",
            "status": "active",
        },
        f"{here}/forgetting": {**version, "reason": "来电要求"},
        f"{here}/answer": {**version, "decision": "return", "comment": "请补正"},
        f"{home}/contracts": {"title": "新合同", "valid_from": today, "file": ("c.png", picture)},
        f"{home}/family-limits": {"amount": "9000", "reason": "集团"},
        f"{home}/forgetting-wishes": wish,
        f"{home}/ending": {**version, "reason": "合同到期", "code": "D3"},
        f"{home}/forgetting": {**version, "code": "D4"},
    }
    return forms.get(route)
