"""The answer to a partner's command that was not carried out (network contract, „Partner systems“)."""

import re
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from shared.contracts.base import Event
from shared.contracts.kinds import Slug
from shared.contracts.words import RefusalReason

FIELD_PATH = re.compile(r"[a-z_]+(\.[a-z0-9_]+){0,4}")
FieldPath = Annotated[str, StringConstraints(pattern=f"^{FIELD_PATH.pattern}$", max_length=100)]
"""A field of a command's data as the schema calls it, e.g. `title.de`; never a word of the sender's."""


class CommandRefused(Event, name="command-refused", publisher="referrals", subject="partner", site="site"):
    """A partner's command was refused (Auftrag abgelehnt), and nothing was changed.

    Told to the operations team and, as a copy of its own, to the partner that has sent it.
    """

    partner: Slug
    site: Slug
    """Always `city`: commands are answered there."""
    command_id: UUID | None = None
    """The CloudEvents `id` of the command, where it could be read."""
    command: Slug | None = None
    """Which command it was, if it is one that exists."""
    reason: RefusalReason
    fields: tuple[FieldPath, ...] = ()
    """The fields of the command's data that are wrong."""
