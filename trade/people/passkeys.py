"""Passkeys: a person's keys, and the challenges that each is asked once; what a browser answers is proven here."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from trade.errors import Refused
from trade.people.models import Passkey, PasskeyChallenge
from trade.people.queries import token_hash

LASTS = timedelta(minutes=5)
MOST = 20
REGISTER, ENTER = "register", "enter"


@dataclass(frozen=True)
class Site:
    """This site as browsers know it: its host, which passkeys are bound to, the origin around it, and its name."""

    host: str
    origin: str
    brand: str


@dataclass(frozen=True)
class Asked:
    """The token that the browser keeps until it answers, and what its script is told."""

    token: str
    options: str


@dataclass(frozen=True)
class NewKey:
    """What a browser has proven to have made."""

    credential_id: str
    public_key: str
    sign_count: int


@dataclass(frozen=True)
class UsedKey:
    """The passkey that answered, and how often it says it was used."""

    passkey_id: int
    person_id: int
    seen_count: int
    sign_count: int

    @property
    def is_copied(self) -> bool:
        """A counter that does not go on means that a copy of the key answered before; none at all counts nothing."""
        return (self.sign_count > 0 or self.seen_count > 0) and self.sign_count <= self.seen_count


def ask_new(session: Session, site: Site, person: tuple[int, str, str], now: datetime) -> Asked:
    """Ask a browser to make a passkey for a person (id, sign-in name, name); its owner is verified by the device."""
    person_id, sign_in, name = person
    challenge = secrets.token_bytes(32)
    known = session.scalars(select(Passkey.credential_id).where(Passkey.person_id == person_id)).all()
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.brand,
        user_id=str(person_id).encode(),
        user_name=sign_in,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known],
    )
    return _keep(session, challenge, REGISTER, person_id, options_to_json(options), now)


def ask_known(session: Session, site: Site, now: datetime) -> Asked:
    """Ask a browser for any passkey of this site that it holds; it says whose it is."""
    challenge = secrets.token_bytes(32)
    options = generate_authentication_options(
        rp_id=site.host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return _keep(session, challenge, ENTER, None, options_to_json(options), now)


def challenge_of(
    session: Session, token: str | None, purpose: str, person_id: int | None, now: datetime
) -> bytes:
    """What was asked of this browser. Raises Refused("passkey.over") when it was answered already or too long ago."""
    found = session.scalar(
        select(PasskeyChallenge.challenge).where(*_is_open(token, purpose, person_id, now))
    )
    if found is None:
        raise Refused("passkey.over")
    return base64url_to_bytes(found)


def take_challenge(
    session: Session, token: str | None, purpose: str, person_id: int | None, now: datetime
) -> None:
    """Use a challenge up; of two answers one counts. Raises Refused("passkey.over")."""
    used = update(PasskeyChallenge).where(*_is_open(token, purpose, person_id, now)).values(used_at=now)
    done = used.returning(PasskeyChallenge.id).execution_options(synchronize_session=False)
    if session.scalar(done) is None:
        raise Refused("passkey.over")


def burn_challenge(session: Session, token: str | None, now: datetime) -> None:
    """An answer that was wrong uses its challenge up as well."""
    wrong = update(PasskeyChallenge).where(PasskeyChallenge.token_hash == token_hash(token or ""))
    session.execute(wrong.values(used_at=now).execution_options(synchronize_session=False))


def prove_new(answer: str, challenge: bytes, site: Site) -> NewKey:
    """Hold a browser's new passkey against what was asked. Raises Refused("passkey.wrong")."""
    try:
        proven = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise Refused("passkey.wrong", keep={"why": str(error)[:200]}) from error
    return NewKey(
        bytes_to_base64url(proven.credential_id),
        bytes_to_base64url(proven.credential_public_key),
        proven.sign_count,
    )


def prove_known(session: Session, answer: str, challenge: bytes, site: Site) -> UsedKey:
    """Hold a passkey's answer against the key that is kept. Raises Refused("passkey.wrong")."""
    try:
        said = parse_authentication_credential_json(answer)
        passkey = session.scalar(
            select(Passkey).where(Passkey.credential_id == said.id, Passkey.host == site.host)
        )
        if passkey is None or said.response.user_handle != str(passkey.person_id).encode():
            raise Refused("passkey.unknown", keep={})
        proven = verify_authentication_response(
            credential=said,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=0,  # held against the kept one afterwards, since a copy is told of
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise Refused("passkey.wrong", keep={"why": str(error)[:200]}) from error
    return UsedKey(passkey.id, passkey.person_id, passkey.sign_count, proven.new_sign_count)


def count_use(session: Session, used: UsedKey, now: datetime) -> bool:
    """Keep the counter of the key; false when another answer of it came in between."""
    counted = (
        update(Passkey)
        .where(Passkey.id == used.passkey_id, Passkey.sign_count == used.seen_count)
        .values(sign_count=used.sign_count, used_at=now)
        .returning(Passkey.id)
    )
    return session.scalar(counted.execution_options(synchronize_session=False)) is not None


def of_person(session: Session, person_id: int) -> Sequence[Passkey]:
    """A person's passkeys, the oldest first."""
    return session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)).all()


def refuse_strange(session: Session, person_id: int, passkey_id: int) -> None:
    """Another's passkey does not exist. Raises Refused("passkey.not_found")."""
    own = select(Passkey.id).where(Passkey.id == passkey_id, Passkey.person_id == person_id)
    if session.scalar(own) is None:
        raise Refused("passkey.not_found")


def drop(session: Session, person_id: int, passkey_id: int) -> str | None:
    """Forget one passkey of a person and say what it was called; none when it is not theirs."""
    gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id)
    return session.scalar(gone.returning(Passkey.name).execution_options(synchronize_session=False))


def drop_all(session: Session, person_id: int) -> None:
    """Forget every passkey of a person."""
    gone = delete(Passkey).where(Passkey.person_id == person_id)
    session.execute(gone.execution_options(synchronize_session=False))


def _keep(
    session: Session, challenge: bytes, purpose: str, person_id: int | None, options: str, now: datetime
) -> Asked:
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < now - timedelta(days=1)))
    token = secrets.token_urlsafe(32)
    session.add(
        PasskeyChallenge(
            token_hash=token_hash(token),
            challenge=bytes_to_base64url(challenge),
            purpose=purpose,
            person_id=person_id,
            expires_at=now + LASTS,
        )
    )
    return Asked(token, options)


def _is_open(
    token: str | None, purpose: str, person_id: int | None, now: datetime
) -> tuple[ColumnElement[bool], ...]:
    return (
        PasskeyChallenge.token_hash == token_hash(token or ""),
        PasskeyChallenge.purpose == purpose,
        PasskeyChallenge.person_id.is_not_distinct_from(person_id),
        PasskeyChallenge.used_at.is_(None),
        PasskeyChallenge.expires_at > now,
    )
