"""A Merkle tree as in RFC 6962 section 2.1, over salted leaves.

We keep only the root after a deletion, and it says nothing of what lay under it: each leaf is salted, and the salts
travelled inside the package. Whoever holds the package can prove each file against the root; we alone cannot
(frister-og-sletting: Evidence).
"""

import hashlib
import hmac
from collections.abc import Sequence

SALTLENGDE = 32


def derive_salt(nokkel: bytes, sti: str) -> bytes:
    """The salt of one file: unguessable without `nokkel`, which is forgotten when the package is built."""
    return hmac.digest(nokkel, sti.encode(), "sha256")


def leaf(salt: bytes, sha256: bytes, sti: str) -> bytes:
    """The hash of one file's leaf. Salt and file hash have fixed lengths, so no two inputs look alike."""
    return hashlib.sha256(b"\x00" + salt + sha256 + sti.encode()).digest()


def tree(blader: Sequence[bytes]) -> tuple[bytes, tuple[tuple[bytes, ...], ...]]:
    """The root over the leaves in their order, and for each leaf the nodes that lead from it up to the root.

    Raises ValueError when there are no leaves.
    """
    if not blader:
        raise ValueError("a tree has at least one leaf")
    if len(blader) == 1:
        return blader[0], ((),)
    delt = _split(len(blader))
    venstre, bevis_venstre = tree(blader[:delt])
    hoyre, bevis_hoyre = tree(blader[delt:])
    bevis = (*((*sti, hoyre) for sti in bevis_venstre), *((*sti, venstre) for sti in bevis_hoyre))
    return hashlib.sha256(b"\x01" + venstre + hoyre).digest(), bevis


def _split(antall: int) -> int:
    """The largest power of two below `antall`."""
    return 1 << (antall - 1).bit_length() - 1
