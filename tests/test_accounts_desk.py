"""The desk of the accounts service: devices replaced, sessions, and helpers who help their own only."""

import asyncio
import re
from itertools import product
from uuid import UUID

import msgspec
import pytest
from accounts_scene import PASSWORD, House, Lived, invented_town, lived_house  # noqa: F401 - fixtures
from aiohttp import ClientSession

from accounts.register import FREE_TRIES, SLOW, Actor
from election.event import ScanReceived
from identity.access import Action, may, may_help
from identity.account import Account
from loadtest.phone import Request
from storage.draft import phone_key
from storage.journal import UMUM, Draft

pytestmark = pytest.mark.servers


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
