"""What a person types to sign in: a phone number, an e-mail address, a user name; each means one person."""

import re
import unicodedata

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from trade.errors import Refused
from trade.people.models import Person

PHONE = re.compile(r"1[3-9][0-9]{9}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
Names = dict[str, str | None]


def cleaned(phone: str | None, email: str | None, user_name: str | None) -> Names:
    """The three names as they are kept. Raises Refused when none is given or one is odd."""
    names = {"phone": _phone(phone), "email": _email(email), "user_name": _plain(user_name)}
    if not any(names.values()):
        raise Refused("person.name_needed", field="phone")
    return names


def refuse_taken(session: Session, names: Names, but: int | None = None) -> None:
    """A name signs one person in, whichever of the three kinds it is."""
    for field, name in names.items():
        anywhere = or_(Person.phone == name, Person.email == name, Person.user_name == name)
        if name and session.scalar(select(Person.id).where(anywhere, Person.id != (but or 0)).limit(1)):
            raise Refused("person.name_taken", name=name, field=field)


def _plain(name: str | None) -> str | None:
    return (name or "").strip().lower() or None


def _phone(text: str | None) -> str | None:
    """A mobile number as its eleven digits, however wide or spaced it was typed."""
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text or ""))
    if plain and not PHONE.fullmatch(plain):
        raise Refused("person.phone_odd", field="phone")
    return plain or None


def _email(text: str | None) -> str | None:
    plain = _plain(unicodedata.normalize("NFKC", text or ""))
    if plain and not EMAIL.fullmatch(plain):
        raise Refused("person.email_odd", field="email")
    return plain
