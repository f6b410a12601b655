"""`tiltaksflyt quality` and `tiltaksflyt confirm`: their arguments. The rest is loaded when one is run."""

import argparse
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

_OK, _MANGLER = 0, 1
_FLEST_DAGER = 366


def add_quality_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `quality`."""
    parser.add_argument("--days", type=_days, default=30, metavar="N", help="how far back (default: 30)")
    parser.add_argument("--date", type=date.fromisoformat, help="the last day (default: today)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the page")
    parser.add_argument("--json", action="store_true")


def _days(tekst: str) -> int:
    if not tekst.isdecimal() or not 1 <= int(tekst) <= _FLEST_DAGER:
        raise argparse.ArgumentTypeError(f"a number of days from 1 to {_FLEST_DAGER}")
    return int(tekst)


def run_quality(valg: argparse.Namespace) -> int:
    """What the checks said, as a page, as JSON, or as lines for a terminal."""
    from tiltaksflyt.pipeline import klokke, kvalitet
    from tiltaksflyt.pipeline.omgivelser import from_environment
    from tiltaksflyt.portal.kvalitetsside import render_page

    with from_environment() as omgivelser:
        bilde = kvalitet.look(omgivelser, valg.date or klokke.day_of(omgivelser, datetime.now(UTC)), valg.days)
    if valg.html:
        valg.html.write_bytes(render_page(bilde))
    if valg.json:
        sys.stdout.write(json.dumps(bilde.as_json(), ensure_ascii=False) + "\n")
    elif not valg.html:
        sys.stdout.write(bilde.as_text() + "\n")
    return _OK


def add_confirm_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `confirm`."""
    parser.add_argument("regel", metavar="RULE", help="the rule whose breach is right after all")
    parser.add_argument("--arrangor", required=True, metavar="ORGNR")
    parser.add_argument("--sak", required=True, metavar="ID", help="the innsendingId, deltakerId or deltakelseId")
    parser.add_argument("--by", required=True, metavar="NAME", help="who confirms")
    parser.add_argument("--reason", required=True, help="why; names no participant")


def run_confirm(valg: argparse.Namespace) -> int:
    """0 when the case is confirmed, 1 when another person must confirm it as well."""
    from tiltaksflyt.pipeline.bekreftelse import confirm
    from tiltaksflyt.pipeline.omgivelser import from_environment

    with from_environment() as omgivelser:
        mangler = confirm(
            omgivelser,
            valg.regel,
            avsender=valg.arrangor,
            sak=valg.sak,
            av=valg.by,
            grunn=valg.reason,
            now=datetime.now(UTC),
        )
    if mangler:
        sys.stdout.write(f"noted; {mangler} more person must confirm it\n")
        return _MANGLER
    sys.stdout.write("confirmed; it counts from the sender's next drop\n")
    return _OK
