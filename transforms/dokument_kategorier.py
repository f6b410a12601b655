"""Which categories of personal data a document holds: what its sender must have ticked in the databehandleravtale.

The codes are NAV's list (kodeverk personopplysning). A category comes from the contract's tag of a field that the
document prints, or from a word of the list that PII004 asks. ANNET is no category that one can tick for a field: it
marks what the list has no word for, and is not counted.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from schemas.kontrakt import Felttype, tabeller
from schemas.ordliste import ordliste

ORDLISTE = "saerlige-kategorier-v1"
_UTEN_KATEGORI = frozenset({None, "ANNET"})
_HODE: Mapping[str, str] = {"personident": "FOLKEREGISTER_IDENTIFIKATOR", "navn": "NAVN"}


def categories_of(innhold: Mapping[str, Any]) -> frozenset[str]:
    """The categories that a document's frozen content holds; none for a document about no one."""
    hode = innhold["hode"].get("deltaker", {})
    funnet = {kategori for felt, kategori in _HODE.items() if hode.get(felt)}
    if not funnet:
        return frozenset()
    for del_ in _parts([*innhold["opplysninger"], *innhold["seksjoner"]]):
        funnet |= _tagged().get(str(del_.get("kode")), frozenset())
        # What stands beside a value for machines is a code, a day or a number, in words of ours; so is a remark.
        if "tekst" in del_ and "verdi" not in del_ and del_.get("type") != "merknad":
            funnet |= _told_by(del_["tekst"])
    return frozenset(funnet)


def _parts(verdi: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(verdi, Mapping):
        yield verdi
        yield from _parts(list(verdi.values()))
    elif isinstance(verdi, list):
        for ett in verdi:
            yield from _parts(ett)


def _told_by(tekst: str) -> set[str]:
    liste = ordliste(ORDLISTE)
    koder = {liste.personopplysning[kategori] for ord_ in tekst.split() for kategori in liste.kategorier(ord_)}
    return {kode for kode in koder if kode is not None}


@cache
def _tagged() -> Mapping[str, frozenset[str]]:
    """The categories of each field of the contract about a deltakelse, by the field's name, which documents bear."""
    merket: dict[str, set[str]] = {}
    for tabell in tabeller().values():
        if not tabell.henger_pa_deltakelse:
            continue
        for felt in tabell.felter.values():
            if felt.type is not Felttype.ID and felt.personopplysning not in _UTEN_KATEGORI:
                merket.setdefault(felt.navn, set()).add(str(felt.personopplysning))
    return {navn: frozenset(kategorier) for navn, kategorier in merket.items()}
