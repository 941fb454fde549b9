"""Personal data planted into every column that can hold words: after forgetting, the books alone still say a name."""

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Table, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.reused import connected
from tests.verify import sound
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor, Scope
from trade.applications.models import Forgetting
from trade.audit import AuditEntry
from trade.db import Base
from trade.distributors.models import Distributor
from trade.flows.forget_distributor import Confirmed, forget_distributor
from trade.imports.models import ImportRun
from trade.notices.models import Notice
from trade.people.attempts import account_key
from trade.people.models import LoginGuess, Membership

MARK = "林恒13800001111"
HOME = 1


def named(words: str) -> set[str]:
    return set(words.split())


WANTED = named("""
    distributor.source_facts sales_order.source_facts order_line.source_facts quotation.contact_name
    quotation.note order_remark.text payment_proof.payer return_request.remark order_amendment.reason
    registration_follow_up.words opportunity.next_step registration.contact_name passkey.name
    person_identity.email notice.facts notice_dispatch.facts audit_entry.facts approval_request.title
    approval_decision.comment dispute_remark.text limit_request.reason saved_view.name order_event.facts
    registration_event.facts contact.name
""")
# what is chosen, counted, hashed, sealed or the name of goods; nobody types a person there
PLAIN = named("""
    state kind code currency number number_tail path sort_key source external_code token_hash topic action
    side status event subject sha256 stored_as media_type origin stage form_key key unit base_unit sku_code
    sku_name brand spec lot category_code promotion_code tier_code tier_name channel_code territory_code
    fulfilment payment receipt terms locale group wish way face bundle factor outcome rule region_code
    last_error barcode order_unit challenge debit credit carrier tracking_number rep_name shape headings
    mapping choices problems mode sealed page price_inputs price_steps changed plan mark approvers decision counts debts ageing parts sums
""")
# the brand's own tables: nothing of a distributor's people is written there
BRANDS = named("""
    audience_part import_mapping import_upload library_file library_item notice_channel price_draft sku
    stock_count stock_movement broadcast price_list bank_mapping bank_file accounting_period paper_run
    statement_run credit_decision import_run backup_run verify_run approval_policy
""")
# what the law wants kept: companies by their names on what was posted, and the references of banks
BOOKS = named("""
    distributor.name distributor.invoice_title distributor.search_text distributor.credit_code
    distributor_application.company distributor_application.company_key distributor_application.credit_code
    invoice.title invoice.tax_number invoice.address invoice.phone invoice.bank_name invoice.bank_account
    invoice.remark payment.reference payment_proof.reference refund.reference online_payment.reference
    attachment.name contract.title sales_order.distributor_code sales_order.distributor_name
    sales_order.invoice_title sales_order.ship_to statement_line.words quotation.customer registration.name
    registration.name_key registration.credit_code registration_key.value address.line bank_line.payer_name
    bank_line.payer_account bank_line.payer_key bank_line.reference bank_line.reasons bank_line.note
    bank_line.serial bank_line.fingerprint distributor.bank_name distributor.bank_account
    distributor.registered_address
""")
# of who trades without a credit code, or buys as a person, these go too
OF_PERSONS = named("""
    distributor.bank_name distributor.bank_account distributor.registered_address address.line
    sales_order.ship_to registration.name registration.name_key registration.credit_code quotation.customer
    distributor.credit_code
""")
REP = Actor("127.0.0.1", person_id=2, scope=Scope(is_everyone=True))
ASIDE = {"against_id", "claimed_id", "head_id"}  # they name another one's


def typed(table: Table) -> list[str]:
    """Its columns in which words or facts stand."""
    kinds = [each for each in table.columns if type(each.type).__name__ in ("String", "JSON")]
    return [each.name for each in kinds if each.name not in PLAIN and table.name not in BRANDS]


def ours(session: Session, table: Table, found: dict[str, set[int]]) -> set[int]:
    """The rows that lead to the distributor or to its people by a foreign key."""
    ways = [
        table.c[column.name].in_(found[key.column.table.name])
        for column in table.columns
        for key in column.foreign_keys
        if found.get(key.column.table.name) and column.name not in ASIDE
    ]
    return set(session.scalars(select(table.c.id).where(or_(*ways)))) if ways else set()


def furnish(session: Session) -> dict[str, set[int]]:
    """By table, what is the distributor's or its people's; a row is made where there can be one and is none yet."""
    people = select(Membership.person_id).where(Membership.distributor_id == HOME)
    found = {"distributor": {HOME}, "person": set(session.scalars(people))}
    for table in Base.metadata.sorted_tables:
        if table.name in found or "id" not in table.c:
            continue
        found[table.name] = ours(session, table, found)
        leads = any(found.get(key.column.table.name) for key in table.foreign_keys)
        if found[table.name] or not leads:
            continue
        keys = {}
        for column in table.columns:
            for key in column.foreign_keys:
                other = key.column.table
                if other is not table:
                    first = session.scalar(select(other.c.id).order_by(other.c.id))
                    keys[column.name] = min(found[other.name], default=first)
        values = {each.name: _filled(table, each) for each in table.columns if each.name != "id"} | keys
        values |= {key.parent.name: None for key in table.foreign_keys if key.column.table is table}
        try:
            with session.begin_nested():
                session.execute(table.insert().values(values))
        except DBAPIError:
            pass  # the brand's own; what must be there is in WANTED
        found[table.name] = ours(session, table, found)
    told = select(Notice.outbox_id).where(Notice.distributor_id == HOME)
    found["outbox_message"] = set(session.scalars(told))
    return found


