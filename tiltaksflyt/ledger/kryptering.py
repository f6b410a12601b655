"""Sealing of values under a data key, bound to the table, the column and the row they stand in.

Format: one version byte, 12 bytes nonce, AES-256-GCM over the deflated canonical JSON. A ciphertext moved to another
row or column does not open.
"""

import hashlib
import hmac
import json
import os
import zlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tiltaksflyt.ledger.feil import Uleselig

NOKKELLENGDE = 32
_VERSJON = b"\x01"
_NONCE = 12


def canonical(verdi: Mapping[str, Any]) -> bytes:
    """The one byte form of a JSON value: sorted keys, no blanks, UTF-8. Raises ValueError for NaN.

    A lone surrogate, which JSON can carry and UTF-8 cannot, goes through: an encoding error would carry the value.
    """
    tekst = json.dumps(verdi, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return tekst.encode("utf-8", "surrogatepass")


def seal(nokkel: bytes, verdi: Mapping[str, Any], sted: str, rad: str) -> bytes:
    """Encrypt `verdi` for the place `sted` (table.column) of the row `rad`."""
    nonce = os.urandom(_NONCE)
    # Level 1: most of the gain, and a national month of records is sealed in seconds.
    return _VERSJON + nonce + AESGCM(nokkel).encrypt(nonce, zlib.compress(canonical(verdi), 1), _aad(sted, rad))


def unseal(nokkel: bytes, forseglet: bytes, sted: str, rad: str) -> dict[str, Any]:
    """The value sealed for this very place. Raises Uleselig."""
    apnet = decrypt(nokkel, forseglet[1:], _aad(sted, rad)) if forseglet[:1] == _VERSJON else None
    if apnet is None:
        raise Uleselig(sted)
    verdi: dict[str, Any] = json.loads(zlib.decompress(apnet))
    return verdi


def encrypt(nokkel: bytes, klartekst: bytes, aad: bytes) -> bytes:
    """Nonce and AES-256-GCM ciphertext of raw bytes."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(nokkel).encrypt(nonce, klartekst, aad)


def decrypt(nokkel: bytes, forseglet: bytes, aad: bytes) -> bytes | None:
    """The raw bytes, or None when key, bytes or place are not those of the encryption."""
    try:
        return AESGCM(nokkel).decrypt(forseglet[:_NONCE], forseglet[_NONCE:], aad)
    except (InvalidTag, ValueError):
        return None


def derive(nokkel: bytes, formaal: str) -> bytes:
    """A key of its own for one purpose, gone with the key it comes from."""
    return HKDF(SHA256(), NOKKELLENGDE, salt=None, info=formaal.encode()).derive(nokkel)


def fingerprint(nokkel: bytes, tekst: bytes) -> str:
    """A keyed fingerprint (HMAC-SHA-256, hex): no thread to the text for whoever lacks the key."""
    return hmac.new(nokkel, tekst, hashlib.sha256).hexdigest()


def _aad(sted: str, rad: str) -> bytes:
    return f"{sted}|{rad}".encode()
