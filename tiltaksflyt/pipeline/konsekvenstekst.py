"""The answer of `whatif`, as JSON and for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from expectations.regelsett import regler_etter_id
from tiltaksflyt.pipeline.konsekvens import (
    Dokumentendring,
    Endring,
    Fristendring,
    Konsekvens,
    Merknad,
    Regelendring,
    Sted,
    printed_id,
)
from transforms.forpliktelser import Forpliktelse


def as_json(konsekvens: Konsekvens) -> dict[str, Any]:
    """The answer as `whatif --json` prints it."""
    berorte = konsekvens.berorte()
    return {
        "regelverk": {
            "tiltakskode": konsekvens.regelverk.tiltakskode,
            "versjon": konsekvens.regelverk.versjon,
            "fra": konsekvens.regelverk.gyldig_fra.isoformat(),
        },
        "dato": konsekvens.dato.isoformat(),
        "antall": _counts(konsekvens),
        "avsendere": [
            {"arrangor": orgnr, "deltakelser": antall, "berort": berorte[orgnr]}
            for orgnr, antall in konsekvens.undersokt.items()
        ],
        "deltakelser": [
            {**_whose(endring.sted), "nye": _remarks(endring.nye), "borte": _remarks(endring.borte)}
            for endring in konsekvens.regler
        ],
        "frister": [_deadline(endring) for endring in konsekvens.frister],
        "dokumenter": [
            {
                **_whose(endring.sted),
                "type": endring.type,
                "n": endring.n,
                "endring": endring.endring,
                "nye": _remarks(endring.nye),
                "borte": _remarks(endring.borte),
                "sendt": endring.sendt,
            }
            for endring in konsekvens.dokumenter
        ],
    }


def _counts(konsekvens: Konsekvens) -> dict[str, int]:
    return {
        "deltakelser": sum(konsekvens.undersokt.values()),
        "berort": sum(konsekvens.berorte().values()),
        "frister": len(konsekvens.frister),
        "dokumenter": len(konsekvens.dokumenter),
    }


def _whose(sted: Sted) -> dict[str, str | None]:
    return {"arrangor": sted[0], "deltakelseId": printed_id(sted)}


def _remarks(merknader: Sequence[Merknad]) -> list[dict[str, str | None]]:
    return [
        {"regelId": regel, "alvorlighet": regler_etter_id()[regel].alvorlighet.value, "kolonne": kolonne}
        for regel, kolonne in merknader
    ]


def _deadline(endring: Fristendring) -> dict[str, Any]:
    def stand(plikt: Forpliktelse | None) -> dict[str, str | None] | None:
        if plikt is None:
            return None
        return {"frist": plikt.frist.isoformat(), "status": plikt.status.value, "grunn": plikt.grunn}

    hva = {"type": endring.type, "n": endring.n}
    return {**_whose(endring.sted), **hva, "for": stand(endring.naa), "etter": stand(endring.ville)}


def as_text(konsekvens: Konsekvens) -> str:
    """The answer for a terminal."""
    verk, antall = konsekvens.regelverk, _counts(konsekvens)
    hode = f"{verk.tiltakskode}/{verk.versjon} from {verk.gyldig_fra}, as of {konsekvens.dato}"
    if not antall["berort"]:
        return f"{hode}: nothing would change for the {antall['deltakelser']} deltakelser"
    linjer = [
        f"{hode}: something would change for {antall['berort']} of {antall['deltakelser']} deltakelser "
        f"({antall['frister']} deadlines, {antall['dokumenter']} documents)"
    ]
    berorte = konsekvens.berorte()
    for orgnr, undersokt in konsekvens.undersokt.items():
        if berorte[orgnr]:
            linjer.append(f"{orgnr}: {berorte[orgnr]} of {undersokt}")
            linjer += sorted(_lines(orgnr, konsekvens))
    return "\n".join(linjer)


def _lines(orgnr: str, konsekvens: Konsekvens) -> Iterator[str]:
    alle: tuple[tuple[Endring, str], ...] = (
        *((endring, _rule_line(endring)) for endring in konsekvens.regler),
        *((endring, _deadline_line(endring)) for endring in konsekvens.frister),
        *((endring, _document_line(endring)) for endring in konsekvens.dokumenter),
    )
    for endring, linje in alle:
        if endring.sted[0] == orgnr:
            yield f"  {printed_id(endring.sted) or '(id not shown)':20} {linje}"


def _rule_line(endring: Regelendring) -> str:
    return f"rules      {_changes(endring.nye, endring.borte)}"


def _deadline_line(endring: Fristendring) -> str:
    def stand(plikt: Forpliktelse | None) -> str:
        return f"{plikt.frist} {plikt.status.value}" if plikt else "none"

    return f"deadline   {_named(endring.type, endring.n)}: {stand(endring.naa)} -> {stand(endring.ville)}"


_HVA = {
    "KOMMER": "newly made",
    "FALLER_BORT": "no longer made",
    "HOLDT": "newly held",
    "FRIGITT": "no longer held",
    "MERKNADER": "other remarks",
}


def _document_line(endring: Dokumentendring) -> str:
    sendt, endringer = " (sent already)" if endring.sendt else "", _changes(endring.nye, endring.borte)
    linje = f"document   {_named(endring.type, endring.n)}: {_HVA[endring.endring]}{sendt}"
    return f"{linje}: {endringer}" if endringer else linje


def _named(type_: str, n: int | None) -> str:
    return type_ if n is None else f"{type_} {n}"


def _changes(nye: Iterable[Merknad], borte: Iterable[Merknad]) -> str:
    deler = [f"+{regel} {kolonne or ''}".rstrip() for regel, kolonne in nye]
    deler += [f"-{regel} {kolonne or ''}".rstrip() for regel, kolonne in borte]
    return ", ".join(deler)
