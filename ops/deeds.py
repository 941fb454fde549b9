"""What the worker knows how to do. Adding a flow is one line in DEEDS; a round looks for documents to do it to."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from ops import broadcasts, opportunities, registrations, statements, watching
from ops import rounds as due
from ops.backup import scheduled
from ops.papers import make_bundle, make_papers
from ops.uploads import check_upload, write_upload
from trade.actor import Actor
from trade.flows.allocate_order import Try, allocate_order
from trade.flows.ask_reset import JOB, send_reset_link
from trade.flows.confirm_statement import remind_of_statement
from trade.flows.escalate_approval import escalate_approval
from trade.flows.expire_application import DueApplication, expire_application
from trade.flows.expire_order import expire_order
from trade.flows.file_contract import open_by_contract, warn_of_contract
from trade.flows.forget_distributor import erase_file
from trade.flows.issue_invoices import JOB as INVOICE
from trade.flows.issue_invoices import DueShipments, issue_due_invoice
from trade.flows.make_statements import start_statements
from trade.flows.match_bank_line import Asked, confirm_asked_line
from trade.flows.mind_opportunity import mind_opportunity, remind_of_opportunity
from trade.flows.mind_registration import mind_registration, remind_of_registration
from trade.flows.order_papers import LARGEST
from trade.flows.publish_broadcast import SeenBroadcast, publish_due_broadcast
from trade.flows.receive_automatically import DueParcel, receive_automatically, remind_of_receipt
from trade.flows.remind_approval import remind_approval
from trade.flows.remind_of_broadcast import DueReminder, remind_when_due
from trade.flows.remind_of_debts import Reminder, remind_of_debts
from trade.flows.request_limit import SeenRequest, expire_limit_request
from trade.flows.retest_order import Turn, retest_in_turn
from trade.flows.roll_credit import roll_credit
from trade.flows.seal_books import seal_books
from trade.flows.tell_low_stock import tell_low_stock
from trade.flows.tell_trouble import Finding, tell_trouble
from trade.flows.withdraw_amendment import SeenAmendment, expire_amendment
from trade.jobs import queue
from trade.jobs.schedule import Round, daily, every
from trade.notices import dispatches
from trade.orders.queries import Seen
from trade.people import sessions

Given = TypeVar("Given")


@dataclass(frozen=True)
class Deed(Generic[Given]):
    """A flow for one document, and how a job's payload (named values) becomes what it is given."""

    flow: Callable[[Session, Actor, Given], object]
    given: Callable[..., Given]


Tell = Callable[[int, int], None]  # done, of total; keeps the job this worker's


@dataclass(frozen=True)
class Errand(Generic[Given]):
    """Work too long for one transaction: it reads, makes and writes in steps of its own and tells how far it is.

    Done again after a kill, it goes on from what its own rows say; `tell` at least every half minute.
    """

    work: Callable[[Actor, Given, Tell], object]
    given: Callable[..., Given]


def _due_shipments(account_id: int, until: str, person_id: int | None) -> DueShipments:
    return DueShipments(account_id, date.fromisoformat(until), person_id)


