"""What an entry of the audit says besides is in words, never a name of the program."""

import re

from admin import audited
from tests.reused import application
from trade.audit import AuditEntry

TOLD = (
    ("application.decided", {"decision": "returned", "number": "AP1"}, "审批: 退回修改 编号: AP1"),
    (
        "broadcast.acknowledged",
        {"said": "agree", "title": "秋季政策"},
        "确认内容: 已阅读并同意 标题: 秋季政策",
    ),
    ("distributor.shut_out", {"people": 3, "customers": 8}, "人员: 3 失去的客户: 8"),
    ("distributor.forgotten", {"files": 2, "asked_on": "2026-11-01"}, "附件: 2 申请日期: 2026-11-01"),
)


def test_what_people_and_programs_note_is_said_in_words(sqlite_url: str) -> None:
    with application(sqlite_url).test_request_context(headers={"Accept-Language": "zh-CN"}):
        for event, facts, said in TOLD:
            told = audited.facts(
                AuditEntry(event=event, facts=facts, subject="distributor", subject_id=1), {}
            )
            assert " ".join(told) == said and not re.search("[a-z_]{3,}", said)
