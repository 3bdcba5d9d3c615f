"""How the standby stands, as its keeper last saw it: for people and programs, and for Prometheus."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from publisher.query.answers import ContestStanding, StatusAnswer
from publisher.standby.copies import Measured

NOT_KEPT = "standby.not_kept"
"""Nobody keeps the standby, or nobody has looked yet."""

FRESH = 5.0
"""Seconds for which what was seen holds; after that, what has passed is added."""


def standing(
    measured: Measured | None,
    now: datetime,
    contests: Iterable[str],
    cuts: Mapping[str, tuple[int, str]],
    gate: str | None,
) -> StatusAnswer:
    """The answer. `cuts`: contest → number and time of those whose results may be told."""
    if measured is None:
        none = {key: ContestStanding(*cuts.get(key, (0, "")), None, None) for key in contests}
        return StatusAnswer(NOT_KEPT, None, None, None, None, gate, none)
    lag = lag_now(measured, now)
    told = {
        key: ContestStanding(*cuts.get(key, (0, "")), lag, measured.behind.get(key) if key in cuts else None)
        for key in contests
    }
    return StatusAnswer(measured.condition, measured.at, lag, measured.p50, measured.p99, gate, told)


def lag_now(measured: Measured, now: datetime) -> float | None:
    """The lag as measured, and where nobody has looked for a while what has passed since."""
    if measured.lag is None:
        return None
    passed = age(measured, now)
    return round(measured.lag + (passed if passed > FRESH else 0.0), 3)


def age(measured: Measured, now: datetime) -> float:
    """Seconds since the keeper looked."""
    return max(0.0, (now - datetime.fromisoformat(measured.at)).total_seconds())


def metrics(measured: Measured | None, now: datetime) -> str:
    """What the keeper saw last, as Prometheus reads it; nothing where nobody keeps the standby."""
    registry = CollectorRegistry()
    if measured is not None:
        _gauge(registry, "looked_seconds", "since the standby's keeper looked last", age(measured, now))
        _gauge(registry, "sound", "whether the standby follows its primary", measured.condition == "sound")
        _gauge(registry, "lag_seconds", "that a change takes to reach the standby", lag_now(measured, now))
        _gauge(registry, "lag_p99_seconds", "the same, p99 of ten minutes", measured.p99)
        behind = Gauge("suara_standby_behind", "numbers behind the primary's cut", ["contest"], registry=registry)
        for contest, count in measured.behind.items():
            behind.labels(contest).set(count)
    return generate_latest(registry).decode()


def _gauge(registry: CollectorRegistry, name: str, about: str, value: float | None) -> None:
    if value is not None:
        Gauge(f"suara_standby_{name}", about, registry=registry).set(value)
