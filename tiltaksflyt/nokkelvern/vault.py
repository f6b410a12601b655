"""KEKs that never leave HashiCorp Vault or OpenBao: the transit engine wraps and unwraps for us.

By the public HTTP API of the transit engine (keys, encrypt, decrypt, rewrap, rotate, config, trim). Each owner has a
key ring `tiltaksflyt-<eier>` of its own, and the key id is the *context* from which the engine derives the key: that
binds a wrapped key to its id. `associated_data` would too, but `rewrap` takes none, and with it a rotation would have
to bring every data key here in clear.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tiltaksflyt.delivery.httpklient import check_address, open_client
from tiltaksflyt.delivery.httpsvar import HttpFeil, Httpsvar, call, code_of_status
from tiltaksflyt.delivery.kanal import Kanalkode
from tiltaksflyt.ledger import LedgerFeil, Uleselig
from tiltaksflyt.ledger.database import chunks
from tiltaksflyt.ledger.kryptering import NOKKELLENGDE
from tiltaksflyt.ledger.nokkelvern import body_of, check_owner, missing_kek, pack, read_closed, version_of

BUNT = 500
_TOKEN = re.compile(rb"[\x21-\x7e]+")
_SIFFER = re.compile(r"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/]+=*")
_KODER = {
    Kanalkode.TILGANG_NEKTET: ("KMS_TILGANG", "the token is refused; see its policy, its namespace and its end"),
    Kanalkode.KANAL_NEDE: ("KMS_NEDE", "nobody answers there; run the step again when the service is up"),
    Kanalkode.KANAL_OPPTATT: ("KMS_OPPTATT", "the service is sealed or busy; unseal it, or run the step again"),
    Kanalkode.UKJENT_VERTSNOKKEL: ("KMS_SERTIFIKAT", "the certificate is not trusted; see tillitsanker"),
}


class Vaultvern:
    """The transit engine as a Nokkelvern. Holds no KEK; the token is read from its file for each call."""

    def __init__(
        self,
        adresse: str,
        *,
        tokenfil: Path,
        motor: str = "transit",
        navnerom: str | None = None,
        tillitsanker: Path | None = None,
    ) -> None:
        """Raises KanalFeil when the address is not one that secrets may go to, or the CA file cannot be read."""
        self._rot = f"{check_address(adresse)}/v1/{motor}"
        self._tokenfil = tokenfil
        self._navnerom = navnerom
        self._tillitsanker = tillitsanker
        self._klient = open_client(tillitsanker=tillitsanker)
        self._kjente: set[str] = set()

    def wrap(self, eier: str, nokler: Mapping[str, bytes]) -> dict[str, bytes]:
        """The keys under the newest version of the owner's key ring; made when there is none."""
        if eier not in self._kjente and not self.newest(eier):
            self.renew(eier, 1)
        inn = {i: {"plaintext": b64encode(nokkel).decode()} for i, nokkel in nokler.items()}
        return {i: _packed(siffer) for i, siffer in self._batch("encrypt", eier, inn, "ciphertext").items()}

    def unwrap(self, eier: str, pakker: Mapping[str, bytes]) -> dict[str, bytes]:
        """The keys again. Raises Uleselig, and LedgerFeil when a version of the key ring is not there."""
        svar = self._batch("decrypt", eier, _ciphertexts(pakker), "plaintext", pakker)
        return {i: _decode(klartekst) for i, klartekst in svar.items()}

    def rewrap(self, eier: str, pakker: Mapping[str, bytes]) -> dict[str, bytes]:
        """The same keys under the newest version, without ever being here in clear."""
        svar = self._batch("rewrap", eier, _ciphertexts(pakker), "ciphertext", pakker)
        return {i: _packed(siffer) for i, siffer in svar.items()}

    def newest(self, eier: str) -> int:
        """The newest version of the key ring; 0 when there is none."""
        ring = self._ring(eier)
        return 0 if ring is None else _number(ring, "latest_version")

    def next_version(self, eier: str, minst: int) -> int:
        """One after the newest. Raises LedgerFeil when the version in use is not there."""
        nyeste = self.newest(eier)
        if nyeste < minst:
            raise missing_kek(_name(eier))
        return nyeste + 1

    def renew(self, eier: str, versjon: int) -> None:
        """Make the key ring, or versions of it up to that one. Two who ask at once may make one more, harmlessly."""
        nyeste = self.newest(eier)
        if not nyeste:
            # `derived` is what makes the engine ask for a context; it cannot be changed afterwards.
            self._post(f"keys/{_name(eier)}", {"type": "aes256-gcm96", "derived": True})
            nyeste = 1
        for _ in range(nyeste, versjon):
            self._post(f"keys/{_name(eier)}/rotate", {})

    def retire(self, eier: str, foer: int) -> bool:
        """Delete the versions before `foer` from the service; False when the token may not."""
        ring = self._ring(eier)
        if ring is None:
            raise missing_kek(_name(eier))
        if _number(ring, "min_available_version") >= foer:
            return True
        minst = max(foer, _number(ring, "min_decryption_version"))
        # The engine deletes only what neither decryption nor encryption may use any more.
        for sti, valg in (
            ("config", {"min_decryption_version": minst, "min_encryption_version": minst}),
            ("trim", {"min_available_version": foer}),
        ):
            svar = self._call("POST", f"keys/{_name(eier)}/{sti}", valg)
            if svar.status == HTTPStatus.FORBIDDEN:
                return False
            _require_ok(svar)
        return True

    def close(self) -> None:
        """Close the connections; a new client stands ready."""
        self._klient.close()
        self._klient = open_client(tillitsanker=self._tillitsanker)

    def _batch(
        self, verb: str, eier: str, inn: Mapping[str, Mapping[str, str]], felt: str, pakker: Mapping[str, bytes] = {}
    ) -> dict[str, str]:
        ut: dict[str, str] = {}
        for ider in chunks(list(inn), BUNT):
            poster = [{**inn[i], "context": b64encode(i.encode()).decode()} for i in ider]
            svar = self._call("POST", f"{verb}/{_name(eier)}", {"batch_input": poster})
            # A batch of which one item fails is 400 to encrypt and decrypt, and 200 with the fault in it to rewrap.
            if svar.status not in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST):
                _require_ok(svar)
            resultater = _results(svar, len(ider)) if svar.er_ok else []
            if not resultater or any(felt not in ett or ett.get("error") for ett in resultater):
                raise self._why(eier, [pakker[i] for i in ider if i in pakker])
            ut |= {i: str(ett[felt]) for i, ett in zip(ider, resultater, strict=True)}
        return ut

    def _why(self, eier: str, pakker: Sequence[bytes]) -> LedgerFeil:
        """Whether it is the KEK that is not there, or the bytes that are not those that were wrapped."""
        ring = self._ring(eier)
        if ring is None:
            return missing_kek(_name(eier))
        fra, til = _number(ring, "min_decryption_version"), _number(ring, "latest_version")
        if any(not fra <= version_of(pakket) <= til for pakket in pakker):
            return missing_kek(_name(eier))
        return Uleselig("nokkellager")

    def _ring(self, eier: str) -> Mapping[str, Any] | None:
        svar = self._call("GET", f"keys/{_name(eier)}", None)
        if svar.status == HTTPStatus.NOT_FOUND:
            return None
        _require_ok(svar)
        ring = _content(svar)
        if ring.get("derived") is not True:
            # Such a ring takes a context and ignores it: any wrapped key would open as any other.
            raise LedgerFeil("KMS_OPPSETT", _name(eier), "the key ring was made without derived=true; delete it")
        self._kjente.add(eier)
        return ring

    def _post(self, sti: str, innhold: Mapping[str, Any]) -> None:
        _require_ok(self._call("POST", sti, innhold))

    def _call(self, metode: str, sti: str, innhold: Mapping[str, Any] | None) -> Httpsvar:
        hode = {"X-Vault-Token": self._token(), "X-Vault-Request": "true"}
        if self._navnerom:
            hode["X-Vault-Namespace"] = self._navnerom
        try:
            if innhold is None:
                return call(self._klient, metode, f"{self._rot}/{sti}", headers=hode)
            return call(self._klient, metode, f"{self._rot}/{sti}", headers=hode, json=innhold)
        except HttpFeil as feil:
            kode = feil.kode
        raise _fault(kode)

    def _token(self) -> str:
        token = read_closed(self._tokenfil).strip()
        if not _TOKEN.fullmatch(token):
            raise LedgerFeil("KMS_TOKEN", self._tokenfil.name, "the file holds one token and nothing else")
        return token.decode("ascii")


