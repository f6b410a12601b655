"""HashiCorp Vault's and OpenBao's transit engine as its API is described, on loopback.

From «Transit secrets engine (API)»: keys, encrypt, decrypt, rewrap, rotate, config and trim, single items left out.
It refuses what that engine refuses: a missing or unknown token (403), another namespace than the token's (403), what
the token's policy does not name (403), a sealed service (503), an unknown key ring (404 to read, 400 to use), a derived
ring without a context, versions outside the allowed, a trim that is not prepared by a config, a method or path that is
none. As there, a context given to a ring that is not derived is ignored, and `rewrap` takes no associated data.
"""

import base64
import binascii
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.motparter.motpart import Kall, Motpart, Rute, Svar

_RING = "([A-Za-z0-9_-]+)"


@dataclass
class Ring:
    """A key ring: a key for each version that is left."""

    derived: bool
    nokler: dict[int, bytes] = field(default_factory=lambda: {1: os.urandom(32)}, repr=False)
    min_decryption_version: int = 1
    min_encryption_version: int = 0
    min_available_version: int = 0

    @property
    def nyeste(self) -> int:
        return max(self.nokler)

    def describe(self, navn: str) -> dict[str, Any]:
        return {
            "name": navn,
            "type": "aes256-gcm96",
            "derived": self.derived,
            "keys": {str(versjon): int(time.time()) for versjon in self.nokler},
            "latest_version": self.nyeste,
            "min_decryption_version": self.min_decryption_version,
            "min_encryption_version": self.min_encryption_version,
            "min_available_version": self.min_available_version,
            "deletion_allowed": False,
            "exportable": False,
        }


class Avslag(Exception):
    """What one item, or the whole call, is refused with."""


class Vault(Motpart):
    """One service with one token. `policy` names the operations that the token may; `ringer` is what it holds."""

    def __init__(self, token: str, *, motor: str = "transit", navnerom: str | None = None, **valg: Any) -> None:
        super().__init__(**valg)
        self.token = token
        self.navnerom = navnerom
        self.motor = motor
        self.forseglet = False
        self.policy = {"les", "lag", "krypter", "dekrypter", "pakk_om", "roter", "sett", "trim"}
        self.ringer: dict[str, Ring] = {}

    def ruter(self) -> Sequence[Rute]:
        rot = f"/v1/{self.motor}"

        def rute(operasjon: str, metode: str, sti: str, arbeid: Callable[[Kall], Svar]) -> Rute:
            return operasjon, metode, rot + sti, lambda kall: self._guard(kall, arbeid)

        return (
            rute("les", "GET", f"/keys/{_RING}", self._read),
            rute("lag", "POST", f"/keys/{_RING}", self._create),
            rute("roter", "POST", f"/keys/{_RING}/rotate", self._rotate),
            rute("sett", "POST", f"/keys/{_RING}/config", self._configure),
            rute("trim", "POST", f"/keys/{_RING}/trim", self._trim),
            rute("krypter", "POST", f"/encrypt/{_RING}", self._encrypt),
            rute("dekrypter", "POST", f"/decrypt/{_RING}", self._decrypt),
            rute("pakk_om", "POST", f"/rewrap/{_RING}", self._rewrap),
        )

    def _guard(self, kall: Kall, arbeid: Callable[[Kall], Svar]) -> Svar:
        with self.las:
            if self.forseglet:
                return _errors(503, "Vault is sealed")
            if kall.hode.get("x-vault-token") != self.token or kall.hode.get("x-vault-namespace") != self.navnerom:
                return _errors(403, "permission denied")
            if kall.operasjon not in self.policy:
                return _errors(403, "1 error occurred:\n\t* permission denied\n\n")
            try:
                return arbeid(kall)
            except Avslag as avslag:
                return _errors(400, str(avslag))

    def _ring(self, kall: Kall) -> Ring:
        ring = self.ringer.get(kall.sti[0])
        if ring is None:
            raise Avslag("encryption key not found")
        return ring

    def _read(self, kall: Kall) -> Svar:
        ring = self.ringer.get(kall.sti[0])
        return _errors(404) if ring is None else Svar.json({"data": ring.describe(kall.sti[0])})

    def _create(self, kall: Kall) -> Svar:
        valg = _body(kall)
        if valg.get("type", "aes256-gcm96") != "aes256-gcm96":
            raise Avslag("unknown key type")
        ring = self.ringer.setdefault(kall.sti[0], Ring(bool(valg.get("derived", False))))
        return Svar.json({"data": ring.describe(kall.sti[0])})

    def _rotate(self, kall: Kall) -> Svar:
        ring = self._ring(kall)
        ring.nokler[ring.nyeste + 1] = os.urandom(32)
        return Svar.json({"data": ring.describe(kall.sti[0])})

    def _configure(self, kall: Kall) -> Svar:
        ring, valg = self._ring(kall), _body(kall)
        fra = valg.get("min_decryption_version", ring.min_decryption_version)
        til = valg.get("min_encryption_version", ring.min_encryption_version)
        if fra > ring.nyeste or til > ring.nyeste or 0 < til < fra:
            raise Avslag("cannot set min encryption/decryption values")
        if min(fra, til) < ring.min_available_version:
            raise Avslag("min decryption version should not be less then min available version")
        ring.min_decryption_version, ring.min_encryption_version = fra, til
        return Svar.json({"data": ring.describe(kall.sti[0])})

    def _trim(self, kall: Kall) -> Svar:
        ring, minst = self._ring(kall), _body(kall).get("min_available_version")
        if not isinstance(minst, int) or minst < max(1, ring.min_available_version):
            raise Avslag("minimum available version cannot be decremented")
        if not ring.min_encryption_version or minst > min(ring.min_encryption_version, ring.min_decryption_version):
            raise Avslag("minimum available version cannot be greater than minmum encryption version")
        ring.min_available_version = minst
        ring.nokler = {versjon: nokkel for versjon, nokkel in ring.nokler.items() if versjon >= minst}
        return Svar.json({"data": ring.describe(kall.sti[0])})

    def _encrypt(self, kall: Kall) -> Svar:
        def one(ring: Ring, post: dict[str, Any]) -> dict[str, Any]:
            siffer = _seal(ring, post, _b64(post.get("plaintext"), "missing plaintext to encrypt"))
            return {"ciphertext": siffer, "key_version": ring.nyeste}

        return self._batch(kall, one, {"ciphertext": ""}, feilstatus=400)

    def _decrypt(self, kall: Kall) -> Svar:
        def one(ring: Ring, post: dict[str, Any]) -> dict[str, Any]:
            return {"plaintext": base64.b64encode(_open(ring, post)).decode()}

        return self._batch(kall, one, {"plaintext": ""}, feilstatus=400)

    def _rewrap(self, kall: Kall) -> Svar:
        def one(ring: Ring, post: dict[str, Any]) -> dict[str, Any]:
            return {"ciphertext": _seal(ring, post, _open(ring, post)), "key_version": ring.nyeste}

        return self._batch(kall, one, {}, feilstatus=200)

    def _batch(
        self,
        kall: Kall,
        one: Callable[[Ring, dict[str, Any]], dict[str, Any]],
        tomt: dict[str, Any],
        *,
        feilstatus: int,
    ) -> Svar:
        poster = _body(kall).get("batch_input")
        if not poster:
            raise Avslag("missing batch input to process")
        if len({bool(post.get("context")) for post in poster}) > 1:
            raise Avslag("context should be set either in all the request blocks or in none")
        ring, resultater, feil = self._ring(kall), [], False
        for post in poster:
            try:
                resultater.append(one(ring, post))
            except Avslag as avslag:
                feil = True
                resultater.append({**tomt, "error": str(avslag)})
        return Svar.json({"data": {"batch_results": resultater}}, feilstatus if feil else 200)


