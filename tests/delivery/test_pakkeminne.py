"""A package of thousands of documents is never in memory: measured in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

ANTALL, STORRELSE = 5000, 40_000
PROGRAM = """
import json, os, sys, uuid
from datetime import UTC, datetime
from pathlib import Path
from deploy.lokalt.pki import make_pki
from tiltaksflyt.delivery import Forsegling, Pakkedokument, build_package, load_certificate, load_own

antall, storrelse, mappe = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
pki = make_pki(mappe / "pki")
forsegling = Forsegling(load_own(pki.virksomhetsnokkel, pki.virksomhet), load_certificate(pki.mottaker))

def topp():
    # Not ru_maxrss, which begins at what the parent had when it started us.
    linjer = Path("/proc/self/status").read_text().splitlines()
    return next(int(linje.split()[1]) for linje in linjer if linje.startswith("VmHWM:")) // 1024

def dokumenter():
    for nummer in range(antall):
        yield Pakkedokument(
            melding_id=str(uuid.UUID(int=(nummer << 64) + (4 << 76))), dokumenttype="PLAN", versjon=1,
            tiltakskode="ARBEIDSFORBEREDENDE_TRENING", avsender_orgnr="310000019",
            filer={"dokument.pdf": os.urandom(storrelse), "dokument.xml": b"<x/>", "dokument.json": b"{}",
                   "arkivmelding.xml": b"<x/>", "journalpost.json": b"{}"},
        )

foer = topp()
bygget = build_package(
    dokumenter(), mappe / "pakke", leveranse_id=str(uuid.uuid4()), nav_enhet="0315", modus="TEST",
    opprettet=datetime.now(UTC), saltnokkel=os.urandom(32), forsegling=forsegling,
)
print(json.dumps({"foer": foer, "etter": topp(), "storrelse": bygget.pakke.storrelse}))
"""


def test_five_thousand_documents_stay_under_three_hundred_megabytes(tmp_path: Path) -> None:
    kjort = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ANTALL), str(STORRELSE), str(tmp_path)],
        capture_output=True,
        check=True,
        text=True,
    )
    maalt = json.loads(kjort.stdout)
    assert maalt["storrelse"] > ANTALL * STORRELSE
    assert maalt["etter"] < 300, maalt
