"""Orders and returns in the world of the walk, by the names that the list has for them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.attachments.models import Attachment
from trade.fulfilment.models import Shipment
from trade.orders.models import OrderLine
from trade.returns.models import ReturnLine, ReturnRequest


def returns(session: Session, home: int) -> dict[str, int]:
    """Returns by distributor and state, with their lines and photos: D1.return, D1.return-approved, D1.photo."""
    found: dict[str, int] = {}
    rows = select(ReturnRequest, ReturnLine).join(ReturnLine, ReturnLine.request_id == ReturnRequest.id)
    for each, line in session.execute(rows):
        code = "D1" if each.distributor_id == home else "D2"
        name = f"{code}.return" if each.state == "requested" else f"{code}.return-{each.state}"
        photo = select(Attachment.id).where(Attachment.subject == "return", Attachment.subject_id == each.id)
        found |= {name: each.id, f"line of {name}": line.id, f"version of {name}": each.version}
        found |= {f"order line of {name}": line.order_line_id}
        if each.state == "requested":
            found[f"{code}.photo"] = session.scalars(photo).one()
    return found


def parts(session: Session, order_id: int) -> dict[str, int]:
    """The first line that is still open, the parcel and the file of a shipped order."""
    lines = select(OrderLine.id).where(OrderLine.order_id == order_id).order_by(OrderLine.line_no)
    return {
        "line": session.scalars(lines).all()[0],
        "parcel": session.scalars(select(Shipment.id).where(Shipment.order_id == order_id)).one(),
        "file": session.scalars(
            select(Attachment.id).where(Attachment.subject == "order", Attachment.subject_id == order_id)
        ).one(),
    }
