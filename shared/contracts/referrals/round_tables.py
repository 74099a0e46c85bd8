"""Round tables (Runde Tische; report, §3.1a)."""

from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.kinds import Count, Day, Slug
from shared.contracts.words import TableKind


class RoundTableHeld(Event, name="round-table-held", publisher="referrals", subject="table_id", site="site"):
    """A round table has met (Treffen gehalten). Who said what stays in its minutes."""

    table_id: UUID
    meeting_id: UUID
    kind: TableKind
    theme: Slug | None = None
    site: Slug
    on: Day
    partners: tuple[Slug, ...] = ()
    """The partners that are its members."""
    guests: Count = 0
    decisions: Count = 0
