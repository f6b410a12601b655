"""`tiltaksflyt profile check|suggest`: their arguments. The rest is loaded when one is run."""

import argparse
import json
import re
import sys
from datetime import date
from pathlib import Path

_OK, _MANGLER, _AVVIST, _BRUKSFEIL, _FEIL_I_PROFIL = 0, 1, 2, 64, 78


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    under = parser.add_subparsers(dest="handling", required=True, metavar="ACTION")
    check = under.add_parser("check", help="every fault of a profile by its line, and what the layout has and lacks")
    check.add_argument("filer", nargs="+", type=Path, metavar="FILE")
    check.add_argument("--json", action="store_true", help="one JSON object a file")
    suggest = under.add_parser("suggest", help="propose a profile from an export, and say how sure each mapping is")
    suggest.add_argument("fil", type=Path, metavar="FILE", help="XLSX, ZIP of CSV, CSV, JSON, JSON Lines or XML")
    suggest.add_argument("--name", required=True, type=_profile_name, help="small letters, digits and hyphens")
    suggest.add_argument("--output", type=Path, metavar="FILE", help="where to write it (default: standard output)")
    suggest.add_argument("--json", action="store_true", help="the report as JSON")


def _profile_name(tekst: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", tekst):
        raise argparse.ArgumentTypeError("a profile's name has small letters a-z, digits and hyphens only")
    return tekst


def run(valg: argparse.Namespace) -> int:
    """Run the one asked for; its exit code."""
    return _check(valg) if valg.handling == "check" else _suggest(valg)


def _check(valg: argparse.Namespace) -> int:
    """0 when every profile is sound, 78 when one has a fault."""
    from tiltaksflyt.intake.profilkontroll import check_profil

    svar = [check_profil(fil) for fil in valg.filer]
    for ett in svar:
        sys.stdout.write((json.dumps(ett.as_json(), ensure_ascii=False) if valg.json else ett.as_text()) + "\n")
    return _OK if all(ett.ok for ett in svar) else _FEIL_I_PROFIL


def _suggest(valg: argparse.Namespace) -> int:
    """0 when the proposal loads, 1 when something required was not found, 2 when the file is refused, 64 wrong usage.

    The profile goes to --output, or else to standard output with the report on standard error; with --json and no
    --output it is the field `innhold` of the report.
    """
    from tiltaksflyt.intake.forslag.forslagsfil import write_suggestion
    from tiltaksflyt.intake.forslag.forslagsrapport import report_as_json, report_as_text
    from tiltaksflyt.intake.forslag.profilforslag import is_loadable, suggest_profil
    from tiltaksflyt.intake.portregler import Avvisning, portregler

    try:
        data = valg.fil.read_bytes()
    except OSError:
        return _complain("a file could not be opened; check its name and your rights to it")
    if valg.output and valg.output.exists():
        return _complain("--output exists already; choose another name, so that nobody's work is overwritten")
    try:
        forslag = suggest_profil(data, filnavn=valg.fil.name, navn=valg.name, dato=date.today())  # noqa: DTZ011  the person's own day
    except Avvisning as nei:
        regel = portregler()[nei.regel_id]
        sys.stderr.write(f"tiltaksflyt: {nei.regel_id}: {regel.melding} {regel.tiltak}\n")
        return _AVVIST
    innhold = write_suggestion(forslag)
    lastbar = is_loadable(innhold)
    if valg.output:
        valg.output.write_text(innhold, encoding="utf-8")
    if valg.json:
        rapport = report_as_json(forslag, lastbar=lastbar)
        sys.stdout.write(
            json.dumps(rapport if valg.output else rapport | {"innhold": innhold}, ensure_ascii=False) + "\n"
        )
    else:
        rapporten_til = sys.stdout if valg.output else sys.stderr
        if not valg.output:
            sys.stdout.write(innhold)
        rapporten_til.write(report_as_text(forslag, lastbar=lastbar) + "\n")
    return _OK if lastbar and not forslag.savner else _MANGLER


def _complain(tekst: str) -> int:
    sys.stderr.write(f"tiltaksflyt: {tekst}\n")
    return _BRUKSFEIL
