"""Message signatures against the RFC's own vectors and against an independent library, both ways."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import http_message_signatures as library
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from identity import b64
from identity.device import Device
from identity.digest import content_digest
from identity.errors import SignatureDiffers, SignatureMissing
from identity.key import Key
from identity.message import COVERED, LONGEST, Message, Tag, _parsed, components, parse, signature_base, verify

DEVICE = Device.make()
PATH = "/v1/readings/8c2f6f0e-1f5c-4c5e-9d57-0d8f0f6b8a11"
HEADERS = {
    "content-type": "application/json",
    "content-digest": content_digest(sha256(b"{}").digest()),
    "upload-length": "204800",
    "upload-metadata": "id OGMy,contest cHB3cA==,tps MzIwMQ==,page MQ==",
}
SIGNED = HEADERS | DEVICE.sign(Tag.READING, "PUT", PATH, HEADERS, 1_707_900_000)

RFC_KEY = """-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIFKbhfNZfpDsW43+0+JjUr9K+bTeuxopu653+hBaXGA7oAoGCCqGSM49
AwEHoUQDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM
4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END EC PRIVATE KEY-----"""
"""RFC 9421 B.1.3, test-key-ecc-p256."""

RFC_BASE = """\
"@status": 200
"content-type": application/json
"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:
"content-length": 23
"@signature-params": ("@status" "content-type" "content-digest" "content-length");created=1618884473\
;keyid="test-key-ecc-p256\""""
RFC_SIGNATURE = "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="
"""B.2.4, signing a response using ecdsa-p256-sha256."""


def message(headers: Mapping[str, str], method: str = "PUT", path: str = PATH) -> Message:
    return Message(method, path, headers.get)


def test_the_rfcs_own_signature_is_good() -> None:
    private: Any = load_pem_private_key(RFC_KEY.encode(), None)
    numbers = private.public_key().public_numbers()
    assert isinstance(numbers, EllipticCurvePublicNumbers) and isinstance(numbers.curve, SECP256R1)
    key = Device(private).key
    assert key.verifies(RFC_BASE.encode(), b64.decode(RFC_SIGNATURE))
    assert not key.verifies(RFC_BASE.encode() + b"\n", b64.decode(RFC_SIGNATURE))


def test_the_base_has_the_rfcs_shape() -> None:
    """The example of §2.5, as far as our profile covers such components."""
    text = '("@method" "@path" "content-digest" "content-type");created=1618884473;keyid="test-key-rsa-pss"'
    digest = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
    base = signature_base(
        Message("POST", "/foo", {"content-digest": digest, "content-type": " application/json "}.get),
        COVERED[Tag.READING], text,
    )  # fmt: skip
    assert base.decode().split("\n") == [
        '"@method": POST',
        '"@path": /foo',
        f'"content-digest": {digest}',
        '"content-type": application/json',
        f'"@signature-params": {text}',
    ]


class Resolver(library.HTTPSignatureKeyResolver):
    """Our key, to the library."""

    def __init__(self, device: Device) -> None:
        self._private = load_pem_private_key(device.pem, None)

    def resolve_private_key(self, key_id: str) -> Any:
        return self._private

    def resolve_public_key(self, key_id: str) -> Any:
        return self._private.public_key()  # type: ignore[union-attr]


def request(tag: Tag, body: bytes) -> requests.PreparedRequest:
    headers = {name: HEADERS[name] for name in ("content-type", "upload-length", "upload-metadata")}
    if body:
        headers["content-digest"] = content_digest(sha256(body).digest())
    method = "PUT" if tag is Tag.READING else "POST"
    return requests.Request(method, f"http://door.example{PATH}", headers=headers, data=body).prepare()


