"""The searches find what is lost and what is half when a promise is broken on purpose."""

import time

import pytest

from tests.crashes.faulty import BETWEEN_SECONDS, FAULT
from tests.crashes.site import Crew, wait_until

PLANTED = {
    "early": "an acknowledgement before the commit",
    "half": "a payment whose credit is written in a second transaction",
}


@pytest.mark.proof
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("fault", PLANTED)
def test_a_broken_promise_is_found(open_site, tally, fault):
    planted = {FAULT: fault, "TONGQU_WSGI": "tests.crashes.faulty:create_app()"}
    with open_site(Crew(("pay",), 0.1, planted, has_worker=False)) as site:
        site.wait_for_more(1)
        if fault == "half":
            wait_until(lambda: site.people[0].is_busy)
            time.sleep(BETWEEN_SECONDS / 2)
        site.server.kill()
        site.send_home()
        found = site.look()
    if fault == "early":
        assert any(each.startswith("pay BANK-") and each.endswith(": 0 times") for each in found.lost), found
        assert not found.half and not found.breaches, found
        told = f"lost: {', '.join(found.lost)}"
    else:
        assert any(each.startswith("payment without an entry of credit") for each in found.half), found
        assert found.breaches, found
        told = f"half: {', '.join(found.half)}; verify: {len(found.breaches)} breaches"
    tally.twins[PLANTED[fault]] = told
