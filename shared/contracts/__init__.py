"""What the services say to each other: frozen, typed events, one module per publisher.

An event is a fact in the past tense; its data is the state after the change, never a difference, and holds ids,
enumerations, counts and dates only: no names, addresses, phone numbers, birth dates or health details.
The JSON Schemas beside the modules are generated from the classes and committed.
"""

from shared.contracts.base import CATALOGUE, PREFIX, Event, catalogue

__all__ = ["CATALOGUE", "PREFIX", "Event", "catalogue"]
