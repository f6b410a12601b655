"""python -m tiltaksflyt.referansemottak: run the reference receiver, or ask one what it has received."""

import argparse
import json
import logging
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from schemas.loader import UgyldigFil
from tiltaksflyt.referansemottak.forsegling import Apner
from tiltaksflyt.referansemottak.liste import publish_list
from tiltaksflyt.referansemottak.mottak import Mottaksoppsett
from tiltaksflyt.referansemottak.register import Mottatt
from tiltaksflyt.referansemottak.tjeneste import Referansemottak, read_nokler

_BRUKSFEIL = 64


def main(argumenter: list[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM. The first line on standard output tells address and host key, as JSON."""
    valg = _parse(argumenter)
    if valg.antall:
        sys.stdout.write(json.dumps(dict(Mottatt(valg.katalog).count())) + "\n")
        return 0
    if valg.liste and valg.enheter:
        for hjem in sorted((valg.katalog / "brukere").iterdir()):
            publish_list(valg.katalog, hjem.name, valg.enheter.split(","), datetime.now(UTC))
        return 0
    apner = (valg.nokkel, valg.sertifikat, valg.tillit)
    if valg.nokler is None or not valg.enheter or None in apner:
        sys.stderr.write("--nokler, --enheter, --nokkel, --sertifikat and --tillit are needed to receive\n")
        return _BRUKSFEIL
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    oppsett = Mottaksoppsett(valg.katalog.resolve(), frozenset(valg.enheter.split(",")), Apner(*apner), valg.modus)
    slutt = threading.Event()
    for signalet in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signalet, lambda *_: slutt.set())
    try:
        nokler = read_nokler(valg.nokler)
    except UgyldigFil as feil:
        sys.stderr.write(f"{feil}\n")
        return _BRUKSFEIL
    with Referansemottak(oppsett, nokler, vert=valg.vert, port=valg.port) as mottak:
        adresse = {"vert": mottak.vert, "port": mottak.port, "vertsnokkel": mottak.vertsnokkel}
        sys.stdout.write(json.dumps(adresse) + "\n")
        sys.stdout.flush()
        slutt.wait()
    return 0


def _parse(argumenter: list[str] | None) -> argparse.Namespace:
    leser = argparse.ArgumentParser(
        prog="python -m tiltaksflyt.referansemottak",
        description="Referansemottaker for leveranser fra tiltaksflyt. En referanse, ikke NAVs mottak.",
    )
    leser.add_argument("--katalog", type=Path, required=True, help="where the receiver keeps everything")
    leser.add_argument("--antall", action="store_true", help="print how many documents of each type, and end")
    leser.add_argument("--liste", action="store_true", help="publish today's list for each sender now, and end")
    leser.add_argument("--nokler", type=Path, help="folder with <user>.pub, the public keys of each sender")
    leser.add_argument("--enheter", help="the Nav-enheter that this receiver is, separated by commas")
    leser.add_argument("--nokkel", type=Path, help="the key that packages are decrypted with, PEM")
    leser.add_argument("--sertifikat", type=Path, help="its certificate, PEM, which senders encrypt for")
    leser.add_argument("--tillit", type=Path, help="the issuers of certificates that may sign a package, PEM")
    leser.add_argument("--modus", choices=("TEST", "PROD"), default="TEST")
    leser.add_argument("--vert", default="127.0.0.1", help="address to listen on")
    leser.add_argument("--port", type=int, default=0, help="port to listen on; 0 lets the system choose")
    return leser.parse_args(argumenter)


if __name__ == "__main__":
    raise SystemExit(main())
