"""The three tables of delivery, added to each service's own metadata."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)


def delivery_tables(metadata: MetaData) -> None:
    """Add `outbox`, `subject_sequence` and `inbox` to a service's metadata.

    * `outbox`: events that are committed and not yet confirmed by the broker, in the order of their writing;
    * `subject_sequence`: the last `sequence` given to each subject; its row lock makes the order of numbers the order
      of commits;
    * `inbox`: which event has had its effect in which consumer. The pair is the identity: the same event may have
      one effect in each of several consumers, and never two in one.
    """
    Table(
        "outbox",
        metadata,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        Column("id", Uuid, nullable=False),
        Column("routing_key", Text, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        # The message without its `sequence`, which is known only to the row: the relay puts the two together.
        Column("body", LargeBinary, nullable=False),
        Column("added_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    )
    Table(
        "subject_sequence",
        metadata,
        Column("subject", Text, primary_key=True),
        Column("last", BigInteger, nullable=False),
    )
    Table(
        "inbox",
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("consumer", Text, primary_key=True),
        Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
