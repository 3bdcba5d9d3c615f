"""A crowd of officers for locust, against any front door: enrolment, readings, photos, bad lines, retries.

    suara load --bundle B --url URL --accounts URL --codes FILE --users 200 --minutes 5 --out load

runs it without a screen and writes a summary and plots; `locust -f` shows the same crowd in a browser, with the same
settings in the environment (see `Settings`).
"""

import os
import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from locust import FastHttpUser, between, events, task
from msgspec import Struct

from election import bundle as bundles
from election import form
from identity.device import Device
from loadtest.crowd import Officers, Photo, Pictures, reading
from loadtest.phone import Phone

LATER = frozenset({0, 408, 429, 500, 502, 503, 504})
"""Answers after which a phone tries again."""

PIECE = 65_536
"""Bytes of a piece on a bad line."""

TRIES = 12

LOOKED_FOR = 12
"""Acknowledged things looked for at a time: about as many as a phone sends between two looks."""

ACCOUNTS_TRIED = 20
"""Before a phone is left out: somebody else's phone may have used up these codes."""


Signs = Callable[[], dict[str, str]]
"""Fresh headers for each try: a token may have ended meanwhile."""


class Reply(Protocol):
    """An answer as locust hands it over."""

    status_code: int
    content: bytes | None
    headers: Mapping[str, str]

    def success(self) -> None:
        """Counts it as one that went well."""

    def failure(self, why: str) -> None:
        """Counts it as one that did not."""


class Settings(Struct, frozen=True):
    """Of one run, from SUARA_BUNDLE, SUARA_ACCOUNTS, SUARA_CODES, SUARA_PHOTOS, SUARA_CONTEST, SUARA_SEED, …."""

    bundle: Path
    accounts: str
    codes: Path
    photos: Path | None
    contest: str
    seed: int
    size: int
    out: Path

    @classmethod
    def read(cls) -> "Settings":
        """From the environment."""
        given = os.environ
        photos = given.get("SUARA_PHOTOS")
        return cls(
            Path(given.get("SUARA_BUNDLE", "data/bundle")),
            given.get("SUARA_ACCOUNTS", "http://127.0.0.1:8083").rstrip("/"),
            Path(given.get("SUARA_CODES", "data/accounts/codes.csv")),
            Path(photos) if photos else None,
            given.get("SUARA_CONTEST", "ppwp"),
            int(given.get("SUARA_SEED", "1")),
            int(given.get("SUARA_PHOTO_BYTES", "200000")),
            Path(given.get("SUARA_OUT", "load")),
        )


SETTINGS = Settings.read()
CHANCE = random.Random(SETTINGS.seed)
BUNDLE = bundles.load(SETTINGS.bundle)
(SETTINGS.out / "phones").mkdir(parents=True, exist_ok=True, mode=0o700)
OFFICERS = Officers(SETTINGS.codes)
PICTURES = Pictures(SETTINGS.photos, SETTINGS.size, CHANCE)
TOLL: Counter[str] = Counter()
"""What became of things: acknowledged by kind, told to come back by code, refused by code, resumed, lost."""


