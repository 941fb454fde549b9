"""Statements that are made once: what differs from one reader to the next is bound each time they are asked.

Making a statement costs a page more than running it: its parts, its columns and its key are worked out anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, wraps
from inspect import Parameter, signature
from operator import attrgetter, itemgetter
from typing import Any, NoReturn, ParamSpec, TypeVar

from sqlalchemy import BindParameter, ClauseElement

from trade import clock
from trade.actor import Scope

MANY = "_ids"  # how the name of a value ends that is many
MOST = 200  # statements of one kind that are kept: what people type has many forms
Asked = ParamSpec("Asked")
Made = TypeVar("Made", bound=ClauseElement)
Given = Mapping[str, Any]  # the arguments of one call by name
Get = Callable[[Given], Any]
Values = dict[str, Get]  # what will be bound, by the name that the statement has for it


def kept(make: Callable[Asked, Made]) -> Callable[Asked, tuple[Made, dict[str, Any]]]:
    """Let `make` run once; asked from then on, it answers what it made, and the values: `session.execute(*asked(…))`.

    While it is made, an argument stands for a value to come, and so do the facts of a dataclass, the parts of a tuple
    and the day; what is called `…_ids` stands for many. Nobody can look at them or reckon with them. What can be
    looked at are None, the length of a tuple, how far an actor reaches, and keyword-only arguments, all hashable: for
    each of these a statement of its own is made.
    """
    parameters = signature(make).parameters.values()
    names = [each.name for each in parameters if each.kind is not Parameter.KEYWORD_ONLY]
    statements: dict[Any, tuple[Made, Values]] = {}

    @wraps(make)
    def ask(*args: Asked.args, **shape: Asked.kwargs) -> tuple[Made, dict[str, Any]]:
        given = dict(zip(names, args, strict=True))
        key = *shape.values(), *[_form(name, value) for name, value in given.items()]
        found = statements.get(key)
        if found is None:
            later = _Later(given)
            with clock.told_later(lambda: later.bind("today", lambda _given: clock.today())):
                made = make(*[later.stand(name, itemgetter(name)) for name in names], **shape)
            if len(statements) >= MOST:
                statements.clear()
            found = statements[key] = made, later.values
        made, values = found
        return made, {name: get(given) for name, get in values.items()}

    return ask


def _form(name: str, value: Any) -> Any:
    """What a statement depends on besides the values that are bound."""
    if value is None or name.endswith(MANY):
        return value is None
    if isinstance(value, Scope):
        return value.reach
    if isinstance(value, tuple):
        return tuple([_form(name, each) for each in value])
    facts = _facts(value.__class__)
    return facts and tuple([_form(fact, getattr(value, fact)) for fact in facts])


@cache
def _facts(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()


class _Later:
    """Values to come, while a statement is made from those of its first call."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.values: Values = {}

    def stand(self, name: str, get: Get) -> Any:
        """What stands for a value: a bound one, or its facts, or its parts; nothing for none."""
        value = get(self.given)
        if value is None:
            return None
        if is_dataclass(value):
            return _Facts(name, value, get, self)
        if isinstance(value, tuple) and not name.endswith(MANY):
            return tuple(self.stand(f"{name}_{at}", _part(get, itemgetter(at))) for at in range(len(value)))
        return self.bind(name, get)

    def bind(self, name: str, get: Get) -> "_Value":
        self.values[name] = get
        return _Value(name, expanding=name.endswith(MANY))


class _Facts:
    """What stands for a dataclass."""

    def __init__(self, name: str, whole: Any, get: Get, later: _Later) -> None:
        self._name, self._whole, self._get, self._later = name, whole, get, later

    def __getattr__(self, fact: str) -> Any:
        if fact == "reach":
            return self._whole.reach
        return self._later.stand(f"{self._name}_{fact}", _part(self._get, attrgetter(fact)))


def _part(get: Get, look: Callable[[Any], Any]) -> Get:
    return lambda given: look(get(given))


class _Value(BindParameter[Any]):
    """A value to come."""

    inherit_cache = True

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError(f"{self.key} is only known when the statement is asked")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __format__ = _refuse
