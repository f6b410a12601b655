"""`tiltaksflyt evidence`: arguments. The rest is loaded when it is run."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiltaksflyt.ledger import Kjedefunn
    from tiltaksflyt.pipeline.omgivelser import Omgivelser

_OK, _FUNN = 0, 1


def add_arguments(parser: argparse.ArgumentParser, orgnr: Callable[[str], str]) -> None:
    """The arguments of `evidence verify`, `evidence export` and `evidence certificate`."""
    handlinger = parser.add_subparsers(dest="handling", required=True, metavar="ACTION")
    verify = handlinger.add_parser("verify", help="whether the chain is whole: every byte, signature and anchor")
    verify.add_argument("--json", action="store_true")
    export = handlinger.add_parser("export", help="a sender's evidence, for anyone to verify with openssl alone")
    export.add_argument("--sender", required=True, type=orgnr, metavar="ORGNR")
    export.add_argument("--month", type=_month, metavar="YYYY-MM", help="default: all of it")
    export.add_argument("--out", required=True, type=Path, metavar="DIR", help="an empty or a new folder")
    certificate = handlinger.add_parser("certificate", help="one page on what was erased for a sender in a month")
    certificate.add_argument("--sender", required=True, type=orgnr, metavar="ORGNR")
    certificate.add_argument("--month", required=True, type=_month, metavar="YYYY-MM", help="one that is over")
    certificate.add_argument("--out", required=True, type=Path, metavar="FILE", help="a PDF; FILE.sig beside it")


def run(valg: argparse.Namespace) -> int:
    """0 when the chain is whole; 1 when it is broken, and then nothing is written.

    A certificate of a month in which nothing was erased is 1 too.
    """
    from tiltaksflyt.pipeline import sletting
    from tiltaksflyt.pipeline.omgivelser import from_environment

    with from_environment() as omgivelser:
        if valg.handling == "certificate":
            return _certify(valg, omgivelser)
        funn = sletting.verify(omgivelser) if valg.handling == "verify" else _export(valg, omgivelser)
    _say(funn, som_json=valg.handling == "verify" and valg.json)
    return _OK if funn.ok else _FUNN


def _export(valg: argparse.Namespace, omgivelser: "Omgivelser") -> "Kjedefunn":
    from tiltaksflyt.pipeline import sletting
    from tiltaksflyt.pipeline.feil import Bruksfeil
    from transforms.maned import Maned

    maned = Maned(*valg.month) if valg.month else None
    try:
        return sletting.export_evidence(omgivelser, valg.sender, maned, valg.out)
    except FileExistsError:
        raise Bruksfeil("--out is an empty folder, or one that is not there yet") from None


def _certify(valg: argparse.Namespace, omgivelser: "Omgivelser") -> int:
    from tiltaksflyt.pipeline import klokke, sletteattest
    from tiltaksflyt.pipeline.feil import Bruksfeil
    from transforms.maned import Maned

    if not valg.out.parent.is_dir():
        raise Bruksfeil("--out is a file in a folder that is there")
    now = datetime.now(UTC)
    maned = Maned(*valg.month)
    utfall = sletteattest.make(omgivelser, valg.sender, maned, klokke.day_of(omgivelser, now), now)
    _say(utfall.kjede, som_json=False)
    if utfall.side is None:
        if utfall.kjede.ok:
            sys.stdout.write(f"Nothing was erased in {maned}, and nothing left undone: there is no certificate\n")
        return _FUNN
    valg.out.write_bytes(utfall.side.pdf)
    valg.out.with_name(f"{valg.out.name}.sig").write_bytes(utfall.side.signatur)
    return _OK


def _say(funn: "Kjedefunn", *, som_json: bool) -> None:
    if som_json:
        innhold = {"ok": funn.ok, "antall": funn.antall, "feil": [feil.as_json() for feil in funn.feil]}
        sys.stdout.write(json.dumps(innhold, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(f"{'The chain is whole' if funn.ok else 'The chain is BROKEN'}: {funn.antall} entries\n")
    sys.stdout.writelines(f"  {feil.lopenr}: {feil.kode.value}  {feil.kode.tekst}\n" for feil in funn.feil)


def _month(tekst: str) -> tuple[int, int]:
    treff = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", tekst)
    if treff is None:
        raise argparse.ArgumentTypeError("a month is written YYYY-MM")
    return int(treff.group(1)), int(treff.group(2))
