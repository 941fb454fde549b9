"""Who people are at the company's own login, tied and untied by the operator."""

import click
from flask.cli import with_appcontext

from trade.actor import system
from trade.db import run
from trade.errors import Refused
from trade.flows.tie_identity import Tie, tie_identity, untie_identity
from web import oidc, words

OPERATOR = system("operator")


@click.group("identity")
def identity_group() -> None:
    """Look after who may come in by the company's own login."""


@identity_group.command("tie")
@click.argument("person_id", type=int)
@click.argument("subject")
@with_appcontext
def tie(person_id: int, subject: str) -> None:
    """Let a person come in under the `sub` by which the provider of TONGQU_OIDC_ISSUER names them."""
    known = oidc.provider()
    if known is None:
        raise click.ClickException("No provider is named; TONGQU_OIDC_* and TONGQU_PUBLIC_URL say which.")
    try:
        name = run(tie_identity, OPERATOR, Tie(person_id, known.issuer, subject))
    except Refused as refusal:
        raise click.ClickException(words.say(refusal)) from refusal
    click.echo(f"{name} can sign in as {subject} at {known.issuer}.")


@identity_group.command("untie")
@click.argument("person_id", type=int)
@with_appcontext
def untie(person_id: int) -> None:
    """Believe no provider about a person any more; their password goes on working."""
    click.echo(f"{run(untie_identity, OPERATOR, person_id)} untied.")


COMMANDS = [identity_group]
