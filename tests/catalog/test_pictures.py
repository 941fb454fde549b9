"""Pictures of products: only what is one, small enough, for those who may see the product."""

import io
import re
import tracemalloc
import zlib
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from press import engine
from tests.admin.site import Browser, Site
from trade import db
from trade.attachments.models import Attachment
from trade.attachments.pictures import keep_picture
from trade.catalog.models import Sku, SkuPicture
from trade.errors import Refused
from trade.verify.files import INVARIANTS

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n28\n%%EOF\n"


def drawn(
    kind: str = "JPEG", size: tuple[int, int] = (800, 600), colour: Any = "teal", **options: Any
) -> bytes:
    file = io.BytesIO()
    mode = "RGBA" if kind in {"PNG", "WEBP"} else "RGB"
    Image.new(mode, size, colour).save(file, kind, **options)
    return file.getvalue()


def bomb() -> bytes:
    """A PNG of 60 megapixels in a few kilobytes."""
    rows = zlib.compress(b"\x00" * (10_000 // 8 + 1) * 6000, 9)

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    head = (10_000).to_bytes(4, "big") + (6000).to_bytes(4, "big") + bytes([1, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def send(browser: Browser, sku_id: int, *files: tuple[str, bytes]) -> Any:
    sent = [(io.BytesIO(content), name) for name, content in files]
    return browser.post(f"/admin/products/{sku_id}/pictures", {"picture": sent})


def rows(model: Any) -> int:
    with db.read() as session:
        return session.scalar(select(func.count(model.id))) or 0


def first_of(sku_id: int) -> int | None:
    with db.read() as session:
        return session.scalar(select(Sku.picture_id).where(Sku.id == sku_id))


def test_a_picture_is_drawn_small_and_kept_by_the_browser(site: Site):
    sku_id, browser = site.world.skus["CP0515"], site.browser("marketing")
    assert send(browser, sku_id, ("茶.jpg", drawn(size=(4000, 3000)) + b"<script>")).status_code == 303
    picture = first_of(sku_id)
    buyer = site.browser("buyer")
    page = buyer.get("/portal/catalog").text
    address = f"/portal/catalog/{sku_id}/pictures/{picture}"
    assert f'src="{address}?size=small"' in page
    small, large = buyer.get(f"{address}?size=small"), buyer.get(address)
    assert Image.open(io.BytesIO(small.data)).size == (240, 180)
    assert Image.open(io.BytesIO(large.data)).size == (1600, 1200) and b"<script>" not in large.data
    assert "immutable" in large.headers["Cache-Control"] and "private" in large.headers["Cache-Control"]
    assert "sandbox" in large.headers["Content-Security-Policy"]
    again = buyer.get(address, headers={"If-None-Match": large.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""
    assert site.browser("rep").get(f"/admin/products/{sku_id}/pictures/{picture}").status_code == 200
    assert buyer.get(f"/admin/products/{sku_id}/pictures/{picture}").status_code == 403
    other = site.world.skus["SQ5524"]
    assert buyer.get(f"/portal/catalog/{other}/pictures/{picture}").status_code == 404
    with db.read() as session:
        assert [breach for each in INVARIANTS for breach in each.find(session)] == []


def test_only_who_may_see_the_product_sees_its_picture(site: Site):
    sku_id = site.world.skus["VIP001"]
    send(site.browser("marketing"), sku_id, ("x.png", drawn("PNG")))
    address = f"/portal/catalog/{sku_id}/pictures/{first_of(sku_id)}"
    assert site.browser("buyer").get(address).status_code == 200
    assert site.browser("stranger").get(address).status_code == 404


def test_what_is_no_picture_is_refused_beside_the_field(site: Site):
    engine.drawn("<p>纸</p>")  # what draws papers would take half a picture
    sku_id, browser = site.world.skus["CP0515"], site.browser("marketing")
    for name, content in (
        ("改名.jpg", PDF),
        ("a.gif", b"GIF89a" + b"\x00" * 40),
        ("a.svg", b"<svg onload='x()'/>"),
        ("half.jpg", drawn()[:900]),
        ("empty.png", b""),
        ("bomb.png", bomb()),
        ("large.jpg", b"\xff\xd8\xff" + b"\x00" * (10 * 1024 * 1024)),
    ):
        answer = send(browser, sku_id, (name, content))
        assert answer.status_code == 422 and 'id="picture-error"' in answer.text, name
        assert name in answer.text
    assert send(browser, sku_id).status_code == 422
    assert (rows(Attachment), rows(SkuPicture), first_of(sku_id)) == (0, 0, None)
    answer = send(browser, sku_id, ("good.webp", drawn("WEBP")), ("bad.jpg", PDF))
    assert answer.status_code == 422 and "bad.jpg" in answer.text and rows(SkuPicture) == 1


def test_a_large_photo_takes_little_memory_and_a_moving_one_stands_still():
    photo = drawn(size=(8000, 6000), quality=30)
    tracemalloc.start()
    kept = keep_picture(photo)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60_000_000 and kept.small.size < 20_000
    with pytest.raises(Refused, match="too_many_pixels"):
        keep_picture(bomb())
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue", "green")]
    moving = io.BytesIO()
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    still = keep_picture(moving.getvalue())
    assert still.large.media_type == "image/jpeg"


def test_the_first_picture_stands_for_the_product(site: Site):
    sku_id, browser = site.world.skus["CP0515"], site.browser("marketing")
    send(browser, sku_id, ("1.png", drawn("PNG")), ("2.png", drawn("PNG", colour="red")))
    page = browser.get(f"/admin/products/{sku_id}").text
    ids = list(dict.fromkeys(int(each) for each in re.findall(r"/pictures/(\d+)\?size=small", page)))
    assert len(ids) == 2 and first_of(sku_id) == ids[0]
    assert browser.post(f"/admin/products/{sku_id}/pictures/{ids[1]}/precedence").status_code == 303
    assert first_of(sku_id) == ids[1]
    other = site.world.skus["SQ5524"]
    assert browser.post(f"/admin/products/{other}/pictures/{ids[1]}/removal").status_code == 404
    browser.post(f"/admin/products/{sku_id}/pictures/{ids[1]}/removal")
    assert first_of(sku_id) == ids[0] and rows(SkuPicture) == 1
    browser.post(f"/admin/products/{sku_id}/pictures/{ids[0]}/removal")
    assert first_of(sku_id) is None and 'class="plate"' in browser.get("/admin/catalog").text
    assert site.browser("rep").post(f"/admin/products/{sku_id}/pictures").status_code == 403
