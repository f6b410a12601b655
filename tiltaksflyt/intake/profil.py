"""Loads a sender's profile: its own tables, columns and words, mapped to the contract and back.

<navn>/<versjon>.yaml, in schemas/profiler or in the operator's own set-up. schemas/json/profil.schema.json holds it and
says how a profile is read in either direction. A sender that delivers the contract itself needs none.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from schemas.loader import UgyldigFil, load
from schemas.oppsett import Avsender
from tiltaksflyt.intake.kart import Kildekart, Maal, Profil, contract_profile
from tiltaksflyt.intake.notasjon import Formater
from tiltaksflyt.intake.portdata import PROFILER
from tiltaksflyt.intake.profilfeil import find_faults
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
    """The profile <katalog>/<navn>/<versjon>.yaml, checked against its schema, the contract and the code lists.

    `katalog` holds the profiles that ship, unless another is named. Raises UgyldigFil.
    """
    fil = katalog / navn / f"{versjon}.yaml"
    innhold = load(fil, "profil")
    if innhold["profil"] != navn or innhold["versjon"] != versjon:
        raise UgyldigFil(fil, "profil, versjon", "the folder and the file name say another profile or version")
    profil = build_profil(innhold)
    for sted, grunn in find_faults(profil):
        raise UgyldigFil(fil, sted, grunn)
    return profil


def build_profil(innhold: Mapping[str, Any]) -> Profil:
    """The layout that a profile's content describes. The content must satisfy the JSON Schema."""
    standard = Formater()
    return Profil(
        navn=innhold["profil"],
        versjon=innhold["versjon"],
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


def profile_of(avsender: Avsender) -> Profil:
    """The layout of a sender's files; the contract's own names for one that follows it. Raises UgyldigFil."""
    ref = avsender.profil
    return load_profil(ref.navn, ref.versjon, ref.katalog or PROFILER) if ref else contract_profile()


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
