"""One breach per invariant of money that came in."""

from tests.verify.planting import Plant

INCOMING = (
    Plant(
        "bank.line",
        "bank_line 1: found 30.0000, expected 31.0000",
        "UPDATE bank_line SET amount = 310000 WHERE id = 1",
    ),
    Plant(
        "proof.payment",
        "payment_proof 1: found confirmed nothing",
        "UPDATE payment SET voided_at = '2026-11-21 04:00:00+00:00', voided_as = 1",
    ),
    Plant(
        "online.payment",
        "online_payment 1: found 0.0000, expected 30.0000",
        "INSERT INTO online_payment (id, token, gateway, state, distributor_id, amount, currency, payment_id, created_at)"
        " VALUES (1, 'x', 'test', 'paid', 1, 300000, 'CNY', 1, '2026-11-21 04:00:00+00:00')",
    ),
    Plant(
        "payment.origin",
        "payment 1: found bank with 0 and 1 and 0",
        "UPDATE bank_line SET state = 'open', payment_id = NULL WHERE id = 1",
    ),
)
