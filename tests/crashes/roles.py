"""Who works at the brand under test: each deed writes several rows that must stand together or not at all."""

import io
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from tests.crashes.people import BROKEN, Belt, Browser, Later, Person

SMALL, LARGE = "3", "30"  # cases; a large order waits for somebody's yes
CHANGED = "4"
ROWS = 40  # of one import


class AtBelt(Person):
    """Somebody whose orders come from another's desk, or go to one."""

    def __init__(self, browser: Browser, journal: Path, breath: float, belt: Belt):
        super().__init__(browser, journal, breath)
        self.belt = belt


class Buyer(AtBelt):
    """Orders one SKU after the other; one order in three is so large that somebody must agree."""

    deed = "submit"

    def __init__(
        self,
        browser: Browser,
        journal: Path,
        breath: float,
        sku_ids: Sequence[int],
        belt: Belt,
        *,
        is_simple: bool,
    ):
        super().__init__(browser, journal, breath, belt)
        self.skus = itertools.cycle(sku_ids)
        self.kinds = itertools.cycle(["plain"] if is_simple else ["plain", "large", "changed"])
        self.sku_id, self.kind = next(self.skus), next(self.kinds)

    def turn(self) -> None:
        """Fill the cart and submit it; what was begun before a break is gone on with."""
        self.look(self.visitor.get("/portal/cart"))
        wish = {"quantity": LARGE if self.kind == "large" else SMALL}
        self.look(self.visitor.post(f"/portal/cart/lines/{self.sku_id}", wish))
        form = self.form("/portal/cart", "/portal/cart/submission")
        if form is None:
            return
        answer = self.insist(form.action, form.fields)
        found = re.fullmatch(r"/portal/orders/(\d+)", answer.location)
        if found:
            self.journal.note(found[1])
            desk = {"large": self.belt.to_approve, "changed": self.belt.to_change}
            desk.get(self.kind, self.belt.to_ship).put(found[1])
            self.sku_id, self.kind = next(self.skus), next(self.kinds)


class Approver(AtBelt):
    """Says yes to every large order."""

    deed = "approve"

    def turn(self) -> None:
        """Approve the next one; an order that no longer asks was approved before the break."""
        order = self.next_of(self.belt.to_approve)
        self.settle(f"/admin/orders/{order}", "/decision", {"decision": "approve", "place": "document"})
        self.journal.note(order)
        self.belt.to_file.put(order)


class Changer(AtBelt):
    """Changes orders that customers called about."""

    deed = "change"

    def turn(self) -> None:
        """Make it one more; told after a break that nothing would change, it was changed before."""
        order = self.next_of(self.belt.to_change)
        page, before = f"/admin/orders/{order}/amendment", self.breaks()
        while True:
            try:
                form = self.form(page, "/amendment/preview")
                assert form is not None, f"order {order} cannot be changed: {page}"
                wish = {name: CHANGED for name in form.fields if name.startswith("q-")}
                typed = form.fields | wish | {"reason": "客户来电改单"}
                answer = self.tap(form.action.removesuffix("/preview"), typed)
                assert answer.status == 303 or self.breaks() > before, f"change of {order}: {answer.body}"
                break
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.pause()
        self.journal.note(order)
        self.belt.to_ship.put(order)


class Packer(AtBelt):
    """Ships what was ordered, each order as one parcel with a tracking number of its own."""

    deed = "ship"

    def turn(self) -> None:
        """Ship the next order; one that offers nothing to ship was shipped before the break."""
        order = self.next_of(self.belt.to_ship)
        parcel = f"SF-{order}-1"
        typed = {"carrier": "顺丰", "tracking_number": parcel}
        self.settle(f"/admin/orders/{order}", "/shipments", typed)
        self.journal.note(parcel)
        self.belt.to_return.put(order)


class Cashier(Person):
    """Records payments of one yuan, each under a bank reference of its own; what is refused was not recorded."""

    deed = "pay"

    def __init__(self, browser: Browser, journal: Path, breath: float, distributor_id: int):
        super().__init__(browser, journal, breath)
        self.page = f"/admin/distributors/{distributor_id}"
        self.numbers = itertools.count(1)

    def turn(self) -> None:
        """Record the next one; told that the reference is used, it was recorded before the break."""
        form = self.form(self.page, "/payments")
        if form is None:
            return
        reference, before = f"BANK-{next(self.numbers)}", self.breaks()
        answer = self.insist(form.action, form.fields | {"amount": "1.00", "reference": reference})
        if answer.status == 303 or (answer.status == 422 and self.breaks() > before):
            self.journal.note(reference)