@pytest.mark.parametrize(
    ("tag", "body"), [(Tag.READING, b"{}"), (Tag.SCAN, b""), (Tag.REQUEST, b"x"), (Tag.REQUEST, b"")]
)
def test_a_library_accepts_what_we_sign(tag: Tag, body: bytes) -> None:
    made = request(tag, body)
    given = {name.lower(): str(value) for name, value in made.headers.items()}
    now = int(datetime.now(UTC).timestamp())
    made.headers.update(DEVICE.sign(tag, str(made.method), PATH, given, now))
    verifier = library.HTTPMessageVerifier(
        signature_algorithm=library.algorithms.ECDSA_P256_SHA256, key_resolver=Resolver(DEVICE)
    )
    found = verifier.verify(made, max_age=timedelta(minutes=1))
    assert [name.strip('"') for name in found[0].covered_components if name != '"@signature-params"'] == list(
        components(tag, bool(body))
    )


@pytest.mark.parametrize(
    ("tag", "body"), [(Tag.READING, b"{}"), (Tag.SCAN, b""), (Tag.REQUEST, b"x"), (Tag.REQUEST, b"")]
)
def test_we_accept_what_a_library_signs(tag: Tag, body: bytes) -> None:
    made = request(tag, body)
    signer = library.HTTPMessageSigner(
        signature_algorithm=library.algorithms.ECDSA_P256_SHA256, key_resolver=Resolver(DEVICE)
    )
    signer.sign(
        made, key_id=DEVICE.key.thumbprint, created=datetime.now(UTC), label="officer", tag=str(tag),
        covered_component_ids=components(tag, bool(body)), use_existing_digest=bool(body),
    )  # fmt: skip
    given = {name.lower(): str(value) for name, value in made.headers.items()}
    found, signed = verify(message(given, str(made.method)), "officer", tag, DEVICE.key, body=bool(body))
    assert signed.key == found.keyid == DEVICE.key.thumbprint
    assert DEVICE.key.verifies(
        signature_base(message(given, str(made.method)), found.components, signed.input), b64.decode(signed.signature)
    )


def test_what_is_signed_is_what_is_accepted() -> None:
    found, signed = verify(message(SIGNED), "officer", Tag.READING, DEVICE.key, body=True)
    assert (found.created, signed.key) == (1_707_900_000, DEVICE.key.thumbprint)


@settings(max_examples=500)
@given(st.sampled_from(sorted(SIGNED)), st.integers(0, 10_000), st.integers(0, 6))
def test_no_flipped_bit_of_a_covered_part_is_accepted(name: str, at: int, bit: int) -> None:
    value = SIGNED[name]
    changed = value[: at % len(value)] + chr(ord(value[at % len(value)]) ^ (1 << bit)) + value[at % len(value) + 1 :]
    if name.startswith("upload") or changed.strip() == value:
        return
    with pytest.raises((SignatureDiffers, SignatureMissing)):
        verify(message(SIGNED | {name: changed}), "officer", Tag.READING, DEVICE.key, body=True)


@pytest.mark.parametrize("method, path", [("POST", PATH), ("PUT", PATH + "/"), ("PUT", PATH.upper()), ("PUT", "/")])
def test_another_method_or_path_is_another_request(method: str, path: str) -> None:
    with pytest.raises(SignatureDiffers):
        verify(message(SIGNED, method, path), "officer", Tag.READING, DEVICE.key, body=True)


def test_a_signature_is_good_for_its_tag_label_and_key_only() -> None:
    for label, tag in (("relay", Tag.READING), ("officer", Tag.SCAN), ("officer", Tag.REQUEST)):
        with pytest.raises(SignatureMissing):
            verify(message(SIGNED), label, tag, DEVICE.key, body=True)
    with pytest.raises(SignatureDiffers):
        verify(message(SIGNED), "officer", Tag.READING, Device.make().key, body=True)
    other = Device.make().sign(Tag.READING, "PUT", PATH, HEADERS, 0)
    forged = other["signature-input"].replace(other["signature-input"].split('keyid="')[1][:43], DEVICE.key.thumbprint)
    with pytest.raises(SignatureDiffers):
        verify(message(HEADERS | other | {"signature-input": forged}), "officer", Tag.READING, DEVICE.key, body=True)


