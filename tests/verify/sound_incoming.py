"""What the bank and a distributor told of the payment of the small world."""

from typing import Any

from tests.verify.sound_books import DAY, NOW, money
from trade.banking.models import BankFile, BankLine, BankMapping
from trade.receivables.models import PaymentProof


def incoming() -> list[Any]:
    """One line that was booked and one that waits, one proof of the same money and one that was refused."""
    line: dict[str, Any] = {"mapping_id": 1, "file_id": 1, "day": DAY, "currency": "CNY", "created_at": NOW}
    line |= {
        "payer_name": "鑫禾源",
        "payer_account": "",
        "payer_key": "鑫禾源",
        "reference": "",
        "serial": "",
    }
    proof: dict[str, Any] = {"distributor_id": 1, "paid_on": DAY, "amount": money("30.00"), "currency": "CNY"}
    proof |= {"payer": "建行", "reference": "", "note": ""}
    return [
        BankMapping(id=1, legal_entity_id=1, bank="建行", account_no="6217", currency="CNY"),
        BankFile(
            id=1,
            mapping_id=1,
            state="taken",
            name="a.csv",
            stored_as="1" * 32,
            sha256="",
            size=1,
            headings=[],
            rows=2,
        ),
        BankLine(
            id=1, line_no=1, fingerprint="1", amount=money("30.00"), state="booked", payment_id=1, **line
        ),
        BankLine(id=2, line_no=2, fingerprint="2", amount=money("7.00"), **line),
        PaymentProof(id=1, key="1", state="confirmed", payment_id=1, **proof),
        PaymentProof(id=2, key="2", state="refused", reason="重复", **proof),
    ]
