from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.attachments.filing import file_under
from trade.attachments.models import Attachment
from trade.attachments.pictures import StoredPicture
from trade.db import insert_once
from trade.errors import Refused
from trade.settings import Setting

LOGO = ("brand", 1)  # the document that the logo's files belong to: one brand per installation
KEY = "brand.logo"


def change_logo(session: Session, actor: Actor, given: StoredPicture | None) -> int | None:
    """Show the brand by a picture, or by its first character when there is none; answers the file's id."""
    if not actor.may(Permission.SETTING_MANAGE):
        raise Refused("access.denied", keep={"keys": [KEY]})
    insert_once(session, Setting, key=KEY, value=None)
    before = session.scalars(select(Setting).where(Setting.key == KEY).with_for_update()).one().value
    if given is None and before is None:
        return None
    own = (Attachment.subject == LOGO[0], Attachment.subject_id == LOGO[1], Attachment.archived_at.is_(None))
    session.execute(update(Attachment).where(*own).values(archived_at=clock.now()))
    shown = None if given is None else file_under(session, actor, *LOGO, given.small)
    session.execute(update(Setting).where(Setting.key == KEY).values(value=shown))
    facts = {"key": KEY, "before": before, "after": shown}
    audit.record(session, actor, "setting.changed", facts, subject="setting")
    return shown
