"""Where a proof of payment stands, in the words of both faces."""

from flask_babel import lazy_gettext as _

STATES = {
    "submitted": ("warn", _("Waits for finance")),
    "confirmed": ("ok", _("Money confirmed")),
    "refused": ("danger", _("Not accepted")),
    "withdrawn": ("calm", _("Withdrawn")),
}


def state(code: str) -> tuple[str, str]:
    tone, words = STATES[code]
    return tone, str(words)
