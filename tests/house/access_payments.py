"""Payments of both distributors: one that is applied, one of which something is left."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from tests.gateway import TestGateway
from trade import clock, db
from trade.actor import Actor
from trade.attachments.filing import keep_file
from trade.attachments.models import Attachment
from trade.banking import files, lines
from trade.banking.lines import Seen
from trade.banking.models import BankFile, BankLine
from trade.books.models import Application, OpenItem
from trade.books.posting import Document
from trade.books.rules import CREDIT_NOTE, RETURNS, Leg
from trade.connectors.gateways import GATEWAYS, IN_USE
from trade.credit import ledger
from trade.credit.models import CreditAccount
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor
from trade.flows.match_bank_line import Aside, set_bank_line_aside
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.submit_proof import NewProof, submit_proof
from trade.flows.take_bank_file import NewFile, SeenFile, Taken, take_bank_file, upload_bank_file
from trade.receivables import items, proofs
from trade.receivables.items import NewItem
from trade.receivables.models import Payment, PaymentProof
from trade.settings import Setting

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001487f5f900000000049454e44ae426082"
)
PAPER = (
    b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nxref\n0 1\n0000000000 65535 f \ntrailer\n<<>>\nstartxref\n29\n%%EOF\n"
)
GATEWAYS.setdefault("test", TestGateway())
LINES = f"""交易日期,收入,对方户名,摘要,流水号
{clock.today()},50.00,某某商行,货款 D1,S1
{clock.today()},3.21,银行,利息,S3
"""


def plant(finance: Actor, companies: dict[str, int]) -> None:
    """Money that waits until somebody says where it goes."""
    for code, distributor_id in companies.items():
        db.run(_credit, finance, distributor_id)
        waits = Receipt(distributor_id, clock.today(), Decimal(50), f"WAITS-{code}", is_applied=False)
        db.run(record_payment, finance, waits)
    for at, text in enumerate((LINES, LINES.replace("S1", "S2"))):
        given = NewFile(files.receive(f"bank-{at}.csv", text.encode()), None, "建设银行", "3500")
        file_id = db.run(upload_bank_file, finance, given)
        if at == 0:
            with db.read() as session:
                file, mapping = lines.get_file(session, finance, file_id)
            rows = files.rows_of(file, mapping.columns, mapping, clock.today())
            db.run(take_bank_file, finance, Taken(SeenFile(file_id, file.version), mapping.columns, rows))
    for code, distributor_id in companies.items():
        kept = keep_file(f"转账-{code}.png", PICTURE)
        actor = replace(finance, distributor_id=distributor_id)
        proof = NewProof("planted", clock.today(), Decimal(50), "建行", "", "", [], [kept])
        db.run(submit_proof, actor, proof)
    with db.read() as session:
        line_id = session.scalars(select(BankLine.id).where(BankLine.serial == "S3")).one()
    db.run(_make_certain, finance, companies["D1"])
    db.run(_choose_gateway, finance, "test")
    db.run(set_bank_line_aside, finance, Aside(Seen(line_id, 1), "利息"))


def _credit(session: Session, actor: Actor, distributor_id: int) -> None:
    """A credit note of 60.00, 5.00 of it applied."""
    entity_id = distributors.default_legal_entity(session)
    key = 900_000 + distributor_id
    document = Document(f"walked-{key}", "credit_note", "return", key, clock.today())
    legs = [Leg(RETURNS, CREDIT_NOTE, Decimal(60))]
    account_id = ledger.book(session, distributor_id, entity_id, document, legs)
    given = NewItem(account_id, "return", key, f"RT-{key}", clock.today(), Decimal(60))
    note = items.add(session, given)
    held = items.hold(session, account_id)
    items.settle(session, actor, held, items.oldest(held, [note], Decimal(5)))


def _make_certain(session: Session, actor: Actor, distributor_id: int) -> None:
    line = update(BankLine).where(BankLine.serial == "S1")
    session.execute(line.values(certainty=95, proposed_id=distributor_id))


def _choose_gateway(session: Session, actor: Actor, name: str) -> None:
    session.add(Setting(key=IN_USE, value=name))


def objects(session: Session) -> dict[str, int]:
    """Ids by name: D1.payment with its D1.application, D1.waiting, and a debt: D1.debt."""
    states = {"open": "bank line", "aside": "bank line aside"}
    found = {states[state]: key for key, state in session.execute(select(BankLine.id, BankLine.state))}
    found["bank file"] = session.scalars(select(func.max(BankFile.id))).one()
    sent = (
        select(PaymentProof.id, Attachment.id, Distributor.code)
        .join(Distributor, Distributor.id == PaymentProof.distributor_id)
        .join(
            Attachment, and_(Attachment.subject == proofs.SUBJECT, Attachment.subject_id == PaymentProof.id)
        )
    )
    for proof_id, file_id, code in session.execute(sent):
        found |= {f"{code}.proof": proof_id, f"{code}.proof file": file_id}
    notes = (
        select(OpenItem.id, Application.id, Distributor.code)
        .join(CreditAccount, CreditAccount.id == OpenItem.account_id)
        .join(Distributor, Distributor.id == CreditAccount.distributor_id)
        .join(Application, Application.money_id == OpenItem.id)
        .where(OpenItem.kind == "return")
    )
    for note_id, application_id, code in session.execute(notes):
        found |= {f"{code}.note": note_id, f"{code}.note-application": application_id}
    rows = select(Payment, Distributor.code).join(Distributor, Distributor.id == Payment.distributor_id)
    for payment, code in session.execute(rows):
        is_waiting = payment.reference.startswith("WAITS")
        found[f"{code}.waiting" if is_waiting else f"{code}.payment"] = payment.id
    used = select(Application.id, Application.debt_id, OpenItem.subject_id).join(
        OpenItem, OpenItem.id == Application.money_id
    )
    for application_id, debt_id, payment_id in session.execute(used):
        for code in "D1", "D2":
            if found.get(f"{code}.payment") == payment_id:
                found |= {f"{code}.application": application_id, f"{code}.debt": debt_id}
    return found


def fields(known: dict[str, int]) -> dict[str, dict[str, Any]]:
    """What is sent in the forms about a payment."""
    page, note = "POST /admin/payments/<id:payment_id>", "POST /admin/credit-notes/<id:note_id>"
    back = {"left": "50.00", "refunded_on": clock.today().isoformat(), "amount": "20", "reference": "OUT-1"}
    bank = "POST /admin/bank"
    line, file = f"{bank}/lines/<id:line_id>", f"{bank}/files/<id:file_id>"
    version, again = {"version": "1"}, {"version": "2", "reason": "看错了"}
    booked = {"distributor": "D1", "whose": str(known["D1"]), "way": "later"}
    columns = {"field_day": "交易日期", "field_credit": "收入", "day_format": "ymd"}
    proof, sent = "POST /admin/proofs/<id:proof_id>", "POST /portal/credit/proofs"
    arrived = {"paid_on": clock.today().isoformat(), "amount": "50", "reference": "PROVEN"}
    kept = {"key": "walked", "amount": "60", "paid_on": clock.today().isoformat()}
    return {
        f"{sent[:-7]}/online-payments": {"amount": "88"},
        sent: kept | {"photos": ("转账.pdf", PAPER)},
        f"{sent}/<id:proof_id>/withdrawal": version,
        f"{proof}/confirmation": version | arrived,
        f"{proof}/refusal": version | {"reason": "没有到账"},
        f"{proof}/tie": version | {"payment": str(known["D1.waiting"])},
        f"{bank}/confirmations": {"pick": f"{known['bank line']}-1"},
        f"{line}/confirmation": version | booked,
        f"{line}/aside": version | {"reason": "利息"},
        f"{line}/tie": version | {"payment": str(known["D1.waiting"])},
        f"{line}/reopening": again,
        f"{bank}/files": {"bank": "工商银行", "account_no": "1", "file": ("bank.csv", LINES.encode())},
        f"{file}/columns": version | columns,
        f"{file}/lines": version,
        f"{file}/removal": version,
        f"{page}/applications": {"left": "50.00", f"amount_{known['D1.debt']}": "5"},
        f"{page}/voiding": {"reason": "记错了"},
        f"{page}/refunds": back,
        f"{note}/applications": {"left": "55.00", f"amount_{known['D1.debt']}": "5"},
        f"{note}/refunds": back | {"left": "55.00", "reference": "OUT-2"},
    }
