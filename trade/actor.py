"""Who acts: permission says what, scope says whose."""

from dataclasses import dataclass, field
from enum import StrEnum


class Permission(StrEnum):
    # the distributor's side
    CATALOG_READ = "catalog.read"
    CART_EDIT = "cart.edit"
    ORDER_SUBMIT = "order.submit"
    ORDER_READ = "order.read"
    ORDER_WITHDRAW = "order.withdraw"
    RECEIPT_CONFIRM = "receipt.confirm"
    RETURN_REQUEST = "return.request"
    TEAM_MANAGE = "team.manage"
    CREDIT_READ = "credit.read"
    LIMIT_REQUEST = "limit.request"
    PAYMENT_PROVE = "payment.prove"
    STATEMENT_CONFIRM = "statement.confirm"
    CHILDREN_READ = "children.read"
    NOTICE_READ = "notice.read"
    ORDER_REMARK = "order.remark"
    BROADCAST_ACKNOWLEDGE = "broadcast.acknowledge"
    BROADCAST_READ = "broadcast.read"
    LIBRARY_READ = "library.read"
    REGISTRATION_SUBMIT = "registration.submit"
    OPPORTUNITY_WORK = "opportunity.work"
    # the brand's side
    DESK_READ = "desk.read"
    ORDER_REVIEW = "order.review"
    ORDER_APPROVE = "order.approve"
    ORDER_CANCEL = "order.cancel"
    ORDER_SHIP = "order.ship"
    ORDER_AMEND = "order.amend"
    ORDER_BEHALF = "order.behalf"
    ORDER_ALLOCATE = "order.allocate"
    RETURN_READ = "return.read"
    RETURN_DECIDE = "return.decide"
    RETURN_RECEIVE = "return.receive"
    PAYMENT_RECORD = "payment.record"
    PAYMENT_READ = "payment.read"
    INVOICE_READ = "invoice.read"
    INVOICE_ISSUE = "invoice.issue"
    STATEMENT_READ = "statement.read"
    STATEMENT_MANAGE = "statement.manage"
    PERIOD_CLOSE = "period.close"
    DISTRIBUTOR_READ = "distributor.read"
    DISTRIBUTOR_EDIT = "distributor.edit"
    APPLICATION_READ = "application.read"
    APPLICATION_DECIDE = "application.decide"
    DISTRIBUTOR_FORGET = "distributor.forget"
    CREDIT_REVIEW = "credit.review"
    CREDIT_LIMIT = "credit.limit"
    CREDIT_EXCEED = "credit.exceed"
    STOCK_READ = "stock.read"
    STOCK_MOVE = "stock.move"
    WAREHOUSE_MANAGE = "warehouse.manage"
    PRODUCT_READ = "product.read"
    PRODUCT_EDIT = "product.edit"
    PRICE_READ = "price.read"
    PRICE_EDIT = "price.edit"
    PRICE_PUBLISH = "price.publish"
    BROADCAST_WRITE = "broadcast.write"
    BROADCAST_PUBLISH = "broadcast.publish"
    LIBRARY_MANAGE = "library.manage"
    MASTER_MANAGE = "master.manage"
    PERSON_MANAGE = "person.manage"
    PERSON_RESET = "person.reset"
    ROLE_MANAGE = "role.manage"
    APPROVAL_MANAGE = "approval.manage"
    SETTING_MANAGE = "setting.manage"
    SYSTEM_OPERATE = "system.operate"
    REPORT_READ = "report.read"
    IMPORT_RUN = "import.run"
    AUDIT_READ = "audit.read"
    COST_READ = "cost.read"
    PHONE_READ = "phone.read"
    REGISTRATION_READ = "registration.read"
    REGISTRATION_DECIDE = "registration.decide"
    REGISTRATION_MANAGE = "registration.manage"
    OPPORTUNITY_READ = "opportunity.read"


@dataclass(frozen=True)
class Scope:
    """Whose rows are within reach; by default nobody's.

    `distributor_ids` names them one by one (a distributor's people), `rep_ids` by whose they are today (a sales
    rep's own, a manager's team's); `is_everyone` is the whole brand.
    """

    is_everyone: bool = False
    distributor_ids: frozenset[int] = frozenset()
    rep_ids: frozenset[int] = frozenset()

    @property
    def reach(self) -> tuple[bool, bool, bool]:
        """Whether it is everyone, some by name, some by whose they are: what the form of a question depends on."""
        return self.is_everyone, bool(self.distributor_ids), bool(self.rep_ids)


EVERYONE = Scope(is_everyone=True)


@dataclass(frozen=True)
class Actor:
    """Who acts, for whom, from where. By default nobody, who may nothing."""

    origin: str  # address and request id
    person_id: int | None = None
    distributor_id: int | None = None
    scope: Scope = field(default_factory=Scope)
    permissions: frozenset[Permission] = frozenset()
    on_behalf_of: int | None = None  # the distributor for whom a member of staff acts
    stood_for_ids: frozenset[int] = (
        frozenset()
    )  # colleagues who are away today and in whose place this person decides

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


def system(name: str) -> Actor:
    """The program itself: the worker, the operator's commands. It sees everything and may everything."""
    return Actor(name, scope=EVERYONE, permissions=frozenset(Permission))
