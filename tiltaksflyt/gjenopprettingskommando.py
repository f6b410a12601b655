"""`tiltaksflyt restore`: arguments. The rest is loaded when it is run."""

import argparse
import json
import sys
from datetime import UTC, datetime

_OK, _FUNN = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `restore check` and `restore replay`."""
    parser.add_argument("handling", choices=("check", "replay"))
    parser.add_argument("--json", action="store_true")


def run(valg: argparse.Namespace) -> int:
    """0 when nothing that was erased is here and the evidence is whole; 1 when something is left to do."""
    from tiltaksflyt.pipeline import gjenoppretting, klokke
    from tiltaksflyt.pipeline.omgivelser import from_environment

    now = datetime.now(UTC)
    with from_environment() as omgivelser:
        if valg.handling == "replay":
            antall = gjenoppretting.replay(omgivelser, klokke.day_of(omgivelser, now), now)
            sys.stdout.write(json.dumps(antall) + "\n")
        funn = gjenoppretting.check(omgivelser)
    if valg.json:
        sys.stdout.write(json.dumps(funn.as_json(), ensure_ascii=False) + "\n")
        return _OK if funn.er_i_orden else _FUNN
    if funn.er_i_orden:
        sys.stdout.write(f"Nothing came back; the chain is whole: {funn.kjede.antall} entries\n")
        return _OK
    sys.stdout.write(
        f"{funn.mangler} entries of evidence are missing, {funn.gjengangere} deltakelser came back without a key, "
        f"{funn.ufullstendige} erasures are not finished, {len(funn.kjede.feil)} faults in the chain\n"
    )
    return _FUNN
