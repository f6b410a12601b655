"""What wraps the data keys: a key-encryption key (KEK) per arrangør, in versions, outside both databases.

A KEK is needed to read anything and is never needed to erase. A KMS is one more class with the same methods; those
that ask a service for each call are why keys are wrapped and unwrapped many at a time.
"""

import os
import re
import stat
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from tiltaksflyt.ledger.feil import LedgerFeil, Uleselig
from tiltaksflyt.ledger.kryptering import NOKKELLENGDE, decrypt, derive, encrypt

FELLES = "felles"  # owner of the keys that belong to the operator and to no arrangør
KEK_MANGLER = "KEK_MANGLER"
_EIER = re.compile(r"[0-9]{9}|felles")
_VERSJONSBYTES = 4
# Wrapped before KEKs had versions: nonce, key and tag, nothing before them.
_UTEN_VERSJON = 12 + NOKKELLENGDE + 16


class Nokkelvern(Protocol):
    """Wraps and unwraps the keys of one owner (an orgnr, or `felles`), each bound to its id.

    Keys and wrapped keys come and go by key id. What is wrapped says with which version of the KEK (`version_of`).
    Every method may raise LedgerFeil: KEK_MANGLER when a version is not there, others when the keys cannot be reached.
    """

    def wrap(self, eier: str, nokler: Mapping[str, bytes]) -> dict[str, bytes]:
        """The keys as they may lie in the key store, under the newest KEK; made when the owner has none."""

    def unwrap(self, eier: str, pakker: Mapping[str, bytes]) -> dict[str, bytes]:
        """The keys again. Raises Uleselig when KEK, id or bytes are not those one was wrapped with."""

    def rewrap(self, eier: str, pakker: Mapping[str, bytes]) -> dict[str, bytes]:
        """The same keys, wrapped with the newest KEK. Raises Uleselig as `unwrap`."""

    def newest(self, eier: str) -> int:
        """The newest version of the owner's KEK; 0 when there is none yet."""

    def next_version(self, eier: str, minst: int) -> int:
        """The version that a rotation goes to, when nothing older than `minst` is in use. Makes nothing."""

    def renew(self, eier: str, versjon: int) -> None:
        """Make that version beside those that are there; nothing when it or a newer one is."""

    def retire(self, eier: str, foer: int) -> bool:
        """Destroy every version before `foer`. False when somebody else must, because the keys are not ours."""

    def close(self) -> None:
        """Let go of what is open, and of every KEK in memory. It opens again when it is asked."""


def pack(versjon: int, kropp: bytes) -> bytes:
    """A wrapped key as it lies in the key store: the KEK's version, and what the KEK made."""
    return versjon.to_bytes(_VERSJONSBYTES) + kropp


def version_of(pakket: bytes) -> int:
    """The version of the KEK that a key is wrapped with; 1 for what was wrapped before there were versions."""
    return 1 if len(pakket) == _UTEN_VERSJON else int.from_bytes(pakket[:_VERSJONSBYTES])


def body_of(pakket: bytes) -> bytes:
    """What the KEK made, without the version."""
    return pakket if len(pakket) == _UTEN_VERSJON else pakket[_VERSJONSBYTES:]


def check_owner(eier: str) -> str:
    """The owner, when it is one. Raises LedgerFeil."""
    if not _EIER.fullmatch(eier):
        raise LedgerFeil("KEK_EIER", "nokkelvern", "the owner of a key is an organisasjonsnummer or «felles»")
    return eier


class _Pakker(ABC):
    """AES-256-GCM with the key id as associated data; where the KEK comes from is the subclass's."""

    @abstractmethod
    def _kek(self, eier: str, versjon: int) -> bytes:
        """One version of an owner's KEK. Raises LedgerFeil KEK_MANGLER."""

    @abstractmethod
    def newest(self, eier: str) -> int:
        """The newest version of the owner's KEK; 0 when there is none yet."""

    @abstractmethod
    def renew(self, eier: str, versjon: int) -> None:
        """Make that version beside those that are there; nothing when it is there."""

    def wrap(self, eier: str, nokler: Mapping[str, bytes]) -> dict[str, bytes]:
        """The keys as they may lie in the key store, under the newest KEK; made when the owner has none."""
        if not self.newest(eier):
            self.renew(eier, 1)
        versjon = self.newest(eier)
        kek = self._kek(eier, versjon)
        return {i: pack(versjon, encrypt(kek, nokkel, i.encode())) for i, nokkel in nokler.items()}

    def unwrap(self, eier: str, pakker: Mapping[str, bytes]) -> dict[str, bytes]:
        """The keys again. Raises Uleselig, and LedgerFeil when a KEK is not there."""
        return {i: self._unwrap(eier, i, pakket) for i, pakket in pakker.items()}

    def _unwrap(self, eier: str, nokkel_id: str, pakket: bytes) -> bytes:
        nokkel = decrypt(self._kek(eier, version_of(pakket)), body_of(pakket), nokkel_id.encode())
        if nokkel is None:
            raise Uleselig("nokkellager")
        return nokkel

    def rewrap(self, eier: str, pakker: Mapping[str, bytes]) -> dict[str, bytes]:
        """The same keys, wrapped with the newest KEK."""
        return self.wrap(eier, self.unwrap(eier, pakker))


