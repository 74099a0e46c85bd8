"""How a rule says no without knowing who asked: the web answers with a problem or a page, a consumer by a dead letter.

Messages are German, for people, and never quote what was entered: they end up in answers, pages and logs.
"""


class Refused(Exception):
    """Something that was asked for is not done; nothing was changed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(Refused):
    """A value is wrong: `path` names the field as in the request (`persons.0.birth_date`)."""

    def __init__(self, path: str, message: str, more: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.errors = [(path, message), *(more or [])]


class Missing(Refused):
    """Something does not exist, or not for the one who asks: `Missing("Der Haushalt")`."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} wurde nicht gefunden.")


class MovedOn(Missing):
    """It was here and is now elsewhere: says where, and nothing else about it."""

    def __init__(self, what: str, where: str) -> None:
        there = f"Die Akte ist jetzt beim Standort {where}. Bitte dort fragen."
        Refused.__init__(self, f"{what} wird nicht mehr hier geführt: {there}")


class Conflict(Refused):
    """The state of things does not allow it (any more)."""


class Forbidden(Refused):
    """The one who asks may not do this."""
