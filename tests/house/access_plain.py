"""What forms send that say the same for everybody."""

from typing import Any

PLAIN: dict[str, dict[str, Any]] = {
    "POST /language": {"locale": "en"},
    "POST /theme": {"theme": "dark"},
    "/quantity": {"quantity": "3"},
    "/lines/<id:sku_id>": {"quantity": "4"},
    "/limits": {"amount": "60000", "reason": "旺季"},
    "/block": {"change": "block", "reason": "逾期"},
    "/activity": {"state": "inactive"},
    "/people": {"name": "新人", "role": "buyer", "user_name": "new.one", "distributor": "D1"},
}
