from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


@dataclass(frozen=True)
class Whose:
    """To whom something belongs: a distributor; a rep, where it is none yet; or nobody, then it is the whole brand's."""

    distributor_id: int | None = None
    rep_id: int | None = None


def rep_named(reasons: Sequence[Mapping[str, Any]]) -> int | None:
    """The rep whom the first reason names: whose it is, where no distributor says so."""
    return reasons[0].get("rep_id") if reasons else None


class ApprovalPolicy(Base):
    """Who decides about a subject, as data (trade.approvals.policy); a published version never changes.

    A request keeps the version under which it was opened. At most one version of a subject is a draft.
    """

    __tablename__ = "approval_policy"
    __table_args__ = (
        UniqueConstraint("subject", "version"),
        Index(
            "uq_approval_policy_draft",
            "subject",
            unique=True,
            sqlite_where=text("published_at IS NULL"),
            postgresql_where=text("published_at IS NULL"),
        ),
    )
    subject: Mapped[str]
    version: Mapped[int]
    published_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    turn: Mapped[int] = mapped_column(default=1)  # of a draft: raised by each edit
    note: Mapped[str] = mapped_column(
        default=""
    )  # what this version changes, in the words of who published it
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class ApprovalRequest(Base):
    """Something that needs a yes. `rule` and `step` say where in its policy it stands, from 0 and from 1.

    `level` is how far up the approvers of the step it has been shown; escalation raises it.
    """

    __tablename__ = "approval_request"
    __table_args__ = (
        UniqueConstraint("subject", "subject_id", "subject_version"),
        CheckConstraint(
            "state IN ('open', 'approved', 'rejected', 'returned', 'expired', 'withdrawn')", name="state"
        ),
        Index("ix_approval_request_state", "state", "due_at"),
        Index("ix_approval_request_distributor_id", "distributor_id", "subject"),
    )
    subject: Mapped[str]
    subject_id: Mapped[int]
    subject_version: Mapped[int]
    policy_id: Mapped[int] = mapped_column(ForeignKey("approval_policy.id"))
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    amount: Mapped[Decimal]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    title: Mapped[str] = mapped_column(default="")  # number or name of what is decided, as it was then
    rule: Mapped[int] = mapped_column(default=0)
    step: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="open")
    level: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    escalation_hours: Mapped[int] = mapped_column(default=24)  # where a step does not say its own
    escalate_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    due_at: Mapped[datetime]

    @property
    def whose(self) -> Whose:
        return Whose(self.distributor_id, rep_named(self.reasons))


class ApprovalCandidate(Base):
    """A person who may take a turn once `level` is reached; never the applicant of the request.

    A turn is one yes that the request needs: the rows of one `place`, which agree in all but person and level.
    Those of a step are made when the step begins; places count over all steps.
    """

    __tablename__ = "approval_candidate"
    __table_args__ = (
        UniqueConstraint("request_id", "place", "person_id"),
        CheckConstraint("state IN ('open', 'approved', 'skipped', 'ended')", name="state"),
        Index("ix_approval_candidate_person_id", "person_id", "request_id"),
    )
    request_id: Mapped[int] = mapped_column(ForeignKey("approval_request.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    level: Mapped[int]
    place: Mapped[int] = mapped_column(default=1)
    step: Mapped[int] = mapped_column(default=1)
    approvers: Mapped[list[str]] = mapped_column(JSON, default=list)  # as the policy names them
    state: Mapped[str] = mapped_column(default="open")  # of the turn
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # who gave the yes
    taken_at_level: Mapped[int | None]  # how far up the request had come by then
    added_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id")
    )  # who wanted one more to be asked


class ApprovalDecision(Base):
    """Append-only: who decided what, and why; for whom, when a substitute did."""

    __tablename__ = "approval_decision"
    __table_args__ = (Index("ix_approval_decision_request_id", "request_id"),)
    request_id: Mapped[int] = mapped_column(ForeignKey("approval_request.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[str]  # approve, reject, return, add
    comment: Mapped[str]
    origin: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
