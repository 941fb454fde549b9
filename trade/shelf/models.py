from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Favourite(Base):
    """A SKU that a person at a distributor has starred."""

    __tablename__ = "favourite"
    __table_args__ = (UniqueConstraint("person_id", "distributor_id", "sku_id"),)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
