"""The accounts service: everyone has a code, and a code is spent once, also under races and guessing."""

import asyncio
import stat
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from accounts_scene import PASSWORD, House, Lived, invented_town, lived_house  # noqa: F401 - fixtures
from aiohttp import ClientSession
from identity_scene import Watch
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts import make as making
from accounts.app import CODES
from accounts.errors import CodesDoNotNest
from accounts.register import FREE_TRIES, SLOW
from election.bundle import Bundle
from identity import certificate
from identity.account import Account
from identity.digest import content_digest
from identity.message import Tag
from identity.role import SEATS, Role
from loadtest.phone import Phone, Request, codes
from storage import keys

pytestmark = pytest.mark.servers


def test_everyone_gets_an_account_and_the_codes_are_written_once(lived: Lived) -> None:
    async def story(house: House) -> None:
        tree = house.bundle.tree
        areas = {Role.KPPS: 10, Role.PPS: 4, Role.PPK: 3, Role.KPU_KABKOTA: 2, Role.KPU_PROVINSI: 1}
        wanted = {str(role): SEATS[role] * areas.get(role, 1) for role in Role}
        assert len(house.codes) == sum(wanted.values())
        assert {Account.parse(name).name for name in house.codes} == set(house.codes)
        path = house.storage.settings.data_dir / "codes.csv"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        ((kind, leaf),) = await house.events()
        assert kind == "accounts_made" and msgspec.json.decode(leaf)["accounts"] == wanted
        secret = keys.load_or_make(house.storage.settings.data_dir / "keys", CODES).seed
        with pytest.raises(FileExistsError):
            await making.make(house.bundle, house.storage, path, secret, house.watch)
        again = await making.make(house.bundle, house.storage, path.with_name("more.csv"), secret, house.watch)
        assert again.accounts == {} and codes(again.codes) == {}
        assert tree.n_tps == 10

    lived(story)


def test_codes_of_a_run_that_was_killed_after_its_commit_are_not_lost(lived: Lived) -> None:
    async def story(house: House) -> None:
        path = house.storage.settings.data_dir / "codes.csv"
        path.rename(path.with_name("codes.csv.part"))
        secret = keys.load_or_make(house.storage.settings.data_dir / "keys", CODES).seed
        with pytest.raises(FileExistsError):
            await making.make(house.bundle, house.storage, path, secret, house.watch)
        assert codes(path) == house.codes
        other = path.with_name("other.csv")
        other.with_name("other.csv.part").write_text("account,code\nkpps-9999999999999-1,")  # killed before it
        assert (await making.make(house.bundle, house.storage, other, secret, house.watch)).accounts == {}
        assert not other.with_name("other.csv.part").exists()

    lived(story)


def test_codes_that_do_not_nest_make_no_accounts(town: Bundle) -> None:
    from msgspec.structs import replace

    kodes = town.tree.tps_kodes.copy()
    kodes[3] = b"9" + bytes(kodes[3])[1:]
    with pytest.raises(CodesDoNotNest):
        making.check_codes(replace(town.tree, tps_kodes=kodes))
    making.check_codes(town.tree)


def test_a_code_becomes_a_certificate_and_says_nothing_in_public(lived: Lived) -> None:
    async def story(house: House) -> None:
        name = f"kpps-{house.tps}-1"
        phone = house.phone(name)
        typed = house.codes[name].lower().replace("-", " ")
        assert await house.enrol(phone, typed) == (201, "")
        public = keys.load_public(house.storage.settings.data_dir / "keys", "accounts").public
        claims = certificate.read(phone.certificate, public=public, now=int(house.watch.now))
        assert (claims.sub, claims.role, claims.area, claims.key) == (name, "kpps", house.tps, phone.device.key)
        kind, leaf = (await house.events())[-1]
        told = msgspec.json.decode(leaf)
        assert kind == "device_enrolled"
        assert set(told) == {"kind", "tps", "at", "v", "role", "by", "commitment"}
        assert name.encode() not in leaf and phone.device.key.thumbprint.encode() not in leaf

    lived(story)


def test_a_lost_answer_is_given_again_to_the_same_phone_only(lived: Lived) -> None:
    async def story(house: House) -> None:
        name = f"kpps-{house.tps}-1"
        phone, other = house.phone(name), house.phone(name)
        assert (await house.enrol(phone, house.codes[name]))[0] == 201
        assert (await house.enrol(phone, house.codes[name]))[0] == 201
        assert await house.enrol(other, house.codes[name]) == (403, "account.code_wrong")
        neighbour = Phone(f"kpps-{house.tps}-2", phone.device, clock=house.watch.seconds)
        assert await house.enrol(neighbour, house.codes[neighbour.account]) == (409, "account.key_taken")
        assert [kind for kind, _ in await house.events()].count("device_enrolled") == 1

    lived(story)


