"""The rules as values: read from expectations/regler/<GRUPPE>.yaml, checked, and spread over the places they ask.

A rule is data (docs/regler.md): what must hold is a named predicate, the rest stands in the file. Faults in the files
are found here, before any drop is read: an unknown predicate, table, field, code, parameter or selection.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from schemas.avvik import Alvorlighet
from schemas.koder import kodeverk
from schemas.kontrakt import Felt, Felttype, Tabell, tabeller
from schemas.loader import UgyldigFil, load
from schemas.regelverksparametre import parameterslag

LAGRET = "lagret."
MOTTAK = "mottak"

Steder = Iterator[tuple[str, tuple[str, ...]]]


class Niva(IntEnum):
    """The order in which rules are asked (regelkatalog.md)."""

    FIL = 0
    SKJEMA = 1
    VERDI = 2
    RAD = 3
    KRYSSRAD = 4
    HISTORIKK = 5
    DOKUMENT = 6
    FRIST = 7


class Virkning(StrEnum):
    """What else a breach does, besides what its severity says."""

    FORKAST_RAD = "FORKAST_RAD"
    LAGRES_IKKE = "LAGRES_IKKE"
    SLETT_STRAKS = "SLETT_STRAKS"
    EN_GANG = "EN_GANG"


@dataclass(frozen=True)
class Sted:
    """One place a rule is asked: a table, the columns it is about (the first is the one reported), a predicate.

    `om` is the table that a question asked of the header is about; None where the rule reports on the table it asks.
    """

    tabell: str
    kolonner: tuple[str, ...]
    predikat: str
    parametre: Mapping[str, Any]
    om: str | None = None

    @cached_property
    def referanser(self) -> frozenset[str]:
        """The paths in the policy that the parameters refer to."""
        return frozenset(verdi[1:] for verdi in self.parametre.values() if is_reference(verdi))

    @property
    def kolonne(self) -> str | None:
        """The column that the deviation names."""
        return self.kolonner[0] if self.kolonner else None

    @property
    def kontrakttabell(self) -> str:
        """The contract table the place reports on; what was accepted before has the same shape as the drop."""
        return self.om or self.tabell.removeprefix(LAGRET)


@dataclass(frozen=True)
class Bekreftelse:
    """That persons may confirm a breach: the kind of id that names the case, and how many must (beslutninger 23)."""

    sak: str
    personer: int


@dataclass(frozen=True)
class Regel:
    """One rule. `tiltakskoder` is None for all but the `unntatte_tiltakskoder`; `hendelse` dates the event."""

    regel: str
    alvorlighet: Alvorlighet
    niva: Niva
    tiltakskoder: frozenset[str] | None
    unntatte_tiltakskoder: frozenset[str]
    steder: tuple[Sted, ...]
    leser: tuple[tuple[str, str], ...]
    hendelse: tuple[str, ...]
    dokumenttyper: frozenset[str]
    virkning: frozenset[Virkning]
    melding: str
    tiltak: str
    kilde: str
    styrke: str
    gyldig_fra: date
    gyldig_til: date | None
    bekreftes: Bekreftelse | None = None

    @cached_property
    def omraade(self) -> Hashable:
        """What decides where the rule applies; rules that agree in it apply to the same rows of a table."""
        return self.hendelse, self.tiltakskoder, self.unntatte_tiltakskoder, self.gyldig_fra, self.gyldig_til

    @property
    def avviser_celler(self) -> bool:
        """Whether a cell that breaks the rule is refused, so that no later rule is asked about it."""
        return self.alvorlighet is Alvorlighet.FEIL and self.niva in (Niva.SKJEMA, Niva.VERDI)

    def referanser(self) -> frozenset[str]:
        """The paths in the policy that the rule refers to."""
        return frozenset(sti for sted in self.steder for sti in sted.referanser)


def is_reference(verdi: object) -> bool:
    """Whether a parameter is a reference into the policy."""
    return isinstance(verdi, str) and verdi.startswith("@")


def load_regler(fil: Path) -> tuple[Regel, ...]:
    """The rules of one file. Raises UgyldigFil when it breaks its schema or names something that does not exist."""
    innhold = load(fil, "regel")
    if innhold["gruppe"] != fil.stem:
        raise UgyldigFil(fil, "gruppe", "the file name says another group")
    return tuple(_read_regel(fil, fil.stem, rad) for rad in innhold["regler"])


def _read_regel(fil: Path, gruppe: str, rad: Mapping[str, Any]) -> Regel:
    til = rad["gyldig"].get("til")
    koder = rad["tiltakskoder"]
    regel = Regel(
        regel=rad["regel"],
        alvorlighet=Alvorlighet(rad["alvorlighet"]),
        niva=Niva[rad["nivaa"]],
        tiltakskoder=None if koder == "ALLE" else frozenset(koder),
        unntatte_tiltakskoder=frozenset(rad.get("unntatteTiltakskoder", ())),
        steder=tuple(_spread(fil, rad)),
        leser=tuple(_split(navn) for navn in rad.get("leser", ())),
        hendelse=tuple(rad.get("hendelse", (MOTTAK,))),
        dokumenttyper=frozenset(rad.get("dokumenttyper", ())),
        virkning=frozenset(Virkning(navn) for navn in rad.get("virkning", ())),
        melding=rad["melding"],
        tiltak=rad["tiltak"],
        kilde=rad["kilde"],
        styrke=rad["styrke"],
        gyldig_fra=date.fromisoformat(rad["gyldig"]["fra"]),
        gyldig_til=date.fromisoformat(til) if til else None,
        bekreftes=Bekreftelse(**rad["bekreftes"]) if "bekreftes" in rad else None,
    )
    for feil in _faults(gruppe, regel):
        raise UgyldigFil(fil, regel.regel, feil)
    return regel


def _split(navn: str) -> tuple[str, str]:
    tabell, _, kolonne = navn.partition(".")
    return tabell, kolonne


def _faults(gruppe: str, regel: Regel) -> Iterator[str]:
    if not regel.regel.startswith(gruppe):
        yield "the id belongs to another group"
    if not {*(regel.tiltakskoder or ()), *regel.unntatte_tiltakskoder} <= kodeverk("tiltakskode").koder.keys():
        yield "names an unknown tiltakskode"
    if not regel.dokumenttyper <= kodeverk("dokumenttype").koder.keys():
        yield "names an unknown dokumenttype"
    kontrakt = tabeller()
    felter = [(sted.kontrakttabell, kolonne) for sted in regel.steder for kolonne in sted.kolonner]
    for tabell, kolonne in (*felter, *regel.leser):
        if tabell not in kontrakt or kolonne not in kontrakt[tabell].felter:
            yield f"the contract has no field {tabell}.{kolonne}"
    for sti in regel.referanser():
        if not any(kjent == sti or kjent.startswith(f"{sti}.") for kjent in parameterslag()):
            yield f"refers to {sti}, which no policy can have"
    if regel.referanser() and regel.hendelse == (MOTTAK,):
        yield "refers to the policy and must say which fields date the event (hendelse)"


def _spread(fil: Path, rad: Mapping[str, Any]) -> Iterator[Sted]:
    felles = rad.get("parametre", {})
    for oppforing in rad.get("steder") or [{"tabell": rad["tabell"], "kolonner": rad.get("kolonner", [])}]:
        predikat = oppforing.get("predikat") or rad.get("predikat")
        if predikat is None:
            raise UgyldigFil(fil, rad["regel"], "a place has no predicate")
        parametre = MappingProxyType({**felles, **oppforing.get("parametre", {})})
        for tabell, kolonner in _places(fil, rad["regel"], oppforing):
            if oppforing.get("spurtOmHver"):
                yield Sted("innsending", kolonner, predikat, parametre, om=tabell)
            else:
                yield Sted(tabell, kolonner, predikat, parametre)


def _places(fil: Path, regel: str, oppforing: Mapping[str, Any]) -> Steder:
    if "tabell" in oppforing:
        if oppforing["tabell"].removeprefix(LAGRET) not in tabeller():
            raise UgyldigFil(fil, regel, f"the contract has no table {oppforing['tabell']}")
        if "hver" in oppforing:
            yield from ((oppforing["tabell"], (kolonne,)) for kolonne in oppforing["hver"])
        else:
            yield oppforing["tabell"], tuple(oppforing.get("kolonner", ()))
        return
    unntatt = set(oppforing.get("unntatt", ()))
    for tabell, kolonner in _UTVALG[oppforing["utvalg"]]():
        if tabell not in unntatt and not any(f"{tabell}.{kolonne}" in unntatt for kolonne in kolonner):
            yield tabell, kolonner


def _fields(passer: Callable[[Tabell, Felt], bool], *, med_hode: bool = False) -> Callable[[], Steder]:
    def places() -> Steder:
        for tabell in tabeller().values():
            if tabell.navn == "innsending" and not med_hode:
                continue
            for felt in tabell.felter.values():
                if passer(tabell, felt):
                    yield tabell.navn, (felt.navn,)

    return places


def _tables(kolonner: Callable[[Tabell], tuple[str, ...] | None]) -> Callable[[], Steder]:
    def places() -> Steder:
        for tabell in tabeller().values():
            valgte = kolonner(tabell)
            if tabell.navn != "innsending" and valgte is not None:
                yield tabell.navn, valgte

    return places


# The table in which each shared id is the row's own.
EIER_AV_ID = MappingProxyType(
    {"deltakerId": "deltaker", "deltakelseId": "deltakelse", "avtaleId": "avtale", "samtykkeId": "samtykke"}
)


def owns_id(tabell: Tabell, felt: Felt) -> bool:
    """Whether the field is the table's own id and not a reference to another row."""
    return felt.type is Felttype.ID and EIER_AV_ID.get(felt.navn, tabell.navn) == tabell.navn


