"""The base of all events and the catalogue that they enter by being defined."""

from datetime import date
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

PREFIX = "de.dortmund.lokal-willkommen."
"""What every CloudEvents type of this network begins with."""

CATALOGUE: dict[str, type["Event"]] = {}
"""Every known event class by its CloudEvents type, e.g. `de.dortmund.lokal-willkommen.household-moved.v1`."""


VALUE_CONFIG = ConfigDict(
    frozen=True,
    extra="ignore",
    # By alias, because `from` is a word of the contracts and a keyword of Python.
    serialize_by_alias=True,
    validate_by_alias=True,
    validate_by_name=True,
    # The docstring below a field is its description in the JSON Schema.
    use_attribute_docstrings=True,
)
"""How events and their parts are read and written."""


class Event(BaseModel):
    """The data of one event.

    A subclass says in its class keywords how it travels::

        class HouseholdMoved(
            Event, name="household-moved", publisher="intake", subject="household_id", district="to_district"
        ):
            household_id: UUID

    * `name`, `major`: the words of the CloudEvents type and of the routing key;
    * `publisher`: the service that alone may publish it; without it, each service may;
    * `subject`: the field whose value is the CloudEvents `subject`, within which `sequence` counts;
    * `district`: the field that gives the `district` attribute, if there is one;
    * `site`: the field that names the concerned site where that is not the publisher's own;
    * `ending`: the last day on which this major is published beside the next one, once there is a next one.

    Unknown fields are ignored when an event is read, so that a publisher may add optional ones.
    """

    model_config = VALUE_CONFIG

    event: ClassVar[str]
    major: ClassVar[int]
    type: ClassVar[str]
    publisher: ClassVar[str]
    subject_field: ClassVar[str]
    district_field: ClassVar[str | None]
    site_field: ClassVar[str | None]
    ending: ClassVar[date | None]

    def __init_subclass__(cls, **keywords: Any) -> None:
        # Pydantic hands the class keywords to `__pydantic_init_subclass__` as well; `object` would refuse them.
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        *,
        name: str | None = None,
        major: int = 1,
        publisher: str = "",
        subject: str = "",
        district: str | None = None,
        site: str | None = None,
        ending: date | None = None,
        **kwargs: Any,
    ) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if name is None:
            return  # a shared base of several events, not an event itself
        for field in (subject, district, site):
            if field is not None and field not in cls.model_fields:
                raise TypeError(f"{cls.__name__} has no field {field!r}")
        cls.event, cls.major, cls.type = name, major, f"{PREFIX}{name}.v{major}"
        cls.publisher, cls.subject_field, cls.district_field, cls.site_field, cls.ending = (
            publisher,
            subject,
            district,
            site,
            ending,
        )
        if cls.type in CATALOGUE:
            raise TypeError(f"{cls.type} is defined twice")
        CATALOGUE[cls.type] = cls

    def in_former_major(self) -> "Event | None":
        """This fact as the major before has it, while that one is published beside this; None if there is none.

        A pure function, beside the class: what is published in two majors is stated once.
        """
        return None

    def in_next_major(self) -> "Event | None":
        """This fact as the next major has it, for whoever meets what was written before there was one; else None."""
        return None

    @property
    def subject(self) -> str:
        """The id of the thing that changes (CloudEvents `subject`)."""
        return str(getattr(self, self.subject_field))

    @property
    def concerned_district(self) -> str | None:
        """The slug of the district that the event concerns, if any."""
        value = getattr(self, self.district_field) if self.district_field else None
        return None if value is None else str(value)

    @property
    def concerned_site(self) -> str | None:
        """The slug of the site that the event concerns, where it is not the publisher's own."""
        value = getattr(self, self.site_field) if self.site_field else None
        return None if value is None else str(value)


def published_majors(event: str) -> list[type[Event]]:
    """The majors in which an event of this name is published now, the newest first; empty for a name that nobody has.

    Former ones whose time is over stay in the catalogue for what was written in them, and are not among these.
    """
    known = sorted((each for each in catalogue().values() if each.event == event), key=lambda each: -each.major)
    return [*known[:1], *(each for each in known[1:] if each.ending is not None)]


def catalogue() -> dict[str, type[Event]]:
    """All events of all publishers, loaded; a consumer that must know every type asks here."""
    from shared.contracts import common, intake, referrals, reporting, volunteers  # noqa: F401  (defining a class enters it)

    return CATALOGUE
