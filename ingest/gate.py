"""Who is asking, and may they: token, area, device and signature of a request, proven without a database.

The rules themselves live in `identity`; revocations arrive by the journal `umum` (`ingest.revocations`).
"""

from msgspec import Struct
from msgspec.structs import replace

from election.clock import Clock, stamp
from election.event import Signed
from identity import certificate, message, token
from identity.access import Action, may
from identity.claims import Claims
from identity.digest import promises
from identity.errors import DeviceRevoked, SignatureDigest, TokenMissing, TokenScope
from identity.message import OFFICER, RELAY, Message, Tag
from identity.revoked import Revoked
from identity.role import Role
from identity.seen import Seen
from identity.sender import Sender
from ingest.ask import Ask

RELAY_SCALE = 50
"""How many phones' quota a relay has: a kecamatan's TPS come through one laptop."""

OFFICER_CERTIFICATE = "suara-officer-certificate"


class Keys(Struct, frozen=True):
    """What the door checks and makes tokens with; 32 bytes each."""

    accounts: bytes  # public: whose certificates are good
    tokens: bytes  # secret, the same at every door


class Gate:
    """Admits requests. Everything it knows lies in this process."""

    def __init__(self, keys: Keys, revoked: Revoked, clock: Clock) -> None:
        self._keys, self.revoked, self._clock = keys, revoked, clock
        self._seen = Seen()

    async def admit(
        self, ask: Ask, action: Action | str, tps: str, tag: Tag | None = None, body_sha256: str | None = None
    ) -> Sender:
        """Whoever sent this request, where they may do `action` about `tps`.

        What an officer would send may also come from a relay of that TPS, with its own signature beside the officer's.

        Args:
            tag: what the request's signature must be for; None where the token is enough.
            body_sha256: hex, of the body that arrived, where the signature covers one.

        Raises:
            Denied: as `identity.errors` has it.
            QuotaSpent: this device asks too often.
        """
        claims = self.bearer(ask)
        who = Sender(claims.sub, claims.role, claims.area, claims.key.thumbprint)
        relayed = not may(claims.role, claims.area, action, tps)
        if relayed and not (action == Action.SEND and may(claims.role, claims.area, Action.RELAY, tps)):
            raise TokenScope(account=claims.sub, tps=tps)
        ask.known(who.key, RELAY_SCALE if claims.role is Role.PPK else 1)
        if relayed:
            who = replace(who, relayed=claims.role, relay=claims.sub)
        if tag is None:
            return who
        signed = self.signed(ask, RELAY if relayed else OFFICER, tag, claims, body_sha256)
        if relayed and _names_officer(ask):
            return self._for_officer(ask, who, tps, tag, body_sha256)
        return replace(who, signed=signed)

    def bearer(self, ask: Ask) -> Claims:
        """What the request's token says. Raises TokenMissing, TokenForged, TokenExpired, DeviceRevoked."""
        scheme, _, text = (ask.headers.get("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise TokenMissing()
        return self._standing(token.read(text.strip(), seed=self._keys.tokens, now=self.now()))

    def certified(self, text: str) -> Claims:
        """What a certificate says. Raises CertificateForged, CertificateExpired, DeviceRevoked."""
        return self._standing(certificate.read(text, public=self._keys.accounts, now=self.now()))

    def signed(self, ask: Ask, label: str, tag: Tag, claims: Claims, body_sha256: str | None) -> Signed:
        """The request's signature under `label`, where it is that of the claims' device.

        A plain request must be fresh and is taken once; what was made offline may be as old as it is, since the same
        again is the same. Raises SignatureMissing, SignatureDiffers, SignatureDigest, and of a plain request
        SignatureClock, SignatureReplayed.
        """
        found, signed = message.verify(_message(ask), label, tag, claims.key, body=body_sha256 is not None)
        if "content-digest" in found.components:
            promised = ask.headers.get("content-digest") or ""
            if body_sha256 is None or not promises(promised, bytes.fromhex(body_sha256)):
                raise SignatureDigest()
        if tag is Tag.REQUEST:
            moment = stamp(self._clock())
            self._seen.once(signed.key, signed.signature, created=found.created, now=self.now(), stamp=moment)
        return signed

    def mint(self, claims: Claims) -> tuple[str, int]:
        """A token for the device of a certificate, and when it ends, in seconds since 1970."""
        return token.mint(claims, now=self.now(), seed=self._keys.tokens)

    def now(self) -> int:
        """Seconds since 1970."""
        return int(self._clock().timestamp())

    def _for_officer(self, ask: Ask, relay: Sender, tps: str, tag: Tag, body_sha256: str | None) -> Sender:
        """The sender of a relayed item that its officer signed."""
        officer = self.certified(ask.headers.get(OFFICER_CERTIFICATE) or "")
        if not may(officer.role, officer.area, Action.SEND, tps):
            raise TokenScope(account=officer.sub, tps=tps)
        signed = self.signed(ask, OFFICER, tag, officer, body_sha256)
        return replace(relay, account=officer.sub, role=officer.role, area=officer.area, signed=signed)

    def _standing(self, claims: Claims) -> Claims:
        if claims.key.thumbprint in self.revoked:
            raise DeviceRevoked()
        return claims


def _names_officer(ask: Ask) -> bool:
    """Whether a relayed item comes in an officer's name. The certificate alone says so, too: an item whose signature
    was spoilt is refused, and not taken for the relay's own."""
    return message.present(_message(ask), OFFICER) or ask.headers.get(OFFICER_CERTIFICATE) is not None


def _message(ask: Ask) -> Message:
    return Message(ask.method, ask.path, ask.headers.get)
