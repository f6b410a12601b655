"""Checks a file's inclusion proof against the root (RFC 6962 section 2.1.1, as RFC 9162 section 2.1.3.2 verifies it).

Written from the description in docs/leveranse.md, not from the sender's code: that is what a receiver would do.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any


def all_files_proven(manifest: Mapping[str, Any]) -> bool:
    """Whether every file of the manifest has its own leaf, and each leaf leads to the root."""
    merkle = manifest["merkle"]
    filer = [(f"{d['meldingId']}/{f['navn']}", f) for d in manifest["dokumenter"] for f in d["filer"]]
    if len(filer) != merkle["blader"]:
        return False
    rot = bytes.fromhex(merkle["rot"])
    return all(_is_proven(sti, fil, indeks, len(filer), rot) for indeks, (sti, fil) in enumerate(filer))


def _is_proven(sti: str, fil: Mapping[str, Any], indeks: int, antall: int, rot: bytes) -> bool:
    bevis = fil["merkle"]
    salt, sha256 = bytes.fromhex(bevis["salt"]), bytes.fromhex(fil["sha256"])
    blad = hashlib.sha256(b"\x00" + salt + sha256 + sti.encode()).digest()
    if bevis["indeks"] != indeks or bevis["blad"] != blad.hex():
        return False
    return _climb(blad, indeks, antall, [bytes.fromhex(node) for node in bevis["bevis"]]) == rot


def _climb(node: bytes, indeks: int, antall: int, bevis: Sequence[bytes]) -> bytes | None:
    siste = antall - 1
    for nabo in bevis:
        if siste == 0:
            return None
        if indeks % 2 or indeks == siste:
            node = _join(nabo, node)
            # A last node without a neighbour is carried up unchanged.
            while not indeks % 2 and indeks:
                indeks, siste = indeks // 2, siste // 2
        else:
            node = _join(node, nabo)
        indeks, siste = indeks // 2, siste // 2
    return node if siste == 0 else None


def _join(venstre: bytes, hoyre: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + venstre + hoyre).digest()
