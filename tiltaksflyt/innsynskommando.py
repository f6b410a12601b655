"""`tiltaksflyt innsyn` and `tiltaksflyt wrong-person`: arguments. The rest is loaded when one is run."""

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tiltaksflyt.tilgangskommando import add_who_and_why, read_access

_OK, _INGENTING = 0, 1
_BARE_EIER, _EIERS_MAPPE = 0o600, 0o700


def add_innsyn_arguments(parser: argparse.ArgumentParser, orgnr: Callable[[str], str]) -> None:
    """The arguments of `innsyn`. A personident is read from standard input and is no argument: those are listed."""
    parser.add_argument("--sender", required=True, type=orgnr, metavar="ORGNR")
    hvem = parser.add_mutually_exclusive_group(required=True)
    hvem.add_argument("--deltakelse", metavar="ID", help="the sender's own id of one of the person's deltakelser")
    hvem.add_argument("--personident", action="store_true", help="read one from standard input")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="for its owner alone")
    add_who_and_why(parser)


def run_innsyn(valg: argparse.Namespace) -> int:
    """0 when something is known, 1 when nothing is; both write the page and the JSON beside it."""
    from tiltaksflyt.pipeline import innsyn, klokke
    from tiltaksflyt.pipeline.omgivelser import from_environment
    from tiltaksflyt.pipeline.tilgang import GI_INNSYN

    now = datetime.now(UTC)
    personident = sys.stdin.readline().strip() if valg.personident else None
    with from_environment() as omgivelser:
        apning = read_access(valg, omgivelser, GI_INNSYN, now)
        uttrekk = innsyn.extract(
            omgivelser,
            valg.sender,
            apning,
            dato=klokke.day_of(omgivelser, now),
            deltakelse=valg.deltakelse,
            personident=personident,
        )
    _write(innsyn.files(uttrekk), valg.out)
    sys.stdout.write(f"{len(uttrekk['deltakelser'])} deltakelser\n")
    return _OK if uttrekk["finnes"] else _INGENTING


def _write(filer: Mapping[str, bytes], mappe: Path) -> None:
    mappe.mkdir(mode=_EIERS_MAPPE, parents=True, exist_ok=True)
    for navn, innhold in filer.items():
        fil = mappe / navn
        fil.touch(mode=_BARE_EIER)
        fil.chmod(_BARE_EIER)
        fil.write_bytes(innhold)


def add_wrong_person_arguments(parser: argparse.ArgumentParser, orgnr: Callable[[str], str]) -> None:
    """The arguments of `wrong-person`."""
    parser.add_argument("--sender", required=True, type=orgnr, metavar="ORGNR")
    parser.add_argument("--deltakelse", required=True, metavar="ID", help="the sender's own id")
    add_who_and_why(parser)


def run_wrong_person(valg: argparse.Namespace) -> int:
    """0; the drafted notice on standard output, and what was done on standard error."""
    from tiltaksflyt.pipeline import feil_person, klokke
    from tiltaksflyt.pipeline.omgivelser import from_environment
    from tiltaksflyt.pipeline.tilgang import TREKKE_TILBAKE

    now = datetime.now(UTC)
    with from_environment() as omgivelser:
        apning = read_access(valg, omgivelser, TREKKE_TILBAKE, now)
        dato = klokke.day_of(omgivelser, now)
        gjort = feil_person.withdraw(omgivelser, valg.sender, valg.deltakelse, apning, dato=dato)
    sys.stdout.buffer.write(gjort.melding)
    sys.stderr.write(f"tiltaksflyt: {gjort.tilbakekalt} taken back, {gjort.trukket} stopped before they were sent\n")
    return _OK
