"""Names that a reviewer should compare: a branch beside its company, what sounds alike, another who applies as well."""

import pytest

from tests.flows.cast import Cast
from tests.onboarding import applicants
from tests.onboarding.applicants import sent
from tests.world import OPERATOR
from trade import db
from trade.applications import findings
from trade.applications.models import Application
from trade.distributors.models import Distributor
from trade.text import search_text


@pytest.fixture(autouse=True)
def ground(cast: Cast) -> int:
    return applicants.know_regions()


def told(cast: Cast, found: Application) -> list[tuple[str, int | None]]:
    with db.read() as session:
        return [
            (each.code, each.application_id)
            for each in findings.of(session, cast["administrator"], found, [])
        ]


def called(cast: Cast, name: str) -> None:
    def rename(session, _actor, _given) -> None:
        home = session.get_one(Distributor, cast.world.distributors["D1"])
        home.name, home.search_text = name, search_text(name)

    db.run(rename, OPERATOR, None)


def test_near_names_among_distributors_are_pointed_out(cast: Cast):
    _key, branch = sent(company="漳州鑫禾源食品商贸有限公司分公司")
    for name, code in {"漳州鑫禾源食品商贸有限公司": "similar", branch.company: "name"}.items():
        called(cast, name)
        assert told(cast, branch) == [(code, None)], name
    called(cast, "漳州鑫永昌贸易有限公司")
    assert told(cast, branch) == []
    _key, other = sent(
        "13800002222", "blue", company="漳州亨通商贸有限公司", credit_code=applicants.OTHER_CODE
    )
    called(cast, "漳州恒通商贸有限公司")
    assert told(cast, other) == [("similar", None)], "another character, the same sound"


def test_near_names_among_open_applications_are_pointed_out_and_no_code_is_no_same_code(cast: Cast):
    alone = {"credit_code": None, "kind": "individual"}
    _key, first = sent(company="漳州恒通商贸行", **alone)
    _key, second = sent("13800002222", "blue", company="漳州亨通商贸行", **alone)
    _key, third = sent("13800003333", "green", company="泉州永昌酒行", **alone)
    assert told(cast, first) == [("similar", second.id)]
    assert told(cast, second) == [("similar", first.id)]
    assert told(cast, third) == []
