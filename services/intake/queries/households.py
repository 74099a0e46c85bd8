"""The household search: by name, street or case number, as one types, and however the name was spelled."""

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.sounds import sounds_of

_MAX_WORDS = 6
_LONG = re.compile(r"[^\W_]{3}")
"""The index has nothing shorter than three letters: what is shorter is looked for at the beginning of words alone."""
_MISSPELT = 4
"""From this length on a word may be misspelt; shorter ones are like too much."""
_WHOLE = 3
"""From this length on a sound may be the beginning of one; shorter ones begin too many."""


class Nearness(IntEnum):
    """Wie gut ein Haushalt zur Suche passt: how near he is to what was typed; the nearest come first."""

    EXACT = 0
    """Each word occurs as it was typed."""
    SOUND = 1
    """Each word occurs or sounds like one that does."""
    SIMILAR = 2
    """Each word occurs or sounds alike; those that occur nowhere as they were typed may also be spelled alike."""


# What is searched with makes plans as different as names are common: one plan for all would be wrong for most.
_SETTINGS = text(
    "select set_config('plan_cache_mode', 'force_custom_plan', true), "
    "set_config('pg_trgm.word_similarity_threshold', '0.5', true)"
)
_FIRST = 1_000
"""So many files are looked through in their order before all that match are fetched and put in order: what is common is
found among them, and what is not there is rare. The database would guess, and guess that a name may stand anywhere in
the order of names."""

_ENOUGH = 500
"""So many that are spelled alike are put in order; to compare more takes too long, and nobody reads them."""

# `left(search, 100)` is the order of names (family name, case number, given names): kept and not computed, so that
# thousands are put in order in time, and indexed together with the id.
_AMONG_THE_FIRST = """
select h.* from (select h.* from household h where {limits} order by left(h.search, 100), h.id limit :first) h
where {matches} order by left(h.search, 100), h.id limit :limit
"""
_AMONG_ALL = """
select h.* from (select h.* from household h where {limits} and {matches} offset 0) h
order by left(h.search, 100), h.id limit :limit
"""
_SOME = """
select h.* from (select h.* from household h where {limits} and {matches} limit :enough) h
order by left(h.search, 100), h.id limit :limit
"""
_BEHIND = (
    "(left(h.search, 100), h.id) > "
    "(coalesce((select left(search, 100) from household where id = :after_id), fold(:after_name)), :after_id)"
)
_ROWS = """
select h.id, h.family_name, h.protected, h.languages, h.closed_on, r.district,
       case when h.protected then null else r.neighbourhood end as neighbourhood,
       case when h.protected then null else r.street end as street, r.moved_in,
       (select count(*) from person p where p.household_id = h.id and (p.joined_on is null or p.joined_on <= d.today)
        and (p.left_on is null or d.today < p.left_on)) as persons
from ({households}) h
cross join (select cast(now() at time zone 'Europe/Berlin' as date) as today) d
join lateral (
    select * from residence where household_id = h.id order by moved_out desc nulls first limit 1
) r on true
order by left(h.search, 100), h.id
"""


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """One line of a list of households; of a protected one without street and neighbourhood."""

    id: UUID
    family_name: str
    protected: bool
    languages: list[str]
    closed_on: date | None
    nearness: Nearness
    district: str
    neighbourhood: str | None
    street: str | None
    moved_in: date | None
    persons: int

    @property
    def place(self) -> tuple[int, str, UUID]:
        """Where it stands in the list; the next page begins after the last one's."""
        return (int(self.nearness), self.family_name, self.id)


async def search_households(
    session: AsyncSession,
    words: str = "",
    *,
    include_closed: bool = False,
    after: tuple[int, str, UUID] | None = None,
    limit: int = 51,
    doubt_all: bool = False,
) -> list[HouseholdRow]:
    """Households in which each of the words occurs, or one that sounds or is spelled like it; if nothing was typed all.

    The nearest first, equally near ones in order of their names. Case and accents do not matter („cicek" finds
    „Çiçek"). The street of a protected household is not searched. `after` is the `place` of the last one known.
    With `doubt_all` also a word that occurs somewhere may be misspelt: it takes longer, and finds double entries.
    """
    typed = list(dict.fromkeys(words.split()))
    wanted = [_Word(number, word) for number, word in enumerate(typed) if _says_something(word)][:_MAX_WORDS]
    if typed and not wanted:
        return []
    await session.execute(_SETTINGS)
    rows: list[HouseholdRow] = []
    for nearness in _worth_asking(wanted):
        if (after is not None and nearness < after[0]) or len(rows) >= limit:
            continue
        if nearness is Nearness.SIMILAR and not doubt_all:
            wanted = await _with_known(session, wanted)
            if all(word.known for word in wanted):
                break
        begun = after if after is not None and nearness == after[0] else None
        rows += await _found(session, wanted, nearness, include_closed, begun, limit - len(rows))
    return rows


