"""What `tongqu routes --json` says is what the list says that people may open."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from ops.routes import routes
from tests.house.access_walk import rows
from tests.world import OPERATOR
from trade import db
from trade.people.models import Role, RolePermission
from trade.people.roles import SHIPPED
from web.store import store
from wsgi import create_app

SECRET = "for tests only, and long enough"


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Any]:
    app = create_app(sqlite_url, SECRET)
    yield app
    with app.app_context():
        store.engine.dispose()


def told(app: Any) -> dict[str, dict[str, Any]]:

    answer = app.test_cli_runner().invoke(routes, ["--json"])
    assert answer.exit_code == 0, answer.output
    return {f"{method} {row['route']}": row for row in json.loads(answer.output) for method in row["methods"]}


def test_it_names_every_route_with_its_permission_and_object(app):
    listed = {key: row["permission"] for key, row in rows().items() if " # " not in key}
    found = told(app)
    assert {key: row["permission"] for key, row in found.items()} == listed
    assert {*next(iter(found.values()))} == {"route", "methods", "object", "permission", "roles"}
    objects = {key: row["object"] for key, row in found.items()}
    assert objects["GET /portal/orders"] is None and objects["GET /admin/orders/<id:order_id>"] == "order"
    assert objects["GET /admin/orders/<id:order_id>/attachments/<id:attachment_id>"] == "order/attachment"


def test_it_names_the_roles_that_hold_the_permission_now(app):
    found = told(app)
    assert found["GET /sign-in"]["roles"] == ["public"] and found["GET /password"]["roles"] == ["signed-in"]
    for key, row in found.items():
        face, permission = key.split("/")[1].split(" ")[0], row["permission"]
        if "." in permission:
            held = [role.code for role in SHIPPED if role.face == face and permission in role.permissions]
            assert row["roles"] == held and held, key
    shipping = "POST /admin/orders/<id:order_id>/shipments"
    assert found[shipping]["roles"] == ["warehouse", "administrator"]
    db.run(_change_roles, OPERATOR, None)
    assert told(app)[shipping]["roles"] == ["finance", "administrator"]


def _change_roles(session, actor, given) -> None:
    """Finance ships from now on, and nobody is warehouse any more."""
    finance = session.scalars(select(Role.id).where(Role.code == "finance")).one()
    session.add(RolePermission(role_id=finance, permission="order.ship"))
    session.execute(update(Role).where(Role.code == "warehouse").values(is_archived=True))