class Officer(FastHttpUser):  # type: ignore[misc]  # locust ships no types
    """One officer's phone, which keeps what it has sent and looks for it afterwards."""

    wait_time = between(0.1, 1.0)
    connection_timeout = 20.0
    network_timeout = 60.0

    def on_start(self) -> None:
        """Enrols with the accounts service, or takes the phone of an earlier run."""
        self.sent: list[str] = []
        for _ in range(ACCOUNTS_TRIED):
            account, code = OFFICERS.take()
            self.tps = account.split("-")[1]
            kept = SETTINGS.out / "phones" / f"{account}.json"
            self.phone = Phone.load(kept) if kept.exists() else Phone(account, Device.make())
            if self.phone.certificate or self._enrol(code):
                self.phone.save(kept)
                return
        self.stop()

    def _enrol(self, code: str) -> bool:
        """Whether the phone has its certificate. A code is good for one phone, and another may have been first."""
        for pause in pauses():
            asked = self.phone.enrolment(code)
            with self._ask(asked.method, SETTINGS.accounts + asked.path, "enrol", asked.body, asked.headers) as answer:
                if self.phone.enrolled(answer.status_code, answer.content or b""):
                    return True
                if answer.status_code == 403:
                    TOLL["account taken before"] += 1
                    answer.success()
                    return False
                if self._judge(answer, "enrol"):
                    return False
            time.sleep(pause)
        return False

    @task(2)
    def reading(self) -> None:
        """The figures of the whole contest, now and then twice."""
        client, body = str(uuid4()), reading(BUNDLE, SETTINGS.seed, self.tps, SETTINGS.contest)
        path = f"/v1/readings/{client}"
        for _ in range(2 if CHANCE.random() < 0.05 else 1):
            self._through("reading", "PUT", path, body, lambda: self.phone.reading(path, body), client)

    @task(6)
    def photo(self) -> None:
        """A whole photo in one request; now and then the reply is lost and it is sent again."""
        photo = self._photo()
        for _ in range(2 if CHANCE.random() < 0.05 else 1):
            self._through("photo", "POST", "/v1/uploads", photo.data, lambda: self._whole(photo), photo.id)

    @task(2)
    def bad_line(self) -> None:
        """A photo in pieces over a line that drops in the middle of one: ask where it stands, and go on."""
        photo, address = self._photo(), ""
        create = lambda: self.phone.scan(len(photo.data), photo.metadata) | {"tus-resumable": "1.0.0"}  # noqa: E731
        if not self._through("create", "POST", "/v1/uploads", b"", create, None):
            return
        address, offset = f"/v1/uploads/{photo.id}", 0
        for pause in pauses():
            if offset >= len(photo.data):
                self.sent.append(photo.id)
                return
            if CHANCE.random() < 0.15:
                self._drop(address, photo, offset)
                TOLL["dropped in the middle"] += 1
            else:
                offset = self._piece(address, photo, offset)
                continue
            offset = self._stands(address, offset)
            time.sleep(pause if offset == 0 else 0)
        TOLL["given up: pieces"] += 1

    @task(1)
    def afterwards(self) -> None:
        """What became of it all; and everything acknowledged must have its receipt."""
        if self._token():
            path = f"/v1/tps/{self.tps}/status"
            with self._ask("GET", path, "status", None, self.phone.bearer()) as answer:
                self._judge(answer, "status")
        for client in self.sent[:LOOKED_FOR]:
            self._look_for(client)

    def on_stop(self) -> None:
        """Looks for everything that was acknowledged and not seen since."""
        for client in tuple(self.sent):
            self._look_for(client)
        TOLL["not looked for"] += len(self.sent)

    def _look_for(self, client: str) -> None:
        path = f"/v1/receipts/{client}?journal={SETTINGS.contest}"
        if not self._token():
            return
        with self._ask("GET", path, "receipt", None, self.phone.bearer()) as answer:
            if not self._judge(answer, "receipt"):
                return
            if answer.status_code == 404:
                TOLL["LOST"] += 1
                answer.failure(f"acknowledged and lost: {client}")
            elif answer.status_code == 200:
                TOLL["found again"] += 1
            self.sent.remove(client)

    def _photo(self) -> Photo:
        pages = len(form.of(BUNDLE.ballot(SETTINGS.contest, BUNDLE.tree.tps_index(self.tps))).pages)
        return PICTURES.one(SETTINGS.contest, self.tps, CHANCE.randint(1, pages), CHANCE)

    def _whole(self, photo: Photo) -> dict[str, str]:
        kind = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}
        return self.phone.scan(len(photo.data), photo.metadata) | kind

    def _through(self, name: str, method: str, path: str, body: bytes, headers: Signs, client: str | None) -> bool:
        """Tries until the door has answered for good; whether that was yes."""
        for pause in pauses():
            if self._token():
                with self._ask(method, path, name, body, headers()) as answer:
                    settled = self._judge(answer, name)
                    if settled and answer.status_code in (200, 201):
                        TOLL[f"acknowledged: {name}"] += 1
                        if client is not None:
                            self.sent.append(client)
                        return True
                    if settled:
                        return False
            time.sleep(pause)
        TOLL[f"given up: {name}"] += 1
        return False

    def _piece(self, address: str, photo: Photo, offset: int) -> int:
        """Sends one piece; where the upload stands after it."""
        headers = {
            "tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream", "upload-offset": str(offset),
        }  # fmt: skip
        if not self._token():
            return offset
        body = photo.data[offset : offset + PIECE]
        with self._ask("PATCH", address, "piece", body, headers | self.phone.bearer()) as answer:
            if self._judge(answer, "piece", also=(409, 423)) and answer.status_code == 204:
                return int(answer.headers["Upload-Offset"])
        return self._stands(address, offset)

    def _stands(self, address: str, offset: int) -> int:
        if not self._token():
            return offset
        with self._ask(
            "HEAD", address, "where it stands", None, {"tus-resumable": "1.0.0"} | self.phone.bearer()
        ) as answer:
            if self._judge(answer, "head") and answer.status_code == 200:
                TOLL["resumed"] += 1
                return int(answer.headers["Upload-Offset"])
        return offset

    def _drop(self, address: str, photo: Photo, offset: int) -> None:
        """Begins a piece and hangs up in the middle of it."""
        url = urlsplit(self.host)
        body = photo.data[offset : offset + PIECE]
        lines = [
            f"PATCH {address} HTTP/1.1", f"Host: {url.netloc}", f"Content-Length: {len(body)}", "Tus-Resumable: 1.0.0",
            "Content-Type: application/offset+octet-stream", f"Upload-Offset: {offset}",
            *(f"{name}: {value}" for name, value in self.phone.bearer().items()), "", "",
        ]  # fmt: skip
        try:
            with socket.create_connection((url.hostname, url.port or 80), timeout=10) as line:
                line.sendall("\r\n".join(lines).encode() + body[: CHANCE.randrange(len(body))])
        except OSError:
            TOLL["no line"] += 1

    def _token(self) -> bool:
        """Whether the phone has a token; asks for one where it must."""
        if not self.phone.wants_token():
            return True
        asked = self.phone.token_request()
        with self._ask("POST", asked.path, "token", asked.body, asked.headers) as answer:
            self._judge(answer, "token")
            return self.phone.tokened(answer.status_code, answer.content or b"")

    def _ask(
        self, method: str, path: str, name: str, body: bytes | None, headers: dict[str, str]
    ) -> AbstractContextManager[Reply]:
        asked: AbstractContextManager[Reply] = self.client.request(
            method, path, name=name, data=body, headers=headers, catch_response=True
        )
        return asked

    def _judge(self, answer: Reply, name: str, also: tuple[int, ...] = ()) -> bool:
        """Whether the answer is one for good. What comes back later is no failure: it is what was asked for."""
        status = answer.status_code
        if status < 300 and status:
            answer.success()
            return True
        code = _code(answer)
        if status in LATER or status in also:
            TOLL[f"come back: {code}"] += 1
            answer.success()
            return False
        TOLL[f"refused: {name} {code}"] += 1
        if code.startswith("token."):
            self.phone.drop_token()
        answer.failure(f"{status} {code}")
        return True


def pauses() -> Iterator[float]:
    """Seconds before each further try: doubling, jittered."""
    for k in range(TRIES):
        yield min(4.0, 0.2 * 2**k) * CHANCE.uniform(0.5, 1.0)


def _code(answer: Reply) -> str:
    """The reason code of a refusal; the bare status where something else spoke."""
    try:
        return str(msgspec.json.decode(answer.content or b"")["code"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return f"http.{answer.status_code}" if answer.status_code else "no answer"


@events.quitting.add_listener
def _write(environment: Any, **_: object) -> None:  # noqa: ANN401 — locust's own
    """The toll and locust's own figures, for `suara load` to tell."""
    rows = {
        name: {
            "requests": row.num_requests, "failures": row.num_failures, "rate": row.total_rps,
            "p50": row.get_response_time_percentile(0.5), "p99": row.get_response_time_percentile(0.99),
        }
        for (name, _), row in environment.stats.entries.items()
    }  # fmt: skip
    kept = {"toll": dict(sorted(TOLL.items())), "requests": rows}
    (SETTINGS.out / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(kept)))
    if TOLL["LOST"]:
        environment.process_exit_code = 1
