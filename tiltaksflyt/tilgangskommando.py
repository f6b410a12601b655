"""`tiltaksflyt access-log`, and what every command that opens a person's document or record asks for."""

import argparse
import csv
import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiltaksflyt.pipeline.omgivelser import Omgivelser
    from tiltaksflyt.pipeline.tilgang import Apning

_OK = 0
_FELTER = ("tid", "handling", "handlingTekst", "rolle", "av", "grunn", "slettesakId")
# What a spreadsheet would take for a formula.
_FORMEL = ("=", "+", "-", "@", "\t")


def add_who_and_why(parser: argparse.ArgumentParser) -> None:
    """The arguments that production requires of whoever opens something about a person."""
    parser.add_argument("--role", metavar="ROLE", help="as schemas/tilgang/roller.yaml; required in production")
    parser.add_argument("--by", metavar="NAME", help="who opens it; required in production, and logged")
    parser.add_argument("--reason", help="why, naming no participant; required in production, and logged")


def read_access(valg: argparse.Namespace, omgivelser: "Omgivelser", handling: str, now: datetime) -> "Apning":
    """The permission that the arguments ask for. Raises Oppsettsfeil, Bruksfeil and IngenTilgang."""
    from tiltaksflyt.pipeline.tilgang import permit

    return permit(omgivelser, handling, rolle=valg.role, av=valg.by, grunn=valg.reason, now=now)


def add_arguments(parser: argparse.ArgumentParser, orgnr: Callable[[str], str], day: Callable[[str], date]) -> None:
    """The arguments of `access-log`."""
    parser.add_argument("--sender", required=True, type=orgnr, metavar="ORGNR")
    parser.add_argument(
        "--from", dest="fra", type=day, metavar="DATE", help="the first day (default: all that is kept)"
    )
    parser.add_argument("--to", dest="til", type=day, metavar="DATE", help="the last day")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--csv", action="store_true")


def run(valg: argparse.Namespace) -> int:
    """0, also when nothing was opened."""
    from tiltaksflyt.pipeline.omgivelser import from_environment
    from tiltaksflyt.pipeline.tilgang import list_openings

    with from_environment() as omgivelser:
        rader = list_openings(omgivelser, valg.sender, valg.fra, valg.til)
    if valg.json:
        sys.stdout.write(json.dumps(rader, ensure_ascii=False) + "\n")
    elif valg.csv:
        skriver = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
        skriver.writerow(_FELTER)
        skriver.writerows([_cell(rad[felt]) for felt in _FELTER] for rad in rader)
    else:
        for rad in rader:
            sys.stdout.write(f"{rad['tid']}  {rad['rolle']:13} {rad['handling']:15} {rad['slettesakId'] or '–':36}")
            sys.stdout.write(f"  {rad['av']}: {rad['grunn']}\n")
    return _OK


def _cell(tekst: str) -> str:
    return f"'{tekst}" if tekst.startswith(_FORMEL) else tekst
