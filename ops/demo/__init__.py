"""An invented beverage and snack brand with a past and with open work for everybody: what `./run` shows at first."""

from ops.demo.loading import is_empty, load
from ops.demo.people import Login

__all__ = ["Login", "is_empty", "load"]
