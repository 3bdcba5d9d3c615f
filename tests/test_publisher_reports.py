"""Reports of a difference: what is taken in, what is refused and kept for the sender, what the role may do."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from aiohttp.test_utils import TestClient
from reports_scene import NOWHERE, Scene, at_the_room, post, published

from publisher.reports import code
from publisher.reports.limits import Limits
from publisher.reports.shelf import ROLE

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def scene(servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    yield published(servers, tmp_path_factory.mktemp("reports"), "site_reports")
    servers.execute("drop database site_reports with (force)")


def test_a_plain_form_leads_to_a_code_under_which_the_report_stands(scene: Scene) -> None:
    async def play(client: TestClient, scene: Scene) -> None:
        answer = await post(client, scene.form(note="Coretan di kotak puluhan"))
        assert answer.status == 303
        page = await client.get(answer.headers["Location"])
        text = await page.text()
        wanted = answer.headers["Location"].split("/")[-1].split("?")[0]
        assert code.shown(wanted) in text
        assert "Terima kasih" in text
        assert "Diterima; menunggu pemeriksa" in text
        assert "Coretan" not in text, "a note is for reviewers"
        assert page.headers["Cache-Control"] == "no-store"
        again = await client.get("/report", params={"kode": code.shown(wanted).lower()}, allow_redirects=False)
        assert again.headers["Location"] == f"/report/{wanted}"

    at_the_room(scene, play)
    [sent], [report] = scene.rows("sent"), scene.rows("report")
    assert sent["note"] == "Coretan di kotak puluhan"
    assert (sent["stood"], report["value"]) == (scene.right("counted"), scene.right("counted") + 1)
    assert set(report.keys()) | set(sent.keys()) == {
        "id", "contest", "tps", "version", "field", "value", "code", "report", "stood", "number", "note", "at",
    }, "nothing that leads to the sender"  # fmt: skip


def test_the_same_form_sent_twice_is_one_report_and_the_same_figure_of_two_people_is_one_with_a_count(
    scene: Scene,
) -> None:
    async def play(client: TestClient, scene: Scene) -> None:
        form = scene.form()
        first, second = await asyncio.gather(post(client, form), post(client, form))
        assert first.headers["Location"] == second.headers["Location"]
        other = await post(client, scene.form())
        assert other.headers["Location"] != first.headers["Location"]
        told = await (await client.get(other.headers["Location"], headers={"Accept": "application/json"})).json()
        assert told["times"] == 2
        mended = await post(client, {**form, "value": "7"})
        assert mended.headers["Location"] != first.headers["Location"]

    at_the_room(scene, play)
    assert len(scene.rows("report")) == 2
    assert len(scene.rows("sent")) == 3


def test_many_at_once_lose_none(scene: Scene) -> None:
    async def play(client: TestClient, scene: Scene) -> None:
        answers = await asyncio.gather(*(post(client, scene.form(value=i % 3)) for i in range(24)))
        assert {answer.status for answer in answers} == {303}

    at_the_room(scene, play, limits=Limits(same=24))
    assert len(scene.rows("report")) == 3
    assert len(scene.rows("sent")) == 24


def test_programs_send_json_and_get_problems(scene: Scene) -> None:
    async def play(client: TestClient, scene: Scene) -> None:
        said = {"contest": "ppwp", "tps": scene.tps("held"), "field": "suara_sah", "value": 1}
        answer = await client.post("/report", json=said)
        assert answer.status == 201
        kept = await answer.json()
        told = await (await client.get(kept["url"], headers={"Accept": "application/json"})).json()
        assert (told["code"], told["state"], told["value"]) == (kept["code"], "received", 1)
        for wrong, status, reason in [
            ({"tps": "1"}, 404, "report.no_place"),
            ({"field": "paslon_9"}, 422, "report.no_field"),
            ({"value": 1000}, 422, "report.bad_value"),
            ({"value": -1}, 422, "report.bad_value"),
            ({"note": "a" * 301}, 422, "report.note_too_long"),
            ({"id": "x"}, 422, "report.bad_form"),
            ({"tps": scene.tps("silent")}, 409, "report.nothing_yet"),
            ({"tps": scene.tps("counted"), "value": scene.right("counted", "suara_sah")}, 409, "report.no_difference"),
        ]:
            refused = await client.post("/report", json={**said, **wrong})
            problem = await refused.json(content_type="application/problem+json")
            assert (refused.status, problem["code"]) == (status, reason)
            assert problem["detail"]
            assert problem["petunjuk"]
        broken = await client.post("/report", data=b"{", headers={"Content-Type": "application/json"})
        assert broken.status == 422

    at_the_room(scene, play)
    assert len(scene.rows("sent")) == 1


def test_what_was_typed_comes_back_with_every_refusal(scene: Scene) -> None:
    async def play(client: TestClient, scene: Scene) -> None:
        for wrong, status in [({"value": "12x"}, 422), ({"situs": "http://x.example"}, 422), ({"field": ""}, 422)]:
            form = scene.form(note="Tulisan <b>saya</b>", **wrong)
            answer = await post(client, form)
            text = await answer.text()
            assert answer.status == status
            assert "Tulisan &lt;b&gt;saya&lt;/b&gt;" in text
            assert f'value="{form["id"]}"' in text
            assert "<b>saya" not in text
        large = await post(client, scene.form(note="x" * 9000))
        assert large.status == 413
        plain = await client.post("/report", data="tps=1", headers={"Content-Type": "text/plain"})
        assert plain.status == 415

    at_the_room(scene, play)
    assert scene.rows("sent") == []


def test_without_a_database_the_form_comes_back_filled_in_and_the_files_go_on(scene: Scene) -> None:
    async def play(client: TestClient, scene: Scene) -> None:
        form = scene.form(note="jangan hilang")
        answer = await post(client, form)
        text = await answer.text()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
        assert "jangan hilang" in text
        assert f'value="{form["value"]}"' in text
        assert f'<option value="{form["field"]}" selected' in text
        problem = await client.post("/report", json=form)
        assert (await problem.json(content_type=None))["code"] == "report.away"
        assert (await client.get("/report/AAAAA00000")).status == 503
        assert (await client.get("/index.html")).status == 200

    at_the_room(scene, play, url=NOWHERE)


def test_a_report_whose_answer_was_lost_is_not_kept_twice(scene: Scene) -> None:
    """Killed after the first statement, or after the second and before the answer: the sender sends the form again."""

    async def play(client: TestClient, scene: Scene) -> None:
        form = scene.form()
        line = await asyncpg.connect(scene.url)
        await line.execute(
            "insert into reports.report (contest, tps, version, field, value) values ('ppwp', $1, 1, $2, $3)",
            form["tps"], form["field"], int(form["value"]),
        )  # fmt: skip
        await line.close()
        for _ in range(2):
            assert (await post(client, form)).status == 303

    at_the_room(scene, play)
    assert len(scene.rows("report")) == len(scene.rows("sent")) == 1


def test_another_sites_page_cannot_make_a_browser_report(scene: Scene) -> None:
    async def play(client: TestClient, scene: Scene) -> None:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
            answer = await post(client, scene.form(), **headers)
            assert answer.status == 403
        host = f"http://{client.host}:{client.port}"
        assert (await post(client, scene.form(), Origin=host)).status == 303
        page = await client.get("/report", params={"contest": "ppwp", "tps": scene.tps("counted")})
        assert page.headers["Referrer-Policy"] == "same-origin", "or browsers would send Origin: null"

    at_the_room(scene, play)
    assert len(scene.rows("sent")) == 1


def test_an_address_a_tps_and_everybody_have_a_limit_an_hour(scene: Scene) -> None:
    async def per_address(client: TestClient, scene: Scene) -> None:
        def of(one: str) -> dict[str, str]:
            return {"X-Forwarded-For": f"9.9.9.9, {one}"}

        for status in (303, 303, 429):
            assert (await post(client, scene.form(), **of("10.0.0.1"))).status == status
        assert (await post(client, scene.form(), **of("10.0.0.2"))).status == 303
        for status, host in ((303, "1"), (303, "2"), (429, "3")):
            assert (await post(client, scene.form(), **of(f"2001:db8:1:2::{host}"))).status == status

    async def per_tps(client: TestClient, scene: Scene) -> None:
        for kind, status in (("counted", 303), ("counted", 303), ("counted", 429), ("held", 303), ("corrected", 429)):
            answer = await post(client, scene.form(kind))
            assert answer.status == status
            assert status != 429 or "Retry-After" in answer.headers

    at_the_room(scene, per_address, limits=Limits(address=2), proxies=frozenset({"127.0.0.1"}))
    at_the_room(scene, per_tps, limits=Limits(tps=2, everybody=3))


RIGHTS = """
select n.nspname || '.' || c.relname as name, verb from pg_class c join pg_namespace n on n.oid = c.relnamespace,
    unnest(array['select', 'insert', 'update', 'references']) verb
