"""Local accounts and their sessions: they live in the database of the stack that they belong to.

A site's accounts live with its intake and the city's with reporting, so that a cut line locks nobody out. Nothing here
says when somebody worked: sessions know their end and not their beginning, and failed attempts are forgotten after the
window in which they count.
"""

from shared.web.accounts.sessions import (
    SessionKind,
    current_account,
    open_session,
    revoke_all,
    revoke_session,
)
from shared.web.accounts.store import (
    Account,
    AccountError,
    add_account,
    disable_account,
    list_accounts,
    set_password,
)
from shared.web.accounts.tables import account_tables
from shared.web.accounts.throttle import Throttled, WrongCredentials, authenticate

__all__ = [
    "Account",
    "AccountError",
    "SessionKind",
    "Throttled",
    "WrongCredentials",
    "account_tables",
    "add_account",
    "authenticate",
    "current_account",
    "disable_account",
    "list_accounts",
    "open_session",
    "revoke_all",
    "revoke_session",
    "set_password",
]
