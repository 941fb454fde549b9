"""A customer whom the distributor of the small world has reported, and one that it let go."""

from datetime import timedelta
from typing import Any

from tests.verify.sound_books import DAY, NOW
from trade.registrations.matching import grams, key_of
from trade.registrations.models import (
    Registration,
    RegistrationDecision,
    RegistrationEvent,
    RegistrationFollowUp,
    RegistrationGram,
    RegistrationKey,
    RegistrationQuota,
)

NAME, GONE = "厦门鑫禾源食品有限公司", "泉州大丰收粮油有限公司"
CODE = "91350100M000100Y43"


def registrations() -> list[Any]:
    """One live with its keys, one released to the pool; each with the history that says so."""
    until, longest = DAY + timedelta(days=90), DAY + timedelta(days=180)
    common: dict[str, Any] = {
        "distributor_id": 1,
        "product_line_id": 1,
        "submitted_at": NOW,
        "created_at": NOW,
    }
    common |= {"live_on": DAY, "protected_until": until, "longest_until": longest, "followed_on": DAY}
    event: dict[str, Any] = {"origin": "test", "at": NOW, "facts": {}}
    given = {"until": until.isoformat()}
    return [
        Registration(
            id=1,
            number="KB-1",
            name=NAME,
            name_key=key_of(NAME),
            credit_code=CODE,
            state="live",
            version=2,
            **common,
        ),
        Registration(
            id=2,
            number="KB-2",
            name=GONE,
            name_key=key_of(GONE),
            state="released",
            version=3,
            ended_on=DAY,
            pooled_on=DAY,
            **common,
        ),
        RegistrationKey(id=1, registration_id=1, kind="name", value=key_of(NAME), product_line_id=1),
        RegistrationKey(id=2, registration_id=1, kind="code", value=CODE, product_line_id=1),
        *(RegistrationGram(product_line_id=1, gram=each, registration_id=1) for each in sorted(grams(NAME))),
        RegistrationQuota(id=1, distributor_id=1, used=1),
        RegistrationEvent(id=1, registration_id=1, version=1, action="enter", state="draft", **event),
        RegistrationEvent(
            id=2, registration_id=1, version=2, action="accept", state="live", **{**event, "facts": given}
        ),
        RegistrationEvent(id=3, registration_id=2, version=1, action="enter", state="draft", **event),
        RegistrationEvent(
            id=4, registration_id=2, version=2, action="accept", state="live", **{**event, "facts": given}
        ),
        RegistrationEvent(id=5, registration_id=2, version=3, action="release", state="released", **event),
        RegistrationDecision(id=1, registration_id=1, outcome="accepted", rule="first.valid", at=NOW),
        RegistrationFollowUp(id=1, registration_id=1, kind="visit", day=DAY, words="拜访", at=NOW),
    ]