def _filled(table: Table, column: Any) -> Any:
    """Something that fits: the first that a check allows, the model's own beginning, else planted words."""
    for check in table.constraints:
        allowed = re.search(rf"\b{column.name} IN \('(\w+)'", str(getattr(check, "sqltext", "")))
        if allowed:
            return allowed[1]
    if column.default is not None and column.default.is_scalar and column.default.arg != "":
        return column.default.arg
    kind = type(column.type).__name__
    fitting = {"String": MARK, "JSON": {"words": MARK}, "Date": clock.today(), "Boolean": False}
    fitting |= {"Instant": clock.now(), "Money": Decimal(1)}
    return fitting.get(kind, 1)


@pytest.mark.parametrize("is_person", [False, True])
def test_books_alone_still_say_a_name(empty_sqlite_url: str, is_person: bool):
    sound.build(empty_sqlite_url)
    connected(empty_sqlite_url)

    def plant(session: Session, actor: Actor, given: None) -> dict[str, set[int]]:
        guards = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _sql in guards:
            session.execute(text(f"DROP TRIGGER {name}"))
        mine = furnish(session)
        for table in Base.metadata.sorted_tables:
            for name in typed(table):
                for key in mine.get(table.name, ()):
                    _put(session, table, name, key)
        for _name, sql in guards:
            session.execute(text(sql))
        if is_person:
            session.execute(text("UPDATE distributor SET credit_code = NULL WHERE id = 1"))
            session.execute(text("UPDATE registration SET customer_kind = 'person' WHERE distributor_id = 1"))
        session.execute(text("UPDATE distributor_application SET forgotten_at = NULL"))
        session.execute(text(f"UPDATE distributor SET status = 'ended', name = '商行{MARK}' WHERE id = 1"))
        facts = {"changes": {"phone": [None, MARK]}, "name": MARK}
        session.add(AuditEntry(origin="x", event="e", subject="distributor", subject_id=HOME, facts=facts))
        told = {"noun": "distributors", "fields": {"phone": [None, MARK]}}
        changes = [{**told, "code": "D1"}, {"noun": "tiers", "code": "A", "fields": {"name": ["D1", "D1"]}}]
        session.add(ImportRun(id=99, source="x", kind="batch", counts={}, changes=changes))
        session.add(LoginGuess(key=account_key(MARK), since=clock.now(), tries=1))
        session.add(Forgetting(distributor_id=HOME, asked_on=clock.today(), how=MARK))
        session.flush()
        mine["audit_entry"] = set(session.scalars(select(AuditEntry.id).where(AuditEntry.event == "e")))
        return mine

    mine = db.run(plant, OPERATOR, None)
    with db.read() as session:
        home = session.get_one(Distributor, HOME)
        confirmed = Confirmed(HOME, home.version, home.code)
    before = standing(mine)
    assert len(before) > 120 and before >= WANTED
    with pytest.raises(DBAPIError, match="append-only"):  # not even now, but in the deed itself
        db.run(lambda session, *_: session.execute(text("UPDATE quotation SET note = 'x'")), OPERATOR, None)
    assert standing(mine) == before
    db.run(forget_distributor, REP, confirmed)
    assert sorted(standing(mine) - (BOOKS - (OF_PERSONS if is_person else set()))) == []
    assert {"invoice.title", "sales_order.distributor_name", "distributor.name"} <= standing(mine)
    with db.read() as session:
        assert session.scalars(select(LoginGuess.id)).all() == []
        assert [each["code"] for each in session.get_one(ImportRun, 99).changes] == ["A"]


def _put(session: Session, table: Table, name: str, key: int) -> None:
    """The words in whatever form the column takes; where a check takes none, nothing."""
    was = session.scalar(text(f'SELECT "{name}" FROM {table.name} WHERE id = {key}'))
    tries = [MARK, f"{was}{MARK}"]
    if str(was or "")[:1] in "{[" and was:
        tries = ['{"words":"x' + MARK + '","phone":[null,"' + MARK + '"]}']
        if was.startswith("["):
            tries = [f"[{tries[0]}]"]
    for each in tries:
        try:
            with session.begin_nested():
                session.execute(text(f'UPDATE {table.name} SET "{name}" = :v WHERE id = {key}'), {"v": each})
            return
        except DBAPIError:
            continue


def standing(mine: dict[str, set[int]]) -> set[str]:
    found = set()
    with db.read() as session:
        for table in Base.metadata.sorted_tables:
            for name in typed(table):
                for key in mine.get(table.name, ()):
                    if MARK in str(
                        session.scalar(text(f'SELECT "{name}" FROM {table.name} WHERE id = {key}'))
                    ):
                        found.add(f"{table.name}.{name}")
    return found
