"""A crowd of phones for locust: readings, and photos drawn beforehand, against any front door.

    suara night --bundle B --url URL --tps 20 --keep-photos --out night      draws the photos once
    SUARA_BUNDLE=B SUARA_PHOTOS=night/photos locust -f loadtest/locustfile.py --headless -u 50 -r 10 -t 60s -H URL

What one officer's night is like, mishaps and all, is `loadtest.night`; here is only weight. Every upload has a fresh
id and the reading a truth of a random TPS, so the journal grows by as much as was sent.
"""

import os
import random
from pathlib import Path
from uuid import uuid4

from locust import FastHttpUser, between, task

from election import bundle as bundles
from loadtest.night.line import reading_item, scan_item
from loadtest.night.truth import truth

SEED = int(os.environ.get("SUARA_SEED", "1"))
BUNDLE = bundles.load(Path(os.environ.get("SUARA_BUNDLE", "data/bundle")))
PHOTOS = sorted(Path(os.environ.get("SUARA_PHOTOS", "data/night/photos")).glob("*-[123].jpg"))


class Phone(FastHttpUser):  # type: ignore[misc]  # locust ships no types
    """One officer's phone: three photos a reading, a moment's rest between them."""

    wait_time = between(0.05, 0.5)

    @task(1)
    def reading(self) -> None:
        """Figures of a random TPS."""
        night = truth(BUNDLE, SEED, random.randrange(BUNDLE.tree.n_tps))
        item = reading_item(str(uuid4()), "ppwp", night.tps, night.keyed)
        self._put("reading", item.path, item.headers, item.body)

    @task(3)
    def photo(self) -> None:
        """A photo from the folder, made unlike every other by a tail that no decoder looks at."""
        path = random.choice(PHOTOS)
        tps, page = path.stem.rsplit("-", 1)
        item = scan_item("scan", str(uuid4()), "ppwp", tps, int(page), path.read_bytes() + uuid4().bytes)
        self._put("scan", item.path, item.headers, item.body)

    def _put(self, name: str, path: str, headers: dict[str, str], body: bytes) -> None:
        with self.client.put(path, data=body, headers=headers, name=name, catch_response=True) as response:
            if response.status_code not in (200, 201):
                response.failure(f"{response.status_code}: {response.text}")
