"""`tiltaksflyt deadlines`, `whatif` and `render`: their arguments. The rest is loaded when one is run."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from tiltaksflyt import statistikkommando, tilgangskommando
from transforms.kalender import oslo_dato

_OK, _FUNN = 0, 1
_DOKUMENTTYPER = (
    "PLAN",
    "PERIODERAPPORT",
    "SLUTTRAPPORT",
    "BESTILLINGSBEKREFTELSE",
    "MELDING_FORLENGELSE",
    "MELDING_AVSLUTNING",
    "RESULTATRAPPORT",
    "ETTERRAPPORT",
)


Orgnr = Callable[[str], str]
Dag = Callable[[str], date]


def add_deadlines_arguments(parser: argparse.ArgumentParser, orgnr: Orgnr, dag: Dag) -> None:
    """The arguments of `deadlines`."""
    kilde = parser.add_mutually_exclusive_group(required=True)
    kilde.add_argument("--arrangor", type=orgnr, metavar="ORGNR", help="a sender's deltakelser in the ledger")
    kilde.add_argument("--file", type=Path, metavar="CASE.json", help="a contract document, without any ledger")
    parser.add_argument("--date", type=dag, help="default: today")
    parser.add_argument("--json", action="store_true")
    tilgangskommando.add_who_and_why(parser)


def run_deadlines(valg: argparse.Namespace) -> int:
    """What is owed: of a sender, logged as an opening, or of a file."""
    from tiltaksflyt.pipeline import oversikt

    if valg.file:
        plikter = oversikt.deadlines_of_file(valg.file, valg.date or oslo_dato(_now()))
    else:
        from tiltaksflyt.pipeline import klokke
        from tiltaksflyt.pipeline.omgivelser import from_environment
        from tiltaksflyt.pipeline.tilgang import SE_FRISTER
        from tiltaksflyt.tilgangskommando import read_access

        with from_environment() as omgivelser:
            dato = valg.date or klokke.day_of(omgivelser, _now())
            apning = read_access(valg, omgivelser, SE_FRISTER, _now())
            plikter = oversikt.deadlines_of_sender(omgivelser, valg.arrangor, dato, apning)
    rader = [plikt.as_json() for plikt in plikter]
    if valg.json:
        _say_json(rader)
    else:
        for rad in rader:
            nummer = rad["n"] or ""
            _say(f"{rad['frist']}  {rad['status']:15} {rad['type']:18} {nummer!s:3} {rad['deltakelseId']}")
    return _OK


def add_whatif_arguments(parser: argparse.ArgumentParser, orgnr: Orgnr, dag: Dag) -> None:
    """The arguments of `whatif`."""
    parser.add_argument("--regelverk", required=True, type=Path, metavar="FILE", help="as those in schemas/regelverk")
    parser.add_argument("--from", dest="fra", type=dag, metavar="DATE", help="default: its own first day, or always")
    parser.add_argument("--arrangor", type=orgnr, metavar="ORGNR", help="one sender only")
    parser.add_argument("--date", type=dag, help="default: today")
    parser.add_argument("--json", action="store_true")


def run_whatif(valg: argparse.Namespace) -> int:
    """What would become of the accepted state under another version."""
    from tiltaksflyt.pipeline import klokke, konsekvens, konsekvenstekst
    from tiltaksflyt.pipeline.omgivelser import from_environment

    with from_environment() as omgivelser:
        ny = konsekvens.read_regelverk(valg.regelverk, valg.fra, omgivelser.oppsett.regelverk)
        dato = valg.date or klokke.day_of(omgivelser, _now())
        svar = konsekvens.compare(omgivelser, ny, arrangor=valg.arrangor, dato=dato)
    if valg.json:
        _say_json(konsekvenstekst.as_json(svar))
    else:
        _say(konsekvenstekst.as_text(svar))
    return _OK


def add_render_arguments(parser: argparse.ArgumentParser, orgnr: Orgnr) -> None:
    """The arguments of `render`."""
    hva = parser.add_mutually_exclusive_group(required=True)
    hva.add_argument("deltakelse", nargs="?", metavar="DELTAKELSE", help="the sender's own id")
    hva.add_argument("--avtale", type=_avtale, metavar="TILTAKSKODE/FYLKE", help="with --arrangor; no person is in it")
    parser.add_argument("--arrangor", type=orgnr, metavar="ORGNR", help="whose, where several senders have that id")
    parser.add_argument("--type", required=True, choices=_DOKUMENTTYPER)
    parser.add_argument("--n", type=int, help="the number of a perioderapport or of an extension")
    parser.add_argument(
        "--quarter",
        type=statistikkommando.read_quarter,
        metavar="YYYY-N",
        help="the last one of the period of a report about an avtale",
    )
    parser.add_argument("--format", required=True, choices=("xml", "json", "pdf"))
    parser.add_argument("--output", type=Path)
    tilgangskommando.add_who_and_why(parser)


def _avtale(tekst: str) -> tuple[str, str]:
    tiltakskode, skilt, fylke = tekst.partition("/")
    if not skilt or not re.fullmatch(r"[A-Z_]+", tiltakskode) or not re.fullmatch(r"[0-9]{2}", fylke):
        raise argparse.ArgumentTypeError("an avtale is written TILTAKSKODE/FYLKE, as ARBEIDSFORBEREDENDE_TRENING/46")
    return tiltakskode, fylke


def run_render(valg: argparse.Namespace) -> int:
    """0 when the document is written; 1 when there is none."""
    from tiltaksflyt.pipeline import oversikt
    from tiltaksflyt.pipeline.feil import Bruksfeil
    from tiltaksflyt.pipeline.omgivelser import from_environment
    from tiltaksflyt.pipeline.tilgang import APNE_DOKUMENT
    from tiltaksflyt.tilgangskommando import read_access

    if valg.avtale and not valg.arrangor:
        raise Bruksfeil("say whose avtale it is with --arrangor")
    with from_environment() as omgivelser:
        if valg.avtale:
            tiltakskode, fylke = valg.avtale
            innhold = oversikt.rendered_avtaledokument(
                omgivelser,
                avsender=valg.arrangor,
                tiltakskode=tiltakskode,
                fylke=fylke,
                dokumenttype=valg.type,
                kvartal=valg.quarter,
                format_=valg.format,
            )
        else:
            innhold = oversikt.rendered_document(
                omgivelser,
                avsender=valg.arrangor,
                deltakelse=valg.deltakelse,
                dokumenttype=valg.type,
                nummer=valg.n,
                format_=valg.format,
                apning=read_access(valg, omgivelser, APNE_DOKUMENT, _now()),
            )
    if innhold is None:
        sys.stderr.write("tiltaksflyt: no such document; `tiltaksflyt deadlines` shows what is owed\n")
        return _FUNN
    if valg.output:
        valg.output.write_bytes(innhold)
    else:
        sys.stdout.buffer.write(innhold)
    return _OK


def _say(tekst: str) -> None:
    sys.stdout.write(f"{tekst}\n")


def _say_json(verdi: object) -> None:
    _say(json.dumps(verdi, ensure_ascii=False))


def _now() -> datetime:
    return datetime.now(UTC)
