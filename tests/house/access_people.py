"""People, roles and links for the walk: an invited person, a role that nobody holds, and what the forms send."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.world import PASSWORD, password_hash
from trade import clock
from trade.actor import Actor
from trade.distributors.models import Distributor
from trade.people import resets
from trade.people.models import Invitation, LoginSession, Membership, Passkey, Person, Role
from trade.people.queries import token_hash
from trade.people.resets import PasswordReset

KEY = "token-of-the-guest-for-tests-only-long-enough"
CODE = "ABCD2345"


def plant(session: Session, actor: Actor, given: None) -> None:
    """Somebody of D1 who has a link and has not come in, and a role without holders."""
    now = clock.now()
    home = session.scalars(select(Distributor.id).where(Distributor.code == "D1")).one()
    buyer = session.scalars(select(Role.id).where(Role.code == "buyer")).one()
    guest = Person(name="guest", user_name="guest")
    session.add_all([guest, Role(code="unused", name="Unused", face="admin", reach="own")])
    session.flush()
    session.add(Membership(person_id=guest.id, distributor_id=home, role_id=buyer))
    session.add(
        Invitation(token_hash=token_hash(KEY), person_id=guest.id, expires_at=now + timedelta(days=7))
    )
    clerk = session.scalars(select(Person).where(Person.user_name == "clerk")).one()
    buyer_id = session.scalars(select(Person.id).where(Person.user_name == "buyer")).one()
    session.add(
        Passkey(
            person_id=buyer_id, credential_id="made-up", public_key="made-up", name="旧手机", host="localhost"
        )
    )
    resets.issue_code(session, clerk, password_hash(CODE), None, now)
    link = session.scalars(select(PasswordReset)).one()
    known = {"person_id": clerk.id, "mark": link.mark, "expires_at": link.expires_at}
    session.add(PasswordReset(kind="link", secret_hash=token_hash(KEY), **known))


def objects(session: Session) -> dict[str, int]:
    """Ids by name: role unused, session of clerk."""
    found = {f"role {code}": key for code, key in session.execute(select(Role.code, Role.id))}
    rows = session.execute(
        select(Person.user_name, LoginSession.id).join(Person, Person.id == LoginSession.person_id)
    )
    found |= {f"session of {who}": key for who, key in rows}
    keys = session.execute(select(Person.user_name, Passkey.id).join(Person, Person.id == Passkey.person_id))
    return found | {f"passkey of {who}": key for who, key in keys}


def forms(route: str, known: dict[str, int]) -> dict[str, dict[str, Any]]:
    """What the forms of people, roles and teams send."""
    words = "another-good-sentence"
    return {
        "POST /password-reset": {"name": "clerk"},
        "POST /password-reset/code": {"name": "clerk", "code": CODE, "password": words, "repeated": words},
        "POST /password-reset/link": {"key": KEY, "password": words, "repeated": words},
        "POST /invitation": {"key": KEY, "name": "新人", "password": words, "repeated": words},
        "POST /second-factor": {"code": "123456"},
        "/security/app/beginning": {"password": PASSWORD},
        "/security/recovery-codes": {"password": PASSWORD},
        "/passkey-challenges": {"password": PASSWORD, "name": "手机"},
        "/security/passkeys/<id:passkey_id>/name": {"name": "手机"},
        "/security/passkeys/<id:passkey_id>/ending": {"password": PASSWORD},
        "/portal/team": {"name": "新人", "role": "buyer", "user_name": "new.one"},
        "/people/<id:person_id>": {
            "version": "1",
            "name": "改名",
            "user_name": "clerk",
            "locale": "zh_CN",
        },
        "/memberships": {"role": "buyer", "distributor": "D2"},
        "/handover": {"successor": str(known["other-rep"])},
        "/<id:person_id>/role": {"role": "buyer"},
        "/admin/roles": {"name": "新角色", "role": str(known["role unused"])},
        "/roles/<id:role_id>": {"version": "1", "name": "改名", "reach": "own"},
        "/archival": {"version": "1"},
    }
