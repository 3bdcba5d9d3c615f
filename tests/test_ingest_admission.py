"""Who comes in, who comes back and when: over a clock that the tests turn."""

import random
from collections import Counter
from dataclasses import dataclass, field
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_scene import town

from ingest.admission import KEY_BURST, LONGEST, PHOTOS, Admission, Backlog
from ingest.ask import Ask, Headers
from ingest.door import Limits
from ingest.first import VotesFirst
from ingest.framing import Framing
from ingest.later import LISTED, Busy, PageLater, QuotaSpent
from ingest.limiter import CEILING, FLOOR, PROBE_EVERY, Gradient
from ingest.metrics import Metrics
from ingest.peer import peer_of
from ingest.quota import Quota


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Source:
    length: int | None = 0
    chunked: bool = False
    ticket: object = None
    framing: Framing = field(default_factory=Framing)


def ask(peer: str = "10.0.0.1") -> Ask:
    return Ask("POST", "/v1/uploads", Headers([]), peer, Source())


def admission(clock: Clock, seed: int = 1) -> Admission:
    return Admission(Metrics(), clock, random.Random(seed).random)


def filled(door: Admission, kind: str) -> int:
    """How many of a kind come in before one is sent away."""
    count = 0
    while True:
        try:
            door.enter(kind, ask())
        except Busy:
            return count
        count += 1


def test_readings_come_before_photos_and_photos_leave_room_for_them() -> None:
    door = admission(Clock())
    photos = filled(door, "scan")
    assert photos == ceil(PHOTOS * FLOOR)
    assert filled(door, "reading") == FLOOR - photos


def test_readings_alone_may_take_every_place_and_then_photos_wait() -> None:
    door = admission(Clock())
    assert filled(door, "reading") == FLOOR
    assert filled(door, "scan") == 0


def test_other_work_has_places_of_its_own_and_no_more() -> None:
    door = admission(Clock())
    filled(door, "reading")
    assert filled(door, "ask") == filled(door, "page") == FLOOR // 4


def test_a_slow_body_takes_no_place_until_it_is_here() -> None:
    door = admission(Clock())
    for _ in range(5 * FLOOR):
        door.enter("scan", request := ask())
        request._ticket.aside()
    assert door.inside["scan"] == 0
    request._ticket.back()
    assert door.inside["scan"] == 1
    request._ticket.leave(well=True)
    request._ticket.leave(well=True)
    assert door.inside["scan"] == 0


def test_a_device_has_a_quota_a_relay_a_larger_one_and_the_address_of_thousands_none_that_they_meet() -> None:
    clock = Clock()
    door = admission(clock)

    def sent(key: str, scale: int) -> int:
        for count in range(100_000):
            ticket = door.enter("ask", ask())
            try:
                ticket.known(key, scale)
            except QuotaSpent as error:
                assert error.status == 429 and int(dict(error.headers)["Retry-After"]) >= 1
                return count
            finally:
                ticket.leave(well=False)
        raise AssertionError

    assert KEY_BURST <= sent("phone", 1) <= KEY_BURST + 1
    assert KEY_BURST * 50 <= sent("relay", 50) <= KEY_BURST * 50 + 1
    assert sent("phone", 1) == 0
    clock.now += 10
    assert sent("phone", 1) == 40


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from("abc")), max_size=200))
def test_no_bucket_gives_more_than_its_burst_and_its_rate(steps: list[tuple[float, str]]) -> None:
    quota, now, given_out = Quota(rate=2.0, burst=5.0, most=3), 0.0, Counter()
    for pause, key in steps:
        now += pause
        wait = quota.spend(key, now)
        if wait:
            assert quota.spend(key, now + wait + 1e-6) == 0.0
            now += wait + 1e-6
        given_out[key] += 1
        assert given_out[key] <= 5 + 2 * now + 1.01
    assert len(quota) <= 3


def test_quotas_that_lost_count_refuse_nobody() -> None:
    quota = Quota(rate=0.001, burst=1.0, most=1)
    quota.spend("a", 0.0)
    assert [quota.spend("b", 0.0) for _ in range(9)] == [0.0] * 9


