"""What a node's streams count, in Prometheus' words: how many read, never who.

One registry a room, so that two rooms in one process stay apart. `stream` is `ppwp` or `ppwp/cuts`.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters of one node. `code` is a reason code, `why` is `slow` or `broken`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.readers = Gauge("suara_stream_readers", "Connections now", ["stream"], registry=self.registry)
        self.behind = Gauge(
            "suara_stream_behind", "Of these, served from files at their own pace", ["stream"], registry=self.registry
        )
        self.told = Gauge("suara_stream_told", "Number of the last event", ["stream"], registry=self.registry)
        self.deliveries = Counter("suara_stream_deliveries", "Events to a reader", ["stream"], registry=self.registry)
        self.dropped = Counter("suara_stream_dropped", "Readers let go", ["stream", "why"], registry=self.registry)
        self.refused = Counter("suara_stream_refused", "Requests refused, by reason", ["code"], registry=self.registry)
        self.seconds = Histogram(
            "suara_stream_seconds", "Files changed to handed to the last live reader", ["stream"], buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip

    def page(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
