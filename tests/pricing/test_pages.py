"""The pages of price lists over HTTP."""

from collections.abc import Iterator

import pytest

from tests.admin.site import Site, open_site


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    yield from open_site(sqlite_url)


def test_every_page_opens(site: Site):
    browser = site.browser("administrator")
    for path in (
        "/admin/prices",
        "/admin/prices/new",
        "/admin/prices/2",
        "/admin/prices/2?only=without",
        "/admin/prices/2?only=faults",
        "/admin/prices/2?only=changed&q=a&category=1",
        "/admin/prices/2?day=2025-01-01",
        "/admin/prices/2/check",
        "/admin/prices/2/publications",
        "/admin/prices/2/history?row=sku-1",
        "/admin/prices/lookup?distributor=D1&sku=CP0515&quantity=47",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.text[:2000])
