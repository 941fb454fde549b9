"""One breach per invariant of registrations."""

from tests.verify.planting import Plant

REGISTRATIONS = (
    Plant(
        "registration.keys",
        "registration 1: found 1, expected 2",
        "DELETE FROM registration_key WHERE id = 2",
    ),
    Plant(
        "registration.held",
        "registration 2: found released with 0 keys, found, expected keys and found, or neither",
        "INSERT INTO registration_gram (product_line_id, gram, registration_id) VALUES (1, 'x', 2)",
    ),
    Plant(
        "registration.quota",
        "registration_quota 1: found 0, expected 1",
        "UPDATE registration_quota SET used = 0",
    ),
    Plant(
        "registration.asked",
        "registration 2: found appealed with 0 open about version 0, expected version 3",
        "UPDATE registration SET state = 'appealed', pooled_on = NULL WHERE id = 2",
    ),
    Plant(
        "registration.state",
        "registration 2: found expired at version 3, expected released at version 3",
        "UPDATE registration SET state = 'expired' WHERE id = 2",
    ),
    Plant(
        "registration.protection",
        "registration 1: found 2027-03-01, expected 2027-02-19",
        "UPDATE registration SET protected_until = '2027-03-01' WHERE id = 1",
    ),
    Plant(
        "registration.name",
        "registration_key 1: found 别的, expected 厦门鑫禾源食品有限公司",
        "UPDATE registration_key SET value = '别的' WHERE id = 1;UPDATE registration SET name_key = '别的' WHERE id = 1",
    ),
    Plant(
        "registration.order",
        "sales_order 1: found distributor 1, expected distributor 2",
        "UPDATE sales_order SET registration_id = 1, distributor_id = 2 WHERE id = 1",
    ),
)
