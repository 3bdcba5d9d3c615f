"""What the accounts service refuses besides what `identity.errors` has, each with what to do next."""

from typing import ClassVar

from election.errors import Rejected, Unavailable


class SignInFailed(Rejected):
    """Name and password do not fit each other, or nobody has activated that account."""

    code, status, title = "desk.sign_in_failed", 403, "Sign-in failed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Nama akun atau kata sandi salah. Akun baru diaktifkan dahulu dengan kode aktivasi.",
        "en": "Account or password is wrong. A new account is activated with its code first.",
    }


class SessionEnded(Rejected):
    """Nobody is signed in on this browser, or the form is of an earlier session."""

    code, status, title = "desk.session_ended", 403, "Session over"
    advice: ClassVar[dict[str, str]] = {
        "id": "Sesi berakhir. Masuk lagi.",
        "en": "The session is over. Sign in again.",
    }


class NotYours(Rejected):
    """The account may not look there, or not help that account."""

    code, status, title = "desk.not_yours", 403, "Outside your area"
    advice: ClassVar[dict[str, str]] = {
        "id": "{what} di luar wilayah atau wewenang akun Anda.",
        "en": "{what} is outside your account's area, or not for you to change.",
    }


class NothingFound(Rejected):
    """What was looked for is no TPS, area, account or upload of this election."""

    code, status, title = "desk.nothing_found", 404, "Nothing found"
    advice: ClassVar[dict[str, str]] = {
        "id": "{what} tidak ditemukan. Cari dengan kode TPS atau wilayah, nama akun, atau nomor kiriman (UUID).",
        "en": "{what} was not found. Search by code of a TPS or area, account, or upload id (UUID).",
    }


class PasswordShort(Rejected):
    """A password that is guessed too soon."""

    code, status, title = "desk.password_short", 422, "Password too short"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kata sandi paling sedikit {least} karakter; beberapa kata lebih mudah diingat.",
        "en": "A password has at least {least} characters; some words are easier to remember.",
    }


class BodyMalformed(Rejected):
    """The body of a request is not the JSON, or the form, it should be."""

    code: ClassVar[str] = "request.malformed"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "Body malformed"
    advice: ClassVar[dict[str, str]] = {
        "id": "Isi permintaan tidak seperti yang diharapkan di sini.",
        "en": "The request's body is not what is expected here.",
    }


class CodesDoNotNest(Rejected):
    """An area whose code does not begin with its parent's: rights by area would go wrong there."""

    code: ClassVar[str] = "accounts.codes_do_not_nest"
    advice: ClassVar[dict[str, str]] = {
        "id": "Kode {kode} tidak diawali kode induknya, {parent}. Akun tidak dibuat.",
        "en": "The code {kode} does not begin with its parent's, {parent}. No accounts were made.",
    }


class NoSuchAccount(Rejected):
    """The name has the shape of an account's, but this election has none of it."""

    code, status, title = "account.unknown", 404, "No such account"
    advice: ClassVar[dict[str, str]] = {
        "id": "Akun {name} tidak ada.",
        "en": "There is no account {name}.",
    }


class StorageAway(Unavailable):
    """The database does not answer. Nothing was changed, or asking again finds what was."""

    code: ClassVar[str] = "server.unavailable"
    status: ClassVar[int] = 503
    title: ClassVar[str] = "Storage unavailable"
    advice: ClassVar[dict[str, str]] = {
        "id": "Penyimpanan sedang tidak terjangkau. Coba lagi sebentar lagi.",
        "en": "Storage cannot be reached. Try again in a few seconds.",
    }
