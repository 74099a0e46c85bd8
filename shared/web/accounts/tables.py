"""The tables of accounts and sessions, added to the metadata of a service whose stack issues sign-ins."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)

from shared.web.tokens import SITE_ROLES, Role

ACCOUNT_NAME = r"^[a-z0-9][a-z0-9._-]{1,59}$"


def _words(values: list[Role]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def account_tables(metadata: MetaData) -> None:
    """Add `account`, `session` and `sign_in_failure` to a service's metadata.

    * `account`: who may sign in, and as what; without a password it can only carry tokens of the command line;
    * `session`: an open sign-in or token. It has an end and no beginning: nobody's working time can be read from it;
    * `sign_in_failure`: attempts that count against an account and a client address, kept for as long as they count.
    """
    Table(
        "account",
        metadata,
        Column("name", Text, primary_key=True),
        Column("display_name", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("site", Text),
        Column("password_hash", Text),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("disabled_at", DateTime(timezone=True)),
        CheckConstraint(f"name ~ '{ACCOUNT_NAME}'", name="account_name_form"),
        CheckConstraint(f"role in ({_words(list(Role))})", name="account_role_known"),
        CheckConstraint(
            f"role not in ({_words(sorted(SITE_ROLES))}) or site is not null", name="account_team_has_site"
        ),
    )
    Table(
        "session",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("account", Text, ForeignKey("account.name", ondelete="CASCADE"), nullable=False),
        Column("kind", Text, nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        Column("revoked_at", DateTime(timezone=True)),
        CheckConstraint("kind in ('sign_in', 'token')", name="session_kind_known"),
        Index("session_account", "account"),
    )
    Table(
        "sign_in_failure",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("account", Text, nullable=False),
        Column("client", Text, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Index("sign_in_failure_account", "account", "at"),
        Index("sign_in_failure_client", "client", "at"),
    )
