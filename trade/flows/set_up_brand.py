from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals.models import ApprovalPolicy
from trade.db import insert_once
from trade.distributors.models import Channel, LegalEntity, Tier
from trade.inventory.models import Warehouse
from trade.people import roles

CHANNELS = {"general": "流通", "key-account": "KA", "catering": "餐饮", "special": "特通", "online": "电商"}
ORDER_APPROVERS = ["rep", "rep_manager", "role:administrator"]


def set_up_brand(session: Session, actor: Actor, given: None) -> None:
    """Give a new installation what it cannot work without: roles, company, warehouse, tier, channels, policy.

    Adds what is missing and changes nothing, so that it may run at every start.
    """
    roles.seed(session, actor, given)
    insert_once(session, LegalEntity, code="MAIN", name="总公司")
    insert_once(session, Warehouse, code="MAIN", name="总仓")
    insert_once(session, Tier, code="standard", name="标准", rank=9)
    for code, name in CHANNELS.items():
        insert_once(session, Channel, code=code, name=name)
    now = clock.now()
    insert_once(
        session, ApprovalPolicy, subject="order", version=1, approvers=ORDER_APPROVERS, published_at=now
    )