class Returner(AtBelt):
    """Signs for a parcel and gives one piece back; the rep agrees, the warehouse takes it in and credits it."""

    deed = "return"
    slow = 2.0

    def __init__(
        self,
        browsers: tuple[Browser, Browser, Browser],
        journal: Path,
        breath: float,
        belt: Belt,
        reason_id: int,
    ):
        super().__init__(browsers[0], journal, breath, belt)
        _buyer, self.rep, self.warehouse = browsers
        self.reason = str(reason_id)

    def turn(self) -> None:
        """One return from the receipt to the credit note."""
        order = self.next_of(self.belt.to_return)
        self.settle(f"/portal/orders/{order}", "/receipt", {})
        page = self.open(f"/portal/orders/{order}/returns")
        form = next((each for each in page.forms if each.action.endswith("/returns")), None)
        assert form is not None, f"nothing of order {order} can be given back: {page.status}"
        loose = {name: "1" for name in form.fields if name.startswith("loose_")}
        answer = self.insist(form.action, form.fields | loose | {"reason": self.reason})
        found = re.fullmatch(r"/portal/returns/(\d+)", answer.location)
        assert found is not None, f"return of {order}: {answer.status} {answer.body[-3000:]}"
        here = f"/admin/returns/{found[1]}"
        self.settle(here, "/decision", {"decision": "approve"}, self.rep)
        self.settle(here, "/intake", {"warehouse": "1"}, self.warehouse)
        self.journal.note(found[1])
        self.belt.to_file.put(order)


class Storekeeper(Person):
    """Sends goods to another warehouse and counts what is left, turn by turn."""

    deed = "move"
    slow = 2.0

    def __init__(self, browser: Browser, journal: Path, breath: float, code: str, far_id: int):
        super().__init__(browser, journal, breath)
        self.code, self.far = code, str(far_id)
        self.left = 10**6

    def turn(self) -> None:
        """Send five, take them in there, and count one less than should be here."""
        form = self._form("/admin/stock/transfers/new", "/stock/transfers")
        sent = {"from_id": "1", "to_id": self.far, "goods": f"{self.code} 5"}
        answer = self.insist(form.action, form.fields | sent)
        found = re.fullmatch(r"/admin/stock/transfers/(\d+)", answer.location)
        assert found is not None, f"transfer: {answer.status} {answer.body[-3000:]}"
        self.journal.note(f"transfer-{found[1]}")
        self.settle(answer.location, "/arrival", {})
        self.left -= 6
        self.journal.note(f"arrival-{found[1]}")
        form = self._form("/admin/stock/counts/new", "/stock/counts")
        typed = form.fields | {"warehouse": "1", "goods": f"{self.code} {self.left}"}
        shown = self.insist(form.action, typed)
        form = next(each for each in shown.forms if each.action.endswith("/stock/counts"))
        answer = self.insist(form.action, form.fields | {"step": "book", "note": "盘点"})
        found = re.fullmatch(r"/admin/stock/counts/(\d+)", answer.location)
        assert found is not None, f"count: {answer.status} {answer.body[-3000:]}"
        self.journal.note(f"count-{found[1]}")

    def _form(self, page: str, action: str):  # type: ignore[no-untyped-def]
        shown = self.open(page)
        return next(each for each in shown.forms if each.action.endswith(action))


class Filer(AtBelt):
    """Attaches a file to every order that came far enough."""

    deed = "attach"
    slow = 2.0

    def turn(self) -> None:
        """Send the file until the order's page shows it."""
        order = self.next_of(self.belt.to_file)
        name, content = f"contract-{order}.png", _picture(int(order))
        while True:
            try:
                if name in self.look(self.visitor.get(f"/admin/orders/{order}")).body:
                    break
                answer = self.send(f"/admin/orders/{order}/attachments", {}, name, content)
                assert answer.status == 303, f"file of {order}: {answer.body[-3000:]}"
                break
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.pause()
        self.journal.note(name)


def _picture(number: int) -> bytes:
    """A picture that only this order has."""
    kept = io.BytesIO()
    Image.new("RGB", (64, 64), (number % 256, number // 256 % 256, 99)).save(kept, format="PNG")
    return kept.getvalue()


class Importer(Person):
    """Brings products in by file; the worker checks and writes them, whoever dies meanwhile."""

    deed = "import"
    slow = 4.0

    def __init__(self, browser: Browser, journal: Path, breath: float):
        super().__init__(browser, journal, breath)
        self.numbers = itertools.count(1)

    def turn(self) -> None:
        """One file from the upload to the last row."""
        number = next(self.numbers)
        rows = [f"IMP-{number}-{at},新品 {number} {at},茶饮料,瓶,13%" for at in range(ROWS)]
        content = "\n".join(["编码,名称,分类,基本单位,税率", *rows]).encode()
        here = self._upload(f"products-{number}.csv", content)
        self.settle(here, "/mapping", {})
        self._wait(here, "/writing")
        self.settle(here, "/writing", {"mode": "valid" if number % 2 else "all"})
        self._wait(here, "")
        self.journal.note(str(number))

    def _upload(self, name: str, content: bytes) -> str:
        """Send the file; one that came twice after a break is checked and written once, the other lies there."""
        while True:
            try:
                self.look(self.visitor.get("/admin/imports/new?kind=products"))
                answer = self.send("/admin/imports", {"kind": "products"}, name, content)
                assert answer.status == 303, f"{name}: {answer.status} {answer.body[-3000:]}"
                return answer.location
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.pause()

    def _wait(self, here: str, action: str) -> None:
        """Look again until the worker is through: the next form is offered, or none is any more."""
        while True:
            page = self.open(here)
            offered = {each.action for each in page.forms}
            if action and here + action in offered:
                return
            if not action:
                assert here + "/mapping" not in offered, f"{here} stopped: {page.body[-3000:]}"
                if "<progress" not in page.body:
                    return
            self.pause()
