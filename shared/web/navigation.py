"""Where one can go, by role; the same on the pages of all services."""

from dataclasses import dataclass

from shared.contracts.words import CITY
from shared.web.tokens import Principal, Role


@dataclass(frozen=True, slots=True)
class Destination:
    """An entry of the main navigation."""

    label: str
    path: str
    roles: frozenset[Role]
    current: bool = False


_FIGURES = frozenset({Role.TEAM, Role.COORDINATOR})
_TEAM = frozenset({Role.TEAM})
_COORDINATOR = frozenset({Role.COORDINATOR})
_RECIPIENTS = frozenset({Role.PARTNER, Role.AUTHORITY})

_DESTINATIONS = (
    ("Heute", "/", _TEAM),
    ("Sprechstunde", "/intake/office-hours", _TEAM),
    ("Haushalte", "/intake/households", _TEAM),
    ("Erstbesuche", "/intake/first-visits", _TEAM),
    ("Liste einlesen", "/intake/imports", _TEAM),
    ("Übergaben", "/intake/handovers", _TEAM),
    ("Aufgaben", "/intake/tasks", _TEAM),
    ("Zahlen", "/reporting/figures", _COORDINATOR),  # the coordination begins with them
    ("Vermittlungen", "/referrals/board", _FIGURES),
    ("Ehrenamt", "/volunteers/requests", _TEAM),
    ("Ehrenamtliche", "/volunteers/register", _TEAM),
    ("Wochenplan", "/volunteers/rota", _COORDINATOR),
    ("Angebote", "/referrals/offers", _FIGURES),
    ("Partner", "/referrals/partners", _COORDINATOR),
    ("Wissen", "/referrals/knowledge", _FIGURES),
    ("Meine Vermittlungen", "/referrals/own", _RECIPIENTS),
    ("Mein Profil", "/referrals/own/profile", _RECIPIENTS),
    ("Meine Seite", "/volunteers/mine", frozenset({Role.VOLUNTEER})),
    ("Runde Tische", "/referrals/round-tables", _FIGURES | _RECIPIENTS | {Role.GUEST}),
    ("Zahlen", "/reporting/figures", _TEAM),
    ("Standorte", "/reporting/roll-out", frozenset({Role.COORDINATOR, Role.ADMINISTRATION})),
    ("Betrieb", "/reporting/operations", frozenset({Role.OPERATIONS})),
    ("Zugriffsprotokoll", "/intake/access-log", frozenset({Role.PRIVACY})),
    ("Löschungen", "/intake/erasures", frozenset({Role.PRIVACY})),
)


def navigation(principal: Principal | None, path: str) -> list[Destination]:
    """What this person may open; `current` marks where the path is."""
    if principal is None:
        return []
    own = [(label, target, roles) for label, target, roles in _DESTINATIONS if principal.role in roles]
    # The nearest one alone: „Mein Profil" lies below „Meine Vermittlungen".
    here = max((target for _, target, _ in own if _is_below(path, target)), key=len, default=None)
    return [Destination(label, target, roles, current=target == here) for label, target, roles in own]


def _is_below(path: str, target: str) -> bool:
    return path == target or (target != "/" and path.startswith(target.rstrip("/") + "/"))


def home(principal: Principal) -> str | None:
    """The first page after signing in; None for a role that has no page yet."""
    own = navigation(principal, "")
    return own[0].path if own else None


def keys(principal: Principal | None) -> dict[str, str] | None:
    """Where the keys `/` and `n` lead from a page that has neither a search nor anything new; None for no team."""
    if principal is None or principal.role is not Role.TEAM:
        return None
    return {"search": "/intake/households#q", "new": "/intake/households/new"}


def sign_out_address(issuer: str) -> str:
    """Where a session of this stack is ended."""
    return "/reporting/sign-out" if issuer == CITY else "/sign-out"
