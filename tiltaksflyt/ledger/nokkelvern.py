"""What wraps the data keys: one key-encryption key (KEK) per arrangør, outside both databases.

A KEK is needed to read anything and is never needed to erase. A KMS is one more class with the same two methods.
"""

import os
import re
import stat
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Protocol

from tiltaksflyt.ledger.feil import LedgerFeil, Uleselig
from tiltaksflyt.ledger.kryptering import NOKKELLENGDE, decrypt, derive, encrypt

FELLES = "felles"  # owner of the keys that belong to the operator and to no arrangør
_EIER = re.compile(r"[0-9]{9}|felles")


class Nokkelvern(Protocol):
    """Wraps and unwraps a key for its owner (an orgnr, or `felles`), bound to the key's id."""

    def wrap(self, eier: str, nokkel_id: str, nokkel: bytes) -> bytes:
        """The key as it may lie in the key store."""

    def unwrap(self, eier: str, nokkel_id: str, pakket: bytes) -> bytes:
        """The key again. Raises Uleselig when KEK, id or bytes are not those it was wrapped with."""


class _Pakker(ABC):
    """AES-256-GCM with the key id as associated data; where the KEK comes from is the subclass's."""

    @abstractmethod
    def _kek(self, eier: str, *, create: bool) -> bytes:
        """The key-encryption key of one arrangør; made when `create` and there is none."""

    def wrap(self, eier: str, nokkel_id: str, nokkel: bytes) -> bytes:
        """The key as it may lie in the key store."""
        return encrypt(self._kek(eier, create=True), nokkel, nokkel_id.encode())

    def unwrap(self, eier: str, nokkel_id: str, pakket: bytes) -> bytes:
        """The key again. Raises Uleselig, and LedgerFeil when the KEK is not there."""
        nokkel = decrypt(self._kek(eier, create=False), pakket, nokkel_id.encode())
        if nokkel is None:
            raise Uleselig("nokkellager")
        return nokkel


class Filnokkelvern(_Pakker):
    """One file `<eier>.kek` of 32 random bytes per owner, mode 0600, made the first time the owner is met."""

    def __init__(self, katalog: Path) -> None:
        self._katalog = katalog
        self._lest: dict[str, bytes] = {}

    def _kek(self, eier: str, *, create: bool) -> bytes:
        if eier not in self._lest:
            if not _EIER.fullmatch(eier):
                raise LedgerFeil("KEK_EIER", "nokkelvern", "the owner of a key is an organisasjonsnummer or «felles»")
            fil = self._katalog / f"{eier}.kek"
            # Never made in order to read: a new KEK beside old keys would hide that the real one is not mounted.
            if not create and not fil.exists():
                raise LedgerFeil("KEK_MANGLER", fil.name, "put the key-encryption key back; it is not made anew")
            self._lest[eier] = read_or_create_secret(fil)
        return self._lest[eier]


class Hovednokkelvern(_Pakker):
    """KEKs derived (HKDF-SHA-256) from one master key that the environment or a secret file holds."""

    def __init__(self, hovednokkel: bytes) -> None:
        if len(hovednokkel) != NOKKELLENGDE:
            raise LedgerFeil("KEK_LENGDE", "nokkelvern", f"the master key has {NOKKELLENGDE} bytes; make it anew")
        self._hovednokkel = hovednokkel

    def _kek(self, eier: str, *, create: bool) -> bytes:  # noqa: ARG002  derived, so there is nothing to make
        return derive(self._hovednokkel, f"tiltaksflyt kek {eier}")


def read_or_create_secret(fil: Path) -> bytes:
    """The 32 bytes of a secret file, made at random when it does not exist.

    Two processes that make it at once agree on one. Raises LedgerFeil when others may read it or its length is wrong.
    """
    if not fil.exists():
        _create_secret(fil)
    if stat.S_IMODE(fil.stat().st_mode) & 0o077:
        raise LedgerFeil("KEK_TILGANG", fil.name, "others may read the file; chmod 600 and consider it compromised")
    hemmelig = fil.read_bytes()
    if len(hemmelig) != NOKKELLENGDE:
        raise LedgerFeil("KEK_LENGDE", fil.name, f"the file has not {NOKKELLENGDE} bytes; restore it from its backup")
    return hemmelig


def _create_secret(fil: Path) -> None:
    fil.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written whole under another name, then linked: the final name never shows half a key, and the first one wins.
    handtak, navn = tempfile.mkstemp(dir=fil.parent, prefix=".ny-")
    midlertidig = Path(navn)
    try:
        with os.fdopen(handtak, "wb") as strom:
            strom.write(os.urandom(NOKKELLENGDE))
            strom.flush()
            os.fsync(strom.fileno())
        fil.hardlink_to(midlertidig)
    except FileExistsError:
        return
    finally:
        midlertidig.unlink()
