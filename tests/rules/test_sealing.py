"""What is kept sealed opens for its purpose and under its secret only."""

from collections.abc import Iterator

import pytest

from trade import sealing

FIRST, SECOND = "first-secret-of-an-installation-1", "second-secret-of-an-installation-2"


@pytest.fixture(autouse=True)
def secrets() -> Iterator[None]:
    before = list(sealing._secrets)
    sealing.use(FIRST)
    yield
    sealing._secrets[:] = before


def test_what_is_sealed_opens_again_and_shows_nothing() -> None:
    sealed = sealing.seal("密钥 SEC123", "channel")
    assert sealing.unseal(sealed, "channel") == "密钥 SEC123"
    assert "SEC123" not in sealed and sealed != sealing.seal("密钥 SEC123", "channel")


def test_another_purpose_another_secret_or_a_changed_word_opens_nothing() -> None:
    sealed = sealing.seal("words", "channel")
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealed, "second-factor")
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealed[:-4] + "AAA=", "channel")
    sealing.use(SECOND)
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealed, "channel")
