"""The intake's JSON calls below `/intake/api/v1`; each parses, calls one command or query, and answers."""

from services.intake.api import (
    access_log,
    agreements,
    authorities,
    barriers,
    care,
    contacts,
    erasures,
    exports,
    first_visits,
    handovers,
    households,
    imports,
    interpreters,
    merges,
    people,
    releases,
)

routers = [
    households.router,
    first_visits.router,
    contacts.router,
    access_log.router,
    agreements.router,
    authorities.router,
    barriers.router,
    care.router,
    erasures.router,
    exports.router,
    handovers.router,
    imports.router,
    interpreters.router,
    merges.router,
    people.router,
    releases.router,
]
