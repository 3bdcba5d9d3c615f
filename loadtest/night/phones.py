"""The phones of the night's officers: enrolled once, kept in a folder, so that a night goes on after any stop.

What a phone signs is `loadtest.phone`'s; a one-time code is spent with the key that was kept before it was sent.
"""

from pathlib import Path
from typing import ClassVar

import aiohttp
from msgspec import Struct

from election.errors import Rejected
from identity.device import Device
from loadtest.phone import Phone


class NoCode(Rejected):
    """An officer of the night has no activation code."""

    code: ClassVar[str] = "night.no_code"
    advice: ClassVar[dict[str, str]] = {
        "id": "Akun {account} tidak punya kode aktivasi. Buat akun bundel ini lebih dahulu: suara accounts make.",
        "en": "The account {account} has no activation code. Make the bundle's accounts first: suara accounts make.",
    }


class NotEnrolled(Rejected):
    """The accounts service turned an officer away for good."""

    code: ClassVar[str] = "night.not_enrolled"
    advice: ClassVar[dict[str, str]] = {
        "id": "Akun {account} ditolak layanan akun: {answer}.",
        "en": "The account {account} was turned away by the accounts service: {answer}.",
    }


class Enrolment(Struct, frozen=True):
    """How officers come by certificates: from an accounts service with their codes, or from its key itself."""

    accounts: str = ""  # address of the accounts service
    codes: dict[str, str] = {}  # account -> activation code
    seed: bytes | None = None  # of the accounts key, for whoever holds it: tests


class Phones:
    """One phone a TPS, of its first officer."""

    def __init__(self, session: aiohttp.ClientSession, folder: Path, enrolment: Enrolment) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._session, self._folder, self._enrolment = session, folder, enrolment
        self._phones: dict[str, Phone] = {}

    async def of(self, tps: str) -> Phone:
        """The phone of this TPS, enrolled. Raises NoCode, NotEnrolled; aiohttp.ClientError, OSError where the service

        is away: ask again.
        """
        if tps not in self._phones:
            account = f"kpps-{tps}-1"
            phone = self._kept(account)
            if not phone.certificate:
                await self._enrol(phone)
                self._keep(phone)
            self._phones[tps] = phone
        return self._phones[tps]

    def _kept(self, account: str) -> Phone:
        path = self._path(account)
        if path.exists():
            return Phone.load(path)
        seed = self._enrolment.seed
        phone = Phone.certified(account, seed) if seed is not None else Phone(account, Device.make())
        self._keep(phone)
        return phone

    async def _enrol(self, phone: Phone) -> None:
        code = self._enrolment.codes.get(phone.account)
        if code is None:
            raise NoCode(account=phone.account)
        asked = phone.enrolment(code)
        async with self._session.post(
            self._enrolment.accounts + asked.path, data=asked.body, headers=asked.headers
        ) as answer:
            body = await answer.read()
            if phone.enrolled(answer.status, body):
                return
            if answer.status in (429, 500, 502, 503, 504):
                raise aiohttp.ClientPayloadError(f"not now: {answer.status}")
            raise NotEnrolled(account=phone.account, answer=body[:200].decode(errors="replace"))

    def _keep(self, phone: Phone) -> None:
        """Whole or not at all: a torn file would cost the code that was spent on it."""
        path = self._path(phone.account)
        part = path.with_suffix(".part")
        phone.save(part)
        part.rename(path)

    def _path(self, account: str) -> Path:
        return self._folder / f"{account}.json"
