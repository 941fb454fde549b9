"""One breach per invariant of parents and children."""

from tests.verify.planting import Plant

FAMILIES = (
    Plant(
        "credit.family",
        "credit_account 3: found 139.0000, expected 138.0000",
        "UPDATE credit_account SET hold = hold + 10000, used = used + 10000 WHERE id = 3",
    ),
    Plant(
        "credit.family_member",
        "credit_account 1: found None, expected 3",
        "UPDATE credit_account SET family_account_id = NULL WHERE id = 1",
    ),
)