class Filnokkelvern(_Pakker):
    """A file of 32 random bytes per owner and version, mode 0600: `<eier>.kek` is the first, then `<eier>.2.kek`."""

    def __init__(self, katalog: Path) -> None:
        self._katalog = katalog
        self._lest: dict[tuple[str, int], bytes] = {}

    def newest(self, eier: str) -> int:
        """The newest version that lies in the folder, asked each time: another process may have made it."""
        return max(self._versions(eier), default=0)

    def next_version(self, eier: str, minst: int) -> int:
        """One after the newest. Raises LedgerFeil when the one in use is not there: nothing is made in its place."""
        if self.newest(eier) < minst:
            raise missing_kek(self._file(eier, minst).name)
        return self.newest(eier) + 1

    def renew(self, eier: str, versjon: int) -> None:
        """Make the file at random, unless it is there. Several may ask at once."""
        if self.newest(eier) < versjon:
            read_or_create_secret(self._file(eier, versjon))

    def retire(self, eier: str, foer: int) -> bool:
        """Delete the files of every version before `foer`."""
        for versjon in self._versions(eier):
            if versjon < foer:
                self._file(eier, versjon).unlink(missing_ok=True)
                self._lest.pop((eier, versjon), None)
        return True

    def close(self) -> None:
        """Forget every KEK that was read."""
        self._lest.clear()

    def _versions(self, eier: str) -> set[int]:
        filnavn = re.compile(rf"{check_owner(eier)}(?:\.([1-9][0-9]{{0,8}}))?\.kek")
        treff = (filnavn.fullmatch(fil.name) for fil in self._katalog.glob(f"{eier}.*"))
        return {int(ett.group(1) or 1) for ett in treff if ett}

    def _file(self, eier: str, versjon: int) -> Path:
        return self._katalog / (f"{eier}.kek" if versjon == 1 else f"{eier}.{versjon}.kek")

    def _kek(self, eier: str, versjon: int) -> bytes:
        if (eier, versjon) not in self._lest:
            # Never made in order to read: a new KEK beside old keys would hide that the real one is not mounted.
            self._lest[eier, versjon] = read_secret(self._file(check_owner(eier), versjon))
        return self._lest[eier, versjon]


class Hovednokkelvern(_Pakker):
    """KEKs derived (HKDF-SHA-256) from master keys that the environment or a secret file holds, by version.

    Rotation is a new master key beside the old one in the secret; the old one is taken out when no owner needs it.
    """

    def __init__(self, hovednokler: Mapping[int, bytes]) -> None:
        if not hovednokler or any(len(nokkel) != NOKKELLENGDE for nokkel in hovednokler.values()):
            raise LedgerFeil("KEK_LENGDE", "nokkelvern", f"a master key has {NOKKELLENGDE} bytes; make it anew")
        self._hovednokler = dict(hovednokler)

    def newest(self, eier: str) -> int:
        """The newest master key: every owner has a KEK of it."""
        check_owner(eier)
        return max(self._hovednokler)

    def next_version(self, eier: str, minst: int) -> int:
        """The newest master key, when it is newer than what is in use. Raises LedgerFeil when it is not."""
        if self.newest(eier) <= minst:
            raise LedgerFeil(
                "KEK_NY_MANGLER", "nokkelvern", f"add master key {minst + 1} to the secret, beside the old"
            )
        return self.newest(eier)

    def renew(self, eier: str, versjon: int) -> None:
        """Nothing is made here. Raises LedgerFeil when the secret lacks the version."""
        if self.newest(eier) < versjon:
            raise missing_kek(f"master key {versjon}")

    def retire(self, eier: str, foer: int) -> bool:
        """Whether the secret holds none that is older; taking one out is the operator's."""
        check_owner(eier)
        return min(self._hovednokler) >= foer

    def close(self) -> None:
        """Nothing is open."""

    def _kek(self, eier: str, versjon: int) -> bytes:
        if versjon not in self._hovednokler:
            raise missing_kek(f"master key {versjon}")
        return derive(self._hovednokler[versjon], f"tiltaksflyt kek {eier}")


def missing_kek(hva: str) -> LedgerFeil:
    """The fault of whoever lacks a version of a KEK."""
    return LedgerFeil(KEK_MANGLER, hva, "put the key-encryption key back; it is not made anew")


def read_or_create_secret(fil: Path) -> bytes:
    """The 32 bytes of a secret file, made at random when it does not exist.

    Two processes that make it at once agree on one. Raises LedgerFeil when others may read it or its length is wrong.
    """
    if not fil.exists():
        _create_secret(fil)
    return read_secret(fil)


def read_secret(fil: Path) -> bytes:
    """The 32 bytes of a secret file. Raises LedgerFeil: missing, open to others, or of another length."""
    hemmelig = read_closed(fil)
    if len(hemmelig) != NOKKELLENGDE:
        raise LedgerFeil("KEK_LENGDE", fil.name, f"the file has not {NOKKELLENGDE} bytes; restore it from its backup")
    return hemmelig


def read_closed(fil: Path) -> bytes:
    """A secret file of any length. Raises LedgerFeil when it is missing or open to others."""
    try:
        modus, hemmelig = fil.stat().st_mode, fil.read_bytes()
    except FileNotFoundError:
        raise missing_kek(fil.name) from None
    if stat.S_IMODE(modus) & 0o077:
        raise LedgerFeil("KEK_TILGANG", fil.name, "others may read the file; chmod 600 and consider it compromised")
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
