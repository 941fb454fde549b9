"""Who is asking, and what that person may open."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Flask, Request, g, request
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor, Permission
from trade.db import read, run
from trade.distributors.behalf import stand_in
from trade.errors import Refused
from trade.flows.end_behalf import lose_behalf
from trade.people.models import Face, LoginSession
from trade.people.queries import SignedIn, find_signed_in
from web.requests import origin

COOKIE = "tongqu_session"
SEEN_EVERY = timedelta(minutes=5)
PUBLIC, SIGNED_IN = "public", "signed-in"
View = Callable[..., Any]
manager = LoginManager()


class User(UserMixin):  # type: ignore[misc]
    """What flask-login hands around; the session itself is a row of ours."""

    def __init__(self, signed_in: SignedIn):
        self.signed_in = signed_in

    def get_id(self) -> str:
        return str(self.signed_in.person_id)


def init_app(app: Flask) -> None:
    manager.session_protection = None
    # An error page asks nobody who is there: its trouble may be that the database cannot tell.
    manager.init_app(app, add_context_processor=False)
    app.before_request(load_actor)
    app.before_request(mark_seen)


@manager.request_loader  # type: ignore[untyped-decorator]
def load_user(asked: Request) -> User | None:
    """Find the session behind the cookie; no other way of signing in exists."""
    token = asked.cookies.get(COOKIE, "")
    if not 20 <= len(token) <= 100:
        return None
    with read() as session:
        signed_in = find_signed_in(session, token, clock.now())
        signed_in = signed_in and stand_in(session, signed_in)
    return User(signed_in) if signed_in else None


def load_actor() -> None:
    """Say who is asking: nobody, until the session says otherwise."""
    g.signed_in, g.actor = None, Actor(origin())
    if current_user.is_authenticated:
        g.signed_in = current_user.signed_in
        g.actor = g.signed_in.actor(origin())


def mark_seen() -> None:
    """Keep the list of devices roughly right; only a POST writes, and seldom."""
    known: SignedIn | None = g.signed_in
    if request.method != "POST" or known is None:
        return
    if known.asked_behalf is not None and known.on_behalf_of is None:
        run(lose_behalf, g.actor, (known.session_id, known.asked_behalf))
    if clock.now() - known.seen_at > SEEN_EVERY:
        run(_see, g.actor, known.session_id)


def _see(session: Session, actor: Actor, session_id: int) -> None:
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(seen_at=clock.now()))


def requires(permission: Permission) -> Callable[[View], View]:
    """Let pass only who holds the permission; tests/access.toml says the same by hand."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(**ids: Any) -> Any:
            _refuse_nobody()
            _refuse_other_face()
            if not g.actor.may(permission):
                raise Refused("access.denied", keep={"path": request.path, "permission": permission.value})
            return view(**ids)

        guarded.permission = permission.value  # type: ignore[attr-defined]
        return guarded

    return guard


def signed_in(view: View) -> View:
    """Let pass everyone who is signed in, in whatever role of this face: their own account."""

    @wraps(view)
    def guarded(**ids: Any) -> Any:
        _refuse_nobody()
        _refuse_other_face()
        return view(**ids)

    guarded.permission = SIGNED_IN  # type: ignore[attr-defined]
    return guarded


def public(view: View) -> View:
    """Let everyone pass; such a page shows nothing of anybody's."""
    view.permission = PUBLIC  # type: ignore[attr-defined]
    return view


def refuse_unguarded(app: Flask) -> None:
    """Do not start with a route that says nothing about who may open it."""
    open_views = [
        name for name, view in app.view_functions.items() if getattr(view, "permission", None) is None
    ]
    if open_views:
        raise RuntimeError(
            f"routes without @requires, @signed_in or @public: {', '.join(sorted(open_views))}"
        )


def _refuse_nobody() -> None:
    if g.actor.person_id is None:
        raise Refused("access.login_needed")


def _refuse_other_face() -> None:
    """Keep the distributors' people out of the brand's side and the brand's out of theirs, whatever a role may."""
    face = (request.blueprint or "").partition(".")[0]
    if face in set(Face) and face != g.signed_in.face:
        raise Refused("access.denied", keep={"path": request.path, "face": face})
