"""`tiltaksflyt statistics`: its arguments. The rest is loaded when it is run."""

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from transforms.kvartal import Kvartal, UgyldigKvartal

_OK = 0
FORMATER = ("csv", "json", "html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `statistics`."""
    parser.add_argument(
        "--quarter", type=read_quarter, metavar="YYYY-N", help="the last of the period (default: the newest final one)"
    )
    parser.add_argument("--format", choices=FORMATER, help="default: json, or with --out all of them")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write files there instead of to standard output")
    parser.add_argument("--date", type=date.fromisoformat, help="as it stands on a day (default: today)")


def read_quarter(tekst: str) -> Kvartal:
    """A quarter as an argument. Raises ArgumentTypeError."""
    try:
        return Kvartal.parse(tekst)
    except UgyldigKvartal as feil:
        raise argparse.ArgumentTypeError(str(feil)) from None


def run(valg: argparse.Namespace) -> int:
    """Print one format, or write files. Figures that are not final are marked so in each."""
    from tiltaksflyt.pipeline import klokke, statistikk
    from tiltaksflyt.pipeline.omgivelser import from_environment
    from transforms.statistikk_filer import render_csv, render_json
    from transforms.statistikk_side import render_html

    gjengi = {"csv": render_csv, "json": render_json, "html": render_html}
    with from_environment() as omgivelser:
        dato = valg.date or klokke.day_of(omgivelser, datetime.now(UTC))
        utgivelse = statistikk.look(omgivelser, dato, valg.quarter)
    if not valg.out:
        sys.stdout.buffer.write(gjengi[valg.format or "json"](utgivelse))
        return _OK
    valg.out.mkdir(parents=True, exist_ok=True)
    for format_ in (valg.format,) if valg.format else FORMATER:
        fil = valg.out / f"statistikk-{utgivelse.kvartal}.{format_}"
        fil.write_bytes(gjengi[format_](utgivelse))
        sys.stdout.write(f"{fil}\n")
    if utgivelse.forbehold:
        sys.stderr.write(f"tiltaksflyt: not final, not for publication: {', '.join(utgivelse.forbehold)}\n")
    return _OK
