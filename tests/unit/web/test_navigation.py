"""Where one can go: what is marked as the place where one is."""

import uuid

import pytest

from shared.web.navigation import navigation
from shared.web.tokens import Principal, Role


@pytest.mark.parametrize(
    ("role", "path", "here"),
    [
        (Role.PARTNER, "/referrals/own", ["Meine Vermittlungen"]),
        (Role.PARTNER, "/referrals/own/deletions", ["Meine Vermittlungen"]),
        (Role.PARTNER, "/referrals/own/profile", ["Mein Profil"]),
        (Role.GUEST, "/referrals/round-tables/new", ["Runde Tische"]),
        (Role.TEAM, "/", ["Heute"]),
        (Role.TEAM, "/referrals/offers/new", ["Angebote"]),
        (Role.TEAM, "/volunteers/register/new", ["Ehrenamtliche"]),
        (Role.TEAM, "/volunteers/requests/new", ["Ehrenamt"]),
        (Role.COORDINATOR, "/volunteers/rota", ["Wochenplan"]),
        (Role.TEAM, "/somewhere", []),
    ],
)
def test_one_is_at_one_place_at_most(role: Role, path: str, here: list[str]) -> None:
    """Of two that fit the nearer one is marked."""
    site = "brackel-aplerbeck" if role is Role.TEAM else None
    who = Principal("somebody", role, site, uuid.uuid4(), site or "city", "Somebody")
    assert [entry.label for entry in navigation(who, path) if entry.current] == here
