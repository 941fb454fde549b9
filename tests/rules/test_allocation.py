"""Sharing goods out to lines: nothing is made, nothing is lost, nothing is taken that is not free."""

from hypothesis import given
from hypothesis import strategies as st

from trade.inventory.rules import Want, allocate

QUANTITIES = st.integers(1, 40)
WANTS = st.lists(st.tuples(st.integers(1, 4), QUANTITIES), max_size=8).map(
    lambda rows: [Want(at, sku, units) for at, (sku, units) in enumerate(rows, 1)]
)
FREE = st.dictionaries(st.tuples(st.integers(1, 4), st.integers(1, 4)), st.integers(-10, 60))
HOUSES = st.permutations([1, 2, 3, 4]).flatmap(lambda all_: st.integers(0, 4).map(lambda n: all_[:n]))


@given(WANTS, FREE, HOUSES, st.booleans())
def test_shares_never_exceed_what_is_free_or_wanted(wants, free, houses, is_partial):
    shares = allocate(wants, free, houses, is_partial=is_partial)
    wanted = {want.line_id: want for want in wants}
    taken: dict[tuple[int, int], int] = {}
    for line_id, kept in shares.items():
        units = sum(kept.values())
        assert kept and all(each > 0 for each in kept.values())
        assert units == wanted[line_id].quantity or (is_partial and units < wanted[line_id].quantity)
        for house, each in kept.items():
            place = (house, wanted[line_id].sku_id)
            taken[place] = taken.get(place, 0) + each
            assert house in houses
    assert all(units <= free.get(place, 0) for place, units in taken.items())


@given(WANTS, FREE, HOUSES)
def test_nothing_free_is_left_while_a_line_waits_for_it(wants, free, houses):
    shares = allocate(wants, free, houses, is_partial=True)
    for sku_id in {want.sku_id for want in wants}:
        lines = [want for want in wants if want.sku_id == sku_id]
        got = sum(sum(shares.get(want.line_id, {}).values()) for want in lines)
        there = sum(max(free.get((house, sku_id), 0), 0) for house in houses)
        assert got == min(sum(want.quantity for want in lines), there)


@given(WANTS, FREE, HOUSES)
def test_one_warehouse_is_enough_where_one_is(wants, free, houses):
    needed: dict[int, int] = {}
    for want in wants:
        needed[want.sku_id] = needed.get(want.sku_id, 0) + want.quantity
    able = [
        house for house in houses if all(free.get((house, sku), 0) >= units for sku, units in needed.items())
    ]
    if able and wants:
        shares = allocate(wants, free, houses)
        assert all(kept == {able[0]: want.quantity} for want in wants for kept in [shares[want.line_id]])


def test_a_line_is_split_only_when_no_warehouse_has_all_of_it():
    free = {(1, 7): 5, (2, 7): 9, (1, 8): 3}
    assert allocate([Want(1, 7, 8), Want(2, 8, 3)], free, [1, 2]) == {1: {2: 8}, 2: {1: 3}}
    assert allocate([Want(1, 7, 14)], free, [1, 2]) == {1: {1: 5, 2: 9}}
    assert allocate([Want(1, 7, 15)], free, [1, 2]) == {}
    assert allocate([Want(1, 7, 15)], free, [2, 1], is_partial=True) == {1: {2: 9, 1: 5}}
