"""Why a request is not let in, or an account not opened. `status` is the HTTP status that it travels with.

The front door lists its share of them in `ingest.errors`; how an error travels is the roles' business.
"""

from typing import ClassVar

from election.errors import Rejected


class Denied(Rejected):
    """A request that proves too little."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "Denied"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What the answer says in its head: with 401 how to ask (RFC 9110 §11.6.1)."""
        return (("WWW-Authenticate", 'Bearer realm="suara"'),) if self.status == 401 else ()


class TokenMissing(Denied):
    """No bearer token came with the request."""

    code, title = "token.missing", "Token missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kiriman ini tidak membawa token. Aktifkan perangkat ini dengan kode aktivasi, lalu kirim lagi.",
        "en": "The request carries no token. Enrol this device with an activation code, then send again.",
    }


class TokenForged(Denied):
    """The token was not made here, or was changed on its way."""

    code, title = "token.forged", "Token not ours"
    advice: ClassVar[dict[str, str]] = {
        "id": "Token ini tidak dikenal. Minta token baru dengan sertifikat perangkat.",
        "en": "This token is not known here. Ask for a new one with the device's certificate.",
    }


class TokenExpired(Denied):
    """The token's time is over."""

    code, title = "token.expired", "Token expired"
    advice: ClassVar[dict[str, str]] = {
        "id": "Token sudah kedaluwarsa. Minta token baru dengan sertifikat perangkat; kiriman Anda tetap aman.",
        "en": "The token has expired. Ask for a new one with the device's certificate; nothing of yours is lost.",
    }


class TokenScope(Denied):
    """The account may not do this, or not at this TPS."""

    code, status, title = "token.scope", 403, "Not this account's"
    advice: ClassVar[dict[str, str]] = {
        "id": "Akun {account} tidak berwenang untuk ini di TPS {tps}.",
        "en": "The account {account} may not do this for TPS {tps}.",
    }


class CertificateForged(Denied):
    """The certificate is not the accounts service's, or was changed."""

    code, title = "certificate.forged", "Certificate not ours"
    advice: ClassVar[dict[str, str]] = {
        "id": "Sertifikat perangkat tidak dikenal. Minta kode aktivasi baru kepada PPS atau layanan bantuan.",
        "en": "The device's certificate is not known here. Ask PPS or the helpdesk for a new activation code.",
    }


class CertificateExpired(Denied):
    """The certificate's time is over."""

    code, title = "certificate.expired", "Certificate expired"
    advice: ClassVar[dict[str, str]] = {
        "id": "Sertifikat perangkat sudah kedaluwarsa. Minta kode aktivasi baru kepada PPS atau layanan bantuan.",
        "en": "The device's certificate has expired. Ask PPS or the helpdesk for a new activation code.",
    }


class SignatureMissing(Denied):
    """The device's signature was left out, or covers less than it must."""

    code, title = "signature.missing", "Signature missing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tanda tangan perangkat `{label}` untuk {tag} tidak ada atau tidak lengkap.",
        "en": "The device's signature `{label}` for {tag} is missing, or does not cover all that it must.",
    }


class SignatureDiffers(Denied):
    """The signature is not that of this device over this request."""

    code, title = "signature.differs", "Signature differs"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tanda tangan tidak cocok dengan isi kiriman atau dengan perangkat pemilik token.",
        "en": "The signature does not fit what was sent, or not the device that the token is bound to.",
    }


class SignatureClock(Denied):
    """A request was signed at another time than now; the answer carries the server's time."""

    code, title = "signature.clock", "Clock differs"
    advice: ClassVar[dict[str, str]] = {
        "id": "Jam ponsel berbeda dari jam server ({now}). Tanda tangani lagi dengan jam server.",
        "en": "The phone's clock differs from the server's ({now}). Sign again with the server's time.",
    }

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The server's time in seconds since 1970 besides, so that the phone can sign again at once."""
        return (*super().headers, ("Suara-Time", str(self.facts["seconds"])))


