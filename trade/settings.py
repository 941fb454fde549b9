"""What an administrator may change: one row per key, and the default where there is none."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, ScalarSelect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from trade.db import Base

SERVES = "schema.serves"  # older revisions whose programs may work on these tables; written by migrations
DEFAULTS: Mapping[str, Any] = {
    "brand.name": "通渠",
    "brand.accent": "",  # #rrggbb that white text can be read on; empty = the colour of the theme
    "order.approve_first": True,  # the first order of a distributor waits for a person
    "order.approve_above": "200000.00",  # yuan, gross; a larger order waits for a person
    "order.decision_hours": 72,  # then credit and stock are given back
    "order.nudge_hours": 4,  # between two urgings (催单) of an order
    "order.auto_receipt_days": 10,  # after delivery, then a parcel is taken as received
    "order.escalation_hours": 24,  # then the next approver sees it too
    "approval.bulk_most": "50000.00",  # yuan; more than that is decided by itself, after a look at it
    "price.needs_approval": False,  # somebody else lets prices hold than who prepared and checked them
    "price.decision_hours": 72,  # then it is overdue; the prices wait on
    "price.escalation_hours": 24,
    "credit.grace_days": 7,  # a debt may be late before it stops new orders
    "credit.over_limit_most": "20000.00",  # beyond the limit, what may be approved for one order
    "credit.remind_days": 3,  # before a debt is due its distributor is told
    "credit.decision_hours": 72,
    "credit.escalation_hours": 24,
    "return.window_days": 30,  # after receipt, in which a distributor may ask; 0 = no end
    "return.decision_hours": 72,  # then it is overdue; nothing is held, so nothing is given back
    "return.escalation_hours": 24,
    "statement.automatic": False,  # made by the program on the first days of the month, for the one before
    "statement.confirm_days": 15,  # after it is issued, in which the distributor is asked to confirm
    "broadcast.remind_days": 2,  # before its last day, a broadcast that is not acknowledged is called to mind
    "payment.gateway": "",  # with which distributors pay online, of those that are registered; "" = they do not
    "registration.protection_days": 90,  # 报备: how long a customer is kept for who registered it
    "registration.longest_days": 180,  # with all extensions
    "registration.most_extensions": 2,
    "registration.shortest_extension": 30,  # days
    "registration.longest_extension": 45,
    "registration.extension_window_days": 30,  # it is asked for in the last days of the protection; 0: at any time
    "registration.warn_days": 30,  # without a follow-up its distributor is warned
    "registration.lapse_days": 45,  # then the customer goes to the public pool
    "registration.rest_days": 30,  # before the same distributor may register it again
    "registration.maintenance_days": 180,  # after a matching order it stays with its distributor
    "registration.appeal_days": 15,  # after a refusal
    "registration.return_days": 7,  # after it was sent back to be corrected, in which it keeps its place
    "registration.most_returns": 2,  # then it loses its place as soon as it is sent back
    "registration.most_live": 100,  # of a distributor at a time, where its tier has no number of its own
    "registration.similar_percent": 85,  # from here on two names need a person
    "registration.decision_hours": 48,
    "registration.escalation_hours": 24,
    "opportunity.contact_percent": 10,  # 商机: how likely an order is, by stage
    "opportunity.need_percent": 30,
    "opportunity.quote_percent": 50,
    "opportunity.negotiation_percent": 75,
    "opportunity.stale_days": 14,  # without a follow-up or a planned step its people are reminded
    "opportunity.quotation_days": 15,  # how long a quotation holds unless something else is typed
    "session.hours": 12,
    "session.idle_hours": 8,  # without a POST; a page that asks for news by itself keeps nobody in
    "session.staff_idle_hours": 4,  # the same for the brand's people, who reach further
    "login.attempts": 5,
    "login.window_minutes": 15,
    "login.second_factor": "off",  # or "staff", "everyone": from whom it is asked, set up or not
    "application.open": True,  # whoever wants to become a distributor finds a page for it
    "application.days": 30,  # then a draft, or one to be corrected, is over
    "application.decision_hours": 72,
    "application.escalation_hours": 24,
    "contract.warn_days": 30,  # before a contract ends it is told
    "invitation.days": 7,  # then a link that was sent is worth nothing
}


class Setting(Base):
    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(unique=True)
    value: Mapped[Any] = mapped_column(JSON)


def part(key: str) -> ScalarSelect[Any]:
    """A setting as a part of a statement; none where the default holds."""
    return select(Setting.value).where(Setting.key == key).scalar_subquery()


def load(session: Session, prefix: str) -> dict[str, Any]:
    """All settings under a prefix such as "order.", defaults filled in; one statement."""
    rows = session.execute(select(Setting.key, Setting.value).where(Setting.key.startswith(prefix)))
    known = {key: value for key, value in DEFAULTS.items() if key.startswith(prefix)}
    return known | {key: value for key, value in rows}
