"""The tables of mails and one-time links, added to the metadata of a service that sends some."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB


def mail_tables(metadata: MetaData) -> None:
    """Add `mail` and `mail_link` to a service's metadata.

    * `mail`: what is to be sent, in the order of its writing. `about` has the ids from which the text is made when it
      is sent: neither a text nor a code in clear is ever kept;
    * `mail_link`: what a one-time code is good for, by the SHA-256 of the code; used once, at most until it expires.
    """
    Table(
        "mail",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("to_address", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("about", JSONB, nullable=False),
        Column("state", Text, nullable=False, server_default="waiting"),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("next_try_at", DateTime(timezone=True)),
        Column("error_code", Text),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("sent_at", DateTime(timezone=True)),
        CheckConstraint("to_address like '%@%'", name="address"),
        CheckConstraint("state in ('waiting', 'sent', 'failed')", name="state"),
        CheckConstraint("(state = 'waiting') = (next_try_at is not null)", name="waiting"),
        CheckConstraint("(state = 'sent') = (sent_at is not null)", name="sent"),
        Index("ix_mail_waiting", "to_address", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_mail_about", "about", postgresql_using="gin", postgresql_ops={"about": "jsonb_path_ops"}),
    )
    Table(
        "mail_link",
        metadata,
        Column("hash", Text, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("about", JSONB, nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        Column("used_at", DateTime(timezone=True)),
    )
