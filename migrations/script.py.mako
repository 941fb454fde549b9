"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}

# The revision before, if this one only adds what older programs need not know: they then go on during an upgrade of
# several hosts (docs/scale-out.md). None: every program before this one refuses to start on these tables.
compatible_with = None

# Expand, fill, contract: a column goes only after a release that no longer reads it.
# Test it with rows, up and down, on both databases (tests/house/test_migrations.py).


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
