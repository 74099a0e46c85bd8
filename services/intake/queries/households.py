"""The household search: by name, street or case number, as one types."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_MAX_WORDS = 6

_SEARCH = """
select h.id, h.family_name, h.protected, h.languages, h.closed_on, r.district,
       case when h.protected then null else r.neighbourhood end as neighbourhood,
       case when h.protected then null else r.street end as street, r.moved_in,
       (select count(*) from person p where p.household_id = h.id) as persons
from household h
join lateral (
    select * from residence where household_id = h.id order by moved_out desc nulls first limit 1
) r on true
where {where}
order by fold(h.family_name), h.id
limit :limit
"""


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """One line of a list of households; of a protected one without street and neighbourhood."""

    id: UUID
    family_name: str
    protected: bool
    languages: list[str]
    closed_on: date | None
    district: str
    neighbourhood: str | None
    street: str | None
    moved_in: date | None
    persons: int


async def search_households(
    session: AsyncSession,
    words: str = "",
    *,
    include_closed: bool = False,
    after: tuple[str, UUID] | None = None,
    limit: int = 51,
) -> list[HouseholdRow]:
    """Households in which each of the words occurs, in order of their names; all of them if nothing was typed.

    Case and accents do not matter („cicek" finds „Çiçek"). The street of a protected household is not searched.
    """
    conditions, values = ["true"], dict[str, Any](limit=limit)
    for number, word in enumerate(words.split()[:_MAX_WORDS]):
        # Escaped after folding, which makes wildcards of their full-width forms.
        literally = f"regexp_replace(fold(:word{number}), '([%_!])', '!\\1', 'g')"
        conditions.append(f"h.search like '%' || {literally} || '%' escape '!'")
        values[f"word{number}"] = word
    if not include_closed:
        conditions.append("h.closed_on is null")
    if after is not None:
        conditions.append("(fold(h.family_name), h.id) > (fold(:after_name), :after_id)")
        values |= {"after_name": after[0], "after_id": after[1]}
    found = await session.execute(text(_SEARCH.format(where=" and ".join(conditions))), values)
    return [HouseholdRow(**row) for row in found.mappings()]
