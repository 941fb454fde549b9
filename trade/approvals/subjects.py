"""What can need a yes, the right to give it, and who of the brand may ask for it."""

from dataclasses import dataclass

from trade.actor import Permission


@dataclass(frozen=True)
class Subject:
    """A kind of thing that is decided. `asked_by` are the rights with which staff ask for it themselves."""

    right: Permission
    prefix: str  # of its settings: <prefix>.decision_hours, <prefix>.escalation_hours
    asked_by: tuple[Permission, ...] = ()
    is_of_distributor: bool = True
    has_rep: bool = True  # whose it is says a rep; else only people who reach everything can decide it
    judged_by: tuple[str, ...] = ("tiers", "channels", "territories")  # beside amount and reasons


SUBJECTS = {
    "order": Subject(Permission.ORDER_APPROVE, "order", (Permission.ORDER_BEHALF,)),
    "amendment": Subject(Permission.ORDER_APPROVE, "order", (Permission.ORDER_AMEND,)),
    "return": Subject(Permission.RETURN_DECIDE, "return", (Permission.ORDER_BEHALF,)),
    "price_list": Subject(
        Permission.PRICE_PUBLISH,
        "price",
        (Permission.PRICE_EDIT,),
        is_of_distributor=False,
        has_rep=False,
        judged_by=(),
    ),
    "limit_request": Subject(Permission.CREDIT_LIMIT, "credit", (Permission.ORDER_BEHALF,)),
    "registration": Subject(Permission.REGISTRATION_DECIDE, "registration", (Permission.ORDER_BEHALF,)),
    "application": Subject(
        Permission.APPLICATION_DECIDE,
        "application",
        is_of_distributor=False,
        judged_by=("channels", "territories"),
    ),
}
RIGHTS = frozenset(each.right.value for each in SUBJECTS.values())  # to give a yes of some kind


def of(subject: str) -> Subject:
    return SUBJECTS[subject]
