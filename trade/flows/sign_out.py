from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.distributors.behalf import note_end
from trade.people import sessions


def sign_out(session: Session, actor: Actor, token: str) -> None:
    """End this browser's session, so that a copied cookie is worth nothing."""
    sessions.end_token(session, token, clock.now())
    note_end(session, actor, "signed_out")
    audit.record(session, actor, "login.ended", {}, subject="person", subject_id=actor.person_id)
