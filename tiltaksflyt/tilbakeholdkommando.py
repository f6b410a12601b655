"""`tiltaksflyt tilbakehold add | list | lift`: its arguments. The rest is loaded when one is run."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime

_OK = 0
_OPPHEVET = "lifted by hand"


def add_arguments(parser: argparse.ArgumentParser, orgnr: Callable[[str], str], day: Callable[[str], date]) -> None:
    """The arguments of `tilbakehold`."""
    handlinger = parser.add_subparsers(dest="handling", required=True, metavar="ACTION")
    add = handlinger.add_parser("add", help="hold back the deletion of one deltakelse, for a dispute or a complaint")
    add.add_argument("--sender", type=orgnr, required=True, metavar="ORGNR")
    add.add_argument("--deltakelse", required=True, metavar="ID", help="the sender's own id")
    add.add_argument("--to", dest="til", type=day, required=True, metavar="DATE", help="the last day of the hold")
    add.add_argument("--reason", required=True, help="why; names no participant, and is kept with the deltakelse")
    add.add_argument("--by", required=True, metavar="NAME", help="who holds it back")
    liste = handlinger.add_parser("list", help="the holds in force, those that end first at the top")
    lift = handlinger.add_parser("lift", help="lift one; what is past its last day is erased the night after")
    lift.add_argument("--id", required=True, metavar="TILBAKEHOLDID")
    lift.add_argument("--by", required=True, metavar="NAME", help="who lifts it")
    for under in (add, liste, lift):
        under.add_argument("--json", action="store_true")


def run(valg: argparse.Namespace) -> int:
    """0 when it is done; what cannot be held back or lifted is wrong usage, with the reason."""
    from tiltaksflyt.pipeline import klokke, slettehold
    from tiltaksflyt.pipeline.driftsinngrep import make_inngrep
    from tiltaksflyt.pipeline.omgivelser import from_environment

    now = datetime.now(UTC)
    with from_environment() as omgivelser:
        dato = klokke.day_of(omgivelser, now)
        if valg.handling == "add":
            inngrep = make_inngrep(valg.by, valg.reason, now)
            id_ = slettehold.hold_back(
                omgivelser, avsender=valg.sender, deltakelse=valg.deltakelse, til=valg.til, inngrep=inngrep, dato=dato
            )
            _say(valg, {"tilbakeholdId": id_, "til": valg.til.isoformat()}, f"{id_} held until {valg.til.isoformat()}")
        elif valg.handling == "lift":
            slettehold.lift(omgivelser, valg.id, make_inngrep(valg.by, _OPPHEVET, now), dato)
            _say(valg, {"tilbakeholdId": valg.id, "opphevet": dato.isoformat()}, f"{valg.id} lifted")
        else:
            hold = [ett.as_json() for ett in slettehold.standing(omgivelser, dato)]
            linjer = [f"{ett['til']}  {ett['avsender']}  {ett['tilbakeholdId']}  {ett['av']}" for ett in hold]
            _say(valg, hold, *linjer)
    return _OK


def _say(valg: argparse.Namespace, innhold: object, *linjer: str) -> None:
    if valg.json:
        sys.stdout.write(json.dumps(innhold, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(f"{linje}\n" for linje in linjer)
