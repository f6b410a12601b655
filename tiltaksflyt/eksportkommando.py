"""`tiltaksflyt export`: its arguments. The rest is loaded when it is run."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from tiltaksflyt.tilgangskommando import add_who_and_why, read_access

_OK, _UTELATT = 0, 1
_BARE_EIER = 0o600


def add_arguments(parser: argparse.ArgumentParser, orgnr: Callable[[str], str], day: Callable[[str], date]) -> None:
    """The arguments of the command."""
    parser.add_argument("--arrangor", required=True, type=orgnr, metavar="ORGNR")
    parser.add_argument("--date", type=day, help="leave out what came after this day (default: today)")
    parser.add_argument("--format", choices=("json", "jsonl"), default="json")
    parser.add_argument("--output", type=Path, metavar="FILE", help="for its owner alone (default: standard output)")
    add_who_and_why(parser)


def run(valg: argparse.Namespace) -> int:
    """0 when every deltakelse is there, 1 when some are left out; standard error says which and why."""
    from tiltaksflyt.pipeline import eksport, klokke
    from tiltaksflyt.pipeline.omgivelser import from_environment
    from tiltaksflyt.pipeline.tilgang import EKSPORTERE

    now = datetime.now(UTC)
    with from_environment() as omgivelser:
        i_dag = klokke.day_of(omgivelser, now)
        dato = valg.date or i_dag
        omgivelser.refuse_future(dato, i_dag)
        apning = read_access(valg, omgivelser, EKSPORTERE, now)
        svar = eksport.export_records(omgivelser, valg.arrangor, dato=dato, apning=apning)
    _write(svar.write(valg.format), valg.output)
    for ett in svar.utelatt:
        sys.stderr.write(f"tiltaksflyt: left out {ett.deltakelse_id or 'a deltakelse'}: {ett.mangel.tekst}\n")
    sys.stderr.write(f"tiltaksflyt: {len(svar.poster)} records, {len(svar.utelatt)} left out\n")
    return _UTELATT if svar.utelatt else _OK


def _write(innhold: bytes, fil: Path | None) -> None:
    if fil is None:
        sys.stdout.buffer.write(innhold)
        return
    fil.touch(mode=_BARE_EIER)
    fil.chmod(_BARE_EIER)
    fil.write_bytes(innhold)
