"""Loads a sender's profile: its own tables, columns and words, mapped to the contract and back.

schemas/profiler/<navn>/<versjon>.yaml, held by schemas/json/profil.schema.json, whose description says how a profile
is read in either direction. A sender that delivers the contract itself needs none (`contract_profile`).
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from schemas.koder import kodeverk
from schemas.kontrakt import Felt, Felttype, tabeller
from schemas.loader import UgyldigFil, load
from schemas.oppsett import Avsender
from tiltaksflyt.intake.kart import ALTERNATIV, HODE, Kildekart, Maal, Profil, contract_profile
from tiltaksflyt.intake.kilde import name_key
from tiltaksflyt.intake.notasjon import Formater
from tiltaksflyt.intake.portdata import PROFILER
from tiltaksflyt.intake.tilbake import to_source
from tiltaksflyt.intake.uttrykk import (
    IkkeIOppsettet,
    Kolonne,
    Konstant,
    Navnedel,
    Navneform,
    Omregning,
    Sammen,
    Uttrykk,
)

__all__ = ["IkkeIOppsettet", "Profil", "contract_profile", "load_profil", "to_source"]


@cache
def load_profil(navn: str, versjon: int, katalog: Path = PROFILER) -> Profil:
    """A profile that ships, checked against its schema, the contract and the code lists. Raises UgyldigFil."""
    fil = katalog / navn / f"{versjon}.yaml"
    innhold = load(fil, "profil")
    if innhold["profil"] != navn or innhold["versjon"] != versjon:
        raise UgyldigFil(fil, "profil, versjon", "the folder and the file name say another profile or version")
    standard = Formater()
    profil = Profil(
        navn=navn,
        versjon=versjon,
        format=innhold["format"],
        tegnsett=innhold.get("tegnsett"),
        skilletegn=innhold.get("skilletegn"),
        linjeskift=innhold.get("linjeskift", "CRLF"),
        formater=Formater(
            datoformater=tuple(innhold.get("datoformat", standard.datoformater)),
            desimaltegn=(innhold["desimaltegn"],) if "desimaltegn" in innhold else standard.desimaltegn,
            sanne=tuple(innhold.get("sann", standard.sanne)),
            usanne=tuple(innhold.get("usann", standard.usanne)),
            listeskille=(innhold["listeskille"],) if "listeskille" in innhold else standard.listeskille,
        ),
        tidssone=innhold.get("tidssone"),
        kodetabeller=MappingProxyType(innhold.get("kodetabeller", {})),
        kilder=MappingProxyType({navn: _read_source(navn, kart) for navn, kart in innhold["tabeller"].items()}),
        ubrukte_tabeller=tuple(innhold.get("ubrukteTabeller", ())),
    )
    for sted, grunn in _find_faults(profil):
        raise UgyldigFil(fil, sted, grunn)
    return profil


def profile_of(avsender: Avsender) -> Profil:
    """The layout of a sender's files; the contract's own names for one that follows it. Raises UgyldigFil."""
    return load_profil(avsender.profil.navn, avsender.profil.versjon) if avsender.profil else contract_profile()


def _read_source(navn: str, kart: Mapping[str, Any]) -> Kildekart:
    maal = tuple(
        Maal(tabell, MappingProxyType({felt: _read_expression(uttrykk) for felt, uttrykk in felter.items()}))
        for tabell, felter in kart["til"].items()
    )
    return Kildekart(navn, maal, kart.get("gjentas", False), tuple(kart.get("ubrukteKolonner", ())))


def _read_expression(uttrykk: str | Mapping[str, Any]) -> Uttrykk:
    if isinstance(uttrykk, str):
        return Kolonne(uttrykk)
    if "kolonne" in uttrykk:
        return Kolonne(uttrykk["kolonne"], uttrykk.get("koder"), uttrykk.get("valgfri", False))
    if "konstant" in uttrykk:
        return Konstant(uttrykk["konstant"])
    if "sammen" in uttrykk:
        forste, andre = uttrykk["sammen"]
        return Sammen((forste, andre), uttrykk["skille"])
    if "navn" in uttrykk:
        return Navnedel(uttrykk["navn"], uttrykk["del"], Navneform(uttrykk["form"]))
    til_prosent = "prosentAvTimer" in uttrykk
    kolonne = uttrykk["prosentAvTimer" if til_prosent else "timerAvProsent"]
    return Omregning(kolonne, Decimal(uttrykk["fullUke"]), til_prosent)


def _find_faults(profil: Profil) -> Iterator[tuple[str, str]]:
    """What the JSON Schema cannot see, as (place, reason)."""
    yield from _find_duplicates("tabeller", [*profil.kilder, *profil.ubrukte_tabeller])
    for navn, tabell in profil.kodetabeller.items():
        yield from _find_duplicates(f"kodetabeller.{navn}", list(tabell))
    fra: dict[str, str] = {}
    for kilde in profil.kilder.values():
        sted = f"tabeller.{kilde.navn}"
        yield from _find_duplicates(sted, [*kilde.kolonner, *kilde.ubrukte_kolonner])
        if len(kilde.maal) > 1 and not kilde.felles_kolonner:
            yield sted, "the two tables share no column, so a row cannot be put together again"
        for maal in kilde.maal:
            if maal.tabell in fra:
                yield sted, f"{maal.tabell} already comes from {fra[maal.tabell]}"
            fra[maal.tabell] = kilde.navn
            yield from _find_target_faults(profil, f"{sted}.til.{maal.tabell}", maal)


def _find_duplicates(sted: str, navn: Sequence[str]) -> Iterator[tuple[str, str]]:
    sett: set[str] = set()
    for ett in navn:
        if name_key(ett) in sett:
            yield sted, f"«{ett}» occurs twice, case and blanks aside"
        sett.add(name_key(ett))


def _find_target_faults(profil: Profil, sted: str, maal: Maal) -> Iterator[tuple[str, str]]:
    kontrakt = tabeller().get(maal.tabell)
    if kontrakt is None:
        yield sted, "the contract has no such table"
        return
    for ukjent in maal.felter.keys() - kontrakt.felter.keys():
        yield f"{sted}.{ukjent}", "the contract has no such field"
    for navn, felt in kontrakt.felter.items():
        dekket = navn in maal.felter or ALTERNATIV.get((maal.tabell, navn), "") in maal.felter
        if felt.pakrevd and not dekket and maal.tabell != HODE:
            yield f"{sted}.{navn}", "the contract requires the field"
    for navn, uttrykk in maal.felter.items():
        if navn in kontrakt.felter:
            yield from _find_expression_faults(profil, f"{sted}.{navn}", kontrakt.felter[navn], uttrykk, maal)


def _find_expression_faults(
    profil: Profil, sted: str, felt: Felt, uttrykk: Uttrykk, maal: Maal
) -> Iterator[tuple[str, str]]:
    if isinstance(uttrykk, Kolonne) and uttrykk.koder is not None:
        yield from _find_code_faults(profil, sted, felt, uttrykk.koder)
    if isinstance(uttrykk, Omregning) and felt.type is not Felttype.TALL:
        yield sted, "only a number can be converted"
    if isinstance(uttrykk, Konstant) and felt.kodeverk and kodeverk(felt.kodeverk).normalise(uttrykk.verdi) is None:
        yield sted, f"the constant is not a code of {felt.kodeverk}"
    if isinstance(uttrykk, Navnedel):
        par = [u for u in maal.felter.values() if isinstance(u, Navnedel) and u.navn == uttrykk.navn]
        if {u.del_ for u in par} != {"fornavn", "etternavn"} or len({u.form for u in par}) != 1:
            yield sted, "both parts of the name must come from the column, in the same form"


def _find_code_faults(profil: Profil, sted: str, felt: Felt, koder: str) -> Iterator[tuple[str, str]]:
    if felt.kodeverk is None:
        yield sted, "the field has no code list"
    elif koder not in profil.kodetabeller:
        yield sted, f"the profile has no code table «{koder}»"
    else:
        for kode in sorted(set(profil.kodetabeller[koder].values()) - kodeverk(felt.kodeverk).koder.keys()):
            yield sted, f"{kode} is not a code of {felt.kodeverk}"
