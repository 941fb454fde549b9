"""Changes against shipments and against each other, in threads on both databases; each guard has a twin without it."""

from concurrent.futures import ThreadPoolExecutor

from tests.care.conftest import amendments
from tests.flows.cast import lines, now_standing, order
from trade import db
from trade.errors import Refused
from trade.flows.amend_order import NewAmendment, amend_order
from trade.flows.decide_amendment import AmendmentDecision, decide_amendment
from trade.flows.ship_order import Dispatch, Packed, ship_order


def at_once(taps):
    """How many got through."""

    def one(tap):
        try:
            tap()
            return True
        except Refused:
            return False

    with ThreadPoolExecutor(len(taps)) as pool:
        return sum(pool.map(one, taps))


def approved(cast):
    return cast.submit(cast.fill(CP0515=10, SQ5524=20)).id


def less(cast, order_id, quantity, who="rep"):
    wanted = {cast.world.skus["CP0515"]: quantity}
    given = NewAmendment(order_id, order(order_id).version, wanted, "改")
    return lambda: db.run(amend_order, cast[who], given)


def test_a_change_and_a_shipment_exclude_each_other(cast):
    for _ in range(3):
        order_id = approved(cast)
        tea = lines(order_id)[0]
        parcel = Dispatch(order_id, order(order_id).version, "顺丰", "SF1", [Packed(tea.id, 150)])
        taps = [lambda p=parcel: db.run(ship_order, cast["warehouse"], p), less(cast, order_id, 4)]
        assert at_once(taps) == 1
        tea = lines(order_id)[0]
        assert (tea.quantity, tea.shipped) in {(10, 150), (4, 0)}
    used, _stock = now_standing()
    assert used >= 0


def test_of_many_changes_at_once_one_wins(cast):
    order_id = approved(cast)
    assert at_once([less(cast, order_id, quantity) for quantity in (2, 3, 4, 5)]) == 1
    assert at_once([less(cast, order_id, quantity, "buyer") for quantity in (6, 7, 8)]) == 1
    assert [each.state for each in amendments()] == ["applied", "pending"]


def asked(cast):
    order_id = approved(cast)
    return order_id, less(cast, order_id, 4, "buyer")()


def decisions(cast, amendment_id):
    return [
        lambda who=who, said=said: db.run(
            decide_amendment, cast[who], AmendmentDecision(amendment_id, 1, said, "看过")
        )
        for who, said in (("rep", "approve"), ("rep", "reject"), ("rep", "approve"), ("rep", "reject"))
    ]


def test_a_change_is_decided_once(cast):
    order_id, amendment_id = asked(cast)
    assert at_once(decisions(cast, amendment_id)) == 1
    assert (amendments()[0].state, lines(order_id)[0].quantity) in {("applied", 4), ("rejected", 10)}
