"""The words and the order of what the agenda proposes."""

from services.referrals.domain.agenda import Shown, Subject, propose


def test_the_most_frequent_first_without_the_order_telling_what_is_withheld() -> None:
    found = [
        Shown(Subject.BARRIER, "housing", "Wohnen", {"a": 7}),
        Shown(Subject.NEED, "school", "Schule", {"a": 1}),
        Shown(Subject.NEED, "leisure", "Freizeit", {"a": 3}),
        Shown(Subject.NEED, "language", "Sprache", {"a": 9}),
        Shown(Subject.STALE, "offers", "", {"a": 2}, of_people=False),
        Shown(Subject.DECLINED, "other", "anderer Grund", {}),
    ]
    outside = [(each.key, each.count) for each in propose(found, inside=False)]
    assert outside == [
        ("need-language", 9),
        ("need-leisure", None),
        ("need-school", None),
        ("stale-offers", 2),
        ("barrier-housing", 7),
    ]
    assert [each.count for each in propose(found, inside=True)] == [9, 3, 1, 2, 7]


def test_a_text_says_no_count_from_one_to_four() -> None:
    for count in range(1, 5):
        [one] = propose([Shown(Subject.NEED, "school", "Schule", {"a": count})], inside=True)
        assert one.text == "Bedarf ohne Angebot: Schule (weniger als 5-mal)"
    [sum_of_two] = propose([Shown(Subject.NEED, "school", "Schule", {"a": 4, "b": 6})], inside=False)
    assert sum_of_two.text == "Bedarf ohne Angebot: Schule (Anzahl nicht genannt)"