def test_those_sent_away_come_back_as_fast_as_they_can_be_served() -> None:
    """100 a second are served, 5,000 phones wait: spread over the 50 seconds or so that they take, few at once."""
    clock, chance = Clock(), random.Random(7)
    backlog = Backlog(clock(), chance.random)
    for _ in range(1000):
        clock.now += 0.01
        backlog.done(clock())
    assert backlog.rate == pytest.approx(100, rel=0.1)
    turns = sorted(backlog.turn(clock()) for _ in range(5_000))
    by_second = Counter(turns)
    assert max(by_second.values()) < 3 * 100
    assert 35 <= turns[-1] <= 75
    assert turns[2500] > 10 * turns[50] / 2 and turns[0] >= 1


def test_nobody_is_sent_away_for_longer_than_five_minutes() -> None:
    backlog = Backlog(0.0, random.Random(3).random)
    assert max(backlog.turn(0.0) for _ in range(100_000)) <= LONGEST


def test_a_refusal_says_when_and_not_the_same_to_all() -> None:
    door = admission(Clock())
    filled(door, "scan")
    whens = set()
    for _ in range(400):
        with pytest.raises(Busy) as refused:
            door.enter("scan", ask())
        whens.add(int(dict(refused.value.headers)["Retry-After"]))
    assert len(whens) > 5


def served(limiter: Gradient, clock: Clock, seconds_for, *, steps: int, wanted: int = 10_000) -> None:
    """Work that takes `seconds_for(inside)` each, with as many inside as may be."""
    for _ in range(steps):
        inside = min(limiter.limit, wanted)
        for _ in range(max(20, inside)):
            limiter.sample(seconds_for(inside), inside, clock())
        clock.now += 0.11
        limiter.sample(seconds_for(inside), inside, clock())


def test_the_limit_finds_where_work_begins_to_wait() -> None:
    """A machine that does 200 at once in 10 ms, and queues what is more."""
    clock = Clock()
    limiter = Gradient(clock())
    served(limiter, clock, lambda inside: 0.01 * max(1.0, inside / 200), steps=300)
    assert 200 <= limiter.limit <= 500


def test_the_limit_falls_where_the_disk_stalls_and_comes_back() -> None:
    clock = Clock()
    limiter = Gradient(clock())
    served(limiter, clock, lambda inside: 0.01 * max(1.0, inside / 200), steps=100)
    before = limiter.limit
    served(limiter, clock, lambda _: 2.0, steps=30)
    assert limiter.limit == FLOOR
    served(limiter, clock, lambda inside: 0.01 * max(1.0, inside / 200), steps=100)
    assert limiter.limit > before / 2


def test_the_limit_does_not_grow_for_work_that_nobody_wants() -> None:
    clock = Clock()
    limiter = Gradient(clock())
    served(limiter, clock, lambda _: 0.01, steps=200, wanted=5)
    assert limiter.limit == FLOOR


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=500))
def test_the_limit_stays_between_floor_and_ceiling(times: list[float]) -> None:
    limiter, now = Gradient(0.0), 0.0
    for took in times:
        now += PROBE_EVERY / 300
        limiter.sample(took, FLOOR, now)
        assert FLOOR <= limiter.limit <= CEILING


def test_only_a_proxy_of_ours_is_believed_and_only_its_own_word() -> None:
    told = Headers([(b"X-Forwarded-For", b"6.6.6.6, 36.70.1.2")])
    assert peer_of("10.0.0.9", told, Limits(proxies=frozenset({"10.0.0.9"}))) == "36.70.1.2"
    assert peer_of("10.0.0.9", told, Limits()) == "10.0.0.9"
    assert peer_of("10.0.0.9", Headers([]), Limits(proxies=frozenset({"10.0.0.9"}))) == "10.0.0.9"


def test_while_votes_come_first_other_pages_are_told_when(tmp_path) -> None:
    clock, bundle = Clock(), town()
    contest = bundle.ballot("ppwp", 0)
    first = VotesFirst(tmp_path, clock, random.Random(1).random)
    first.check(contest, 1)
    (tmp_path / "votes-first").touch()
    clock.now += 1
    with pytest.raises(PageLater) as later:
        first.check(contest, 1)
    assert int(dict(later.value.headers)["Retry-After"]) >= 900 and "1" in later.value.text("id")
    first.check(contest, 2)
    first.check(contest, 3)
    (tmp_path / "votes-first").unlink()
    clock.now += 1
    first.check(contest, 1)


def test_every_refusal_for_now_says_so_in_both_languages() -> None:
    for kind in LISTED:
        error = kind(retry=7, page=3, number=41)
        assert dict(error.headers) == {"Retry-After": "7"}
        assert "7" in error.text("id") and "7" in error.text("en")
