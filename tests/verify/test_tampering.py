"""What is changed in sealed books behind the program's back is found, and the entry is named."""

from tests.verify.tampering import CHANGES, said, tampered
from trade.books.seals import COLUMNS

ENTRY = 2


def test_every_column_of_a_sealed_entry_is_watched() -> None:
    assert {"id", *CHANGES} == {each.key for each in COLUMNS}


def test_a_change_behind_the_back_names_its_entry(database_url: str) -> None:
    found = tampered(database_url, ENTRY)
    gone, new = (ENTRY, "was taken out after"), (ENTRY + 1_000_000, "was put in after")
    assert found.pop("DELETE") == {gone}
    assert found.pop("UPDATE id") <= {gone, new}
    assert found == {f"UPDATE {column}": {(ENTRY, "was changed after")} for column in CHANGES}
    assert said(database_url) == set(), "the undone change breaks no seal"
