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
from trade.amendments import changes
from trade.amendments.models import Amendment
from trade.approvals.models import ApprovalCandidate, ApprovalRequest
from trade.credit import ledger
from trade.flows import (
    amend_order,
    decide_amendment,
    decide_order,
    decide_return,
    receive_return,
    release_registration,
    ship_order,
    submit_order,
)
from trade.flows.amend_order import NewAmendment
from trade.flows.decide_amendment import AmendmentDecision
from trade.flows.decide_order import Decision
from trade.flows.decide_return import ReturnDecision
from trade.flows.receive_return import Intake
from trade.flows.release_registration import Release
from trade.flows.ship_order import Dispatch
from trade.flows.submit_order import Receipt, Submission
from trade.inventory import stock
from trade.inventory.queries import Free
from trade.inventory.stock import Deed
from trade.orders import allocation, intake, queries, states
from trade.orders.models import Allocation
from trade.registrations import queries as registrations
from trade.registrations import states as registration_states
from trade.registrations.models import Registration
from trade.returns import queries as returned
from trade.returns import states as returns

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
    again = {
        (state, verb): states.TRANSITIONS["pending", verb] for state in OUTCOMES.values() for verb in OUTCOMES
    }
    states.TRANSITIONS = {**states.TRANSITIONS, **again}
    careful = decide_order.decide_order

    def careless(session: Session, actor: Actor, given: Decision) -> None:
        order = queries.get_for(session, actor, given.order_id, is_locked=True)
        _ask_again(session, "order", order.id)
        careful(session, actor, replace(given, version=order.version))

    decide_order.decide_order = careless


def no_change_guard() -> None:
    """Ship and change whatever was seen and whatever left meanwhile; what the database itself refuses ends in 500."""
    changes._is_under_way = lambda line: False
    ship, amend = ship_order.ship_order, amend_order.amend_order

    def ship_anyway(session: Session, actor: Actor, given: Dispatch) -> int:
        order = queries.get_for(session, actor, given.order_id, is_locked=True)
        return ship(session, actor, replace(given, version=order.version))

    def amend_anyway(session: Session, actor: Actor, given: NewAmendment) -> int:
        order = queries.get_for(session, actor, given.order_id, is_locked=True)
        return amend(session, actor, replace(given, version=order.version))

    ship_order.ship_order = ship_anyway
    amend_order.amend_order = amend_anyway


def no_inbox_guard() -> None:
    """Let changes and returns be decided whatever was decided about them before."""
    again = {(state, verb): after for state in OUTCOMES.values() for verb, after in OUTCOMES.items()}
    returns.TRANSITIONS = {**returns.TRANSITIONS, **again}
    change, back = decide_amendment.decide_amendment, decide_return.decide_return

    def change_again(session: Session, actor: Actor, given: AmendmentDecision) -> None:
        order_id = changes.get_for(session, actor, given.amendment_id).order_id
        queries.get_for(session, actor, order_id, is_locked=True)
        this = update(Amendment).where(Amendment.id == given.amendment_id)
        version = session.scalar(this.values(state="pending").returning(Amendment.version))
        _ask_again(session, "amendment", given.amendment_id)
        change(session, actor, replace(given, version=version or 0))

    def back_again(session: Session, actor: Actor, given: ReturnDecision) -> None:
        request, _order = returned.get_locked(session, actor, given.return_id)
        _ask_again(session, "return", request.id)
        back(session, actor, replace(given, version=request.version))

    decide_amendment.decide_amendment = change_again
    decide_return.decide_return = back_again


def no_return_guard() -> None:
    """Forget which form was sent before, and take in what was taken in before."""
    idempotency.is_first = lambda session, key: True
    returns.TRANSITIONS = {**returns.TRANSITIONS, ("credited", "receive"): "credited"}
    careful = receive_return.receive_return

    def careless(session: Session, actor: Actor, given: Intake) -> None:
        request, _order = returned.get_locked(session, actor, given.return_id)
        careful(session, actor, replace(given, version=request.version))

    receive_return.receive_return = careless


def no_pool_guard() -> None:
    """Let a customer be claimed that has left the pool, and nobody wait for who claims it now."""
    seen = registrations.get_pooled
    registrations.in_pool = lambda: Registration.pooled_on.is_not(None)
    registrations.get_pooled = lambda session, key, **how: seen(session, key)


def no_ending_guard() -> None:
    """Let a registration end that has ended: no version, no state."""
    moved = registration_states.TRANSITIONS
    registration_states.TRANSITIONS = {**moved, ("released", "release"): "released"}
    release = release_registration.release_registration

    def release_anyway(session: Session, actor: Actor, given: Release) -> None:
        registration = registrations.get_for(session, actor, given.registration_id, is_locked=True)
        release(session, actor, replace(given, version=registration.version))

    release_registration.release_registration = release_anyway


def _ask_again(session: Session, subject: str, subject_id: int) -> None:
    about = (ApprovalRequest.subject == subject, ApprovalRequest.subject_id == subject_id)
    again = update(ApprovalRequest).where(*about).values(state="open").returning(ApprovalRequest.id)
    for request_id in session.scalars(again).all():
        turns = update(ApprovalCandidate).where(ApprovalCandidate.request_id == request_id)
        session.execute(turns.values(state="open", taken_by_id=None, taken_at_level=None))


OUTCOMES = {"approve": "approved", "reject": "rejected", "return": "returned"}
FAULTS: Mapping[str, Callable[[], None]] = {
    "credit": no_credit_guard,
    "stock": no_stock_guard,
    "move": no_stock_guard,
    "repeat": no_repeat_guard,
    "decision": no_decision_guard,
    "change": no_change_guard,
    "inbox": no_inbox_guard,
    "return": no_return_guard,
    "pool": no_pool_guard,
    "ending": no_ending_guard,
}


def create_app() -> Flask:
    """Plant the faults before the faces import the flows, then make the application as always."""
    for name in os.environ[FAULT].split(","):
        FAULTS[name]()
    wsgi: Any = importlib.import_module("wsgi")
    made: Flask = wsgi.create_app()
    return made
