"""B13: bytes and paint on a phone, the first visit and the second page."""

import os
import shutil
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.catalogue import bare_server
from benchmarks.data import Wanted
from benchmarks.figures import Figure, Goal, Workload
from benchmarks.places import Place
from tests.browser import DEVICES, FLAGS, PLACE
from tests.served import Server
from web.access import COOKIE

TURNS = 3
CPU_SLOWER = 4
# Slow 4G as Lighthouse has it: 1.6 Mbit/s down, 0.75 up, 150 ms there and back.
NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
FIRST, SECOND = "/portal/catalog", "/portal/orders"
# When something is drawn and the scripts that came with the page have run.
USABLE = """() => {
    const [visit] = performance.getEntriesByType("navigation");
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return visit.domContentLoadedEventEnd && paint ? Math.max(visit.domContentLoadedEventEnd, paint.startTime) : 0;
}"""


@dataclass(frozen=True)
class Visit:
    """Kilobytes over the line and seconds until it can be used."""

    kilobytes: float
    seconds: float


def measured(place: Place, size: int) -> list[Figure]:
    """Ours and the limit in turn, each in a browser that has seen nothing."""
    url, carts = place.fill(Wanted(10_000, distributors=5_000))
    ours, limit = Server(url, place.folder / "paint"), bare_server(url, place, "paint-bare")
    ours.start()
    limit.start()
    program = os.environ.get("TONGQU_CHROMIUM") or shutil.which("chromium")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
            _visits(browser, ours, carts[0].token, (FIRST, SECOND))  # warm
            turns = [
                (
                    _visits(browser, ours, carts[0].token, (FIRST, SECOND)),
                    _visits(browser, limit, carts[0].token, ("/", "/")),
                )
                for _ in range(TURNS)
            ]
            browser.close()
    finally:
        ours.stop()
        limit.stop()
    found: list[Figure] = []
    for at, (name, most, patience) in enumerate((("first visit", 180, 2.5), ("second page", 25, 0.8))):
        mine = [each[0][at] for each in turns]
        bare = [each[1][at] for each in turns]
        sizes = [[visit.kilobytes for visit in some] for some in (mine, bare)]
        times = [[visit.seconds for visit in some] for some in (mine, bare)]
        found += [
            Figure(name, 0, "kB", *sizes, Goal("most", most)),
            Figure(f"{name} usable", 0, "s", *times, Goal("most", patience)),
        ]
    return found


def _visits(browser: Browser, server: Server, token: str, paths: tuple[str, str]) -> list[Visit]:
    """Open the pages one after the other in a browser of its own."""
    context = browser.new_context(**PLACE, **DEVICES["phone"], service_workers="block")
    context.add_cookies([{"name": COOKIE, "value": token, "url": server.base_url}])
    page = context.new_page()
    line = context.new_cdp_session(page)
    received: list[float] = []
    line.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", NETWORK)
    line.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
    visits = []
    for path in paths:
        received.clear()
        seconds = _open(page, server.base_url + path)
        visits.append(Visit(sum(received) / 1000, seconds))
    context.close()
    return visits


def _open(page: Page, url: str) -> float:
    answer = page.goto(url, wait_until="networkidle")
    if answer is None or answer.status != 200:
        raise RuntimeError(f"{url} answered {answer and answer.status}")
    usable: float = page.wait_for_function(USABLE).json_value()
    return usable / 1000


WORKLOAD = Workload(
    "B13",
    f"The catalogue as the first page on a phone that has seen nothing, then the list of orders: CPU {CPU_SLOWER} × slower, slow 4G"
    " (1.6 Mbit/s, 150 ms), no product pictures. Usable: drawn, and its scripts have run. The limit: the least page, twice.",
    "≤ 180 kB first without product pictures, ≤ 25 kB then; usable ≤ 2.5 s and ≤ 0.8 s",
    measured,
)
