"""The accounts service: codes spent once, also under races; devices replaced; helpers who help their own only."""

import asyncio
import re
import stat
from hashlib import sha256
from itertools import product
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from accounts_scene import PASSWORD, House, Lived, invented_town, lived_house  # noqa: F401 - fixtures
from aiohttp import ClientSession
from identity_scene import Watch
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts import make as making
from accounts.app import CODES
from accounts.errors import CodesDoNotNest
from accounts.register import FREE_TRIES, SLOW, Actor
from election.bundle import Bundle
from election.event import ScanReceived
from identity import certificate
from identity.access import Action, may, may_help
from identity.account import Account
from identity.digest import content_digest
from identity.message import Tag
from identity.role import SEATS, Role
from loadtest.phone import Phone, Request, codes
from storage import keys
from storage.draft import phone_key
from storage.journal import UMUM, Draft

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


def test_a_lost_device_is_replaced_at_the_desk(lived: Lived) -> None:
    async def story(house: House) -> None:
        name = f"kpps-{house.tps}-1"
        lost, found = house.phone(name), house.phone(name)
        assert (await house.enrol(lost, house.codes[name]))[0] == 201
        async with house.desk(f"pps-{house.tps[:10]}-1") as pps:
            status, page = await pps.get(f"/tps/{house.tps}")
            assert status == 200 and "perangkat aktif" in page
            assert (await pps.post(f"/akun/{name}/kode", token="0" * 64))[0] == 403
            status, page = await pps.post(f"/akun/{name}/kode")
            fresh = re.findall(r"\b\w{5}-\w{5}\b", page)[0]
            assert status == 200 and fresh != house.codes[name]
            assert "menunggu aktivasi" in (await pps.get(f"/tps/{house.tps}"))[1]
        kinds = [kind for kind, _ in await house.events()]
        assert kinds[-2:] == ["device_revoked", "code_issued"]
        assert await house.enrol(lost, house.codes[name]) == (403, "account.code_wrong")
        assert await house.enrol(lost, fresh) == (409, "account.key_taken")
        assert (await house.enrol(found, fresh))[0] == 201
        revoked = (await house.storage.journal(UMUM).read(0))[-3].event
        assert getattr(revoked, "key", "") == lost.device.key.thumbprint
        enrolled = [msgspec.json.decode(leaf)["commitment"] for kind, leaf in await house.events() if "device" in kind]
        assert enrolled[0] == enrolled[1] != enrolled[2]  # the public sees which enrolment ended, and no more

    lived(story)


def test_revoking_withdraws_what_was_open_and_is_told_once(lived: Lived) -> None:
    async def story(house: House) -> None:
        account = Account.parse(f"kpps-{house.tps}-1")
        register, by = house.service.register, Actor("pps", "pps-x")
        assert not await register.revoke(account, by)
        assert await house.enrol(house.phone(account.name), house.codes[account.name]) == (403, "account.code_wrong")
        fresh = await register.reissue(account, by)
        assert (await house.enrol(house.phone(account.name), fresh))[0] == 201
        done = await asyncio.gather(*(register.revoke(account, by) for _ in range(5)))
        assert sorted(done) == [False] * 4 + [True]
        kinds = [kind for kind, _ in await house.events()]
        assert (kinds.count("device_revoked"), kinds.count("code_withdrawn")) == (1, 1)

    lived(story)


def test_every_role_sees_and_helps_its_own_over_http(lived: Lived) -> None:
    async def story(house: House) -> None:
        tree = house.bundle.tree
        first, last = tree.tps_kode(0), tree.tps_kode(tree.n_tps - 1)
        helpers = [name for name in house.codes if name.endswith("-1") and not name.startswith("kpps")]
        for name in helpers:
            who = Account.parse(name)
            async with house.desk(name) as visitor:
                for tps in (first, last):
                    status, _ = await visitor.get(f"/tps/{tps}")
                    assert (status == 200) is may(who.role, who.area, Action.FIND, tps), (name, tps)
                await visitor.get(f"/wilayah/{who.area}")
                targets = [f"kpps-{first}-2", f"kpps-{last}-2", f"pps-{first[:10]}-2", f"ppk-{first[:6]}-2", "ri-0-2"]
                for target, act in product(targets, ("kode", "cabut")):
                    status, _ = await visitor.post(f"/akun/{target}/{act}")
                    allowed = may_help(who, Account.parse(target))
                    # a page without a single form of its own carries no token, so there is nothing to send
                    assert (status in (200, 303)) is (allowed and visitor.token != ""), (name, target, act, status)

    lived(story)