def _seal(ring: Ring, post: dict[str, Any], klartekst: bytes) -> str:
    nonce = os.urandom(12)
    kryptert = nonce + AESGCM(_key(ring, ring.nyeste, post)).encrypt(nonce, klartekst, None)
    return f"vault:v{ring.nyeste}:{base64.b64encode(kryptert).decode()}"


def _open(ring: Ring, post: dict[str, Any]) -> bytes:
    deler = str(post.get("ciphertext", "")).split(":")
    if len(deler) != 3 or deler[0] != "vault" or not deler[1].startswith("v") or not deler[1][1:].isdigit():
        raise Avslag("invalid ciphertext: no prefix")
    versjon, kryptert = int(deler[1][1:]), _b64(deler[2], "invalid ciphertext: could not decode base64")
    if versjon > ring.nyeste:
        raise Avslag("invalid ciphertext: version is too new")
    if versjon < ring.min_decryption_version:
        raise Avslag("ciphertext or signature version is disallowed by policy (too old)")
    try:
        return AESGCM(_key(ring, versjon, post)).decrypt(kryptert[:12], kryptert[12:], None)
    except (InvalidTag, ValueError):
        raise Avslag("cipher: message authentication failed") from None


def _key(ring: Ring, versjon: int, post: dict[str, Any]) -> bytes:
    if not ring.derived:
        return ring.nokler[versjon]
    kontekst = _b64(
        post.get("context"), "missing 'context' for key derivation; the key was created using a derived key"
    )
    return HKDF(SHA256(), 32, salt=None, info=kontekst).derive(ring.nokler[versjon])


def _b64(verdi: Any, mangler: str) -> bytes:
    if not verdi:
        raise Avslag(mangler)
    try:
        return base64.b64decode(verdi, validate=True)
    except binascii.Error:
        raise Avslag("illegal base64 data") from None


def _body(kall: Kall) -> dict[str, Any]:
    verdi = json.loads(kall.body(1 << 25) or b"{}")
    assert isinstance(verdi, dict)
    return verdi


def _errors(status: int, *feil: str) -> Svar:
    return Svar.json({"errors": list(feil)}, status)
