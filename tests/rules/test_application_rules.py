"""What an application must hold: credit codes that are none, who may come without one, names that mean one company."""

import pytest

from tests.onboarding import applicants
from trade.applications import rules

BAD_CODES = [
    "91350100M000100Y4Z",
    "9135010OM000100Y43",
    "91350100M000100Y4",
    "1",
    "９１３５０１００Ｍ０００１００Ｙ４４",
]


@pytest.mark.parametrize("code", BAD_CODES)
def test_a_credit_code_that_is_none_is_told_at_its_field(code):
    facts = {**applicants.TYPED, "credit_code": code}
    assert rules.lacking(facts, has_file=True) == {"credit_code": "distributor.credit_code_odd"}


def test_only_individuals_and_hong_kong_companies_come_without_a_code():
    empty = {**applicants.TYPED, "credit_code": None}
    assert rules.lacking(empty, has_file=True) == {"credit_code": "applicant.credit_code_needed"}
    for kind in rules.WITHOUT_CODE:
        facts = {**empty, "kind": kind}
        assert rules.lacking(facts, has_file=True) == {}
        assert rules.lacking(facts, has_file=False) == {"files": "applicant.proof_needed"}
    wide = {**applicants.TYPED, "credit_code": "９１３５０１００Ｍ０００１００Ｙ４３"}
    assert rules.lacking(wide, has_file=False) == {"files": "applicant.licence_needed"}
