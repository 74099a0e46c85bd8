"""`lokal user`: the local accounts of a stack; there is none, and no default password, until somebody makes one."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import asyncpg
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from deploy.cli import Failed, app
from deploy.cli.environment import database_url
from shared.contracts.words import CITY
from shared.database import Database
from shared.web import accounts
from shared.web.tokens import Role, may_issue

console = Console()
user = typer.Typer(no_args_is_help=True, help="Accounts of a site's team or of the city.")
app.add_typer(user, name="user")

Result = TypeVar("Result")
_PARTNER = text("select true from partner where slug = :slug")
Name = Annotated[
    str,
    typer.Argument(help="The account's name, with which one signs in; a partner's or authority's is its short name."),
]
Site = Annotated[str | None, typer.Option(help="The site whose stack holds the account; without it, the city.")]
DatabaseUrl = Annotated[str | None, typer.Option(help="Database of that stack, where it is not in the environment.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


def stack_of(role: Role, site: str | None) -> str:
    """The stack that gives this role for this site; a misuse if none does, or if the role belongs to no site."""
    if site and site != CITY and role is not Role.TEAM:
        raise typer.BadParameter(f"the role {role} belongs to the city: leave --site out", param_hint="--site")
    stack = site if role is Role.TEAM and site else CITY
    if not may_issue(stack, role, site):
        raise typer.BadParameter("the role team needs --site: the site whose team it is", param_hint="--site")
    return stack


def in_database(stack: str, url: str | None, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """Run `work` in one transaction on the database in which the stack's accounts live."""

    async def run() -> Result:
        service = "reporting" if stack == CITY else "intake"
        database = Database(url or database_url(service, stack))
        try:
            async with database.transaction() as session:
                return await work(session)
        finally:
            await database.dispose()

    try:
        return asyncio.run(run())
    except accounts.AccountError as error:
        raise Failed(str(error)) from None


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


@user.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the account may do.")] = Role.TEAM,
    site: Site = None,
    display_name: Annotated[str | None, typer.Option("--name", help="How colleagues know the person.")] = None,
    password_stdin: FromStdin = False,
    database: DatabaseUrl = None,
) -> None:
    """Make an account; the password is asked for, or read from standard input."""
    stack = stack_of(role, site)
    password = _ask_password(password_stdin)
    in_database(
        stack,
        database,
        lambda session: accounts.add_account(session, name, role, site, display_name or name, password),
    )
    console.print(f"account {name} ({role}) made at {stack}")
    if role in (Role.PARTNER, Role.AUTHORITY) and not _is_partner(name):
        console.print(f"No partner has the short name {name} yet: until then the account sees nothing.", style="yellow")


def _is_partner(slug: str) -> bool:
    """Whether the directory has this partner; true where it cannot be asked."""

    async def look() -> bool:
        database = Database(database_url("referrals"))
        try:
            async with database.transaction() as session:
                return bool((await session.execute(_PARTNER, {"slug": slug})).scalar())
        finally:
            await database.dispose()

    try:
        return asyncio.run(look())
    except (Failed, SQLAlchemyError, asyncpg.PostgresError, OSError):
        return True


@user.command("list")
def show(
    site: Site = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    database: DatabaseUrl = None,
) -> None:
    """The accounts of a stack."""
    found = in_database(site or CITY, database, accounts.list_accounts)
    if as_json:
        fields = ("name", "display_name", "role", "site", "disabled", "has_password")
        typer.echo(json.dumps([{field: getattr(account, field) for field in fields} for account in found]))
        return
    table = Table("account", "name", "role", "site", "state")
    for account in found:
        state = "disabled" if account.disabled else ("" if account.has_password else "tokens only")
        table.add_row(account.name, account.display_name, account.role, account.site or "", state)
    console.print(table)


@user.command()
def password(name: Name, site: Site = None, password_stdin: FromStdin = False, database: DatabaseUrl = None) -> None:
    """Set a new password; every open session and token of the account ends."""
    new = _ask_password(password_stdin)
    in_database(site or CITY, database, lambda session: accounts.set_password(session, name, new))
    console.print(f"password of {name} set, its sessions are ended")


@user.command()
def disable(name: Name, site: Site = None, database: DatabaseUrl = None) -> None:
    """Shut an account; every open session and token of it ends."""
    in_database(site or CITY, database, lambda session: accounts.disable_account(session, name))
    console.print(f"account {name} disabled, its sessions are ended")


@user.command("sign-out")
def sign_out(name: Name, site: Site = None, database: DatabaseUrl = None) -> None:
    """End every open session and token of an account (a lost telephone)."""
    ended = in_database(site or CITY, database, lambda session: accounts.revoke_all(session, name))
    console.print(f"{ended} sessions of {name} ended")
