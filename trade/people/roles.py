"""The nine roles that a new installation starts with; from then on they are rows that the administrator edits."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.actor import Actor, Permission
from trade.db import insert_many, insert_once
from trade.people.models import Face, Reach, Role, RolePermission

P = Permission
_BUYING = (
    *(P.CATALOG_READ, P.CART_EDIT, P.ORDER_SUBMIT, P.ORDER_WITHDRAW, P.RECEIPT_CONFIRM, P.RETURN_REQUEST),
    P.REGISTRATION_SUBMIT,
    P.OPPORTUNITY_WORK,
)
_SELLING = (
    P.DESK_READ,
    P.ORDER_REVIEW,
    P.ORDER_CANCEL,
    P.DISTRIBUTOR_READ,
    P.STOCK_READ,
    P.PHONE_READ,
    P.NOTICE_READ,
    P.ORDER_REMARK,
    P.ORDER_AMEND,
    P.ORDER_BEHALF,
    P.ORDER_ALLOCATE,
    P.RETURN_READ,
    P.RETURN_DECIDE,
    P.PRODUCT_READ,
    P.PRICE_READ,
    P.PERSON_RESET,
    P.STATEMENT_READ,
    P.BROADCAST_READ,
    P.LIBRARY_READ,
    P.REGISTRATION_READ,
    P.APPLICATION_READ,
    P.OPPORTUNITY_READ,
)
_PORTAL_ONLY = frozenset(
    {
        *_BUYING,
        *(P.ORDER_READ, P.CREDIT_READ, P.LIMIT_REQUEST, P.PAYMENT_PROVE, P.STATEMENT_CONFIRM, P.TEAM_MANAGE),
        P.BROADCAST_ACKNOWLEDGE,
        P.CHILDREN_READ,
    }
)
_BOTH = frozenset({P.NOTICE_READ, P.ORDER_REMARK, P.BROADCAST_READ, P.LIBRARY_READ})


@dataclass(frozen=True)
class ShippedRole:
    code: str
    name: str
    face: Face
    reach: Reach
    permissions: tuple[Permission, ...]


SHIPPED = (
    ShippedRole(
        "owner",
        "Owner",
        Face.PORTAL,
        Reach.DISTRIBUTOR,
        (
            *(*_BUYING, P.ORDER_READ, P.CREDIT_READ, P.LIMIT_REQUEST, P.PAYMENT_PROVE, P.STATEMENT_CONFIRM),
            *(P.NOTICE_READ, P.ORDER_REMARK, P.TEAM_MANAGE, P.CHILDREN_READ),
            *(P.BROADCAST_READ, P.BROADCAST_ACKNOWLEDGE, P.LIBRARY_READ),
        ),
    ),
    ShippedRole(
        "buyer",
        "Buyer",
        Face.PORTAL,
        Reach.DISTRIBUTOR,
        (
            *(*_BUYING, P.ORDER_READ, P.CREDIT_READ, P.NOTICE_READ, P.ORDER_REMARK),
            *(P.BROADCAST_READ, P.LIBRARY_READ),
        ),
    ),
    ShippedRole(
        "distributor_finance",
        "Distributor finance",
        Face.PORTAL,
        Reach.DISTRIBUTOR,
        (
            *(P.ORDER_READ, P.CREDIT_READ, P.LIMIT_REQUEST, P.PAYMENT_PROVE, P.STATEMENT_CONFIRM),
            *(P.NOTICE_READ, P.CHILDREN_READ, P.BROADCAST_READ, P.LIBRARY_READ),
        ),
    ),
    ShippedRole("sales_rep", "Sales representative", Face.ADMIN, Reach.OWN, (*_SELLING, P.ORDER_APPROVE)),
    ShippedRole(
        "sales_manager",
        "Sales manager",
        Face.ADMIN,
        Reach.TEAM,
        (
            *(*_SELLING, P.ORDER_APPROVE, P.CREDIT_REVIEW, P.PAYMENT_READ, P.REPORT_READ, P.INVOICE_READ),
            P.APPROVAL_MANAGE,
            *(P.BROADCAST_WRITE, P.BROADCAST_PUBLISH),
            P.REGISTRATION_DECIDE,
            P.APPLICATION_DECIDE,
        ),
    ),
    ShippedRole(
        "finance",
        "Finance",
        Face.ADMIN,
        Reach.EVERYONE,
        (
            *(P.DESK_READ, P.ORDER_REVIEW, P.PAYMENT_RECORD, P.PAYMENT_READ, P.CREDIT_REVIEW, P.CREDIT_LIMIT),
            P.CREDIT_EXCEED,
            *(P.DISTRIBUTOR_READ, P.REPORT_READ, P.NOTICE_READ, P.ORDER_REMARK, P.RETURN_READ),
            *(P.PRODUCT_READ, P.PRICE_READ, P.INVOICE_READ, P.INVOICE_ISSUE),
            *(P.STATEMENT_READ, P.STATEMENT_MANAGE, P.PERIOD_CLOSE, P.APPLICATION_READ),
            *(P.BROADCAST_READ, P.LIBRARY_READ),
        ),
    ),
    ShippedRole(
        "warehouse",
        "Warehouse",
        Face.ADMIN,
        Reach.EVERYONE,
        (
            *(P.DESK_READ, P.ORDER_REVIEW, P.ORDER_SHIP, P.STOCK_READ, P.PHONE_READ, P.NOTICE_READ),
            *(
                P.ORDER_REMARK,
                P.ORDER_ALLOCATE,
                P.STOCK_MOVE,
                P.RETURN_READ,
                P.RETURN_RECEIVE,
                P.PRODUCT_READ,
            ),
        ),
    ),
    ShippedRole(
        "marketing",
        "Marketing",
        Face.ADMIN,
        Reach.EVERYONE,
        (
            *(P.DESK_READ, P.ORDER_REVIEW, P.DISTRIBUTOR_READ, P.STOCK_READ, P.REPORT_READ, P.NOTICE_READ),
            *(P.PRODUCT_READ, P.PRODUCT_EDIT, P.PRICE_READ, P.PRICE_EDIT, P.REGISTRATION_READ),
            *(P.BROADCAST_READ, P.BROADCAST_WRITE, P.BROADCAST_PUBLISH, P.LIBRARY_READ, P.LIBRARY_MANAGE),
            P.OPPORTUNITY_READ,
        ),
    ),
    ShippedRole(
        "administrator",
        "Administrator",
        Face.ADMIN,
        Reach.EVERYONE,
        tuple(permission for permission in Permission if permission not in _PORTAL_ONLY),
    ),
)


def seed(session: Session, actor: Actor, given: None) -> int:
    """Add the shipped roles that are not there yet, and say how many; edited ones stay as they are."""
    added = 0
    for role in SHIPPED:
        is_new = insert_once(
            session, Role, code=role.code, name=role.name, face=role.face, reach=role.reach, is_archived=False
        )
        if is_new:
            role_id = session.scalars(select(Role.id).where(Role.code == role.code)).one()
            insert_many(
                session,
                RolePermission,
                [{"role_id": role_id, "permission": permission.value} for permission in role.permissions],
            )
            added += 1
    return added


def rights_of_face(face: str) -> tuple[Permission, ...]:
    """What a role of a side can hold, in the order of the enum."""
    wanted = _PORTAL_ONLY | _BOTH if face == Face.PORTAL else frozenset(Permission) - _PORTAL_ONLY
    return tuple(permission for permission in Permission if permission in wanted)


def free_code(session: Session) -> str:
    """A code that no role has or had: roles made here are known by a number."""
    last = session.scalar(select(Role.id).order_by(Role.id.desc()).limit(1)) or 0
    return f"role-{last + 1}"
