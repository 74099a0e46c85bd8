"""A register of made-up households for measuring the search, as large as one likes.

The names are common ones of the countries that the report names, in the transliterations that offices use, so that
some occur thousands of times and their spellings differ; every hundredth household is written in Arabic script, every
fiftieth is protected.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

import asyncpg

from services.intake.domain.sounds import sounds
from shared.ids import uuid7


def _words(names: str) -> list[str]:
    return names.split()


GIVEN = _words(
    "Mohammed Muhammad Mohamad Mohamed Ahmad Ahmed Ali Hassan Hasan Hussein Husain Hüseyin Khaled Khalid Omar Yusuf "
    "Youssef Ibrahim Mahmoud Mustafa Abdullah Abdulrahman Samir Karim Tarek Bilal Jamal Gamal Rashid Rachid Walid "
    "Fatima Fatemeh Aisha Ayşe Maryam Mariam Zainab Zeynep Amina Layla Leila Noor Nour Hanan Rania Samira Salma Yasmin "
    "Reza Hossein Mehdi Farid Parisa Shirin Nasrin Gulnaz Zahra Sakina Parwana Habib Najib Tekle Selam Yonas Hiwot "
    "Samuel Daniel David Sara Hanna Miriam Elif Mert Çağla Şirin Bahar Dilan Berivan Azad Rojda Emina Amar Besa Arben"
)
ROOTS = _words(
    "Hadad Khoury Nasser Saleh Hamdan Darwish Qasim Jabbour Sayegh Najjar Haddad Masri Halabi Homsi Shami Baghdadi "
    "Tikriti Mousawi Rahimi Karimi Ahmadi Hosseini Rezaei Noori Sharifi Azizi Popal Stanikzai Wardak Gebremariam "
    "Tesfay Haile Berhane Okafor Adeyemi Mensah Diallo Traoré Kovač Hodžić Berisha Krasniqi Gashi Yılmaz Çiçek Şahin "
    "Öztürk Kaya Demir Doğan Aslan Arslan Barzani Talabani Yildiz Özdemir Iwanow Petrow"
)
ENDINGS = ("", "i", "oğlu", "zadeh", "yan", "pour", "zai", "ani", "ski", "ović", "mann", "er", "awi", "eh")
ARABIC_GIVEN = _words("محمد أحمد علي حسن حسين خالد يوسف فاطمة زينب مريم عائشة ليلى")
ARABIC_FAMILY = _words("الحسن الخطيب حداد النجار الحلبي قاسم ناصر صالح درويش العلي")
STREETS = (
    "Brackeler Hellweg",
    "Aplerbecker Straße",
    "Asselner Hellweg",
    "Köln-Berliner Straße",
    "Musterweg",
    "Feldweg",
)
_sounds_of_names = cache(sounds)
_COLUMNS = {
    "household": (
        *("id", "family_name", "case_number", "languages", "protected", "registered_on", "stated_on", "search"),
        *("sounds", "created_at", "closed_on", "closing_reason", "charge"),
    ),
    "residence": ("id", "household_id", "street", "postal_code", "city", "district", "tenancy", "moved_in"),
    "person": ("id", "household_id", "position", "given_name", "family_name", "first_legal_circle"),
}
_BATCH = 5_000
_NOW = datetime(2017, 4, 1, tzinfo=UTC)


async def fill(url: str, households: int, seed: int = 2017) -> None:
    """Enter so many households into a migrated database; the same ones for the same seed."""
    connection = await asyncpg.connect(url)
    try:
        made = _households(random.Random(seed), households)
        while batch := list(islice(made, _BATCH)):
            for table, columns in _COLUMNS.items():
                rows = [row for household in batch for row in household[table]]
                await connection.copy_records_to_table(table, records=rows, columns=columns)
        # As the commands keep it: `search` is folded by the database.
        await connection.execute("update household set search = fold(search)")
        await connection.execute("vacuum analyze household, residence, person")
    finally:
        await connection.close()


def _households(chance: random.Random, number: int) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    for _ in range(number):
        yield _household(chance)


def _household(chance: random.Random) -> dict[str, list[tuple[Any, ...]]]:
    arabic = chance.random() < 0.01
    # The first names are the most common ones, as in life.
    family = _common(chance, ARABIC_FAMILY if arabic else ROOTS) + ("" if arabic else chance.choice(ENDINGS))
    given = [_common(chance, ARABIC_GIVEN if arabic else GIVEN) for _ in range(chance.randint(1, 5))]
    case = f"50-{chance.randrange(10**6):06}"
    protected, closed = chance.random() < 0.02, chance.random() < 0.1
    street = f"{chance.choice(STREETS)} {chance.randint(1, 250)}"
    names = " ".join([family, *(f"{name} {family}" for name in given)])
    household, since = uuid7(), date(2015, 1, 1) + timedelta(days=chance.randrange(800))
    ended = (date(2017, 3, 31), "moved_away") if closed else (None, None)
    words = " ".join([family, case, *(f"{name} {family}" for name in given), *([] if protected else [street])])
    heard = f" {' '.join(dict.fromkeys(s for word in names.split() for s in _sounds_of_names(word).split()))} "
    return {
        "household": [(household, family, case, ["ar"], protected, since, since, words, heard, _NOW, *ended, 1)],
        "residence": [(uuid7(), household, street, "44309", "Dortmund", "brackel", "private", since)],
        "person": [(uuid7(), household, n, name, family, "asylblg") for n, name in enumerate(given)],
    }


def _common(chance: random.Random, names: list[str]) -> str:
    return names[int(len(names) * chance.random() ** 2)]
