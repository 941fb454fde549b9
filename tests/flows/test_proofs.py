"""What distributors send to show that they paid: no money until finance says so, and then once."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from PIL import Image
from sqlalchemy import func, select

from tests.flows.cast import Cast, now_standing
from tests.flows.test_bank import HEAD, debt, name_of, open_lines, row, take
from trade import clock, db
from trade.attachments.filing import keep_file
from trade.banking.lines import Seen
from trade.books.models import OpenItem
from trade.errors import Refused
from trade.flows.decide_proof import Arrived, No, Tied, confirm_proof, refuse_proof, tie_proof
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.submit_proof import NewProof, SeenProof, submit_proof, withdraw_proof
from trade.flows.void_payment import Slip, void_payment
from trade.receivables.models import Payment, PaymentProof

pytestmark = pytest.mark.usefixtures("verified")


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))


def proof(colour: str = "red", **more) -> NewProof:
    kept = io.BytesIO()
    Image.new("RGB", (4, 4), colour).save(kept, "PNG")
    given = NewProof(
        "key-1", clock.today(), Decimal("240.00"), "建行", "", "", [], [keep_file("a.png", kept.getvalue())]
    )
    return replace(given, **more)


def proofs() -> list[PaymentProof]:
    with db.read() as session:
        return list(session.scalars(select(PaymentProof).order_by(PaymentProof.id)))


def payments() -> int:
    with db.read() as session:
        return session.scalar(select(func.count(Payment.id)))


def test_sent_once_and_confirmed_with_the_bank_line(cast: Cast) -> None:
    first, second = debt(cast, CP0515=1), debt(cast, SQ5524=10)
    before = now_standing()
    with pytest.raises(Refused, match="proof.debt_not_open"):
        db.run(submit_proof, cast["owner"], proof(debts=[second.id, 999]))
    assert proofs() == [] and now_standing() == before
    wanted = proof(debts=[second.id])
    sent = db.run(submit_proof, cast["owner"], wanted)
    assert db.run(submit_proof, cast["owner"], wanted) == sent and now_standing() == before
    with pytest.raises(Refused, match="proof.file_known"):
        db.run(submit_proof, cast["owner"], proof(key="key-2"))
    with pytest.raises(Refused, match="proof.file_needed"):
        db.run(submit_proof, cast["owner"], proof(key="key-3", files=[]))
    assert proofs()[0].debts == [second.id]
    take(cast, HEAD + row("240.00", name_of(cast, "D1"), serial="S7"))
    (line,) = open_lines()
    given = Arrived(sent, 1, clock.today(), Decimal("240.00"), "S7", Seen(line.id, line.version))
    with pytest.raises(Refused, match="proof.not_found"):
        db.run(confirm_proof, replace(cast["stranger"]), given)
    paid = db.run(confirm_proof, cast["finance"], given)
    assert open_lines()[0].payment_id == proofs()[0].payment_id == paid and payments() == 1
    with db.read() as session:
        applied = {each.id: each.applied for each in session.scalars(select(OpenItem)) if each.is_debt}
    assert applied == {first.id: 0, second.id: Decimal("240.00")}
    for again in (given, replace(given, line=None)):
        with pytest.raises(Refused, match="proof.decided"):
            db.run(confirm_proof, cast["finance"], again)
    assert payments() == 1


def test_refused_withdrawn_tied_and_voided(cast: Cast) -> None:
    one = db.run(submit_proof, cast["owner"], proof("red", key="1"))
    two = db.run(submit_proof, cast["owner"], proof("blue", key="2"))
    three = db.run(submit_proof, cast["owner"], proof("green", key="3"))
    db.run(refuse_proof, cast["finance"], No(one, 1, "没有到账"))
    with pytest.raises(Refused, match="proof.not_found"):
        db.run(withdraw_proof, cast["stranger"], SeenProof(two, 1))
    db.run(withdraw_proof, cast["owner"], SeenProof(two, 1))
    with pytest.raises(Refused, match="proof.decided"):
        db.run(refuse_proof, cast["finance"], No(two, 1, "晚了"))
    home = cast.world.distributors["D1"]
    paid = Receipt(home, clock.today(), Decimal("240.00"), "B-1", is_applied=False)
    payment_id = db.run(record_payment, cast["finance"], paid)
    db.run(tie_proof, cast["finance"], Tied(three, 1, payment_id))
    assert [each.state for each in proofs()] == ["refused", "withdrawn", "confirmed"] and payments() == 1
    db.run(void_payment, cast["finance"], Slip(payment_id, "记错了"))
    assert proofs()[2].state == "submitted" and proofs()[2].payment_id is None