where c.relkind in ('r', 'p', 'v', 'm', 'S') and n.nspname not in ('pg_catalog', 'information_schema')
    and n.nspname not like 'pg_toast%' and case when c.relkind = 'S' then has_sequence_privilege($1, c.oid, 'usage')
        else has_any_column_privilege($1, c.oid, verb) end
union select n.nspname || '.' || c.relname, verb from pg_class c join pg_namespace n on n.oid = c.relnamespace,
    unnest(array['delete', 'truncate', 'trigger']) verb
where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
    and has_table_privilege($1, c.oid, verb)
"""


def test_the_role_of_the_room_adds_and_reads_reports_and_nothing_else(scene: Scene) -> None:
    async def play() -> None:
        owner = await asyncpg.connect(scene.site.settings.database_url)
        rights = {tuple(row) for row in await owner.fetch(RIGHTS, ROLE)}
        assert {tuple(row) for row in await owner.fetch(RIGHTS, "suara")} > rights, "the question is a right one"
        await owner.close()
        added = {(f"reports.{table}", verb) for table in ("report", "sent") for verb in ("select", "insert")}
        assert rights == added | {("reports.step", "select")}
        line = await asyncpg.connect(scene.url)
        assert await line.fetch("select kind, reason, at from reports.step") == []
        for statement in (
            "select account from reports.step", "select * from journal.event", "select * from accounts.account",
            "update reports.sent set note = ''", "delete from reports.report", "create table public.x (a int)",
            "set role suara", "create role x",
        ):  # fmt: skip
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await line.execute(statement)
        await line.close()

    asyncio.run(play())
