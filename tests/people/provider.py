"""A tiny OpenID provider on loopback: it hands codes out, redeems them as RFC 6749 and 7636 ask, and signs what a test says."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

CLIENT, SECRET = "tongqu", "a-secret-of-the-provider-long-enough-for-hmac"
KEY, OTHER_KEY = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")


class LocalProvider:
    """One issuer; what it signs, and whether it answers, is set by the test."""

    def __init__(self) -> None:
        self.codes: dict[str, dict[str, str]] = {}
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "ES256", "kid": "one"}
        self.key: Any = KEY
        self.metadata: dict[str, Any] = {}
        self.is_away = False
        self.says_token = True
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*provider.get(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer(*provider.redeem(parse_qs(body), self.headers.get("Authorization", "")))

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        if self.is_away:
            return 503, {}
        if path == "/keys":
            return 200, {"keys": [{**KEY.as_dict(private=False), "kid": "one"}]}
        known = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        }
        return 200, known | self.metadata

    def approve(self, url: str) -> tuple[str, str]:
        """What the person does at the provider: code and state for the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        assert asked["nonce"] and "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return code, asked["state"]

    def redeem(self, sent: dict[str, list[str]], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(sent["code"][0], None)
        client = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(sent.get("code_verifier", [""])[0].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_right = asked and authorization == f"Basic {client}" and challenge == asked["code_challenge"]
        if not is_right or sent["redirect_uri"][0] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        answer = {"access_token": "opaque", "token_type": "Bearer"}
        return 200, answer | ({"id_token": self.signed(claims)} if self.says_token else {})

    def signed(self, claims: dict[str, Any]) -> str:
        if self.header["alg"] != "none":
            algorithms = [self.header["alg"]]
            key = OctKey.import_key(SECRET) if self.header["alg"].startswith("HS") else self.key
            return jwt.encode(self.header, claims, key, algorithms=algorithms)
        parts = [json.dumps(each).encode() for each in (self.header, claims)]
        return ".".join(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts) + "."
