"""What the door counts, in Prometheus' words. One registry an app, so that two apps in one process stay apart."""

from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


Metric = TypeVar("Metric", Counter, Histogram)


class _Each(dict[str, Metric], Generic[Metric]):
    """A metric's parts by the value of its one label; asking the library for one costs as much as counting."""

    def __init__(self, metric: Metric) -> None:
        super().__init__()
        self._metric: Metric = metric

    def __missing__(self, value: str) -> Metric:
        self[value] = part = self._metric.labels(value)
        return part


class Metrics:
    """Counters of one running door. `kind` is `scan` or `reading`, `code` a reason code."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = self._counter("suara_ingest_received", "Kept and acknowledged", "kind")
        self.duplicates = self._counter("suara_ingest_duplicates", "Same again", "kind")
        self.conflicts = self._counter("suara_ingest_conflicts", "Same id, other content", "kind")
        self.rejected = self._counter("suara_ingest_rejected", "Turned away, by reason", "code")
        self.stored = Counter("suara_ingest_stored_bytes", "Bytes of photos made durable", registry=self.registry)
        self.held = Gauge("suara_ingest_held_bytes", "Bytes of bodies in memory right now", registry=self.registry)
        self.limit = Gauge("suara_ingest_limit", "Uploads that may be at work at once", registry=self.registry)
        self.inside = Gauge("suara_ingest_inside", "Requests at work right now", registry=self.registry)
        self.lines = Gauge("suara_ingest_lines", "Open connections on the lane", registry=self.registry)
        self.passed_on = Counter("suara_ingest_passed_on", "Connections given to aiohttp", registry=self.registry)
        self.seconds = _Each(
            Histogram(
                "suara_ingest_seconds", "Last byte in to receipt out", ["kind"], buckets=_SECONDS,
                registry=self.registry,
            )
        )  # fmt: skip

    def _counter(self, name: str, told: str, label: str) -> _Each[Counter]:
        return _Each(Counter(name, told, [label], registry=self.registry))

    def page(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
