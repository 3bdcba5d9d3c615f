"""A device in Python: the key that a phone makes with WebCrypto, for relays, invented officers and tests."""

from collections.abc import Mapping

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from identity import b64, message
from identity.key import COORDINATE, Key
from identity.message import ALG, OFFICER, Message, Tag


class Device:
    """A private key and what it can sign."""

    def __init__(self, private: EllipticCurvePrivateKey) -> None:
        self._private = private
        numbers = private.public_key().public_numbers()
        x, y = (b64.encode_url(part.to_bytes(COORDINATE, "big")) for part in (numbers.x, numbers.y))
        self.key = Key(kty="EC", crv="P-256", x=x, y=y)

    @classmethod
    def make(cls) -> "Device":
        """A device with a fresh key."""
        return cls(generate_private_key(SECP256R1()))

    @classmethod
    def load(cls, pem: bytes) -> "Device":
        """The device that `pem` keeps. Raises ValueError where that is no P-256 key."""
        private = serialization.load_pem_private_key(pem, None)
        if not isinstance(private, EllipticCurvePrivateKey) or not isinstance(private.curve, SECP256R1):
            raise ValueError("not a P-256 key")
        return cls(private)

    @property
    def pem(self) -> bytes:
        """The private key, to be kept where only its owner reads."""
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def raw_signature(self, data: bytes) -> bytes:
        """r ‖ s over `data`, 64 bytes, as WebCrypto gives it."""
        r, s = decode_dss_signature(self._private.sign(data, ECDSA(SHA256())))
        return r.to_bytes(COORDINATE, "big") + s.to_bytes(COORDINATE, "big")

    def sign(
        self, tag: Tag, method: str, path: str, headers: Mapping[str, str], created: int, *, label: str = OFFICER
    ) -> dict[str, str]:
        """`Signature-Input` and `Signature` for a request.

        Args:
            path: as it will stand on the request line, without query.
            headers: those the signature covers, by name in lower case; `content-digest` where there is a body.
            created: seconds since 1970.
            label: `officer`, or `relay` for what is handed in for somebody else.
        """
        names = message.components(tag, "content-digest" in headers)
        covered = " ".join(f'"{name}"' for name in names)
        text = f'({covered});created={created};keyid="{self.key.thumbprint}";alg="{ALG}";tag="{tag}"'
        base = message.signature_base(Message(method, path, headers.get), names, text)
        return {
            "signature-input": f"{label}={text}",
            "signature": f"{label}=:{b64.encode(self.raw_signature(base))}:",
        }
