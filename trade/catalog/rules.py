"""In which steps a SKU may be ordered. Pure; quantities are order units."""


def smallest(moq: int, multiple: int) -> int:
    """The least that may be ordered: the MOQ, up to a whole multiple."""
    return -(-moq // multiple) * multiple


def step_up(quantity: int, moq: int, multiple: int) -> int:
    """One step more: from nothing to the least, then to the next multiple."""
    return max(smallest(moq, multiple), (quantity // multiple + 1) * multiple)


def step_down(quantity: int, moq: int, multiple: int) -> int:
    """One step less: to the multiple below, and below the least to nothing."""
    lower = (quantity - 1) // multiple * multiple if quantity > 0 else 0
    return lower if lower >= smallest(moq, multiple) else 0
