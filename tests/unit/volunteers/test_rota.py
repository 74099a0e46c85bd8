"""A week's rota: no rule is broken, none fills more, and what stays empty says why (report, 3.1b; domain rule 10)."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import combinations, product
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.volunteers.domain.matching import Obstacle, rank
from services.volunteers.domain.people import BlockReason, Helper, Wanted
from services.volunteers.domain.rota import CannotBeFixed, Gap, plan
from shared.contracts.words import District, VolunteerKind
from tests.bench.rota_city import TODAY as CITY_TODAY
from tests.bench.rota_city import city
from tests.unit.volunteers.people import (
    EVERY_MORNING,
    HOUSEHOLD,
    MONDAY,
    TODAY,
    helper,
    helpers,
    interval,
    requests,
    skill,
    wanted,
)
from tests.unit.volunteers.rules import broken

People = tuple[Helper, ...]
Slots = tuple[Wanted, ...]


def too_close(one: Wanted, other: Wanted) -> bool:
    """Nobody can be at both: less than half an hour between two districts, or no time at all."""
    if one.during is None or other.during is None:
        return False
    first, second = sorted((one, other), key=lambda slot: (slot.during.starts, slot.during.ends))  # type: ignore[union-attr]
    assert first.during is not None
    assert second.during is not None
    away = None not in (one.district, other.district) and one.district != other.district
    return second.during.starts - first.during.ends < timedelta(minutes=30 if away else 0) or (
        second.during.starts < first.during.ends
    )


def possible(assigned: Mapping[UUID, UUID], people: Sequence[Helper], slots: Sequence[Wanted]) -> bool:
    """Whether a rota keeps all rules, read plainly."""
    someone = {one.id: one for one in people}
    slot_of = {slot.id: slot for slot in slots}
    theirs: dict[UUID, list[Wanted]] = {}
    for slot_id, helper_id in assigned.items():
        if broken(someone[helper_id], slot_of[slot_id], TODAY):
            return False
        theirs.setdefault(helper_id, []).append(slot_of[slot_id])
    return not any(
        len(own) + someone[helper_id].asked_in.get((TODAY.year, TODAY.month), 0) > someone[helper_id].max_a_month
        or any(too_close(one, other) for one, other in combinations(own, 2))
        for helper_id, own in theirs.items()
    )


def worth(assigned: Mapping[UUID, UUID], people: Sequence[Helper], slots: Sequence[Wanted]) -> float:
    """The points of the single proposals, less eight an hour more for each further two hours of one person."""
    points, loads = 0.0, Counter[UUID]()
    for slot in slots:
        if (helper_id := assigned.get(slot.id)) is not None:
            points += next(one.score for one in rank(people, slot, TODAY) if one.helper_id == helper_id)
            loads[helper_id] += slot.during.minutes if slot.during is not None else 0
    return points - sum(8 / 60 * (minute // 120) for load in loads.values() for minute in range(load))


def by_trying_all(people: Sequence[Helper], slots: Sequence[Wanted]) -> tuple[int, float]:
    """How many slots can be filled, and how much that can be worth."""
    best = (0, 0.0)
    may = [[None, *(one.id for one in people if not broken(one, slot, TODAY))] for slot in slots]
    for chosen in product(*may):
        assigned = {slot.id: one for slot, one in zip(slots, chosen, strict=True) if one is not None}
        if len(assigned) >= best[0] and possible(assigned, people, slots):
            best = max(best, (len(assigned), worth(assigned, people, slots)))
    return best


def one_after_the_other(people: Sequence[Helper], slots: Sequence[Wanted]) -> dict[UUID, UUID]:
    """What comes out when each slot goes to the best proposal that is still free."""
    assigned: dict[UUID, UUID] = {}
    for slot in slots:
        for proposal in rank(people, slot, TODAY):
            if possible({**assigned, slot.id: proposal.helper_id}, people, slots):
                assigned[slot.id] = proposal.helper_id
                break
    return assigned


_CLOCKS = ("08:00", "09:00", "10:00", "10:30", "11:00", "12:00")
_LOOSE_SLOTS = st.tuples(
    st.sampled_from(["ar", "fa"]),
    st.tuples(st.integers(0, 4), st.integers(1, 3)),
    st.sampled_from([District.BRACKEL, District.APLERBECK, None]),
    st.integers(0, 1),
).map(
    lambda told: {
        "language": told[0],
        "during": interval(
            MONDAY + timedelta(days=told[3]), _CLOCKS[told[1][0]], _CLOCKS[min(sum(told[1]), len(_CLOCKS) - 1)]
        ),
        "district": told[2],
    }
)
_LOOSE_PEOPLE = st.fixed_dictionaries(
    {
        "languages": st.sampled_from([{"ar": skill()}, {"fa": skill()}, {"ar": skill(), "fa": skill()}]),
        "max_a_month": st.integers(1, 3),
        "home_district": st.sampled_from([District.BRACKEL, District.APLERBECK, None]),
        "minutes_recent": st.sampled_from([0, 100, 600]),
        "blocks": st.sampled_from([(), (), EVERY_MORNING]),
        "good_with": st.sampled_from([frozenset(), frozenset({HOUSEHOLD})]),
    }
)


_WHERE = st.sampled_from([District.BRACKEL, District.APLERBECK, District.MENGEDE])


def loose(people: int, slots: int) -> st.SearchStrategy[tuple[People, Slots]]:
    """Weeks in which much is possible, and much of it not at once."""
    return st.tuples(
        st.lists(_LOOSE_PEOPLE, min_size=1, max_size=people).map(
            lambda told: tuple(helper(number, **more) for number, more in enumerate(told, 1))
        ),
        st.lists(_LOOSE_SLOTS, min_size=1, max_size=slots).map(
            lambda told: tuple(wanted(number, **more) for number, more in enumerate(told, 1))
        ),
    )


def heavy() -> st.SearchStrategy[tuple[People, Slots]]:
    """Weeks with so much for two people that what each does has its price."""
    who = st.tuples(_WHERE, st.sampled_from([frozenset(), frozenset({HOUSEHOLD})]))
    what = st.tuples(_WHERE, st.sampled_from(["10:00", "11:00", "12:30", "14:00"]), st.sampled_from([HOUSEHOLD, None]))
    return st.tuples(
        st.tuples(who, who).map(
            lambda told: tuple(
                helper(number, home_district=home, good_with=known, max_a_month=9)
                for number, (home, known) in enumerate(told, 1)
            )
        ),
        st.lists(what, min_size=5, max_size=5).map(
            lambda told: tuple(
                wanted(
                    number,
                    district=where,
                    household=household,
                    during=interval(MONDAY + timedelta(days=number), "09:00", until),
                )
                for number, (where, until, household) in enumerate(told)
            )
        ),
    )


def wild(people: int, slots: int) -> st.SearchStrategy[tuple[People, Slots]]:
    """Anybody and anything, in weeks in which the clocks change as well."""
    return st.tuples(
        st.tuples(*(helpers(number) for number in range(1, people + 1))),
        st.tuples(*(requests(number) for number in range(1, slots + 1))),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.one_of(loose(6, 9), wild(5, 6)))
def test_no_rule_is_broken_and_nothing_free_stays_empty(week: tuple[People, Slots]) -> None:
    """Every rule holds for everybody; every slot is in the rota or among the gaps; no gap could still be filled."""
    people, slots = week
    found = plan(people, slots, today=TODAY)
    assert possible(found.assigned, people, slots)
    assert {*found.assigned, *(gap.slot_id for gap in found.empty)} == {slot.id for slot in slots}
    assert len(found.assigned) + len(found.empty) == len(slots)
    for gap in found.empty:
        assert not any(possible({**found.assigned, gap.slot_id: one.id}, people, slots) for one in people)
        assert sum(gap.misses.values()) == gap.able


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.one_of(loose(3, 4), heavy(), wild(3, 3)))
def test_small_weeks_are_as_good_as_by_trying_all(week: tuple[People, Slots]) -> None:
    """As many slots as any rota fills, and of those the one that is worth most."""
    people, slots = week
    found = plan(people, slots, today=TODAY)
    filled, most = by_trying_all(people, slots)
    assert found.optimal
    assert len(found.assigned) == filled == found.could_fill
    assert worth(found.assigned, people, slots) == pytest.approx(most)
    assert found.worth == pytest.approx(most)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(loose(6, 9))
def test_never_worse_than_one_after_the_other(week: tuple[People, Slots]) -> None:
    """Whoever gives each slot to the best one who is free never fills more; nor, filling as many, does it better."""
    people, slots = week
    found, by_hand = plan(people, slots, today=TODAY), one_after_the_other(people, slots)
    assert len(found.assigned) >= len(by_hand)
    if len(found.assigned) == len(by_hand):
        assert found.worth >= worth(by_hand, people, slots) - 1e-6


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(loose(5, 7), _LOOSE_PEOPLE)
def test_one_more_volunteer_never_leaves_more_empty(week: tuple[People, Slots], more: dict[str, object]) -> None:
    """Somebody who comes in addition can only help."""
    people, slots = week
    before = plan(people, slots, today=TODAY)
    after = plan((*people, helper(99, **more)), slots, today=TODAY)
    assert len(after.assigned) >= len(before.assigned)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(loose(5, 7), st.randoms(use_true_random=False))
def test_the_order_does_not_matter(week: tuple[People, Slots], chance: random.Random) -> None:
    """The same question gives the same rota."""
    people, slots = week
    mixed = plan(chance.sample(people, len(people)), chance.sample(slots, len(slots)), today=TODAY)
    assert mixed.assigned == plan(people, slots, today=TODAY).assigned


def test_a_rota_that_one_does_not_see_at_once() -> None:
    """Who speaks both languages is kept for the one that nobody else speaks, though they would do the other better."""
    both = helper(1, languages={"ar": skill(), "fa": skill()}, good_with=frozenset({HOUSEHOLD}))
    slots = (wanted(1, language="ar"), wanted(2, language="fa"))
    found = plan((both, helper(2)), slots, today=TODAY)
    assert found.assigned == {slots[0].id: UUID(int=2), slots[1].id: UUID(int=1)}
    assert len(one_after_the_other((both, helper(2)), slots)) == 1


def test_many_do_a_little() -> None:
    """Three slots in one week go to three people, though one of them is known to the family."""
    known = helper(1, good_with=frozenset({HOUSEHOLD}), minutes_recent=60)
    slots = tuple(wanted(day, during=interval(MONDAY + timedelta(days=day), "09:00", "12:00")) for day in range(4))
    found = plan((known, helper(2), helper(3)), slots, today=TODAY)
    assert sorted(Counter(found.assigned.values()).values()) == [1, 1, 2]


def test_each_further_slot_of_one_person_is_dearer() -> None:
    """Five slots of three hours: the one who knows the family gets three of them, not all."""
    known = helper(1, good_with=frozenset({HOUSEHOLD}), max_a_month=9)
    slots = tuple(wanted(day, during=interval(MONDAY + timedelta(days=day), "09:00", "12:00")) for day in range(5))
    found = plan((known, helper(2, max_a_month=9)), slots, today=TODAY)
    assert Counter(found.assigned.values()) == {UUID(int=1): 3, UUID(int=2): 2}


@pytest.mark.parametrize(
    ("clock", "district", "both"),
    [
        ("11:00", District.BRACKEL, True),
        ("11:00", District.APLERBECK, False),
        ("11:29", District.APLERBECK, False),
        ("11:30", District.APLERBECK, True),
        ("11:00", None, True),
        ("10:59", District.BRACKEL, False),
    ],
)
def test_the_way_takes_half_an_hour(clock: str, district: District | None, both: bool) -> None:
    """From one district to another; within one, or where the place does not count, nothing."""
    slots = (wanted(1), wanted(2, district=district, during=interval(MONDAY, clock, "13:00")))
    assert (len(plan((helper(),), slots, today=TODAY).assigned) == 2) is both


def test_nobody_is_asked_more_often_than_they_allow() -> None:
    """What was asked in this month counts, and every slot of the rota."""
    slots = tuple(wanted(day, during=interval(MONDAY + timedelta(days=day), "09:00", "10:00")) for day in range(5))
    found = plan((helper(max_a_month=4, asked_in={(2017, 3): 1}),), slots, today=TODAY)
    assert len(found.assigned) == 3
    assert [gap.misses for gap in found.empty] == [{Obstacle.ASKED_ENOUGH: 1}] * 2


def test_what_is_fixed_stays() -> None:
    """The team's own choice is taken as it is; the rest is built around it."""
    slots = (wanted(1), wanted(2))
    people = (helper(1, good_with=frozenset({HOUSEHOLD})), helper(2), helper(3))
    found = plan(people, slots, today=TODAY, fixed={slots[0].id: UUID(int=3)})
    assert found.assigned == {slots[0].id: UUID(int=3), slots[1].id: UUID(int=1)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(loose(5, 7), st.data())
def test_fixing_what_is_proposed_changes_nothing_for_the_worse(week: tuple[People, Slots], data: st.DataObject) -> None:
    """Whoever fixes a part of the best rota gets one that is as good; whatever is fixed keeps all rules."""
    people, slots = week
    before = plan(people, slots, today=TODAY)
    kept = data.draw(st.sets(st.sampled_from(sorted(before.assigned)))) if before.assigned else set()
    after = plan(people, slots, today=TODAY, fixed={slot: before.assigned[slot] for slot in kept})
    assert possible(after.assigned, people, slots)
    assert {slot: after.assigned[slot] for slot in kept} == {slot: before.assigned[slot] for slot in kept}
    assert (len(after.assigned), after.worth) == (len(before.assigned), pytest.approx(before.worth))


def test_what_is_fixed_stays_though_something_else_would_be_better() -> None:
    """There is one person for two slots at the same time, and the other slot is the one near to them."""
    slots = (wanted(1, district=District.MENGEDE), wanted(2))
    found = plan((helper(home_district=District.BRACKEL),), slots, today=TODAY, fixed={slots[0].id: UUID(int=1)})
    assert found.assigned == {slots[0].id: UUID(int=1)}


def test_nothing_is_fixed_against_a_rule() -> None:
    """A rule is no matter of opinion: no certificate, two places at once, somebody who is not there."""
    slots = (wanted(1), wanted(2))
    people = (helper(1), helper(2, certificate_until=None))
    with pytest.raises(CannotBeFixed) as no_certificate:
        plan(people, slots, today=TODAY, fixed={slots[0].id: UUID(int=2)})
    assert no_certificate.value.obstacles == (Obstacle.CERTIFICATE,)
    with pytest.raises(CannotBeFixed) as twice:
        plan(people, slots, today=TODAY, fixed={slot.id: UUID(int=1) for slot in slots})
    assert twice.value.obstacles == (Obstacle.BOOKED,)
    with pytest.raises(CannotBeFixed):
        plan(people, slots, today=TODAY, fixed={slots[0].id: UUID(int=9)})


def test_a_gap_says_what_keeps_those_who_could() -> None:
    """All three who speak Persian are in the course; who speaks something else does not count (report, 5)."""
    people = tuple(helper(number, languages={"fa": skill()}, blocks=EVERY_MORNING) for number in range(3))
    found = plan((*people, helper(9)), (wanted(language="prs"),), today=TODAY)
    blocked = {Obstacle.BLOCKED: 3}
    course = {BlockReason.INTEGRATION_COURSE: 3}
    assert found.empty == (Gap(wanted().id, 3, misses=blocked, nearly=blocked, blocks=course),)
    assert (found.optimal, found.gap, found.could_fill) == (True, 0.0, 0)


def test_a_gap_knows_who_is_elsewhere_by_the_rota() -> None:
    """The one who speaks it is at the other site."""
    found = plan((helper(),), (wanted(1), wanted(2, district=District.MENGEDE)), today=TODAY)
    assert [gap.misses for gap in found.empty] == [{Obstacle.BOOKED: 1}]


def test_nobody_and_nothing() -> None:
    """An empty week is planned, and a week without volunteers is all gaps."""
    assert plan((), (), today=TODAY).optimal
    found = plan((), (wanted(),), today=TODAY)
    assert found.empty == (Gap(wanted().id, 0, {}),)
    assert found.optimal


def test_mentors_have_no_time() -> None:
    """What has no time is in nobody's way."""
    both = frozenset({VolunteerKind.MENTOR, VolunteerKind.INTERPRETER})
    slots = (wanted(1), wanted(2, kind=VolunteerKind.MENTOR, during=None, language=None))
    assert len(plan((helper(kinds=both),), slots, today=TODAY).assigned) == 2


def test_a_city_s_week_is_done_in_time() -> None:
    """Two hundred volunteers and 150 slots: optimal in less than ten seconds."""
    found = plan(*city(1), today=CITY_TODAY)
    assert found.optimal
    assert found.seconds < 10
    assert len(found.assigned) > 100


def test_when_time_runs_out_there_is_a_rota_and_what_it_may_lack() -> None:
    """Without time for the solver it is what one does by hand; what a better one could be is said, not hidden."""
    people, slots = city(8)
    found, best = plan(people, slots, today=CITY_TODAY, seconds=0.0), plan(people, slots, today=CITY_TODAY)
    assert not found.optimal
    assert found.could_fill >= len(best.assigned)
    assert len(found.assigned) < len(best.assigned) == best.could_fill
    assert found.gap >= 1 - len(found.assigned) / len(best.assigned) > 0
