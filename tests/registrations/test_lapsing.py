"""By when something has to be done about a customer: the list, the filter and the clock say one day."""

from dataclasses import replace
from datetime import date, timedelta

import time_machine

from tests.registrations.reports import Reports, row
from tests.registrations.rolling import follow, roll, shanghai
from trade import db
from trade.flows.release_registration import Release, release_registration
from trade.registrations import queries
from trade.registrations.queries import ListFilter
from trade.windows import Page, Window

START = date(2026, 3, 2)
SOONEST = Window("lapse", size=2)


def test_what_lapses_first_stands_first_and_the_clock_keeps_its_day(reports: Reports) -> None:
    def listed(window: Window = SOONEST, *, near: bool = False) -> Page[queries.Row]:
        with db.read() as session:
            return queries.listing(session, reports["owner"], ListFilter(is_near=near), window)

    def ids(page: Page[queries.Row]) -> list[int]:
        return [each.registration.id for each in page.rows]

    with time_machine.travel(shanghai("2026-03-02", "09:00"), tick=False) as moment:
        names = (
            "厦门榕江食品有限公司",
            "福州梅花山茶叶有限公司",
            "泉州大丰收粮油有限公司",
            "龙岩竹海餐饮有限公司",
        )
        followed, quiet, *gone = (reports.report(name=name).registration_id for name in names)
        for each in gone:
            db.run(release_registration, reports["owner"], Release(each, row(each).version))
        moment.move_to(shanghai("2026-03-22", "09:00"))
        follow(reports, followed, date(2026, 3, 22))
        moment.move_to(shanghai("2026-03-31", "23:30"))
        assert ids(listed(near=True)) == []
        moment.move_to(shanghai("2026-04-01", "00:30"))  # the 30th day, on which the warning comes
        assert ids(listed(near=True)) == [quiet]
        first = listed()
        assert [each.follow_by for each in first.rows] == [
            START + timedelta(days=44),
            date(2026, 3, 22) + timedelta(days=44),
        ]
        second = listed(replace(SOONEST, after=first.after))
        assert (ids(first), ids(second)) == ([quiet, followed], gone[::-1])
        assert ids(listed(replace(SOONEST, before=second.before))) == [quiet, followed]
        alone = Window("-lapse", size=3)
        assert ids(listed(alone)) == [followed, quiet, gone[1]]
        assert roll() == ["warn"]
        moment.move_to(shanghai("2026-04-15", "23:30"))  # its last day
        assert roll() == [] and row(quiet).state == "live"
        moment.move_to(shanghai("2026-04-16", "00:30"))
        assert roll() == ["lapse"] and row(quiet).kept_until is None
        for day in ("2026-04-20", "2026-05-10", "2026-05-30"):
            moment.move_to(shanghai(day, "09:00"))
            follow(reports, followed, date.fromisoformat(day))
        assert [(each.registration.id, each.follow_by) for each in listed(near=True).rows] == [
            (followed, None)
        ], "its protection ends first, on 05-31"
