"""Fuzzes the readers of the door for as long as one likes: `make fuzz FORMAT=xlsx SECONDS=600`.

Coverage-guided by atheris, from one good file of the format, with the changes that the tests use beside libFuzzer's
own. Every answer must hold what tests/intake/svarkrav.py says. What breaks it, or takes more than the memory or the
time it may, is written to var/fuzz/FORMAT-…: mend the fault, and move the file to tests/intake/funn/, where it is
read by the tests from then on.
"""

import argparse
import io
import logging
import random
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import atheris

from schemas.oppsett import Avsender

with atheris.instrument_imports(include=["tiltaksflyt.intake"]):
    from tests.intake.mutasjoner import GODE, spoil
    from tests.intake.svarkrav import check_answer
    from tiltaksflyt.intake import read_drop

FOLDER = Path("var/fuzz")
MAKS_BYTE = 65_536
# What the process takes before a file is read is some 250 MB here, where every branch is counted.
MINNE_MB = 768
SEKUNDER_PER_FIL = 30
MOTTATT = datetime(2026, 3, 2, 8, tzinfo=UTC)
AVSENDER = Avsender(
    orgnr="810000000",
    konsern_orgnr=None,
    navn="Fjordheim Arbeidsinkludering AS",
    rapporterer_fra=date(2026, 1, 1),
    profil=None,
    maalform="nb",
    kildesystem="Vekstfag",
    omfang="FULL",
    modus="TEST",
    filnavn=None,
    tillatte_personopplysninger=frozenset(),
    adressebeskyttelse_rutine=None,
)


def drop(data: bytes, logg: io.StringIO) -> None:
    """Drop one file, and hold the answer against what must hold of every answer."""
    logg.seek(0)
    logg.truncate()
    lesing = read_drop(data, filnavn="mal", avsender=AVSENDER, mottatt=MOTTATT, modus="TEST")
    check_answer(lesing, logg.getvalue())


def mutate(data: bytes, maks_byte: int, fro: int) -> bytes:
    """Half the time a change that knows the format, half the time one of libFuzzer's own."""
    tilfeldig = random.Random(fro)  # noqa: S311  not for secrets
    if tilfeldig.random() < 0.5:
        return bytes(atheris.Mutate(data, maks_byte))
    try:
        return spoil(data, tilfeldig)[:maks_byte]
    except Exception:
        # Too spoilt already to be taken apart and put together again.
        return bytes(atheris.Mutate(data, maks_byte))


def main() -> None:
    leser = argparse.ArgumentParser(description=__doc__)
    leser.add_argument("format", choices=sorted(GODE))
    leser.add_argument("sekunder", type=int)
    valg = leser.parse_args()
    korpus = FOLDER / valg.format
    korpus.mkdir(parents=True, exist_ok=True)
    (korpus / "god").write_bytes(GODE[valg.format]())
    logg = io.StringIO()
    logging.basicConfig(stream=logg, level=logging.WARNING)
    libfuzzer = [
        sys.argv[0],
        str(korpus),
        f"-max_total_time={valg.sekunder}",
        f"-max_len={MAKS_BYTE}",
        f"-rss_limit_mb={MINNE_MB}",
        f"-timeout={SEKUNDER_PER_FIL}",
        f"-artifact_prefix={FOLDER}/{valg.format}-",
        "-print_final_stats=1",
    ]
    atheris.Setup(libfuzzer, lambda data: drop(data, logg), custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
