"""An authenticator in software: makes a passkey and answers challenges as a phone would."""

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ORIGIN, HOST = "http://localhost", "localhost"


class SoftKey:
    """One ES256 key of one person; `count` is how often it says it was used."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.count, self.owner = secrets.token_bytes(16), 0, ""

    def made(self, options: dict[str, Any]) -> str:
        """Answer a request for a new passkey."""
        self.owner = options["user"]["id"]
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        data = self._data(PRESENT | VERIFIED | ATTESTED) + attested
        said = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(attestationObject=said, clientDataJSON=client("create", options))

    def used(self, options: dict[str, Any], *, flags: int = PRESENT | VERIFIED, origin: str = ORIGIN) -> str:
        """Answer a request to sign in."""
        self.count += 1
        data, said = self._data(flags), client("get", options, origin)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            authenticatorData=data,
            clientDataJSON=said,
            signature=signature,
            userHandle=base64url_to_bytes(self.owner),
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(HOST.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, **response: bytes) -> str:
        known = bytes_to_base64url(self.id)
        parts = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps({"id": known, "rawId": known, "type": "public-key", "response": parts})


def client(kind: str, options: dict[str, Any], origin: str = ORIGIN) -> bytes:
    """What the browser says about the request, which the key signs along."""
    said = {"type": f"webauthn.{kind}", "challenge": options["challenge"], "origin": origin}
    return json.dumps(said).encode()
