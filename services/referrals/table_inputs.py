"""What comes in about round tables: bodies of calls and forms of pages."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.referrals.directory_inputs import Clock, Email, Number
from services.referrals.tables import Reply
from shared.contracts.words import TableKind
from shared.web.inputs import Day, Input, LongText, ShortText, Slug

Minutes = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Account = Annotated[str, StringConstraints(min_length=1, max_length=60)]
ProposalKey = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z0-9]+)+$", max_length=80)]


class FoundTable(Input):
    """A round table that is new."""

    kind: TableKind
    theme: ShortText
    theme_slug: Slug | None = Field(default=None, description="Wie das Thema in Meldungen heißt.")
    site: Slug | None = Field(default=None, description="Für welchen Standort; `city` für die ganze Stadt.")
    description: LongText | None = None


class ChangeTable(Input):
    """The table as it is now; a table that is not active does not meet any more."""

    theme: ShortText
    theme_slug: Slug | None = None
    description: LongText | None = None
    active: bool = True


class AddMember(Input):
    """A partner, or somebody else by a label, who may sign in as a guest and get mails."""

    partner: Slug | None = Field(default=None, description="Kurzname des Partners.")
    label: ShortText | None = Field(default=None, description="Wer sonst, zum Beispiel die Bezirksvertretung.")
    guest_account: Account | None = Field(default=None, description="Mit welchem Gastkonto.")
    email: Email | None = None


class PlanMeeting(Input):
    """When and where the table meets; hours are those of Dortmund."""

    on: Day
    begins: Clock
    ends: Clock
    place: ShortText


class AddItem(Input):
    """Something of one's own to talk about, or by its key what the data proposes."""

    text: ShortText | None = None
    key: ProposalKey | None = None


class WriteMinutes(Input):
    """What was said. No personal data belong here."""

    minutes: Minutes


class AddDecision(Input):
    """What was decided, who does it, and by when."""

    decision: ShortText
    owner: ShortText
    due_on: Day | None = None


class HoldMeeting(Input):
    """The meeting took place."""

    attended: Number | None = Field(default=None, description="Wie viele da waren.")


class AnswerInvitation(Input):
    """Whether somebody comes; the team says it for a member (`member_id`), everybody else for themselves."""

    answer: Reply
    member_id: UUID | None = None
