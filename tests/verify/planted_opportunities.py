"""One breach per invariant of opportunities."""

from tests.verify.planting import Plant

OPPORTUNITIES = (
    Plant(
        "opportunity.state",
        "opportunity 1: found negotiation at version 2, expected quote at version 2",
        "UPDATE opportunity SET stage = 'negotiation' WHERE id = 1",
    ),
    Plant(
        "opportunity.owner",
        "opportunity 1: found distributor 2, registration 1, expected distributor 1, registration 1",
        "UPDATE opportunity SET distributor_id = 2 WHERE id = 1",
    ),
    Plant(
        "quotation.sum",
        "quotation 2: found 100, expected 0",
        "INSERT INTO quotation (id, opportunity_id, number, revision, issued_on, valid_until, customer,"
        " contact_name, note, currency, gross, form_key, at) SELECT 2, 1, 'BJ-2', 2, issued_on, valid_until,"
        " customer, contact_name, note, currency, 100, 'b', at FROM quotation WHERE id = 1",
    ),
)