def _name(eier: str) -> str:
    return f"tiltaksflyt-{check_owner(eier)}"


def _ciphertexts(pakker: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    return {i: {"ciphertext": body_of(pakket).decode("ascii", "replace")} for i, pakket in pakker.items()}


def _packed(siffer: str) -> bytes:
    treff = _SIFFER.fullmatch(siffer)
    if treff is None:
        raise _fault(Kanalkode.UVENTET_SVAR)
    return pack(int(treff.group(1)), siffer.encode())


def _decode(klartekst: str) -> bytes:
    try:
        nokkel = b64decode(klartekst, validate=True)
    except binascii.Error:
        nokkel = b""
    if len(nokkel) != NOKKELLENGDE:
        # Outside the except block: the key, or what was nearly one, does not come along.
        raise _fault(Kanalkode.UVENTET_SVAR)
    return nokkel


def _results(svar: Httpsvar, antall: int) -> list[Mapping[str, Any]]:
    resultater = _content(svar).get("batch_results")
    if (
        not isinstance(resultater, list)
        or len(resultater) != antall
        or not all(isinstance(r, dict) for r in resultater)
    ):
        raise _fault(Kanalkode.UVENTET_SVAR)
    return resultater


def _content(svar: Httpsvar) -> Mapping[str, Any]:
    try:
        innhold = svar.json_object().get("data")
    except HttpFeil:
        innhold = None
    if not isinstance(innhold, dict):
        raise _fault(Kanalkode.UVENTET_SVAR)
    return innhold


def _number(ring: Mapping[str, Any], felt: str) -> int:
    verdi = ring.get(felt)
    if not isinstance(verdi, int):
        raise _fault(Kanalkode.UVENTET_SVAR)
    return verdi


def _require_ok(svar: Httpsvar) -> None:
    if not svar.er_ok:
        raise _fault(code_of_status(svar.status))


def _fault(kode: Kanalkode) -> LedgerFeil:
    """What it means, in the ledger's words. Never the service's, nor the address, nor a header."""
    feilkode, neste = _KODER.get(kode, ("KMS_FEIL", f"the service answered as it should not ({kode.value})"))
    return LedgerFeil(feilkode, "nokkelvern", neste)
