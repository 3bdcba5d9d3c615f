"""Events as bytes: what is public, what stands beside it, and journals of releases before this one."""

import json
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from election import event as ev

AT = "2029-02-14T09:12:33.120Z"
SIGNED = ev.Signed("thumb", '("upload-length");created=1', "c2ln")
ascii_text = st.text(st.characters(max_codepoint=127), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | ascii_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ascii_text, inner, max_size=4),
)


def scan(**changed) -> ev.ScanReceived:
    return ev.ScanReceived(tps="1", at=AT, page=2, sha256="ab" * 32, size=9, **changed)


def reading(**changed) -> ev.ReadingSubmitted:
    told = {"commitments": {"suara": "aa"}, "salts": {"suara": "00"}, "figures": {"suara": (1, None)}}
    return ev.ReadingSubmitted(tps="1", at=AT, **(told | changed))


@given(values)
def test_canonical_json_is_what_python_s_own_encoder_writes(value):
    wanted = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert ev.canonical(value) == wanted.encode()


def test_a_leaf_is_ascii():
    with pytest.raises(ValueError, match="ASCII"):
        ev.leaf(scan(verdict="ö"))


def test_account_and_signature_are_private_and_roles_are_public():
    event = scan(by="kpps", relayed="ppk", replaces=3, verdict="ok", account="kpps-1-1", signed=SIGNED)
    public = json.loads(ev.leaf(event))
    assert (public["by"], public["relayed"], public["replaces"], public["verdict"]) == ("kpps", "ppk", 3, "ok")
    assert b"kpps-1-1" not in ev.leaf(event) and b"thumb" not in ev.leaf(event)
    told = reading(by="kpps", confirmed=("a",), as_written=("E101",), account="kpps-1-1", signed=SIGNED)
    assert set(json.loads(ev.leaf(told))) == {"kind", "v", "tps", "at", "commitments", "by"}


@pytest.mark.parametrize("event", [
    scan(), scan(by="kpps", account="x", signed=SIGNED), reading(),
    reading(by="kpps", confirmed=("a",), as_written=("E1",), account="x", signed=SIGNED),
])  # fmt: skip
def test_leaf_and_what_stands_beside_it_are_the_event(event):
    assert ev.from_row(ev.leaf(event), ev.private(event)) == event
    assert ev.is_private(event, ev.private(event))


def test_what_says_nothing_is_not_kept():
    assert ev.private(scan()) is None
    assert set(json.loads(ev.private(reading()) or b"")) == {"figures", "salts"}


def test_what_stands_beside_cannot_overrule_the_leaf():
    event = scan(account="x")
    changed = b'{"account":"x","size":10}'
    assert ev.from_row(ev.leaf(event), changed) == event
    assert not ev.is_private(event, changed)


def test_journals_of_the_first_release_decode_and_keep_their_leaves():
    leaf = b'{"at":"%b","kind":"scan_received","page":2,"sha256":"%b","size":9,"tps":"1","v":1}' % (
        AT.encode(), b"ab" * 32)  # fmt: skip
    old = ev.from_row(leaf, None)
    assert old == scan() and ev.leaf(old) == leaf
    row = (
        b'{"kind":"reading_submitted","tps":"1","at":"%b","v":1,"commitments":{"suara":"aa"},'
        b'"salts":{"suara":"00"},"figures":{"suara":[1,null]}}' % AT.encode()
    )
    told = ev.from_row(ev.leaf(reading()), row)
    assert told == reading() and ev.is_private(told, row)
    assert b"by" not in ev.leaf(told)


def test_the_same_submission_says_the_same_whoever_passes_it_on():
    assert ev.said(scan()) == ev.said(scan(by="kpps", relayed="ppk", account="x", signed=SIGNED))
    assert ev.said(scan()) != ev.said(msgspec.structs.replace(scan(), page=3))
    first = sha256(b'["reading","1",{"suara":[1,null]}]').digest()
    assert ev.said(reading(salts={"suara": "11"}, by="kpps")) == first
    assert len({first, ev.said(reading(confirmed=("a",))), ev.said(reading(as_written=("a",)))}) == 3
