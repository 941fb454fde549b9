"""The server with guards taken out, which the race tests must notice; only tests start it."""

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Flask
from sqlalchemy import delete, true, update
from sqlalchemy.orm import Session

from trade import idempotency
from trade.actor import Actor
from trade.approvals.models import ApprovalRequest
from trade.credit import ledger
from trade.flows import decide_order, submit_order
from trade.flows.decide_order import Decision
from trade.flows.submit_order import Receipt, Submission
from trade.inventory import stock
from trade.inventory.queries import Free
from trade.inventory.stock import Deed
from trade.orders import allocation, intake, queries, states
from trade.orders.models import Allocation

FAULT = "TONGQU_TEST_FAULT"


def no_credit_guard() -> None:
    """Let an order pass whatever the limit says."""
    ledger.within_limit = lambda amount: true()


def no_stock_guard() -> None:
    """Promise goods that are not there; the look before it would save SQLite, where nobody comes between."""
    stock.is_free = stock.anything
    intake.shortage = lambda wanted: []
    careful = allocation.plan

    def careless(session: Session, wants: Any, territory_ids: Any, **how: Any) -> allocation.Plan:
        plenty = Free({(1, want.sku_id): 10**6 for want in wants}, [1])
        return careful(session, wants, territory_ids, **how | {"seen": plenty})

    allocation.plan = careless


def no_repeat_guard() -> None:
    """Forget who came first, and the nets below: version, state, source and what its lines keep tell no repeat."""
    idempotency.is_first = lambda session, key: True
    states.EDITABLE = ("draft", "returned", "approved")
    states.TRANSITIONS = {**states.TRANSITIONS, ("approved", "accept"): "approved"}
    careful, keep = submit_order.submit_order, allocation.keep

    def careless(session: Session, actor: Actor, given: Submission) -> Receipt:
        order = queries.get_for(session, actor, given.order_id, is_locked=True)
        return careful(session, actor, replace(given, version=order.version))

    def keep_again(session: Session, deed: Deed, found: allocation.Plan) -> None:
        kept = Allocation.line_id.in_([want.line_id for want in found.wants])  # unique by line and warehouse
        session.execute(delete(Allocation).where(kept))
        keep(session, deed, found)

    submit_order.submit_order = careless
    allocation.keep = keep_again


def no_decision_guard() -> None:
    """Let a decision fall whatever was decided before it: no state, no version, no closed request."""
    again = {(state, verb): states.TRANSITIONS["pending", verb] for state in OUTCOMES for verb in VERBS}
    states.TRANSITIONS = {**states.TRANSITIONS, **again}
    careful = decide_order.decide_order

    def careless(session: Session, actor: Actor, given: Decision) -> None:
        order = queries.get_for(session, actor, given.order_id, is_locked=True)
        about = (ApprovalRequest.subject == "order", ApprovalRequest.subject_id == order.id)
        session.execute(update(ApprovalRequest).where(*about).values(state="open"))
        careful(session, actor, replace(given, version=order.version))

    decide_order.decide_order = careless


OUTCOMES, VERBS = ("approved", "rejected", "returned"), ("approve", "reject", "return")
FAULTS: Mapping[str, Callable[[], None]] = {
    "credit": no_credit_guard,
    "stock": no_stock_guard,
    "repeat": no_repeat_guard,
    "decision": no_decision_guard,
}


def create_app() -> Flask:
    """Plant the faults before the faces import the flows, then make the application as always."""
    for name in os.environ[FAULT].split(","):
        FAULTS[name]()
    wsgi: Any = importlib.import_module("wsgi")
    made: Flask = wsgi.create_app()
    return made
