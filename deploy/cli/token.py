"""`lokal token`: a bearer token for programs, in the name of an account."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from deploy.cli import Failed, app
from deploy.cli.environment import local_folder, require_site
from deploy.cli.user import DatabaseUrl, in_database, stack_of
from shared.contracts.words import CITY
from shared.web import accounts, tokens
from shared.web.accounts import Account, SessionKind
from shared.web.keys import KeyRing
from shared.web.tokens import Principal, Role


@app.command()
def token(
    role: Annotated[Role, typer.Option(help="What the bearer may do.")],
    site: Annotated[str | None, typer.Option(help="The site; needed for the role team.")] = None,
    as_name: Annotated[
        str | None, typer.Option("--as", help="The account, the access log's `who`; made if there is none.")
    ] = None,
    valid_hours: Annotated[int, typer.Option(min=1, max=24 * 31, help="How long it is valid.")] = 8,
    signing_key_file: Annotated[
        Path | None, typer.Option(envvar="LOKAL_SIGNING_KEY_FILE", help="The stack's private key.")
    ] = None,
    database: DatabaseUrl = None,
) -> None:
    """Print a bearer token. `lokal user sign-out` and `lokal user disable` end it at the stack that issued it."""
    name = as_name or f"lokal-{role}"
    typer.echo(issue_token(role, site, name, timedelta(hours=valid_hours), signing_key_file, database))


def issue_token(
    role: Role,
    site: str | None,
    name: str,
    lifetime: timedelta,
    signing_key_file: Path | None = None,
    database: str | None = None,
    *,
    display_name: str | None = None,
) -> str:
    """A bearer token in the name of an account, which is made if there is none. Raises `Failed`."""
    stack = stack_of(role, site)
    key_file = signing_key_file or local_folder() / "secrets" / f"{stack}.key"
    if not key_file.exists():
        if stack != CITY:
            require_site(stack)
        raise Failed(f"{key_file} is missing: `lokal migrate` makes it.")

    async def open_one(session: AsyncSession) -> Principal:
        account = await _account(session, name, role, site, display_name or name)
        session_id = await accounts.open_session(session, name, SessionKind.TOKEN, lifetime)
        return Principal(name, role, site, session_id, stack, account.display_name)

    principal = in_database(stack, database, open_one)
    return tokens.issue(KeyRing.of_own(stack, key_file), principal, lifetime)


async def _account(session: AsyncSession, name: str, role: Role, site: str | None, display_name: str) -> Account:
    if not await accounts.list_accounts(session, name):
        await accounts.add_account(session, name, role, site, display_name, None)
    (account,) = await accounts.list_accounts(session, name)
    if account.disabled:
        raise accounts.AccountError(f"The account {name} is disabled.")
    if (account.role, account.site) != (role, site):
        raise accounts.AccountError(
            f"{name} is an account with the role {account.role} for {account.site or 'the city'}."
        )
    return account