def test_a_request_with_a_body_must_sign_its_digest() -> None:
    bare = {name: value for name, value in HEADERS.items() if name != "content-digest"}
    signed = HEADERS | DEVICE.sign(Tag.REQUEST, "POST", PATH, bare, 0)
    assert verify(message(signed, "POST"), "officer", Tag.REQUEST, DEVICE.key)
    with pytest.raises(SignatureMissing):
        verify(message(signed, "POST"), "officer", Tag.REQUEST, DEVICE.key, body=True)


@pytest.mark.parametrize("text", [
    'officer=("@path");created=1;keyid="k";tag="t"', 'x=(), officer=("@path" "a");created=1;keyid="k";tag="t"',
    'officer=("@path");keyid="k";created=1;tag="t";alg="ecdsa-p256-sha256" ,relay=("@path");created=2',
])  # fmt: skip
def test_other_members_are_left_alone(text: str) -> None:
    found = parse(text, "officer")
    assert found is not None and (found.created, found.keyid, found.tag) == (1, "k", "t")


@pytest.mark.parametrize("text", [
    "", "officer", "officer=", 'officer=("@path")', 'officer=("@path");created=1;keyid="k"', "officer=:AA==:",
    'officer=("@path");created=1;created=2;keyid="k";tag="t"', 'officer=("@path");created="1";keyid="k";tag="t"x',
    'officer=("@path");created=1;keyid="k";tag="t";alg="hmac-sha256"', 'officer=("@path");created=1;keyid=k;tag="t"',
    'officer=("@path";req);created=1;keyid="k";tag="t"', 'officer=("@path");created=-1;keyid="k";tag="t"',
    'officer=("@path");created="x";keyid="k";tag="t"', 'officer=("@path");created=1;keyid="a\\"b";tag="t"',
    'officer=("@path");created=1;keyid="k";tag="t",', "x" * 5000,
    'officer=("@path");created=1;expires=2;keyid="k";tag="t"',
])  # fmt: skip
def test_what_is_not_of_the_profile_is_no_signature(text: str) -> None:
    assert parse(text, "officer") is None


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    parse(text, "officer")
    with pytest.raises(SignatureMissing):
        verify(message({"signature": text, "signature-input": text}), "officer", Tag.SCAN, Key("EC", "P-256", "", ""))


def test_every_tag_covers_a_body_or_what_names_it() -> None:
    assert all("content-digest" in components(tag, True) for tag in (Tag.READING, Tag.REQUEST))
    assert "upload-metadata" in components(Tag.SCAN, True)  # which holds the photo's SHA-256


INPUT = SIGNED["signature-input"]
PIECES = st.sampled_from(
    ["officer=", "relay=", '("@method" "@path")', "()", ";created=1707900000", ";created=", ';keyid="a-b"', ';keyid=""',
     ';alg="ecdsa-p256-sha256"', ';alg="hmac"', ';tag="suara-scan"', ";expires=1", ", ", " ", '"', "\u212a", INPUT]
)  # fmt: skip


@given(st.lists(PIECES, max_size=9).map("".join) | st.tuples(st.just(INPUT), PIECES, st.integers(0, len(INPUT))).map(
    lambda found: found[0][: found[2]] + found[1] + found[0][found[2] :]
))  # fmt: skip
def test_what_our_phones_write_is_read_at_once_as_anything_else_is_read_in_parts(header: str) -> None:
    for label in ("officer", "relay"):
        assert parse(header, label) == _parsed(header, label)


def test_the_shortcut_stops_reading_where_the_long_way_does() -> None:
    long = INPUT.replace(";created", ";created" + "0" * LONGEST)
    assert parse(INPUT, "officer") == _parsed(INPUT, "officer") is not None
    assert parse(long, "officer") is None and _parsed(long, "officer") is None
