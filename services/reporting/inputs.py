"""What is asked for in calls and forms about the roll-out."""

from typing import Annotated

from pydantic import Field

from shared.contracts.words import District, Funding, PartnerState
from shared.web.inputs import Day, Input, ShortText, Slug


class PlanSite(Input):
    """A planned site, as it shall be; the same slug again changes the plan."""

    slug: Slug = Field(examples=["hoerde-hombruch"])
    districts: Annotated[list[District], Field(min_length=1)]
    partner: Slug | None = Field(default=None, description="Kurzname des Trägers; ohne ihn aus dem Namen gebildet.")
    partner_name: ShortText | None = Field(default=None, description="Wohlfahrtsverband, der den Standort trägt.")
    partner_state: PartnerState = PartnerState.NONE
    funding: Funding = Funding.MUNICIPAL
    extension_funding: Funding | None = Field(
        default=None, description="Wer die Weiterführung bezahlt, wenn die Zeit der Eröffnung vorbei ist."
    )
    planned_for: Day | None = None


class ApproveSite(Input):
    """The grant was approved."""

    on: Day


class ExtendSite(Input):
    """A running site goes on."""

    until: Day
    funding: Funding | None = Field(default=None, description="Wer bezahlt; sonst wie geplant.")