def test_of_many_who_race_for_a_code_one_wins(lived: Lived) -> None:
    async def story(house: House) -> None:
        name = f"kpps-{house.tps}-1"
        racers = [house.phone(name) for _ in range(12)]
        answers = await asyncio.gather(*(house.enrol(phone, house.codes[name]) for phone in racers))
        assert sorted(answers) == [(201, ""), *[(403, "account.code_wrong")] * 11]
        assert await house.storage.pool.fetchval("select count(*) from accounts.device") == 1
        assert [kind for kind, _ in await house.events()].count("device_enrolled") == 1

    lived(story)


def test_guessing_is_slowed_down_and_never_locks_anyone_out(lived: Lived) -> None:
    async def story(house: House) -> None:
        name, other = f"kpps-{house.tps}-1", f"kpps-{house.tps}-2"
        phone = house.phone(name)
        for _ in range(FREE_TRIES):
            assert await house.enrol(phone, house.codes[other]) == (403, "account.code_wrong")
        assert await house.enrol(phone, house.codes[name]) == (429, "account.too_many_tries")
        house.watch.now += SLOW.total_seconds()
        assert await house.enrol(phone, house.codes[name]) == (201, "")
        assert await house.enrol(house.phone(other), "7K3M9-QXT4X") == (422, "account.code_malformed")
        assert await house.enrol(house.phone("kpps-1-1"), house.codes[name]) == (422, "account.malformed")
        nobody = house.phone("kpps-9999999999999-1")
        assert await house.enrol(nobody, house.codes[name]) == (403, "account.code_wrong")

    lived(story)


def test_an_enrolment_must_be_signed_by_its_own_key_and_now(lived: Lived) -> None:
    async def story(house: House) -> None:
        name = f"kpps-{house.tps}-1"
        phone, thief = house.phone(name), house.phone(name)
        good = phone.enrolment(house.codes[name])
        stolen = Request(good.method, good.path, thief.enrolment("x").headers, good.body)
        assert await house.ask(stolen) == (401, "signature.differs")
        body = good.body.replace(b"-1", b"-2")
        assert await house.ask(Request(good.method, good.path, good.headers, body)) == (401, "signature.digest")
        resigned = good.headers | {"content-digest": content_digest(sha256(body).digest())}
        assert await house.ask(Request(good.method, good.path, resigned, body)) == (401, "signature.differs")
        bare = {k: v for k, v in good.headers.items() if k != "signature"}
        assert await house.ask(Request(good.method, good.path, bare, good.body)) == (401, "signature.missing")
        assert await house.ask(Request("POST", good.path, good.headers, b"[]")) == (400, "request.malformed")
        late = Phone(name, phone.device, clock=Watch(house.watch.now - 301).seconds)
        assert await house.ask(late.enrolment(house.codes[name])) == (401, "signature.clock")
        assert (await house.ask(good, phone))[0] == 201
        assert await house.ask(good) == (401, "signature.replayed")

    lived(story)


def test_what_programs_may_ask_is_described_and_true(lived: Lived) -> None:
    async def story(house: House) -> None:
        async with ClientSession() as session, session.get(f"{house.base}/v1/openapi.json") as answer:
            described = await answer.json()
        OpenAPIV31SpecValidator(described).validate()
        name = f"kpps-{house.tps}-1"
        operation = described["paths"]["/v1/enrolments"]["post"]
        listed = {code for answer in operation["responses"].values() for code in answer["description"].split(", ")}
        assert {"account.code_wrong", "account.too_many_tries", "signature.clock", "request.malformed"} <= listed
        request = house.phone(name).enrolment(house.codes[name])
        assert {one["name"].lower() for one in operation["parameters"]} <= set(request.headers)
        async with (
            ClientSession() as session,
            session.post(house.base + request.path, data=request.body, headers=request.headers) as answer,
        ):
            shape = described["components"]["schemas"]["Enrolled"]
            assert set(await answer.json()) == set(shape["required"]) and str(answer.status) in operation["responses"]

    lived(story)


def test_a_browser_may_ask_from_the_apps_origin(lived: Lived) -> None:
    async def story(house: House) -> None:
        async with ClientSession() as session:
            async with session.options(f"{house.base}/v1/enrolments", headers={"Origin": "http://door"}) as answer:
                assert answer.status == 204
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
                assert "Signature-Input" in answer.headers["Access-Control-Allow-Headers"]
            async with session.post(f"{house.base}/v1/enrolments", data=b"{") as answer:
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
                assert answer.content_type == "application/problem+json"
            async with session.get(f"{house.base}/masuk", headers={"Origin": "http://door"}) as answer:
                assert "Access-Control-Allow-Origin" not in answer.headers

    lived(story)


def test_a_key_file_is_readable_by_its_owner_only_and_made_once(tmp_path: Path) -> None:
    one = keys.load_or_make(tmp_path / "keys", "accounts")
    assert keys.load_or_make(tmp_path / "keys", "accounts") == one
    assert keys.load_public(tmp_path / "keys", "accounts") == one.verifier
    assert stat.S_IMODE((tmp_path / "keys" / "accounts").stat().st_mode) == 0o600
    assert keys.load_or_make(tmp_path / "keys", "tokens") != one
    assert Tag.SCAN == "suara-scan"
