"""Who keeps the brand's books while everything dies: bank files become payments, shipments become invoices."""

import itertools
import re
from pathlib import Path

from tests.crashes.people import BROKEN, Browser, Later, Person
from trade import clock

FILE_LINES, LARGE_FILE = 3, 22  # a large one is the worker's
LINE = re.compile(r'href="/admin/bank/lines/(\d+)')
WAITS = re.compile(r'name="pick" value="(\d+)"')
HEADINGS = "交易日期,贷方发生额,对方户名,对方账号,摘要,交易流水号"


class Teller(Person):
    """Takes a bank's files in and books their lines, one by one or all that are certain."""

    deed = "match"
    slow = 2.0

    def __init__(self, browser: Browser, journal: Path, breath: float, payer: str):
        super().__init__(browser, journal, breath)
        self.payer = payer
        self.numbers = itertools.count(1)

    def turn(self) -> None:
        """One file from the upload to the last payment."""
        number = next(self.numbers)
        is_large = number % 4 == 0
        serials = [f"MATCH-{number}-{at}" for at in range(LARGE_FILE if is_large else FILE_LINES)]
        day = clock.today().isoformat()
        rows = [f"{day},1.00,{self.payer},6222020001,货款 {each},{each}" for each in serials]
        here = self._upload(f"bank-{number}.csv", "\n".join([HEADINGS, *rows]).encode())
        self.settle(here, "/lines", {})
        mine = f"/admin/bank?state=open&file={here.rpartition('/')[2]}"
        while found := LINE.findall(self.open(mine).body):
            if is_large:
                self.settle("/admin/bank", "/bank/certain", {})
                self.pause()
                continue
            for line in dict.fromkeys(found):
                self.settle(f"/admin/bank/lines/{line}", "/confirmation", {"way": "oldest"})
        for each in serials:
            self.journal.note(each)

    def _upload(self, name: str, content: bytes) -> str:
        """Send the file; one that came twice after a break is taken in once, the other lies there."""
        while True:
            try:
                self.look(self.visitor.get("/admin/bank/files"))
                answer = self.send(
                    "/admin/bank/files", {"bank": "招商银行", "account_no": "7559"}, name, content
                )
                assert answer.status == 303, f"{name}: {answer.status} {answer.body[-3000:]}"
                return answer.location
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.pause()


class Biller(Person):
    """Invoices what was shipped: a ticked shipment at once, or all of them by the worker, turn by turn."""

    deed = "invoice"
    slow = 4.0

    def __init__(self, browser: Browser, journal: Path, breath: float):
        super().__init__(browser, journal, breath)
        self.turns = itertools.count(1)

    def turn(self) -> None:
        """Issue until what waited at the beginning waits no more."""
        here = "/admin/invoices/waiting?kind=shipment"
        waiting = list(dict.fromkeys(WAITS.findall(self.open(here).body)))
        if not waiting:
            return
        asks_worker = next(self.turns) % 2 == 0
        wanted = set(waiting if asks_worker else waiting[:1])
        while wanted & set(WAITS.findall(self.open(here).body)):
            try:
                if asks_worker:
                    self.settle("/admin/invoices/waiting", "/invoices/due", {})
                else:
                    self.tap("/admin/invoices", {"pick": waiting[0]})
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.pause()
        for each in sorted(wanted):
            self.journal.note(each)
