"""Policies of approval as one text of rules and steps, turns of a request, substitutes while somebody is away."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# what the roles that came with the program may do from now on
GRANTS = {"sales_manager": ("approval.manage",), "administrator": ("approval.manage",)}
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# what a request is called in lists: the number of what is decided
TITLES = {
    "order": "SELECT number FROM sales_order o WHERE o.id = subject_id",
    "amendment": "SELECT o.number FROM order_amendment a JOIN sales_order o ON o.id = a.order_id WHERE a.id = subject_id",
    "return": "SELECT number FROM return_request r WHERE r.id = subject_id",
}


def upgrade() -> None:
    _policies()
    with op.batch_alter_table("approval_request") as batch:
        batch.add_column(sa.Column("title", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("rule", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("step", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("escalation_hours", sa.Integer(), nullable=False, server_default="24"))
        batch.add_column(sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
    for subject, title in TITLES.items():
        named = f"UPDATE approval_request SET title = COALESCE(({title}), '') WHERE subject = '{subject}'"
        op.execute(sa.text(named))
    _turns()
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        sa.text(
            f"ALTER TABLE approval_decision ADD COLUMN for_person_id {kind}"
            " CONSTRAINT fk_approval_decision_for_person_id REFERENCES person (id)"
        )
    )
    op.create_table(
        "absence",
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("substitute_id", KEY, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by_id", KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("until > from_day", name=op.f("ck_absence_period")),
        sa.CheckConstraint("substitute_id <> person_id", name=op.f("ck_absence_other")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_absence_set_by_id")),
        sa.ForeignKeyConstraint(["substitute_id"], ["person.id"], name=op.f("fk_absence_substitute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_person_id", "absence", ["person_id", "until"], unique=False)
    op.create_index("ix_absence_substitute_id", "absence", ["substitute_id", "until"], unique=False)

    _grant()


def downgrade() -> None:
    _revoke()
    op.drop_index("ix_absence_substitute_id", table_name="absence")
    op.drop_index("ix_absence_person_id", table_name="absence")
    op.drop_table("absence")
    op.execute(sa.text("DELETE FROM approval_candidate WHERE place > 1"))
    with op.batch_alter_table("approval_candidate") as batch:
        batch.drop_constraint("uq_approval_candidate_request_id_place_person_id", type_="unique")
        batch.create_unique_constraint(
            "uq_approval_candidate_request_id_person_id", ["request_id", "person_id"]
        )
        batch.drop_constraint(op.f("ck_approval_candidate_state"), type_="check")
        for name in ("taken_by_id", "added_by_id"):
            batch.drop_constraint(f"fk_approval_candidate_{name}", type_="foreignkey")
        for name in ("added_by_id", "taken_at_level", "taken_by_id", "state", "approvers", "step", "place"):
            batch.drop_column(name)
    op.drop_column("approval_decision", "for_person_id")
    with op.batch_alter_table("approval_request") as batch:
        for name in ("remind_at", "escalation_hours", "step", "rule", "title"):
            batch.drop_column(name)
    _policies_back()


def _policies() -> None:
    """What stood in rows of steps becomes one step: the first is asked, the others come in one by one."""
    with op.batch_alter_table("approval_policy") as batch:
        batch.add_column(sa.Column("content", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("turn", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("note", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("created_by_id", KEY, nullable=True))
        batch.add_column(sa.Column("published_by_id", KEY, nullable=True))
        batch.add_column(
            sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default="2026-01-01")
        )
        for name in ("created_by_id", "published_by_id"):
            batch.create_foreign_key(f"fk_approval_policy_{name}", "person", [name], ["id"])
    connection = op.get_bind()
    policy, step = _tables("approval_policy", "approval_step")
    rows = connection.execute(sa.select(step.c.policy_id, step.c.level, step.c.rule).order_by(step.c.level))
    levels: dict[int, dict[int, list[str]]] = {}
    for policy_id, level, rule in rows:
        levels.setdefault(policy_id, {}).setdefault(level, []).append(rule)
    for (policy_id,) in connection.execute(sa.select(policy.c.id)).all():
        first, *later = list(levels.get(policy_id, {1: ["role:administrator"]}).values())
        asked = {
            "mode": "any",
            "approvers": first,
            "then": [rule for each in later for rule in each],
            "escalate_hours": None,
            "remind_hours": None,
        }
        content = {"skips_repeats": True, "rules": [{"when": {}, "steps": [asked]}]}
        connection.execute(policy.update().where(policy.c.id == policy_id).values(content=content))
    op.execute(sa.text("UPDATE approval_policy SET created_at = published_at WHERE published_at IS NOT NULL"))
    op.create_index(
        "uq_approval_policy_draft",
        "approval_policy",
        ["subject"],
        unique=True,
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.drop_table("approval_step")


def _policies_back() -> None:
    op.create_table(
        "approval_step",
        sa.Column("policy_id", KEY, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("level > 0", name=op.f("ck_approval_step_level")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["approval_policy.id"], name=op.f("fk_approval_step_policy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_step")),
        sa.UniqueConstraint("policy_id", "level", "rule", name=op.f("uq_approval_step_policy_id_level_rule")),
    )
    connection = op.get_bind()
    policy, step = _tables("approval_policy", "approval_step")
    for policy_id, content in connection.execute(sa.select(policy.c.id, policy.c.content)).all():
        asked = (json.loads(content) if isinstance(content, str) else content)["rules"][-1]["steps"][0]
        chain = [*((1, each) for each in asked["approvers"]), *enumerate(asked["then"], start=2)]
        rows = [{"policy_id": policy_id, "level": level, "rule": rule} for level, rule in chain]
        connection.execute(step.insert(), rows)
    op.drop_index("uq_approval_policy_draft", table_name="approval_policy")
    with op.batch_alter_table("approval_policy") as batch:
        for name in ("created_by_id", "published_by_id"):
            batch.drop_constraint(f"fk_approval_policy_{name}", type_="foreignkey")
        for name in ("created_at", "published_by_id", "created_by_id", "note", "turn", "content"):
            batch.drop_column(name)


def _turns() -> None:
    """Each request that there is has asked for one yes; whoever may take it says how it stands."""
    with op.batch_alter_table("approval_candidate") as batch:
        batch.add_column(sa.Column("place", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("step", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("approvers", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("state", sa.String(), nullable=False, server_default="open"))
        batch.add_column(sa.Column("taken_by_id", KEY, nullable=True))
        batch.add_column(sa.Column("taken_at_level", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("added_by_id", KEY, nullable=True))
        for name in ("taken_by_id", "added_by_id"):
            batch.create_foreign_key(f"fk_approval_candidate_{name}", "person", [name], ["id"])
        batch.create_check_constraint(
            op.f("ck_approval_candidate_state"), "state IN ('open', 'approved', 'skipped', 'ended')"
        )
        batch.drop_constraint("uq_approval_candidate_request_id_person_id", type_="unique")
        batch.create_unique_constraint(
            "uq_approval_candidate_request_id_place_person_id", ["request_id", "place", "person_id"]
        )
    op.execute(
        sa.text(
            """
            UPDATE approval_candidate SET
                state = (SELECT CASE r.state WHEN 'open' THEN 'open' WHEN 'approved' THEN 'approved' ELSE 'ended' END
                    FROM approval_request r WHERE r.id = approval_candidate.request_id),
                taken_by_id = (SELECT MAX(d.person_id) FROM approval_decision d
                    WHERE d.request_id = approval_candidate.request_id AND d.decision = 'approve'),
                taken_at_level = (SELECT CASE r.state WHEN 'open' THEN NULL ELSE r.level END
                    FROM approval_request r WHERE r.id = approval_candidate.request_id)
            """
        )
    )


def _tables(*names: str) -> list[sa.Table]:
    connection = op.get_bind()
    return [sa.Table(name, sa.MetaData(), autoload_with=connection) for name in names]


def _grant() -> None:
    """Give the roles that are there already what a new installation gives them; what was taken away stays away."""
    connection = op.get_bind()
    role, right = (
        sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("role", "role_permission")
    )
    for role_id, code in connection.execute(sa.select(role.c.id, role.c.code)).all():
        rows = [{"role_id": role_id, "permission": name} for name in GRANTS.get(code, ())]
        if rows:
            connection.execute(right.insert(), rows)


def _revoke() -> None:
    connection = op.get_bind()
    right = sa.Table("role_permission", sa.MetaData(), autoload_with=connection)
    names = {name for each in GRANTS.values() for name in each}
    connection.execute(right.delete().where(right.c.permission.in_(names)))
