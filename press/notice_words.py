"""What a message says: the topic finds the sentence, the facts frozen at delivery fill it, for pages and for mail.

The sentences stand here as msgids; whoever shows one says in which language.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from press import notice_words_opportunities as opportunities
from press import notice_words_registrations as registrations
from press.language import money
from press.onboarding_words import ONBOARDING
from press.onboarding_words import TO_DISTRIBUTOR as ONBOARDED

Say = Callable[[str], str]  # a msgid in the reader's language


def _(msgid: str) -> str:
    """Mark what is to be translated."""
    return msgid


SENTENCES: Mapping[str, str] = {
    **registrations.SENTENCES,
    **opportunities.SENTENCES,
    "order.submitted": _("%(distributor)s sent order %(number)s over %(amount)s"),
    "order.held": _("Order %(number)s of %(distributor)s over %(amount)s waits for credit"),
    "order.pending": _("Order %(number)s of %(distributor)s over %(amount)s waits for your decision"),
    "order.approved": _("Order %(number)s over %(amount)s is approved"),
    "order.rejected": _("Order %(number)s was declined: %(comment)s"),
    "order.returned": _("Order %(number)s came back for correction: %(comment)s"),
    "order.expired": _("Nobody decided about order %(number)s in time; it can be submitted again"),
    "order.cancelled": _("What was not yet shipped of order %(number)s is cancelled"),
    "order.reduced": _("A part of order %(number)s is cancelled: %(reason)s"),
    "order.shipped": _("Goods of order %(number)s are on the way: %(carrier)s %(tracking_number)s"),
    "order.allocated": _("Goods that order %(number)s waited for are reserved"),
    "account.reset_link": _(
        "Here you choose a new password: the link works once, within 30 minutes. If you did not ask for it, leave it be."
    ),
    "account.reset_code": _(
        "%(issuer)s made a code by which you choose a new password; if you did not ask for it, please tell them at once"
    ),
    "account.password_reset": _(
        "Your password was replaced and every browser signed out; if this was not you, please tell the brand at once"
    ),
    "account.new_device": _(
        "Signed in with a browser that was not used before: %(device)s, from %(address)s. If this was not you, change"
        " your password and sign out everywhere else"
    ),
    "account.recovery_used": _(
        "A recovery code signed you in; %(left)s are left. If this was not you, change your password at once"
    ),
    "account.factor_guessed": _(
        "Somebody who knows your password typed wrong codes, from %(address)s. If this was not you, change your"
        " password at once"
    ),
    "account.factor_cleared": _(
        "An administrator took the second factor and all passkeys from your account; please set them up anew"
    ),
    "account.passkey_added": _(
        "The passkey %(name)s can sign you in now. If this was not you, remove it and change your password"
    ),
    "account.passkey_copied": _(
        "A passkey of yours seems to have been copied and was refused; please remove it and make a new one"
    ),
    "import.done": _("%(file)s is written: %(count)s rows new or changed"),
    "import.failed": _("The import of %(file)s stopped; please look at it"),
    "backup.failed": _("The scheduled backup failed: %(error)s"),
    "stock.low": _("%(warehouse)s: %(count)s products fell below their level"),
    "system.verify.breached": _(
        "The books do not agree: %(count)s rows break a rule. Please open System status and call whoever looks after"
        " the program"
    ),
    "system.verify.late": _("The books were not proven for more than a day; is the worker running?"),
    "system.disk.low": _("The disk is nearly full: %(count)s %% is free. Please make room"),
    "system.clock.off": _("The clocks of database and program differ by %(count)s seconds"),
    "system.worker.gone": _("No worker runs: messages, papers and deadlines wait. Please start it"),
    "system.worker.back": _("No worker ran for a while; it runs again and catches up"),
    "system.job.dead": _("%(count)s jobs were tried in vain and laid aside; please look at System status"),
    "system.job.late": _("Work waits too long for a worker; please look at System status"),
    "system.message.dead": _("%(count)s messages could not be sent and were laid aside"),
    "system.message.late": _("%(count)s messages wait to be sent, the oldest for more than an hour"),
    "system.backup.late": _("There is no backup as fresh as planned; please look at System status"),
    "shipment.received": _("%(distributor)s signed for %(shipment)s of order %(number)s"),
    "payment.proof_submitted": _("%(distributor)s sent a proof of payment of %(amount)s; please confirm it"),
    "payment.recorded": _("%(distributor)s paid %(amount)s"),
    "distributor.assigned": _("%(distributor)s is yours to look after from %(day)s on"),
    "distributor.handed_over": _("%(distributor)s is looked after by someone else from %(day)s on"),
    "distributor.suspended": _("%(distributor)s is suspended: %(reason)s"),
    "distributor.ended": _("The business with %(distributor)s has ended: %(reason)s"),
    "distributor.resumed": _("The business with %(distributor)s goes on: %(reason)s"),
    "return.requested": _("%(distributor)s asks for return %(return)s of order %(number)s; please decide"),
    "return.pending": _("Return %(return)s of %(distributor)s waits for a decision too long; please decide"),
    "return.withdrawn": _("%(distributor)s withdrew return %(return)s"),
    "return.approved": _("Goods of return %(return)s come back from %(distributor)s"),
    "return.rejected": _("Return %(return)s was not accepted"),
    "return.returned": _("Return %(return)s was sent back to be corrected"),
    "return.credited": _("Return %(return)s of %(distributor)s is credited with %(credited)s"),
    "limit_request.pending": _(
        "%(distributor)s asks for %(amount)s more credit until %(until)s; please decide"
    ),
    "limit_request.approved": _("%(distributor)s was given a temporary limit; the limit is now %(limit)s"),
    "limit_request.rejected": _("The temporary limit of %(distributor)s was not given: %(comment)s"),
    "limit_request.expired": _("Nobody decided about the temporary limit of %(distributor)s in time"),
    "debt.due": _("%(amount)s of %(distributor)s is due on %(day)s"),
    "debt.overdue": _("%(amount)s of %(distributor)s was due on %(day)s and is not paid"),
    "credit.limit_changed": _("The credit limit of %(distributor)s is now %(limit)s"),
    "credit.blocked": _("New orders of %(distributor)s are stopped: %(reason)s"),
    "credit.unblocked": _("%(distributor)s can order again"),
    "statement.issued": _("The statement of %(distributor)s for %(month)s is issued: %(closing)s"),
    "statement.confirm_near": _(
        "%(distributor)s has not confirmed statement %(statement)s; its day is %(day)s"
    ),
    "statement.confirmed": _("%(distributor)s confirmed statement %(statement)s"),
    "statement.disputed": _("%(distributor)s disputes a line of statement %(statement)s: %(text)s"),
    "statement.closed": _("Statement %(statement)s of %(distributor)s is closed for good"),
    "invoice.issued": _("Invoice %(invoice)s of %(distributor)s over %(amount)s is issued"),
    "invoice.red_issued": _(
        "Red invoice %(invoice)s of %(distributor)s over %(amount)s is issued; it corrects %(corrects)s"
    ),
    "invoice.tax_noted": _("Tax invoice %(tax_number)s stands with invoice %(invoice)s of %(distributor)s"),
    "statement.answered": _("A dispute about statement %(statement)s was answered: %(text)s"),
    "statement.settled": _("A dispute about statement %(statement)s is settled: %(text)s"),
    "price.published": _("%(list)s holds from %(day)s on: %(count)s prices change"),
    "price_list.pending": _("New prices of %(list)s wait for your decision"),
    "price_list.approved": _("The prices of %(list)s that you prepared are published"),
    "price_list.returned": _("The prices of %(list)s came back for correction: %(comment)s"),
    "price_list.rejected": _("The prices of %(list)s were not accepted: %(comment)s"),
    "price.changed": _("Told that %(count)s prices change from %(day)s on"),
    "price.kept": _("Told that the prices announced before do not come"),
    "price.withdrawn": _("The prices of %(list)s that were to hold from %(day)s on do not come"),
    "broadcast.published": _("%(title)s was sent to %(count)s of your distributors"),
    "broadcast.corrected": _("The correction of %(title)s was sent to %(count)s of your distributors"),
    "broadcast.replaced": _("%(title)s was replaced and no longer holds for %(count)s of your distributors"),
    "broadcast.unanswered": _("%(count)s of your distributors have not confirmed %(title)s by %(day)s"),
    "broadcast.failed": _("%(title)s could not be published at its moment; please look at it"),
    "order.amended": _("Order %(number)s was changed; it is now over %(amount)s"),
    "amendment.rejected": _("The change of order %(number)s was not accepted: %(comment)s"),
    "amendment.withdrawn": _("The change of order %(number)s of %(distributor)s was taken back"),
    "amendment.expired": _(
        "Nobody decided about the change of order %(number)s in time; the order stays as it is"
    ),
    "order.remarked_by_portal": _("%(distributor)s writes about order %(number)s: %(text)s"),
    "order.remarked_by_admin": _("The brand writes about order %(number)s: %(text)s"),
    "order.nudged": _("%(distributor)s urges order %(number)s; please answer"),
    "shipment.auto_receipt_near": _(
        "Parcel %(shipment)s of order %(number)s is taken as received on %(day)s; please report before if something"
        " is missing or damaged"
    ),
    "shipment.auto_received": _(
        "Parcel %(shipment)s of order %(number)s was taken as received, as nobody reported anything"
    ),
    "approval.added": _("%(name)s wants your yes too about %(title)s: %(comment)s"),
    "approval.unanswered": _("Nobody has answered yet about %(title)s, and nobody further is left to ask"),
    "amendment.pending": _("A change of order %(number)s of %(distributor)s waits for your decision"),
    **ONBOARDING,
}
SHORT = _("%(distributor)s signed for %(shipment)s of order %(number)s, %(missing)s missing")
AMOUNTS = ("amount", "limit", "credited", "closing")
WRITTEN = ("comment", "reason", "text")  # by people, with whatever they like
PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
# As the distributor's own people read it; what is not here is said to them as to the brand.
TO_DISTRIBUTOR: Mapping[str, str] = {
    **registrations.TO_DISTRIBUTOR,
    **opportunities.TO_DISTRIBUTOR,
    "approval.unanswered": _("The brand has not answered yet about %(title)s"),
    "order.held": _("%(number)s is held: the credit is not enough or stopped"),
    "order.approved": _("%(number)s is approved"),
    "order.rejected": _("%(number)s was not approved"),
    "order.returned": _("%(number)s was returned; change it and submit again"),
    "order.cancelled": _("Of %(number)s nothing more will be shipped"),
    "order.expired": _("%(number)s was not decided in time; credit and stock were given back"),
    "order.shipped": _("A parcel of %(number)s is on its way"),
    "return.approved": _("%(return)s is accepted; please give the goods back"),
    "return.rejected": _("%(return)s was not accepted"),
    "return.returned": _("%(return)s was sent back; correct it and send again"),
    "return.credited": _("%(return)s is done: %(credited)s credited"),
    "payment.proof_refused": _("The proof of %(amount)s was not accepted: %(reason)s"),
    "payment.recorded": _("Your payment of %(amount)s has arrived"),
    "limit_request.approved": _("Your temporary limit is given; the limit is now %(limit)s"),
    "limit_request.rejected": _("Your temporary limit was not given: %(comment)s"),
    "limit_request.expired": _("Nobody decided about your temporary limit in time; please ask again"),
    "debt.due": _("%(amount)s is due on %(day)s"),
    "debt.overdue": _("%(amount)s was due on %(day)s; please pay it, or orders stop"),
    "credit.limit_changed": _("Your credit limit is now %(limit)s"),
    "credit.blocked": _("The brand has paused your new orders: %(reason)s"),
    "credit.unblocked": _("New orders are possible again"),
    "statement.issued": _("Your statement for %(month)s is here: %(closing)s; please look and confirm"),
    "statement.confirm_near": _(
        "Please confirm statement %(statement)s by %(day)s, or dispute what is not right"
    ),
    "statement.answered": _("The brand answered about statement %(statement)s: %(text)s"),
    "statement.settled": _("Your dispute about statement %(statement)s is settled: %(text)s"),
    "statement.closed": _("Statement %(statement)s is closed for good; nothing more is disputed"),
    "invoice.issued": _("Invoice %(invoice)s over %(amount)s is issued"),
    "invoice.red_issued": _("Red invoice %(invoice)s over %(amount)s is issued; it corrects %(corrects)s"),
    "invoice.tax_noted": _("The tax invoice %(tax_number)s for %(invoice)s has come"),
    "order.allocated": _("Goods have come for %(number)s"),
    "price.changed": _("From %(day)s on the prices of %(count)s of your products change"),
    "broadcast.published": _("The brand tells you: %(title)s"),
    "broadcast.corrected": _("Corrected: %(title)s; the new version holds"),
    "broadcast.replaced": _("No longer holds for you: %(title)s; the brand has replaced it"),
    "broadcast.recalled": _("The brand has taken back: %(title)s"),
    "broadcast.reminder": _("Please confirm by %(day)s: %(title)s"),
    "price.kept": _("The prices announced before do not come; the present ones stay"),
    **ONBOARDED,
}
NEWS = _("News about %(number)s")
LOOSE = " :："  # before a fact that is missing
TRIAL = _("This is a test message; the channel works")
SOME_DEVICE = _("a browser of an unknown kind")
YOUR_ORDER, YOUR_RETURN = _("your order"), _("your return")


def spoken(topic: str, facts: Mapping[str, Any], face: str, say: Say) -> str:
    """One message as this side of the counter reads it."""
    if topic == "channel.test":
        return say(TRIAL)
    if face == "portal" and (topic in TO_DISTRIBUTOR or topic not in SENTENCES):
        return to_distributor(topic, facts, say)
    return to_brand(topic, facts, say)


def to_brand(topic: str, facts: Mapping[str, Any], say: Say) -> str:
    """A message in the brand's words; a fact that is missing is left out, never an error."""
    sentence = SHORT if topic == "shipment.received" and facts.get("missing") else SENTENCES.get(topic)
    return topic if sentence is None else (say(sentence) % _known(facts, say)).strip(LOOSE)


def to_distributor(topic: str, facts: Mapping[str, Any], say: Say) -> str:
    """A message in the words for a distributor's people; of what has no words they hear that there is news."""
    known = _known(facts, say)
    known["number"] = known["number"] or say(YOUR_ORDER)
    known["return"] = known["return"] or say(YOUR_RETURN)
    return (say(TO_DISTRIBUTOR.get(topic, NEWS)) % known).strip(LOOSE)


def outside(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they may leave the building: what people wrote shows no phone in full."""
    return {name: masked(str(value)) if name in WRITTEN and value else value for name, value in facts.items()}


def masked(words: str) -> str:
    return PHONE.sub(r"\1****\2", words)


def _known(facts: Mapping[str, Any], say: Say) -> defaultdict[str, str]:
    known: defaultdict[str, str] = defaultdict(str)
    known |= {name: _spelled(name, value, facts) for name, value in facts.items() if value is not None}
    if facts.get("device") == "":
        known["device"] = say(SOME_DEVICE)
    return known


def _spelled(name: str, value: object, facts: Mapping[str, Any]) -> str:
    if name not in AMOUNTS:
        return str(value)
    try:
        return money(Decimal(str(value)), str(facts.get("currency") or "CNY"))
    except InvalidOperation:
        return ""
