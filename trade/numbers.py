from datetime import date

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, Session

from trade.db import Base, insert_into

TAIL = 4  # digits of the day's count, as `draw` writes it


class NumberSeries(Base):
    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("prefix", "day"),)
    prefix: Mapped[str]
    day: Mapped[date]
    last: Mapped[int]


def draw(session: Session, prefix: str, day: date) -> str:
    """Draw the next number of the day, such as SO261121-0009; every writer wants this row, so draw last."""
    first = insert_into(session, NumberSeries).values(prefix=prefix, day=day, last=1)
    following = first.on_conflict_do_update(
        index_elements=["prefix", "day"], set_={"last": NumberSeries.last + 1}
    )
    return f"{prefix}{day:%y%m%d}-{session.scalar(following.returning(NumberSeries.last)):04d}"


def tail_of(column: str) -> str:
    """The last characters of a column as SQL of both databases: how a long number is asked for."""
    return f"upper(substr({column}, length({column}) - {TAIL - 1}))"
