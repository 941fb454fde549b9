"""My company's contracts with the brand, and the list of first steps."""

from flask import Blueprint, g, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.applications import contracts
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.db import read, run
from trade.flows.file_contract import lay_aside_welcome, read_contract
from web import application_words
from web.access import requires
from web.answer import go, render, say
from web.downloads import answer_file

bp = Blueprint("contracts", __name__)


@bp.get("/contracts")
@requires(Permission.TEAM_MANAGE)
def index() -> Response:
    with read() as session:
        return render(
            session,
            "portal/contracts/contracts.html",
            "contracts",
            rows=[
                (contract, paper, contracts.standing(contract, clock.today()))
                for contract, paper in contracts.of(session, g.actor.distributor_id)
            ],
            badges=application_words.CONTRACTS,
        )


@bp.post("/contracts/<id:contract_id>/reading")
@requires(Permission.TEAM_MANAGE)
def reading(contract_id: int) -> Response:
    """Open the paper of a contract; that it was read is noted the first time."""
    run(read_contract, g.actor, contract_id)
    with read() as session:
        found = contracts.get_of(session, g.actor.distributor_id, contract_id)
        papers = attachments.of(session, contracts.SUBJECT, found.id)
    if not papers:
        return go(url_for(".index"))
    return go(url_for(".paper", contract_id=contract_id, attachment_id=papers[0].id))


@bp.get("/contracts/<id:contract_id>/paper/<id:attachment_id>")
@requires(Permission.TEAM_MANAGE)
def paper(contract_id: int, attachment_id: int) -> Response:
    with read() as session:
        found = contracts.get_of(session, g.actor.distributor_id, contract_id)
        file = attachments.get_of(session, contracts.SUBJECT, found.id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


@bp.post("/first-steps/removal")
@requires(Permission.TEAM_MANAGE)
def welcome_removal() -> Response:
    """Take the list of first steps off the home page."""
    run(lay_aside_welcome, g.actor, None)
    say(gettext("Laid aside; everything on it is found under Me"))
    return go(url_for("portal.home.index"))
