"""Who a service is on the broker."""

from dataclasses import dataclass

from shared.contracts import Event


@dataclass(frozen=True, slots=True)
class Publisher:
    """The identity under which a service publishes: its site (or `city`), its name, and where its schemas are."""

    site: str
    service: str
    public_url: str

    @property
    def source(self) -> str:
        """CloudEvents `source`, e.g. `/sites/brackel-aplerbeck/intake`."""
        return f"/sites/{self.site}/{self.service}"

    def schema_of(self, event: Event) -> str:
        """CloudEvents `dataschema`: where the publishing service serves the event's JSON Schema."""
        return f"{self.public_url}/{self.service}/schemas/{event.event}.v{event.major}.json"