DEEDS: dict[str, Deed[Any]] = {
    "order.expire": Deed(expire_order, lambda order_id, version: Seen(order_id, version)),
    "amendment.expire": Deed(
        expire_amendment, lambda amendment_id, version: SeenAmendment(amendment_id, version)
    ),
    "shipment.receive": Deed(receive_automatically, lambda shipment_id: DueParcel(shipment_id)),
    "shipment.remind": Deed(remind_of_receipt, lambda shipment_id: DueParcel(shipment_id)),
    "order.retest": Deed(retest_in_turn, lambda order_id, cause: Turn(order_id, cause)),
    "order.allocate": Deed(allocate_order, lambda order_id: Try(order_id)),
    "stock.tell_low": Deed(tell_low_stock, lambda warehouse_id: int(warehouse_id)),
    "approval.escalate": Deed(escalate_approval, lambda request_id, version: request_id),
    "approval.remind": Deed(remind_approval, lambda request_id: request_id),
    "application.expire": Deed(
        expire_application, lambda application_id, version: DueApplication(application_id, version)
    ),
    "contract.open": Deed(open_by_contract, lambda contract_id: int(contract_id)),
    "contract.warn": Deed(warn_of_contract, lambda contract_id: int(contract_id)),
    "attachment.erase": Deed(erase_file, lambda stored_as: str(stored_as)),
    "limit_request.expire": Deed(
        expire_limit_request, lambda request_id, version: SeenRequest(request_id, version)
    ),
    "registration.mind": Deed(mind_registration, lambda registration_id: int(registration_id)),
    "registration.remind": Deed(remind_of_registration, lambda registration_id: int(registration_id)),
    "opportunity.mind": Deed(mind_opportunity, lambda opportunity_id: int(opportunity_id)),
    "opportunity.remind": Deed(remind_of_opportunity, lambda opportunity_id: int(opportunity_id)),
    "debts.remind": Deed(
        remind_of_debts, lambda account_id, day: Reminder(account_id, date.fromisoformat(day))
    ),
    "ledger.seal": Deed(seal_books, lambda: None),
    INVOICE: Deed(issue_due_invoice, _due_shipments),
    "credit.roll": Deed(roll_credit, lambda account_id: account_id),
    "statements.start": Deed(start_statements, lambda first_day: date.fromisoformat(first_day)),
    "statement.remind": Deed(remind_of_statement, lambda statement_id: int(statement_id)),
    "broadcast.publish": Deed(
        publish_due_broadcast, lambda broadcast_id, version: SeenBroadcast(broadcast_id, version)
    ),
    "broadcast.remind": Deed(
        remind_when_due, lambda broadcast_id, kind: DueReminder(int(broadcast_id), str(kind))
    ),
    JOB: Deed(send_reset_link, lambda name: str(name)),
    "bank.confirm": Deed(
        confirm_asked_line, lambda line_id, version, person_id: Asked(line_id, version, person_id)
    ),
    watching.TROUBLE: Deed(tell_trouble, lambda **found: Finding(**found)),
    "jobs.tidy": Deed(queue.tidy, lambda days: int(days)),
    "notices.tidy": Deed(dispatches.tidy, lambda days: int(days)),
    "sessions.tidy": Deed(sessions.tidy, lambda days: int(days)),
}
ERRANDS: dict[str, Errand[Any]] = {
    watching.PROOF: Errand(watching.prove_books, lambda run_id=None: run_id),
    "statements.make": Errand(statements.make_month, lambda run_id: int(run_id)),
    "papers.make": Errand(make_papers, lambda run_id: int(run_id)),
    "papers.bundle": Errand(
        make_bundle, lambda run_id, at, share=LARGEST: (int(run_id), int(at), int(share))
    ),
    "imports.check": Errand(check_upload, lambda upload_id: int(upload_id)),
    "imports.write": Errand(write_upload, lambda upload_id: int(upload_id)),
    scheduled.KIND: Errand(scheduled.make_scheduled, lambda slot: str(slot)),
}
ALL_ROUNDS = (
    Round("order.expire", every(minutes=1), due.undecided_orders),
    Round("amendment.expire", every(minutes=1), due.undecided_amendments),
    Round("shipment.remind", daily(time(8, 0)), due.nearly_silent_parcels),
    Round("shipment.receive", daily(time(9, 0)), due.silent_parcels),
    Round("approval.escalate", every(minutes=1), due.unanswered_approvals),
    Round("approval.remind", every(minutes=1), due.lying_approvals),
    Round("order.retest", every(hours=1), due.held_orders),
    Round("stock.tell_low", every(minutes=10), due.low_stock),
    Round("limit_request.expire", every(minutes=1), due.undecided_limits),
    Round("registration.mind", every(minutes=5), registrations.to_mind),
    Round("registration.remind", daily(time(8, 10)), registrations.ending_soon),
    Round("application.expire", every(hours=1), due.idle_applications),
    Round("contract.open", daily(time(0, 2)), due.beginning_contracts),
    Round("contract.warn", daily(time(8, 10)), due.ending_contracts),
    Round("opportunity.mind", every(minutes=5), opportunities.to_settle),
    Round("opportunity.remind", daily(time(8, 15)), opportunities.to_tell),
    Round("debts.remind", daily(time(8, 5)), due.debts_to_tell),
    Round("ledger.seal", every(minutes=10), due.unsealed_entries),
    Round("credit.roll", daily(time(0, 1)), due.stale_accounts),
    Round("statements.start", daily(time(6, 0)), statements.month_that_is_over),
    Round("statement.remind", daily(time(8, 30)), statements.nearly_over),
    Round("broadcast.publish", every(minutes=1), broadcasts.to_publish),
    Round("broadcast.remind", daily(time(8, 20)), broadcasts.to_remind),
    Round("jobs.tidy", daily(time(3, 30)), due.cleaning("jobs.tidy", days=30)),
    Round("notices.tidy", daily(time(3, 31)), due.cleaning("notices.tidy", days=90)),
    Round("sessions.tidy", daily(time(3, 32)), due.cleaning("sessions.tidy", days=180)),
    Round(watching.PROOF, daily(time(2, 0)), watching.nightly_proof),
    Round(watching.TROUBLE, every(minutes=5), watching.lasting_troubles),
    Round(scheduled.KIND, every(minutes=1), scheduled.due),
)


def rounds(known: Collection[str]) -> dict[str, Round]:
    """The rounds whose deed or errand is known here, by their key in the queue."""
    return {each.key: each for each in ALL_ROUNDS if each.kind in known}