_TYPET = frozenset({Felttype.TALL, Felttype.HELTALL, Felttype.JANEI, Felttype.KODELISTE})
_TEKST = frozenset({Felttype.TEKST, Felttype.FRITEKST})
_KODE = frozenset({Felttype.KODE, Felttype.KODELISTE})

_UTVALG: Mapping[str, Callable[[], Steder]] = MappingProxyType(
    {
        "PAKREVD": _fields(lambda _, felt: felt.pakrevd),
        "DATO": _fields(lambda _, felt: felt.type is Felttype.DATO),
        "TYPET": _fields(lambda _, felt: felt.type in _TYPET),
        "KODE": _fields(lambda _, felt: felt.type in _KODE),
        "ORGNR": _fields(lambda _, felt: felt.type is Felttype.ORGNR and felt.navn != "arrangorOrgnr", med_hode=True),
        "VALGFRITT": _fields(lambda _, felt: not felt.pakrevd),
        "FRITEKST": _fields(lambda _, felt: felt.type is Felttype.FRITEKST),
        "TEKST": _fields(lambda _, felt: felt.type in _TEKST),
        "UTLEDES": _fields(lambda _, felt: felt.utledes),
        "FRITEKST_OG_ID": _fields(lambda tabell, felt: felt.type in _TEKST or owns_id(tabell, felt)),
        "HVERT_FELT": _fields(lambda _, __: True),
        "HVER_TABELL": _tables(lambda _: ()),
        "HVER_NOKKEL": _tables(lambda tabell: tabell.nokkel or None),
        "FREMMED_NOKKEL": _fields(
            lambda tabell, felt: felt.type is Felttype.ID and felt.navn in EIER_AV_ID and not owns_id(tabell, felt)
        ),
        "ID": _fields(lambda _, felt: felt.type is Felttype.ID),
    }
)
