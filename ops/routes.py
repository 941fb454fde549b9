"""What can be opened, and by whom."""

import json
import re
from collections.abc import Mapping

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from ops import schema
from trade.db import read
from trade.people.models import Face, Role, RolePermission
from web.access import PUBLIC, SIGNED_IN

Row = dict[str, object]
ID = re.compile(r"<id:(\w+)_id>")


def listed(session: Session) -> list[Row]:
    """Every route with its methods, the nouns of its ids, its permission, and the roles that hold it today."""
    holders = _holders(session)
    rows = [_row(rule, holders) for rule in current_app.url_map.iter_rules()]
    return sorted(rows, key=lambda row: (row["route"], row["methods"]))


def _row(rule: Rule, holders: Mapping[tuple[str, str], list[str]]) -> Row:
    permission = getattr(current_app.view_functions[rule.endpoint], "permission", None)
    face = rule.endpoint.partition(".")[0]
    return {
        "route": rule.rule,
        "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
        "object": "/".join(ID.findall(rule.rule)) or None,
        "permission": permission,
        "roles": [permission] if permission in {PUBLIC, SIGNED_IN} else holders.get((face, permission), []),
    }


def _holders(session: Session) -> dict[tuple[str, str], list[str]]:
    """Codes of roles by face and permission: whatever a role may, it stays on its side of the counter."""
    found: dict[tuple[str, str], list[str]] = {}
    wanted = select(Role.face, RolePermission.permission, Role.code).join(
        RolePermission, RolePermission.role_id == Role.id
    )
    for face, permission, code in session.execute(wanted.where(~Role.is_archived).order_by(Role.id)):
        found.setdefault((Face(face).value, permission), []).append(code)
    return found


@click.command("routes")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_appcontext
def routes(as_json: bool) -> None:
    """List every address with the permission that it needs and the roles that hold it."""
    schema.stand_ready()
    with read() as session:
        rows = listed(session)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        methods, roles = ",".join(row["methods"]), ", ".join(row["roles"])  # type: ignore[arg-type]
        click.echo(f"{methods:<5} {row['route']:<65} {row['permission']:<20} {roles}")


COMMANDS = [routes]
