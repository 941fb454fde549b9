"""A link that lets somebody in, shown once to the person who hands it on: to copy, to send, to scan."""

import segno
from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import settings
from trade.people.invitations import Issued
from web.answer import render
from web.i18n import moment


def show_link(
    session: Session, issued: Issued, block_id: str, back: str, *, is_reset: bool = False, more: str = ""
) -> Response:
    """Answer with the link, the words to send by WeChat, and the QR code; nothing of it can be shown again."""
    link = url_for("session.invitation", key=issued.token, _external=True)
    brand = str(settings.load(session, "brand.")["brand.name"])
    facts = {
        "name": issued.name,
        "brand": brand,
        "sign_in": issued.sign_in,
        "until": moment(issued.expires_at),
    }
    facts["link"] = link
    if is_reset:
        words = gettext(
            "%(name)s, here you choose a new password for %(brand)s; you sign in as %(sign_in)s (once, until %(until)s): %(link)s",
            **facts,
        )
    else:
        words = gettext(
            "%(name)s, %(brand)s invites you. You sign in as %(sign_in)s. Open the link, choose a password and begin (once, until %(until)s): %(link)s",
            **facts,
        )
    return render(
        session,
        "shared/session/link.html",
        "link",
        issued=issued,
        link=link,
        message=words,
        picture=picture_of(link),
        block_id=block_id,
        back=back,
        is_reset=is_reset,
        more=more,
    )


def picture_of(words: str) -> str:
    """A QR code as an address that stands in a page."""
    return str(segno.make(words, error="m").svg_data_uri(scale=4, border=2, dark="#111", light="#fff"))
