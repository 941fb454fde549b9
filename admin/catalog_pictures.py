"""Pictures of a product: sent, shown, put in order, taken away."""

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as Answer

from admin.catalog_product import show_product
from trade.actor import Permission
from trade.attachments import store
from trade.attachments.content import LARGEST_FILE
from trade.attachments.pictures import keep_picture
from trade.catalog import masters, queries
from trade.db import read
from trade.errors import Refused
from trade.flows.arrange_pictures import MOST, NewPicture, OldPicture, add_picture, put_first, remove_picture
from web import words
from web.access import requires
from web.answer import attempt, go, say
from web.forms import Form, PlainField
from web.pictures import answer_picture

bp = Blueprint("pictures", __name__)


class PictureForm(Form):
    picture = PlainField(_("Add pictures"), is_needed=False)


@bp.post("/products/<id:sku_id>/pictures")
@requires(Permission.PRODUCT_EDIT)
def submission(sku_id: int) -> Answer:
    """One or several at once; those that are pictures stay even when another is refused."""
    with read() as session:
        masters.get(session, sku_id)
    form, kept = PictureForm(), 0
    sent = [each for each in request.files.getlist("picture") if each.filename]
    if not sent:
        form.refuse(gettext("Please choose a picture"), "picture")
    for each in sent[:MOST]:
        try:
            picture = keep_picture(each.stream.read(LARGEST_FILE + 1))
        except Refused as refusal:
            form.refuse(f"{each.filename}: {words.say(refusal)}", "picture")
            continue
        kept += attempt(form, add_picture, NewPicture(sku_id, picture)) is not None
    if form.errors:
        with read() as session:
            return show_product(session, sku_id, picture=form)
    say(
        gettext("The pictures are shown from now on")
        if kept > 1
        else gettext("The picture is shown from now on")
    )
    return go(url_for("admin.products.detail", sku_id=sku_id))


@bp.post("/products/<id:sku_id>/pictures/<id:picture_id>/precedence")
@requires(Permission.PRODUCT_EDIT)
def precedence(sku_id: int, picture_id: int) -> Answer:
    """Let it stand for the product in every list."""
    form = PictureForm()
    attempt(form, put_first, OldPicture(sku_id, picture_id))
    return go(url_for("admin.products.detail", sku_id=sku_id))


@bp.post("/products/<id:sku_id>/pictures/<id:picture_id>/removal")
@requires(Permission.PRODUCT_EDIT)
def removal(sku_id: int, picture_id: int) -> Answer:
    form = PictureForm()
    attempt(form, remove_picture, OldPicture(sku_id, picture_id))
    say(gettext("The picture is no longer shown"))
    return go(url_for("admin.products.detail", sku_id=sku_id))


@bp.get("/products/<id:sku_id>/pictures/<id:picture_id>")
@requires(Permission.PRODUCT_READ)
def picture(sku_id: int, picture_id: int) -> Response:
    with read() as session:
        is_small = request.args.get("size") == "small"
        file = queries.get_picture(session, sku_id, picture_id, is_small=is_small)
    return answer_picture(lambda: store.load(file.stored_as), file.media_type, file.sha256)
