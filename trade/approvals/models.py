from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class ApprovalPolicy(Base):
    """Who decides about a subject, as data; its steps say in which order who is asked."""

    __tablename__ = "approval_policy"
    __table_args__ = (UniqueConstraint("subject", "version"),)
    subject: Mapped[str]  # order
    version: Mapped[int]
    published_at: Mapped[datetime | None]


class ApprovalStep(Base):
    """Whom a policy asks at a level: rep, rep_manager, role:administrator."""

    __tablename__ = "approval_step"
    __table_args__ = (
        UniqueConstraint("policy_id", "level", "rule"),
        CheckConstraint("level > 0", name="level"),
    )
    policy_id: Mapped[int] = mapped_column(ForeignKey("approval_policy.id"))
    level: Mapped[int]
    rule: Mapped[str]


class ApprovalRequest(Base):
    """Something that needs a yes. `level` is how far up the approvers it has been shown; escalation raises it."""

    __tablename__ = "approval_request"
    __table_args__ = (
        UniqueConstraint("subject", "subject_id", "subject_version"),
        CheckConstraint(
            "state IN ('open', 'approved', 'rejected', 'returned', 'expired', 'withdrawn')", name="state"
        ),
        Index("ix_approval_request_state", "state", "due_at"),
    )
    subject: Mapped[str]
    subject_id: Mapped[int]
    subject_version: Mapped[int]
    policy_id: Mapped[int] = mapped_column(ForeignKey("approval_policy.id"))
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    amount: Mapped[Decimal]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(default="open")
    level: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    escalate_at: Mapped[datetime | None]
    due_at: Mapped[datetime]


class ApprovalCandidate(Base):
    """A person whom the policy names for a request, never its applicant; may decide once `level` is reached."""

    __tablename__ = "approval_candidate"
    __table_args__ = (
        UniqueConstraint("request_id", "person_id"),
        Index("ix_approval_candidate_person_id", "person_id", "request_id"),
    )
    request_id: Mapped[int] = mapped_column(ForeignKey("approval_request.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    level: Mapped[int]


class ApprovalDecision(Base):
    """Append-only: who decided what, and why."""

    __tablename__ = "approval_decision"
    __table_args__ = (Index("ix_approval_decision_request_id", "request_id"),)
    request_id: Mapped[int] = mapped_column(ForeignKey("approval_request.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[str]
    comment: Mapped[str]
    origin: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
