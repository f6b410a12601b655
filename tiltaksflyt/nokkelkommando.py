"""`tiltaksflyt keys`: arguments. The rest is loaded when it is run."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiltaksflyt.ledger import Nokkellager

_OK, _FUNN = 0, 1


def add_arguments(parser: argparse.ArgumentParser, orgnr: Callable[[str], str]) -> None:
    """The arguments of `keys status` and `keys rotate`."""
    handlinger = parser.add_subparsers(dest="handling", required=True, metavar="ACTION")
    status = handlinger.add_parser("status", help="which version of its key-encryption key wraps each owner's keys")
    status.add_argument("--json", action="store_true")
    roter = handlinger.add_parser("rotate", help="a new key-encryption key; everything else goes on meanwhile")
    hvem = roter.add_mutually_exclusive_group(required=True)
    hvem.add_argument("--sender", type=orgnr, metavar="ORGNR")
    hvem.add_argument("--all", action="store_true", help="every owner, and the operator's own keys")
    roter.add_argument("--json", action="store_true")


def run(valg: argparse.Namespace) -> int:
    """0, or 1 when a rotation stands half done (status), or the sender has no keys (rotate)."""
    from tiltaksflyt.ledger.nokkelrotasjon import owners
    from tiltaksflyt.pipeline.omgivelser import open_nokkellager

    with open_nokkellager(os.environ) as lager:
        eiere = owners(lager)
        if valg.handling == "status":
            return _status(lager, eiere, som_json=valg.json)
        if valg.sender:
            eiere = tuple(eier for eier in eiere if eier == valg.sender)
        if not eiere:
            sys.stderr.write("tiltaksflyt: no keys to rotate; `tiltaksflyt keys status` lists who has some\n")
            return _FUNN
        return _rotate(lager, eiere, som_json=valg.json)


def _status(lager: "Nokkellager", eiere: Sequence[str], *, som_json: bool) -> int:
    from tiltaksflyt.ledger.nokkelrotasjon import standing

    stander = [standing(lager, eier) for eier in eiere]
    if som_json:
        _say(json.dumps([stand.as_json() for stand in stander]))
    else:
        for stand in stander:
            antall = ", ".join(f"{antall} under version {versjon}" for versjon, antall in stand.antall.items())
            sist = f"; rotated {stand.fullfort.date().isoformat()}" if stand.fullfort else ""
            _say(f"{stand.eier:9}  {antall}{sist if stand.er_ferdig else '; ROTATION HALF DONE, run keys rotate'}")
    return _OK if all(stand.er_ferdig for stand in stander) else _FUNN


def _rotate(lager: "Nokkellager", eiere: Sequence[str], *, som_json: bool) -> int:
    from tiltaksflyt.ledger.nokkelrotasjon import rotate

    for eier in eiere:
        rotasjon = rotate(lager, eier, datetime.now(UTC))
        if som_json:
            _say(json.dumps(rotasjon.as_json()))
        else:
            gammel = (
                "the old one is destroyed" if rotasjon.gammel_borte else "take the old one out of its store yourself"
            )
            _say(f"{eier:9}  version {rotasjon.versjon}: {rotasjon.pakket_om} keys wrapped anew; {gammel}")
    return _OK


def _say(tekst: str) -> None:
    sys.stdout.write(f"{tekst}\n")
