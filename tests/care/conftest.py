"""Pages of orders that are looked after, over one SQLite application; the flows on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from tests.admin.site import Site
from tests.flows.cast import Cast
from tests.reused import application, connected
from tests.verify.after import verified
from trade import db
from trade.amendments.models import Amendment
from trade.orders.models import OrderRemark

__all__ = ["verified"]


@pytest.fixture
def cast(database_url: str) -> Iterator[Cast]:
    connected(database_url)
    yield Cast()


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    return Site(application(sqlite_url))


def amendments() -> list[Amendment]:
    with db.read() as session:
        return list(session.scalars(select(Amendment).order_by(Amendment.id)))


def remarks() -> list[OrderRemark]:
    with db.read() as session:
        return list(session.scalars(select(OrderRemark).order_by(OrderRemark.id)))


def change(site: Site, order_id: int, **quantities: int) -> dict[str, Any]:
    """What the form of a change sends."""
    wanted = {f"q-{site.world.skus[code]}": str(quantity) for code, quantity in quantities.items()}
    return {"version": str(site.order(order_id).version), "reason": "客户改单", **wanted}
