"""Base64 in the one spelling that its bytes have, so that no second text stands for the same signature."""

import base64
import binascii


def encode(data: bytes) -> str:
    """Padded, standard alphabet (RFC 4648 §4), as structured fields write bytes."""
    return base64.b64encode(data).decode()


def decode(text: str) -> bytes:
    """The bytes of `encode`'s text. Raises ValueError for any other spelling of them."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if encode(data) != text:
        raise ValueError("base64 in a form that is not its own")
    return data


def encode_url(data: bytes) -> str:
    """Unpadded, safe in addresses (RFC 4648 §5), as JWS and JWK write bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_url(text: str) -> bytes:
    """The bytes of `encode_url`'s text. Raises ValueError for any other spelling of them."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if encode_url(data) != text:
        raise ValueError("base64url in a form that is not its own")
    return data
