from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals.models import ApprovalPolicy
from trade.approvals.policy import REP_MANAGER, Policy, Rule, Step, chain, dump
from trade.db import insert_once
from trade.distributors.models import Channel, LegalEntity, Tier
from trade.inventory.models import Warehouse
from trade.people import roles
from trade.returns.models import ReturnReason

CHANNELS = {"general": "流通", "key-account": "KA", "catering": "餐饮", "special": "特通", "online": "电商"}
APPROVERS = ["rep", "rep_manager", "role:administrator"]
SUBJECTS = {
    "order": APPROVERS,
    "amendment": APPROVERS,
    "return": APPROVERS,
    "price_list": ["role:administrator"],
    "limit_request": ["role:finance", "role:administrator"],
    "registration": ["rep_manager", "role:administrator"],
}
NEWCOMERS = Policy((Rule((Step((REP_MANAGER, "role:administrator")),)),))  # either says yes or no
RETURN_REASONS = {
    # code: name (a msgid), needs a photo, brings goods back
    "damaged": ("Damaged on arrival", True, True),
    "wrong": ("Wrong goods delivered", True, True),
    "quality": ("Quality problem", True, True),
    "expiring": ("Close to expiry", False, True),
    "unsold": ("Agreed return of unsold goods", False, True),
    "missing": ("Missing on receipt", False, False),
}


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
    known = {subject: chain(approvers) for subject, approvers in SUBJECTS.items()}
    for subject, rules in (known | {"application": NEWCOMERS}).items():
        facts = {"published_at": now, "content": dump(rules)}
        insert_once(session, ApprovalPolicy, subject=subject, version=1, **facts)
    for code, (name, needs_photo, brings_goods) in RETURN_REASONS.items():
        insert_once(
            session,
            ReturnReason,
            code=code,
            name=name,
            needs_photo=needs_photo,
            brings_goods=brings_goods,
        )