class SignatureDigest(Denied):
    """The body is not the one that was signed."""

    code, title = "signature.digest", "Signed digest differs"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isi yang tiba bukan isi yang ditandatangani (Content-Digest). Kirim lagi.",
        "en": "The body is not the one that was signed (Content-Digest). Send it again.",
    }


class SignatureReplayed(Denied):
    """The same signed request came before."""

    code, title = "signature.replayed", "Signature used before"
    advice: ClassVar[dict[str, str]] = {
        "id": "Permintaan bertanda tangan ini sudah pernah dipakai. Tanda tangani permintaan baru.",
        "en": "This signed request was used before. Sign a new one.",
    }


class DeviceRevoked(Denied):
    """The device has lost its right: it was replaced, or reported lost."""

    code, status, title = "device.revoked", 403, "Device revoked"
    advice: ClassVar[dict[str, str]] = {
        "id": "Perangkat ini sudah dicabut. Minta kode aktivasi baru kepada PPS atau layanan bantuan.",
        "en": "This device has been revoked. Ask PPS or the helpdesk for a new activation code.",
    }


class AccountMalformed(Denied):
    """No account can have that name."""

    code, status, title = "account.malformed", 422, "No account's name"
    advice: ClassVar[dict[str, str]] = {
        "id": "Nama akun tidak dikenali; bentuknya seperti kpps-3201010001001-1.",
        "en": "That is no account's name; one looks like kpps-3201010001001-1.",
    }


class CodeMalformed(Denied):
    """A mistyped code: wrong length, a symbol of no code, or the check symbol does not fit. No try is spent."""

    code, status, title = "account.code_malformed", 422, "Code mistyped"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kode aktivasi salah ketik: sepuluh huruf dan angka, misalnya 7K3M9-QXT4P. Periksa lagi.",
        "en": "The activation code is mistyped: ten letters and digits such as 7K3M9-QXT4P. Check it again.",
    }


class CodeWrong(Denied):
    """No such account, or not its code, or one that was used before: which of them is not said."""

    code, status, title = "account.code_wrong", 403, "Code not valid"
    advice: ClassVar[dict[str, str]] = {
        "id": "Akun dan kode tidak cocok, atau kode sudah dipakai. Minta kode baru kepada PPS atau layanan bantuan.",
        "en": "Account and code do not fit, or the code was used before. Ask PPS or the helpdesk for a new one.",
    }


class TooManyTries(Denied):
    """Too many wrong codes for this account, or from this address. Nothing is locked; it only takes time."""

    code, status, title = "account.too_many_tries", 429, "Too many tries"
    advice: ClassVar[dict[str, str]] = {
        "id": "Terlalu banyak kode yang salah. Coba lagi dalam {seconds} detik.",
        "en": "Too many wrong codes. Try again in {seconds} seconds.",
    }


class KeyTaken(Denied):
    """The key belongs to another enrolment, or to a revoked one."""

    code, status, title = "account.key_taken", 409, "Key used before"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kunci perangkat ini pernah dipakai. Hapus data aplikasi, buka lagi, aktifkan dengan kode yang sama.",
        "en": "This device's key was used before. Clear the app's data, open it again, and enrol with the same code.",
    }


class KeyMalformed(Denied):
    """What came as the device's public key is no point on P-256."""

    code, status, title = "account.key_malformed", 422, "Not a P-256 key"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kunci perangkat bukan kunci publik P-256 dalam bentuk JWK.",
        "en": "The device's key is no P-256 public key as a JWK.",
    }


LISTED: tuple[type[Denied], ...] = (
    TokenMissing,
    TokenForged,
    TokenExpired,
    CertificateForged,
    CertificateExpired,
    DeviceRevoked,
    TokenScope,
    SignatureMissing,
    SignatureDiffers,
    SignatureDigest,
    SignatureClock,
    SignatureReplayed,
)
"""Those that a sender meets at the front door, in the order in which a request meets them."""

OF_ACCOUNTS: tuple[type[Denied], ...] = (
    AccountMalformed,
    CodeMalformed,
    CodeWrong,
    TooManyTries,
    KeyMalformed,
    KeyTaken,
)
"""Those of the accounts service besides."""
