"""Codes, keys, certificates and tokens: what was made is read back, and nothing that differs in one bit is."""

import contextlib
import hmac
import json
from hashlib import sha256

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identity_scene import ACCOUNTS, KEYS, NOW, TOKENS, TPS

from identity import b64, certificate, code, jws, token
from identity.account import Account
from identity.claims import Claims
from identity.device import Device
from identity.digest import content_digest, sha256_of
from identity.errors import (
    CertificateExpired,
    CertificateForged,
    CodeMalformed,
    Denied,
    KeyMalformed,
    TokenExpired,
    TokenForged,
)
from identity.key import Key

DEVICE = Device.make()
ACCOUNT = Account.parse(f"kpps-{TPS}-1")
CERTIFICATE = certificate.issue(ACCOUNT, DEVICE.key, now=NOW, jti="one", seed=ACCOUNTS.seed)
CLAIMS = certificate.read(CERTIFICATE, public=KEYS.accounts, now=NOW)
MAC = hmac.digest(TOKENS.seed, token.KIND.encode(), "sha256")
TOKEN, UNTIL = token.mint(CLAIMS, now=NOW, seed=TOKENS.seed)
RANDOM = st.binary(min_size=code.SYMBOLS, max_size=code.SYMBOLS)


@given(RANDOM)
def test_a_code_survives_the_telephone(random: bytes) -> None:
    made = code.make(random)
    assert code.read(made) == made
    heard = made.lower().replace("-", "  ").replace("1", "l").replace("0", "o")
    assert code.read(f" {heard} ") == made


@given(RANDOM, st.integers(0, 9), st.integers(1, 31))
def test_one_wrong_symbol_is_noticed(random: bytes, place: int, shift: int) -> None:
    symbols = list(code.make(random).replace("-", ""))
    symbols[place] = code.ALPHABET[(code.ALPHABET.index(symbols[place]) + shift) % 32]
    with pytest.raises(CodeMalformed):
        code.read("".join(symbols))


@given(RANDOM, st.integers(0, 9), st.integers(0, 9))
def test_two_exchanged_symbols_are_noticed(random: bytes, a: int, b: int) -> None:
    symbols = list(code.make(random).replace("-", ""))
    symbols[a], symbols[b] = symbols[b], symbols[a]
    if symbols[a] != symbols[b]:
        with pytest.raises(CodeMalformed):
            code.read("".join(symbols))


@given(st.text(max_size=80))
def test_any_text_is_a_code_or_refused(typed: str) -> None:
    with contextlib.suppress(CodeMalformed):
        assert code.read(code.read(typed)) == code.read(typed)


def test_what_is_kept_of_a_code_differs_by_account_and_secret() -> None:
    made = code.make(bytes(9))
    kept = {code.digest(secret, name, made) for secret in (b"a", b"b") for name in ("x", "y")}
    assert len(kept) == 4


def flips(text: str) -> st.SearchStrategy[str]:
    """`text` with one bit of one character flipped."""
    return st.builds(
        lambda at, bit: text[:at] + chr(ord(text[at]) ^ (1 << bit)) + text[at + 1 :],
        st.integers(0, len(text) - 1), st.integers(0, 6),
    )  # fmt: skip


@settings(max_examples=400)
@given(flips(CERTIFICATE))
def test_no_flipped_bit_of_a_certificate_is_accepted(changed: str) -> None:
    with pytest.raises(CertificateForged):
        certificate.read(changed, public=KEYS.accounts, now=NOW)


@settings(max_examples=400)
@given(flips(TOKEN))
def test_no_flipped_bit_of_a_token_is_accepted(changed: str) -> None:
    with pytest.raises(TokenForged):
        token.read(changed, seed=KEYS.tokens, now=NOW)


@given(st.text(max_size=300))
def test_any_text_is_no_token(text: str) -> None:
    with pytest.raises(Denied):
        token.read(text, seed=KEYS.tokens, now=NOW)


def test_a_certificate_is_no_token_and_a_token_no_certificate() -> None:
    with pytest.raises(TokenForged):
        token.read(jws.mark(CLAIMS, certificate.KIND, TOKENS.seed), seed=KEYS.tokens, now=NOW)
    with pytest.raises(TokenForged):
        token.read(jws.seal(CLAIMS, token.KIND, TOKENS.seed), seed=KEYS.tokens, now=NOW)
    with pytest.raises(CertificateForged):
        certificate.read(jws.seal(CLAIMS, token.KIND, ACCOUNTS.seed), public=KEYS.accounts, now=NOW)


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "EdDSA"}, {"crit": ["b64"], "b64": True}, {"kid": "x"}])
def test_headers_that_we_never_write_are_refused(header: dict[str, object]) -> None:
    body = json.loads(b64.decode_url(TOKEN.split(".")[1]))
    algorithm = str(header.pop("alg", "HS256"))
    key: object = {"none": None, "EdDSA": jws._private(TOKENS.seed)}.get(algorithm, MAC)
    text = jwt.encode(body, key, algorithm=algorithm, headers={"typ": token.KIND, **header})  # type: ignore[arg-type]
    with pytest.raises(TokenForged):
        token.read(text, seed=KEYS.tokens, now=NOW)


