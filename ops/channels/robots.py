"""The robots of a team's group, as their makers describe them; they answer 200 also to what they refuse.

企业微信 https://developer.work.weixin.qq.com/document/path/91770
钉钉 https://open.dingtalk.com/document/orgapp/customize-robot-security-settings
飞书 https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from ops.channels.posting import Answer, judged, post, stamp
from trade import clock
from trade.notices.channels import Way
from trade.notices.dispatches import Fate, Outcome

LONGEST = {"wecom": 2048, "dingtalk": 20_000, "feishu": 19_000}  # bytes of text
# Too many, or they themselves are busy: the same again later may pass.
PATIENCE = {"wecom": {-1, 45009, 45033}, "dingtalk": {-1, 130101, 130102, 410100}, "feishu": {9499, 11232}}
REST = {"wecom": timedelta(minutes=1), "dingtalk": timedelta(minutes=10), "feishu": timedelta(minutes=1)}
Request = tuple[str, dict[str, Any]]


def send(way: Way, text: str) -> Outcome:
    """Say a text in a group, and understand what the robot answers."""
    secrets = way.secrets()
    url, body = SHAPES[way.kind](secrets, _fitting(text, LONGEST[way.kind]))
    content = json.dumps(body, ensure_ascii=False).encode()
    answer = post(url, content, {}, may_be_plain=way.may_be_private)
    outcome = judged(answer)
    return _heard(way.kind, answer) if outcome.fate == Fate.SENT else outcome


def dingtalk_sign(secret: str, timestamp: str) -> str:
    """HMAC-SHA256 of "timestamp\\nsecret" by the secret, in milliseconds."""
    return _signed(secret.encode(), f"{timestamp}\n{secret}".encode())


def feishu_sign(secret: str, timestamp: str) -> str:
    """HMAC-SHA256 of nothing by "timestamp\\nsecret", in seconds."""
    return _signed(f"{timestamp}\n{secret}".encode(), b"")


def _signed(key: bytes, words: bytes) -> str:
    return base64.b64encode(hmac.new(key, words, hashlib.sha256).digest()).decode()


def _wecom(secrets: Mapping[str, str], text: str) -> Request:
    return secrets["address"], {"msgtype": "text", "text": {"content": text}}


def _dingtalk(secrets: Mapping[str, str], text: str) -> Request:
    url = secrets["address"]
    if secret := secrets.get("secret"):
        timestamp = stamp(clock.now(), 1000)
        signed = urlencode({"timestamp": timestamp, "sign": dingtalk_sign(secret, timestamp)})
        url = f"{url}{'&' if '?' in url else '?'}{signed}"
    return url, {"msgtype": "text", "text": {"content": text}}


def _feishu(secrets: Mapping[str, str], text: str) -> Request:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret := secrets.get("secret"):
        timestamp = stamp(clock.now())
        body = {"timestamp": timestamp, "sign": feishu_sign(secret, timestamp), **body}
    return secrets["address"], body


SHAPES: Mapping[str, Callable[[Mapping[str, str], str], Request]] = {
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
}


def _heard(kind: str, answer: Answer) -> Outcome:
    told = answer.json()
    code = told.get("errcode", told.get("code", told.get("StatusCode")))
    if not isinstance(code, int):
        return Outcome(Fate.DOWN, f"not the answer of a robot: {answer.body.strip()[:200]}")
    words = f"{code} {told.get('errmsg') or told.get('msg') or told.get('StatusMessage') or ''}".strip()
    if code == 0:
        return Outcome(Fate.SENT, words)
    outcome = Outcome(Fate.WRONG, words)
    is_busy = code in PATIENCE[kind] and "bad request" not in words.lower()
    return replace(outcome, fate=Fate.DOWN, wait=REST[kind]) if is_busy else outcome


def _fitting(text: str, longest: int) -> str:
    """As much as the robot takes, never half a character."""
    content = text.encode()
    return text if len(content) <= longest else content[: longest - 3].decode("utf-8", "ignore") + "…"
