"""The three senders of the demo: sizes, formats and days are chosen so that every document type is owed.

About 60 deltakere: a workbook a person fills in, a case system's ZIP of Windows-1252 CSV, and the contract itself. On
the first day plans, perioderapporter and sluttrapporter are waiting; on the last day, a hundred days later, everyone
who had ended on the first is past the twelve weeks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from tiltaksflyt.syntetisk.arrangorer import Arrangor, make_arrangor
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import Innsending, generate

FRO = 20260825
RAPPORTERER_FRA = date(2026, 7, 13)
DAGER = (date(2026, 8, 3), date(2026, 9, 14), date(2026, 11, 11))
_FORSTE_NUMMER = 901


@dataclass(frozen=True)
class Demoavsender:
    """One sender of the demo and the format it delivers."""

    arrangor: Arrangor
    format: Format


def demo_senders() -> tuple[Demoavsender, ...]:
    """The three senders, the same every time."""
    valg = (
        ("Testvik Vekst AS", "50", 24, Format.XLSX, "Regneark", "utf-8"),
        ("Prøvedal Arbeid og Kompetanse AS", "46", 20, Format.CSV_ZIP, "Fagsystem Vekst", "windows-1252"),
        ("Eksempelnes Industrier AS", "34", 16, Format.JSON, "Fagsystem Kontrakt", "utf-8"),
    )
    avsendere, forste = [], 0
    for i, (navn, fylke, antall, format_, kildesystem, tegnsett) in enumerate(valg):
        arrangor = replace(
            make_arrangor(FRO, _FORSTE_NUMMER + i, antall, forste, fylke),
            navn=navn,
            kildesystem=kildesystem,
            tegnsett=tegnsett,
            rapporterer_fra=RAPPORTERER_FRA,
            andel_ordinaer=0.92,
            sommerstengt=i == 1,
            regionale_punkter=format_ is Format.JSON,
            etteroppfolging=i == 0,
            slettefrist_uker=None,
        )
        avsendere.append(Demoavsender(arrangor, format_))
        forste += antall
    return tuple(avsendere)


def demo_drops(dato: date) -> Iterator[tuple[Demoavsender, Innsending]]:
    """What each of the three exports on a day."""
    avsendere = demo_senders()
    antall = sum(avsender.arrangor.antall for avsender in avsendere)
    innsendinger = generate(FRO, antall, dato, arrangorer=[avsender.arrangor for avsender in avsendere])
    yield from zip(avsendere, innsendinger, strict=True)
