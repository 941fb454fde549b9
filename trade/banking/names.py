"""Names of companies and numbers of accounts, one spelling for each."""

import re
import unicodedata

MARKS = re.compile(r"[\s·・.,，。、\-—_'\"“”‘’/\\()（）\[\]【】《》<>*]+")
FORMS = re.compile(
    r"(股份有限责任公司|股份有限公司|有限责任公司|有限公司|有限合伙|股份公司|责任公司|公司|"
    r"co\.?,?ltd\.?|limited|ltd)$"
)
ACCOUNT = re.compile(r"[^0-9a-z]")


def plain_name(name: str) -> str:
    """A name without widths, spaces and marks: （福建）鑫禾源　有限公司 is 福建鑫禾源有限公司."""
    return MARKS.sub("", unicodedata.normalize("NFKC", name).casefold())


def core_name(name: str) -> str:
    """The name without its legal form: 有限责任公司 and 有限公司 are the same company."""
    plain = plain_name(name)
    return FORMS.sub("", plain) or plain


def plain_account(account: str) -> str:
    """An account number without spaces and dashes."""
    return ACCOUNT.sub("", unicodedata.normalize("NFKC", account).casefold())
