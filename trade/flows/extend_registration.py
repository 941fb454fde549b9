from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.attachments.filing import Stored, file_under
from trade.distributors.queries import hold_active
from trade.errors import Refused
from trade.notices import outbox, registrations
from trade.registrations import queries, rules, states


@dataclass(frozen=True)
class Extension:
    """How many days more, and what shows that something is happening with the customer."""

    registration_id: int
    version: int
    days: int
    words: str
    files: Sequence[Stored]


def extend_registration(session: Session, actor: Actor, given: Extension) -> None:
    """Prolong the protection in its last days, with proof of activity; never beyond the longest.

    A second time only when something was done since the first, so that nobody takes all days at once.
    It needs nobody's yes: the representative hears of it with the proof, and the brand can end what is not true.
    Who is paused keeps its customers for the days they have, and follows them up; it gets no further days.
    """
    hold_active(session, queries.get_for(session, actor, given.registration_id).distributor_id)
    registration = queries.get_for(session, actor, given.registration_id, is_locked=True)
    registrations.keeps(session, actor, registration)
    until, longest = registration.protected_until, registration.longest_until
    if registration.state != "live" or until is None or longest is None:
        raise Refused("registration.protection_over" if until else "registration.not_allowed")
    figures, today = queries.figures(session), clock.today()
    code = rules.extension_refusal(until, longest, registration.extensions, given.days, figures, today)
    if code is not None:
        facts: dict[str, Any] = {"shortest": figures.shortest_extension, "longest": figures.longest_extension}
        raise Refused(code, until=until, most=figures.most_extensions, field="days", **facts)
    opens = rules.extension_opens(until, figures)
    if opens is not None and today < opens:
        raise Refused("registration.extension_early", day=opens, field="days")
    if not queries.is_followed_again(session, registration):
        raise Refused("registration.follow_up_needed", field="days")
    if not given.files:
        raise Refused("registration.activity_needed", field="photos")
    after = rules.extended(until, longest, given.days)
    states.move(
        session,
        actor,
        registration,
        "extend",
        given.version,
        facts={"days": given.days, "until": after.isoformat(), "words": given.words},
        protected_until=after,
        followed_on=today,  # its proof of activity counts as a follow-up
        warned_on=None,
        extensions=registration.extensions + 1,
    )
    for file in given.files:
        file_under(session, actor, queries.SUBJECT, registration.id, file)
    outbox.post(session, "registration.extended", registration_id=registration.id)
