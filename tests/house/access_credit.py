"""Credit in the world of the walk: a temporary limit that somebody asks for, and what its forms send."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, db
from trade.actor import Actor
from trade.credit.models import LimitRequest
from trade.flows.request_limit import LimitWish, request_limit


def ask(owner: Actor) -> None:
    """The owner of a distributor asks for more credit."""
    until = clock.today() + timedelta(days=20)
    db.run(request_limit, owner, LimitWish(Decimal(1000), until, "CANARY-WISH"))


def objects(session: Session) -> dict[str, int]:
    return {"D1.limit-request": session.scalars(select(LimitRequest.id)).one()}


def fields(route: str, version: str) -> dict[str, Any] | None:
    """What is sent about limits; None for any other route."""
    day = (clock.today() + timedelta(days=9)).isoformat()
    forms: dict[str, dict[str, Any]] = {
        "POST /portal/credit/limit-requests": {"amount": "500", "until": day, "reason": "旺季", "key": "k-1"},
        "POST /portal/credit/limit-requests/<id:request_id>/withdrawal": {"version": "1"},
        "POST /admin/credit/requests/<id:request_id>/decision": {
            "version": "1",
            "decision": "approve",
            "amount": "900",
            "until": day,
        },
        "POST /admin/credit/groups/<id:group_id>/limits": {
            "currency": "CNY",
            "amount": "9",
            "reason": "合计",
        },
        "POST /admin/orders/<id:order_id>/over-limit-approval": {
            "version": version,
            "amount": "9000",
            "reason": "旺季",
        },
    }
    return forms.get(route)