def test_officers_have_no_desk_and_guests_see_nothing(lived: Lived) -> None:
    async def story(house: House) -> None:
        name = f"kpps-{house.tps}-1"
        async with ClientSession(house.base) as session:
            form = {"name": name, "code": house.codes[name], "password": PASSWORD}
            async with session.post("/aktifkan", data=form, allow_redirects=False) as answer:
                assert answer.status == 403
            form = {"name": "ri-0-1", "code": house.codes["ri-0-1"], "password": "pendek"}
            async with session.post("/aktifkan", data=form, allow_redirects=False) as answer:
                assert answer.status == 403 and "12" in await answer.text()
            for path in ("/", f"/tps/{house.tps}", "/wilayah/0", "/cari?q=x"):
                async with session.get(path, allow_redirects=False) as answer:
                    assert (answer.status, answer.headers["Location"]) == (303, "/masuk")
            for form in ({"name": "ri-0-1", "password": PASSWORD}, {"name": "x", "password": ""}):
                async with session.post("/masuk", data=form, allow_redirects=False) as answer:
                    assert answer.status == 403
                    assert "desk.sign_in" not in await answer.text()
        assert (await house.enrol(house.phone(name), house.codes[name]))[0] == 201  # no try spoiled it

    lived(story)


def test_a_revoked_committee_leaves_the_desk_and_keeps_it_where_it_asks_itself(lived: Lived) -> None:
    async def story(house: House) -> None:
        pps, ppk = f"pps-{house.tps[:10]}-1", f"ppk-{house.tps[:6]}-1"
        area = f"/wilayah/{house.tps[:10]}"
        async with house.desk(pps) as committee, house.desk(ppk) as above:
            await committee.get(area)
            _, page = await committee.post(f"/akun/{pps}/kode")
            own = re.findall(r"\b\w{5}-\w{5}\b", page)[0]
            assert (await house.enrol(house.phone(pps), own))[0] == 201
            assert "perangkat aktif" in (await committee.get(area))[1]
            await above.get(area)
            assert (await above.post(f"/akun/{pps}/cabut"))[0] == 303
            assert "Masuk" in (await committee.get(area))[1]
        kinds = [kind for kind, _ in await house.events()]
        assert kinds[-2:] == ["code_withdrawn", "device_revoked"]

    lived(story)


def test_guessing_passwords_is_slowed_down_too(lived: Lived) -> None:
    async def story(house: House) -> None:
        async with house.desk("ri-0-1"), ClientSession(house.base) as session:
            statuses = []
            for password in [*["x"] * FREE_TRIES, PASSWORD, PASSWORD]:
                async with session.post(
                    "/masuk", data={"name": "ri-0-1", "password": password}, allow_redirects=False
                ) as answer:
                    statuses.append(answer.status)
                if answer.status == 429:
                    house.watch.now += SLOW.total_seconds()
            assert statuses == [403] * FREE_TRIES + [429, 303]

    lived(story)


def test_passwords_tried_at_once_are_counted_before_any_is_judged(lived: Lived) -> None:
    async def story(house: House) -> None:
        async def one() -> int:
            async with session.post("/masuk", data={"name": "ri-0-1", "password": "x"}, allow_redirects=False) as found:
                return found.status

        async with house.desk("ri-0-1"), ClientSession(house.base) as session:
            statuses = await asyncio.gather(*(one() for _ in range(2 * FREE_TRIES)))
            assert sorted(statuses) == [403] * FREE_TRIES + [429] * FREE_TRIES
            house.watch.now += SLOW.total_seconds()
            assert sorted(await asyncio.gather(*(one() for _ in range(5)))) == [403, 429, 429, 429, 429]

    lived(story)


