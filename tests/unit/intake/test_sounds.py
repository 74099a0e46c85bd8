"""How names sound, however an office has written them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.sounds import sounds, sounds_of


@pytest.mark.parametrize(
    "spellings",
    [
        "Mohammed Muhammad Mohamad Mohamed Muhammed Mehmet محمد مُحَمَّد",
        "Husain Hussein Hussain Husein Hüseyin Hossein حسين حسین",
        "Ahmad Ahmed Ahmet أحمد احمد",
        "Yusuf Youssef Jusuf Yousef يوسف",
        "Jamal Djamal Gamal Dschamal Cemal جمال",
        "Rashid Rachid Raschid Raşid رشيد",
        "Khaled Chaled Khalid خالد",
        "Othman Osman Usman عثمان",
        "Fatima Fatma Fatimah Fatemeh فاطمة",
        "Saleh Salih صالح",
        "Abdullah Abdallah عبدالله",
        "Zainab Zeinab Zeynep زينب",
        "Çelik Tschelik چلیک",
        "Müller Mueller Muller",
        "Großmann Grossmann",
        "Said Sa'id Saʿid سعيد Sayed",
        "Alhassan الحسن",
    ],
)
def test_spellings_of_one_name_sound_alike(spellings: str) -> None:
    """Whoever types one of the spellings finds the family that was entered with the first, and the reverse."""
    first, *others = spellings.split()
    for other in others:
        assert set(sounds_of(first)) & set(sounds_of(other)), (first, other)


@pytest.mark.parametrize("pair", ["Ahmad Hassan", "Fatima Zainab", "Jamal Kamal", "Yilmaz Yildiz", "Samir Karim"])
def test_other_names_sound_otherwise(pair: str) -> None:
    """The sound does not throw everybody together."""
    one, other = pair.split()
    assert not set(sounds_of(one)) & set(sounds_of(other))


@pytest.mark.parametrize("word", ["Ali", "Aya", "علي", "O", "-", ""])
def test_a_single_consonant_is_no_sound(word: str) -> None:
    """It would find half of the register."""
    assert sounds_of(word) == ()
    assert sounds(word) == ""


def test_sounds_of_a_family_stand_between_blanks() -> None:
    """So a whole sound can be looked for; no sound is kept twice, numbers have none."""
    assert sounds("Al-Hassan مُحَمَّد Hasan 44") == " hsn mhmd lhsn "


@given(st.text(max_size=60))
def test_whatever_is_typed_has_sounds_of_letters_alone(text: str) -> None:
    """No character of a name or of a search can mean something else in a pattern."""
    for sound in sounds(text).split():
        assert all(character.isalpha() for character in sound)
