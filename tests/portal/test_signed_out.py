"""What a form says that was sent too late: signed out, overtaken by somebody, or not a file at all."""

import re
from collections.abc import Iterator

import pytest

from tests.portal.test_cart import fill, form_of
from tests.portal.visitor import HTMX, Visitor, ids, lines, open_portal
from tests.world import PASSWORD

COUNT = "处要改"


@pytest.fixture
def buyer(database_url: str) -> Iterator[Visitor]:
    yield Visitor(open_portal(database_url), "buyer")


@pytest.mark.parametrize("partial", [True, False])
def test_a_deed_after_signing_out_in_another_tab_asks_to_sign_in_and_leads_back(buyer, partial):
    old, sku_id = buyer.csrf(), ids().skus["CP0515"]
    buyer.post("/sign-out")
    headers = {"Referer": "http://localhost/portal/catalog?q=CP05"} | (HTMX if partial else {})
    data = {"csrf_token": old, "quantity": "3", "place": "list"}
    answer = buyer.client.post(f"/portal/catalog/{sku_id}/quantity", data=data, headers=headers)
    assert answer.status_code == 401 and lines() == []
    text = buyer.get(answer.headers["HX-Redirect"]).text if partial else answer.text
    assert "已退出登录" in text and "放得太久" not in text
    found = re.search('name="next" value="([^"]*)"', text)
    assert found and found[1] == "/portal/catalog?q=CP05"
    buyer.token = ""
    answer = buyer.post("/sign-in", name="buyer", password=PASSWORD, next=found[1])
    assert answer.status_code == 303 and answer.location == found[1]


def test_an_old_form_of_somebody_signed_in_is_only_too_old(buyer):
    answer = buyer.client.post("/portal/cart/clearance", data={"csrf_token": "x", "version": "1"})
    assert answer.status_code == 400 and "放得太久" in answer.text


def test_a_refusal_of_the_whole_counts_no_fields(buyer):
    form = form_of(fill(buyer, CP0515=1))
    fill(buyer, CP0515=2)
    answer = buyer.post("/portal/cart/submission", **form)
    assert answer.status_code == 422 and COUNT not in answer.text and 'role="alert"' in answer.text
    form = form_of(fill(buyer, CP0515=2), wanted_date="tomorrow")
    assert f"1 {COUNT}" in buyer.post("/portal/cart/submission", **form).text


def test_no_file_and_no_more_attempts_count_no_fields(buyer):
    form = form_of(fill(buyer, CP0515=1))
    place = buyer.post("/portal/cart/submission", **form).location
    answer = buyer.post(f"{place}/attachments")
    assert answer.status_code == 422 and COUNT not in answer.text and "请先选一个文件" in answer.text
    stranger = buyer.app.test_client()
    token = re.search('name="csrf-token" content="([^"]*)"', stranger.get("/sign-in").text)
    assert token
    for _attempt in range(30):
        data = {"csrf_token": token[1], "name": "rep", "password": "not this one"}
        answer = stranger.post("/sign-in", data=data)
        if answer.status_code == 429:
            break
    assert answer.status_code == 429 and COUNT not in answer.text
