"""How passwords are kept."""

import importlib.util
import time

import pytest
from argon2 import Type

from trade.errors import Refused
from trade.people import passwords

WELL_KNOWN = [
    "1234567890",
    "0123456789",
    "12345678910",
    "1234567890a",
    "a1234567890",
    "qwertyuiop",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
    "qwer1234asdf",
    "password123",
    "password1234",
    "passw0rd123",
    "abcd123456",
    "abc1234567",
    "woaini1314",
    "woaini5201314",
    "iloveyou123",
    "admin12345",
    "administrator",
    "tongqu123456",
    "letmein12345",
]
WALKS = [
    "qazwsxedcrfv",
    "zxcvbnm,./",
    "asdfghjkl;'",
    "1qaz@WSX3edc",
    "!QAZ2wsx#EDC",
    "１２３４５６７８９０",
    "wodemima123",
]
DATES = ["1990-01-01", "2026.11.22!", "19900101.1", "2026年11月22日", "11/22/2026!"]
SENTENCES = [
    "correct horse battery",
    "龙井茶在春天最好喝了呀",
    "爸爸妈妈我爱你们一家",
    "仓库在城西边第三条街",
]
MARKS = "4@8({[<3691!|70$5+%2"


def test_what_is_shipped_is_as_slow_as_owasp_asks():
    spec = importlib.util.find_spec(passwords.__name__)
    assert spec and spec.loader
    shipped = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shipped)  # a fresh copy: the tests' own is made quick
    hasher = shipped._hasher
    assert hasher.type is Type.ID and hasher.salt_len >= 16 and hasher.hash_len >= 32
    assert hasher.memory_cost >= 19 * 1024 and hasher.time_cost >= 2  # OWASP Password Storage Cheat Sheet
    assert shipped.hashed("a short sentence").startswith("$argon2id$")


@pytest.mark.parametrize("word", WELL_KNOWN)
def test_what_everybody_tries_first_is_refused_also_with_a_little_on_top(word):
    for password in (word, word.capitalize(), word.upper(), f"{word}1", f"{word}8", f"{word}!"):
        with pytest.raises(Refused, match="guessable"):
            passwords.refuse_weak(password)


@pytest.mark.parametrize("password", WALKS + DATES)
def test_walks_over_the_keys_and_dates_are_refused(password):
    with pytest.raises(Refused, match="guessable"):
        passwords.refuse_weak(password)


@pytest.mark.parametrize("password", SENTENCES)
def test_a_short_sentence_is_a_password(password):
    passwords.refuse_weak(password, "13800000001", "张伟", "杭州湖滨食品有限公司")


def test_names_are_no_password_however_they_are_said():
    passwords.refuse_weak("zhangwei-1990", "王芳")
    for password, name in (
        ("zhangwei-1990", "张伟"),
        ("hubin88-hubin", "湖滨"),
        ("我们杭州湖滨食品的仓库在城西", "杭州湖滨食品"),
    ):
        with pytest.raises(Refused, match="guessable"):
            passwords.refuse_weak(password, name)


def test_the_longest_costs_no_more_than_a_fifth_of_a_second():
    passwords.refuse_weak("correct horse battery")  # the lists are read by now
    for password in (
        MARKS * 7,
        "1q2w3e4r" * 16,
        "1234567890!@#" * 10,
        "a" * 128,
        "\ufdfa" * 128,
        "正确的马" * 32,
    ):
        begun = time.thread_time()
        try:
            passwords.refuse_weak(password[:128], "张伟", "杭州湖滨食品有限公司")
        except Refused as refusal:
            assert refusal.code == "password.guessable"
        assert time.thread_time() - begun < 0.2, password[:20]