@dataclass(frozen=True, slots=True)
class _Word:
    """One of the words that were typed, as conditions on a household."""

    number: int
    text: str
    known: bool = False
    """It occurs somewhere as it was typed, so it is not taken for a misspelt one."""

    def matches(self, nearness: Nearness) -> str:
        """What must be true of a household for which this word is at least so near."""
        conditions = [self._occurs()]
        if nearness >= Nearness.SOUND and self._sounds():
            conditions.append(f"h.sounds ~ :sounds{self.number}")
        if nearness >= Nearness.SIMILAR and self._may_be_misspelt():
            conditions.append(f"fold(:word{self.number}) <% h.search")
        return f"({' or '.join(conditions)})"

    def values(self, nearness: Nearness) -> dict[str, str]:
        """The values of the parameters that `matches` names."""
        found = {f"word{self.number}": self.text}
        if nearness >= Nearness.SOUND and (heard := self._sounds()):
            found[f"sounds{self.number}"] = heard
        return found

    def _occurs(self) -> str:
        # Escaped after folding, which makes wildcards of their full-width forms.
        folded = f"fold(:word{self.number})"
        if not self._is_long():
            return f"h.search ~ ('(^|[ -])' || regexp_replace({folded}, '(\\W)', '\\\\\\1', 'g'))"
        return f"h.search like '%' || regexp_replace({folded}, '([%_!])', '!\\1', 'g') || '%' escape '!'"

    def _sounds(self) -> str:
        """A regular expression; sounds are made of letters alone, each between two blanks."""
        if not self._is_long():
            return ""
        heard = [sound if len(sound) >= _WHOLE else f"{sound} " for sound in sounds_of(self.text)]
        return f" ({'|'.join(heard)})" if heard else ""

    def _may_be_misspelt(self) -> bool:
        return (
            not self.known and self._is_long() and len(self.text) >= _MISSPELT and not any(map(str.isdigit, self.text))
        )

    def _is_long(self) -> bool:
        return _LONG.search(self.text) is not None


def _worth_asking(words: list[_Word]) -> list[Nearness]:
    """Without those that find nothing more: a case number neither sounds like another nor is it misspelt."""
    looser = [n for n in Nearness if n and any(word.matches(n) != word.matches(Nearness(n - 1)) for word in words)]
    return [Nearness.EXACT, *looser]


def _says_something(word: str) -> bool:
    return any(character.isalnum() for character in word)


async def _with_known(session: AsyncSession, words: list[_Word]) -> list[_Word]:
    """Which words occur in some household. What may be misspelt is compared with much, and takes the longest."""
    asked = [f"exists (select from household h where {word.matches(Nearness.EXACT)})" for word in words]
    values = {name: value for word in words for name, value in word.values(Nearness.EXACT).items()}
    known = (await session.execute(text(f"select {', '.join(asked)}"), values)).one()
    return [replace(word, known=found) for word, found in zip(words, known, strict=True)]


async def _found(
    session: AsyncSession,
    words: list[_Word],
    nearness: Nearness,
    include_closed: bool,
    after: tuple[int, str, UUID] | None,
    limit: int,
) -> list[HouseholdRow]:
    """Those that are exactly so near, in order of their names."""
    limits = ["true"] if include_closed else ["h.closed_on is null"]
    values: dict[str, Any] = {"limit": limit}
    if after is not None:
        # The last one known may be gone meanwhile, or be called otherwise.
        limits.append(_BEHIND)
        values |= {"after_name": after[1], "after_id": after[2]}
    matches = [word.matches(nearness) for word in words] or ["true"]
    for word in words:
        values |= word.values(nearness)
    if nearness is not Nearness.EXACT:
        nearer = " and ".join(word.matches(Nearness(nearness - 1)) for word in words)
        matches.append(f"not ({nearer})")
    if nearness is Nearness.SIMILAR:
        return await _rows(session, _SOME, nearness, limits, matches, {**values, "enough": _ENOUGH})
    common = await _rows(session, _AMONG_THE_FIRST, nearness, limits, matches, {**values, "first": _FIRST})
    return common if len(common) == limit else await _rows(session, _AMONG_ALL, nearness, limits, matches, values)


async def _rows(
    session: AsyncSession,
    households: str,
    nearness: Nearness,
    limits: list[str],
    matches: list[str],
    values: dict[str, Any],
) -> list[HouseholdRow]:
    chosen = households.format(limits=" and ".join(limits), matches=" and ".join(matches))
    rows = await session.execute(text(_ROWS.format(households=chosen)), values)
    return [HouseholdRow(**{**row, "nearness": nearness}) for row in rows.mappings()]
