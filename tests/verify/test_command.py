"""`tongqu verify` as the operator types it."""

import re
from decimal import Decimal

from click.testing import Result
from sqlalchemy import create_engine

from ops import schema
from ops.verify import verify_command
from tests.verify.planted import CREDIT, plant
from trade.verify.everything import INVARIANTS
from wsgi import create_app


def verify(url: str, *arguments: str) -> Result:
    app = create_app(url, "a-secret-for-tests-0123456789-abcdefgh")
    return app.test_cli_runner().invoke(verify_command, arguments)


def test_a_sound_world_ends_with_zero_and_a_line_for_each(database_url: str) -> None:
    result = verify(database_url)
    assert result.exit_code == 0, result.output
    for each in INVARIANTS:
        assert f"{each.name} " in result.output
    assert "no breach" in result.output
    assert (
        "imported history, not checked by the document invariants: 1 sales_order, 1 shipment" in result.output
    )


def test_a_breach_ends_with_one_and_is_named(database_url: str) -> None:
    plant(database_url, CREDIT[0])
    result = verify(database_url)
    assert result.exit_code == 1
    told = re.search(
        r"BREACH credit\.used: credit_account 1: found (-?[0-9.]+), expected (-?[0-9.]+)", result.output
    )
    assert told and Decimal(told[1]) == Decimal(told[2]) + 1, result.output


def test_one_alone_is_checked(database_url: str) -> None:
    plant(database_url, CREDIT[0])
    assert verify(database_url, "--only", "stock.on_hand").exit_code == 0
    assert verify(database_url, "--only", "credit.used").exit_code == 1
    assert verify(database_url, "--only", "weather").exit_code == 2
    assert verify(database_url, "--list").output.count("\n") == len(INVARIANTS)


def test_tables_of_another_time_are_refused(database_url: str) -> None:
    engine = create_engine(database_url)
    schema.downgrade(engine, "0001")
    engine.dispose()
    result = verify(database_url)
    assert result.exit_code == schema.WRONG_TABLES and "0001" in result.output
