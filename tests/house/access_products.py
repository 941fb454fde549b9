"""Products in the world of the access walk: pictures, an opening, a floor price, a category and a family of each kind."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.world import OPERATOR
from trade import clock
from trade.attachments.pictures import keep_picture
from trade.catalog.models import Category, Family, Sku, SkuPicture, VisibilityRule
from trade.flows.arrange_pictures import NewPicture, add_picture
from trade.flows.change_logo import change_logo
from trade.settings import Setting

FLOOR = Decimal("39.5151")


def plant(session: Session, picture: bytes) -> None:
    """What the routes act on; the floor price must not reach those who do not make prices."""
    for code in "CP0515", "VIP001":
        sku_id = session.scalars(select(Sku.id).where(Sku.code == code)).one()
        add_picture(session, OPERATOR, NewPicture(sku_id, keep_picture(picture)))
    change_logo(session, OPERATOR, keep_picture(picture))
    session.execute(update(Sku).where(Sku.code == "CP0515").values(floor_price=FLOOR))
    for code, archived_at in (("spare", None), ("old", clock.now())):
        category = Category(code=code, name=code, sort_key=code, archived_at=archived_at)
        session.add_all([category, Family(code=code, name=code, archived_at=archived_at)])
        session.flush()
        category.path = f"/{category.id}/"


def objects(session: Session) -> dict[str, int]:
    found: dict[str, int] = {}
    for noun, model in (("category", Category), ("family", Family)):
        found |= {f"{noun} {code}": key for code, key in session.execute(select(model.code, model.id))}
    pictures = select(Sku.code, SkuPicture.attachment_id).join(SkuPicture, SkuPicture.sku_id == Sku.id)
    found |= {f"picture of {code}": key for code, key in session.execute(pictures)}
    found["logo"] = session.scalars(select(Setting.value).where(Setting.key == "brand.logo")).one()
    rules = select(Sku.code, VisibilityRule.id).join(VisibilityRule, VisibilityRule.sku_id == Sku.id)
    found |= {f"opening of {code}": key for code, key in session.execute(rules)}
    return found


def fields(known: dict[str, int], picture: bytes) -> dict[str, dict[str, Any]]:
    """What somebody would send in the forms of products, categories and families."""
    product = {
        "code": "NEW-9",
        "name": "新品",
        "category": str(known["category tea"]),
        "base_unit": "bottle",
        "order_unit": "case",
        "order_factor": "15",
        "moq": "1",
        "multiple": "1",
        "tax_rate": "0.13",
        "safety_stock": "0",
    }
    one = "/products/<id:sku_id>"
    pick = {"pick": f"{known['CP0515']}-1", "step": "write", "set_safety_stock": "yes", "safety_stock": "77"}
    named = {"code": "renamed", "name": "改名", "version": "1"}
    forms: dict[str, dict[str, Any]] = {
        "/catalog/changes": pick,
        "/products": product,
        one: product | {"version": "1"},
        f"{one}/removal": {"version": "1"},
        f"{one}/restoration": {"version": "1"},
        f"{one}/pictures": {"picture": ("a.png", picture)},
        f"{one}/visibility": {"version": "1", "shown_to": "some"},
        f"{one}/openings": {"channel": "1"},
        "/settings/logo": {"picture": ("logo.png", picture)},
        "/categories": {"code": "fresh", "name": "新鲜"},
        "/categories/<id:category_id>": named,
        "/categories/<id:category_id>/order": {"by": "down"},
        "/families": {"code": "fresh", "name": "新鲜"},
        "/families/<id:family_id>": named,
    }
    for noun in "categories/<id:category_id>", "families/<id:family_id>":
        forms |= {f"/{noun}/{deed}": {"version": "1"} for deed in ("removal", "restoration")}
    return {f"POST /admin{route}": form for route, form in forms.items()}
