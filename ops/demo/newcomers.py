"""A company that has applied and waits, and a parent with two children that share a limit."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, numbers
from trade.actor import Actor
from trade.applications import ground, states
from trade.applications.models import Application, Contract
from trade.approvals import kernel
from trade.approvals.kernel import Ask
from trade.attachments.filing import Stored, file_under
from trade.credit import families, limits
from trade.distributors import queries as distributors
from trade.distributors import territories
from trade.distributors.models import Channel, Distributor, Region
from trade.people.queries import token_hash
from trade.registrations.matching import key_of

CODE = "91350100M000100Y43"
PARENT = "D1002"  # with two children, by ops.demo.masters


def play(session: Session, actor: Actor, papers: tuple[Stored, Stored], today: date) -> None:
    """Somebody applied yesterday; the parent's limit and contract are there from the beginning."""
    licence, contract = papers
    _apply(session, licence)
    head = session.scalars(select(Distributor).where(Distributor.code == PARENT)).one()
    entity_id = distributors.default_legal_entity(session)
    account = families.open_account(session, head.id, entity_id, head.currency, today)
    together = limits.Given(account.id, Decimal(2_000_000), "上下级共用额度", today)
    limits.give(session, actor, together, None)
    ends = date(today.year, 12, 31)
    filed = Contract(
        distributor_id=head.id,
        title=f"{today.year} 年度经销合同",
        valid_from=date(today.year, 1, 1),
        valid_to=ends,
    )
    session.add(filed)
    session.flush()
    file_under(session, actor, "contract", filed.id, contract)


def _apply(session: Session, licence: Stored) -> None:
    now = clock.now()
    applicant = Actor("203.0.113.5")
    region = session.scalar(select(Region.code).where(Region.code == "350503"))  # 丰泽区
    territory = territories.of_region(session, region)
    channel_id = session.scalars(select(Channel.id).order_by(Channel.id)).first()
    company = "泉州市丰泽区闽味源食品商行"
    application = Application(
        number=numbers.draw(session, "AP", clock.today()),
        token_hash=token_hash(f"demo-{now.isoformat()}"),
        sealed="",
        state="draft",
        company=company,
        company_key=key_of(company),
        credit_code=CODE,
        legal_representative="吴丽娟",
        region_code=region,
        line="华大街道城华北路 108 号",
        contact_name="吴丽娟",
        phone="13600007788",
        way="call",
        channel_id=channel_id,
        expected=Decimal(860_000),
        wishes="主营便利店与校园渠道，自有 600 平方仓库和 4 辆配送车，想做茶饮和气泡水。",
        bank_name="中国农业银行泉州丰泽支行",
        bank_account="6228480000001234567",
        expires_at=now,
        agreed_at=now,
    )
    session.add(application)
    session.flush()
    states.enter(session, applicant, application)
    file_under(session, applicant, "application", application.id, licence)
    states.move(session, applicant, application, "send", application.version, submitted_at=now)
    kernel.open_request(
        session,
        applicant,
        Ask(
            "application",
            application.id,
            application.version,
            None,
            Decimal(860_000),
            [{"code": "application.new", "rep_id": ground.rep_of(session, territory, clock.today())}],
            now,
            72,
            24,
            title=f"{application.number} {company}",
        ),
    )
