"""`tiltaksflyt generate`: its arguments. The rest is loaded when it is run, so that the command line starts at once."""

import argparse
import sys
from datetime import date
from pathlib import Path

from tiltaksflyt.syntetisk.formater import Format

DEMO = "demo"
_BRUKSFEIL = 64
FEILFIL = "feil.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.description = "Lag syntetiske eksporter: <ut>/<orgnr>/eksport-<dato>.<endelse> for hver avsender."
    parser.add_argument("--seed", type=int, default=1, help="samme frø gir samme bytes (standard 1)")
    parser.add_argument("--arrangorer", type=int, help="antall avsendere (standard: én for hver 28. deltaker)")
    parser.add_argument("--deltakere", type=int, default=60, help="antall deltakere til sammen (standard 60)")
    parser.add_argument("--dato", type=date.fromisoformat, help="dagen eksporten er fra (standard: demoens første)")
    parser.add_argument(
        "--format", choices=[*(format_.value for format_ in Format), DEMO], default=Format.JSON.value,
        help="demo gir de tre avsenderne i demoen, hver i sitt format",
    )  # fmt: skip
    parser.add_argument("--ut", type=Path, required=True, help="mappen eksportene skrives til")
    parser.add_argument("--oppsett", type=Path, help="mappen oppsettet for avsendere og mottakere skrives til")
    parser.add_argument("--rapporterer-fra", type=date.fromisoformat, help="i oppsettet (standard: dagen selv)")
    parser.add_argument("--feil", action="store_true", help=f"legg inn feil, og skriv dem til <ut>/{FEILFIL}")


def run(args: argparse.Namespace) -> int:
    """Write the exports. 0 when done, 64 when the numbers asked for do not add up."""
    from tiltaksflyt.syntetisk.arrangorer import UmuligBestilling
    from tiltaksflyt.syntetisk.eksport import Valg, write_exports

    valg = Valg(
        seed=args.seed,
        arrangorer=args.arrangorer,
        deltakere=args.deltakere,
        dato=args.dato,
        format=None if args.format == DEMO else Format(args.format),
        ut=args.ut,
        oppsett=args.oppsett,
        rapporterer_fra=args.rapporterer_fra,
        feilfil=args.ut / FEILFIL if args.feil else None,
    )
    try:
        antall = write_exports(valg)
    except UmuligBestilling as feil:
        sys.stderr.write(f"{feil}\n")
        return _BRUKSFEIL
    sys.stdout.write(f"{antall} eksporter skrevet til {args.ut}\n")
    return 0
