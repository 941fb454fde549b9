"""The second factor when signing in: a code of the app or, when the phone is gone, one that was written down."""

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.db import read, run
from trade.errors import Refused
from trade.notices import arrivals, outbox
from trade.people import attempts, authenticators, factors, halfway, known_devices, recovery
from trade.people.attempts import Try
from trade.people.entrance import Browser, Entered

APP_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class Typed:
    """What somebody typed who stands between password and session."""

    half_token: str | None
    code: str
    browser: Browser


@dataclass(frozen=True)
class FactorProof:
    """The code after it was held against what is kept: the app's step, or the hash of a recovery code."""

    half_token: str | None
    person_id: int
    browser: Browser
    step: int | None
    code_hash: str | None
    is_last_try: bool


def prove_factor(given: Typed) -> FactorProof:
    """Compare a code outside the transaction that lets in; its try is spent before, per person and per address.

    Raises Refused: login.half_over, login.too_many, factor.unreadable.
    """
    now = clock.now()
    with read() as session:
        half = halfway.find(session, given.half_token, now)
        if half is None:
            raise Refused("login.half_over")
        person_id = half.person_id
        device = known_devices.find(session, person_id, given.browser.device_token)
        sealed = authenticators.sealed_of(session, person_id)
        salt = recovery.salt_of(session, person_id)
    key = attempts.on_device(attempts.factor_key(person_id), device)
    is_last = run(attempts.spend, Actor(given.browser.address, person_id), Try(key, given.browser.address))
    code, step, code_hash = recovery.cleaned(given.code), None, None
    if APP_CODE.fullmatch(code):
        secret = authenticators.opened(sealed, person_id) if sealed else None
        step = authenticators.matching_step(secret, code, now) if secret else None
    else:
        code_hash = recovery.hashed(code, salt)
    return FactorProof(given.half_token, person_id, given.browser, step, code_hash, is_last)


def show_factor(session: Session, actor: Actor, proof: FactorProof) -> Entered:
    """Let in whoever has shown the second factor; code and wait are used up together."""
    now = clock.now()
    half = halfway.take(session, proof.half_token, now)
    if half is None or half.person_id != proof.person_id:
        raise Refused("login.half_over")
    factor = ""
    if proof.step is not None and authenticators.take_step(session, proof.person_id, proof.step):
        factor = "app"
    elif proof.code_hash and recovery.take(session, proof.person_id, proof.code_hash, now):
        factor = "recovery"
    if not factor:
        raise Refused("factor.wrong", keep={"person_id": proof.person_id}, field="code")
    attempts.forget(session, [attempts.factor_key(proof.person_id)], proof.browser.address)
    if factor == "recovery":
        left = factors.held_by(session, proof.person_id).codes
        outbox.post(session, "account.recovery_used", person_id=proof.person_id, left=left)
    return arrivals.let_in(session, actor, proof.person_id, proof.browser, how=half.how, factor=factor)


@dataclass(frozen=True)
class Wrong:
    """A code that was refused, and whose it was to be."""

    refusal: Refused
    proof: FactorProof | None


def keep_wrong(session: Session, actor: Actor, given: Wrong) -> None:
    """Write a wrong code down; when the pause begins the person is told, since somebody knows the password."""
    if given.refusal.keep is not None:
        audit.keep(session, actor, given.refusal)
    if given.refusal.code == "factor.wrong" and given.proof and given.proof.is_last_try:
        address = given.proof.browser.address[:64]
        outbox.post(session, "account.factor_guessed", person_id=given.proof.person_id, address=address)