def test_another_library_reads_a_token_under_its_kind_s_own_key() -> None:
    found = jwt.decode_complete(TOKEN, MAC, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    assert found["header"] == {"alg": "HS256", "typ": token.KIND}
    assert (found["payload"]["sub"], found["payload"]["exp"]) == (CLAIMS.sub, UNTIL)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(TOKEN, TOKENS.seed, algorithms=["HS256"])


def test_claims_that_contradict_their_account_are_refused() -> None:
    good = {"sub": CLAIMS.sub, "role": "kpps", "area": TPS, "cnf": {"jwk": {"kty": "EC", "crv": "P-256",
            "x": DEVICE.key.x, "y": DEVICE.key.y}}, "iat": NOW, "exp": NOW + 60, "jti": "x"}  # fmt: skip

    def text(**other: object) -> str:
        return jwt.encode(good | other, MAC, "HS256", headers={"typ": token.KIND})

    assert token.read(text(), seed=KEYS.tokens, now=NOW).area == TPS
    off_curve = {"jwk": {"kty": "EC", "crv": "P-256", "x": DEVICE.key.x, "y": DEVICE.key.x}}
    for other in ({"role": "ppk"}, {"area": "320101"}, {"sub": "x"}, {"more": 1}, {"exp": "1"}, {"cnf": off_curve}):
        with pytest.raises(TokenForged):
            token.read(text(**other), seed=KEYS.tokens, now=NOW)


def test_times_are_judged_by_the_clock_that_is_handed_in() -> None:
    end = NOW + certificate.DAYS * 86_400
    assert UNTIL - NOW == token.SECONDS <= 900
    assert token.read(TOKEN, seed=KEYS.tokens, now=UNTIL - 1) == token.read(TOKEN, seed=KEYS.tokens, now=NOW)
    assert certificate.read(CERTIFICATE, public=KEYS.accounts, now=end - 1) == CLAIMS
    with pytest.raises(TokenExpired):
        token.read(TOKEN, seed=KEYS.tokens, now=UNTIL)
    with pytest.raises(CertificateExpired):
        certificate.read(CERTIFICATE, public=KEYS.accounts, now=end)
    assert token.mint(CLAIMS, now=end - 10, seed=TOKENS.seed)[1] == end


def test_a_thumbprint_is_that_of_rfc_7638() -> None:
    other = jwt.PyJWK({"kty": "EC", "crv": "P-256", "x": DEVICE.key.x, "y": DEVICE.key.y})
    text = json.dumps(
        {"crv": "P-256", "kty": "EC", "x": DEVICE.key.x, "y": DEVICE.key.y}, separators=(",", ":"), sort_keys=True
    )
    assert other.key_type == "EC"
    assert DEVICE.key.thumbprint == b64.encode_url(sha256(text.encode()).digest())


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_what_is_no_point_is_no_key(x: bytes, y: bytes) -> None:
    with pytest.raises(KeyMalformed):
        Key("EC", "P-256", b64.encode_url(x), b64.encode_url(y)).check()


@given(st.binary(max_size=70))
def test_any_bytes_are_no_signature(signature: bytes) -> None:
    assert not DEVICE.key.verifies(b"x", signature)


@given(st.binary(max_size=50))
def test_base64_has_one_spelling(data: bytes) -> None:
    for encode, decode in ((b64.encode, b64.decode), (b64.encode_url, b64.decode_url)):
        text = encode(data)
        assert decode(text) == data
        for other in (text + "=", text + "\n", f" {text}"):
            with pytest.raises(ValueError, match="base64"):
                decode(other)


@given(st.binary(min_size=32, max_size=32))
def test_content_digest_is_read_back(digest: bytes) -> None:
    assert sha256_of(content_digest(digest)) == digest == sha256_of(f"sha-512=:AA==:, {content_digest(digest)}")


@pytest.mark.parametrize("header", ["", "sha-256", "sha-256=:AA==:", "sha-256=:!:", "sha-256=x", "sha-512=:AA==:"])
def test_a_digest_that_says_nothing_promises_nothing(header: str) -> None:
    assert sha256_of(header) is None


def test_a_device_is_kept_and_found_again() -> None:
    again = Device.load(DEVICE.pem)
    assert again.key == DEVICE.key
    assert DEVICE.key.verifies(b"x", again.raw_signature(b"x"))
    assert not DEVICE.key.verifies(b"y", again.raw_signature(b"x"))


def test_claims_name_the_key_they_are_bound_to() -> None:
    assert isinstance(CLAIMS, Claims)
    assert CLAIMS.key.thumbprint == DEVICE.key.thumbprint


def test_a_key_has_one_thumbprint() -> None:
    """A coordinate and the same plus the field's prime are one point, and would be two keys to whoever revokes one."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    x, y = 5, 0x459243B9AA581806FE913BCE99817ADE11CA503C64D9A3C533415C083248FBCC
    for beyond in (0, prime):
        key = Key("EC", "P-256", *(b64.encode_url(part.to_bytes(32, "big")) for part in (x + beyond, y)))
        with contextlib.nullcontext() if not beyond else pytest.raises(KeyMalformed):
            key.check()