def test_a_wrong_code_costs_no_hash(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(house: House) -> None:
        monkeypatch.setattr("accounts.session.hashed", lambda _: pytest.fail("hashed for a stranger"))
        async with ClientSession(house.base) as session:
            form = {"name": "ri-0-1", "code": house.codes["ri-0-2"], "password": PASSWORD}
            async with session.post("/aktifkan", data=form, allow_redirects=False) as answer:
                assert answer.status == 403

    lived(story)


MALFORMED = [
    ("application/x-www-form-urlencoded; charset=nonsense", b"name=%ff"),
    ("application/x-www-form-urlencoded", b"name=\xff"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=" % k for k in range(99))),
    ("multipart/form-data", b"--x\r\nbroken"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    ("application/x-www-form-urlencoded", b"x" * 20_000),
]


def test_no_form_upsets_the_desk(lived: Lived) -> None:
    async def story(house: House) -> None:
        async with ClientSession(house.base) as session:
            for path, (kind, body) in product(("/masuk", "/aktifkan", "/keluar", "/akun/ri-0-1/kode"), MALFORMED):
                answer = await session.post(path, data=body, headers={"Content-Type": kind}, allow_redirects=False)
                assert answer.status in (303, 400, 403)
                assert "Content-Security-Policy" in answer.headers
        large = Request("POST", "/v1/enrolments", {}, b"x" * 20_000)
        assert await house.ask(large) == (400, "request.malformed")

    lived(story)


def test_another_site_signs_nobody_in_or_out(lived: Lived) -> None:
    async def story(house: House) -> None:
        async with house.desk("ri-0-1"), ClientSession(house.base) as session:
            form = {"name": "ri-0-1", "password": PASSWORD}
            for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 303)):
                headers = {"Sec-Fetch-Site": site, "X-Forwarded-Proto": "https"}
                for path in ("/masuk", "/keluar"):
                    async with session.post(path, data=form, headers=headers, allow_redirects=False) as answer:
                        assert answer.status == status
                        told = answer.headers.get("Set-Cookie", "")
                        assert bool(told) is (status == 303)
                        assert (
                            path == "/keluar"
                            or not told
                            or {"Secure", "HttpOnly", "SameSite=Strict"} <= {part.strip() for part in told.split(";")}
                        )

    lived(story)


def test_a_new_password_ends_older_sessions(lived: Lived) -> None:
    async def story(house: House) -> None:
        name = "helpdesk-0-1"
        async with house.desk(name) as helper:
            assert (await helper.get("/wilayah/0"))[0] == 200
            house.watch.now += 60
            register = house.service.register
            house.codes[name] = await register.reissue(Account.parse(name), Actor("helpdesk", name))
            assert (await helper.get("/wilayah/0"))[0] == 200
            async with house.desk(name) as again:
                assert "Meja bantuan" in (await again.get("/wilayah/0"))[1]
            assert "Masuk" in (await helper.get("/wilayah/0"))[1]
            house.watch.now += 9 * 3600

    lived(story)


def test_an_upload_is_found_by_its_id_its_tps_or_its_account(lived: Lived) -> None:
    async def story(house: House) -> None:
        upload = "8c2f6f0e-1f5c-4c5e-9d57-0d8f0f6b8a11"
        event = ScanReceived(
            tps=house.tps, at="2029-02-14T10:00:00.000Z", page=1, sha256="0" * 64, size=9, by="kpps", relayed="ppk"
        )
        key = phone_key(UUID(upload).bytes)
        await house.storage.journal("ppwp").append(Draft(event=event, key=key))
        async with house.desk("helpdesk-0-2") as helper:
            for words in (upload, house.tps, f"kpps-{house.tps}-1", f" {upload.upper()} "):
                status, page = await helper.get(f"/cari?q={words}")
                assert status == 200 and "foto halaman 1" in page and "diterima" in page and "dititipkan" in page
            assert "foto 1/" in (await helper.get(f"/wilayah/{house.tps[:6]}"))[1]
            for nothing in ("x", "0" * 13, "00000000-0000-0000-0000-000000000000", "%3Cb%3E"):
                assert (await helper.get(f"/cari?q={nothing}"))[0] == 404
        far = next(name for name in house.codes if name.startswith("pps") and name[4:14] != house.tps[:10])
        async with house.desk(far) as stranger:
            assert (await stranger.get(f"/cari?q={upload}"))[0] == 404

    lived(story)


def test_a_key_file_is_readable_by_its_owner_only_and_made_once(tmp_path: Path) -> None:
    one = keys.load_or_make(tmp_path / "keys", "accounts")
    assert keys.load_or_make(tmp_path / "keys", "accounts") == one
    assert keys.load_public(tmp_path / "keys", "accounts") == one.verifier
    assert stat.S_IMODE((tmp_path / "keys" / "accounts").stat().st_mode) == 0o600
    assert keys.load_or_make(tmp_path / "keys", "tokens") != one
    assert Tag.SCAN == "suara-scan"
