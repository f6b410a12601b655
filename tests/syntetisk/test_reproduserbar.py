"""The same seed gives the same bytes in every process, and memory does not grow with the number of deltakere."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import generate
from tiltaksflyt.syntetisk.skriving import write_drop

_SKRIV = """
import sys
from datetime import date
from pathlib import Path
from tiltaksflyt.syntetisk.demo import demo_drops
from tiltaksflyt.syntetisk.skriving import write_drop
for avsender, innsending in demo_drops(date(2026, 9, 14)):
    write_drop(innsending, avsender.format, Path(sys.argv[1]) / f"{avsender.arrangor.orgnr}.{avsender.format.endelse}")
"""

_MINNE = """
import argparse, re, sys
from pathlib import Path
from tiltaksflyt.syntetisk.kommando import add_arguments, run
parser = argparse.ArgumentParser()
add_arguments(parser)
run(parser.parse_args(["--arrangorer=1", *sys.argv[1:]]))
# Not ru_maxrss: that begins at what the parent had when it started us.
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""


def _python(program: str, *args: str, **miljo: str) -> str:
    """What a program in a process of its own says on its error stream."""
    kjort = subprocess.run(
        [sys.executable, "-c", program, *args],
        env={**os.environ, **miljo},
        capture_output=True,
        text=True,
        check=True,
    )
    return kjort.stderr


def _hashes(mappe: Path) -> dict[str, str]:
    return {fil.name: hashlib.sha256(fil.read_bytes()).hexdigest() for fil in sorted(mappe.iterdir())}


def test_two_processes_write_the_same_bytes_in_every_format(tmp_path: Path) -> None:
    mapper = [tmp_path / "en", tmp_path / "to"]
    for mappe, miljo in zip(
        mapper,
        ({"PYTHONHASHSEED": "1", "TZ": "UTC"}, {"PYTHONHASHSEED": "2", "TZ": "Pacific/Auckland", "LC_ALL": "C"}),
        strict=True,
    ):
        mappe.mkdir()
        _python(_SKRIV, str(mappe), **miljo)
    assert len(_hashes(mapper[0])) == 3
    assert _hashes(mapper[0]) == _hashes(mapper[1])


def test_another_seed_gives_other_persons(tmp_path: Path) -> None:
    idents = []
    for seed in (1, 2):
        (innsending,) = generate(seed, 20, date(2026, 8, 3), arrangorer=1)
        write_drop(innsending, Format.JSON, tmp_path / f"{seed}.json")
        idents.append({rad["personident"] for tabell, rad in innsending.rader() if tabell == "deltaker"})
    assert idents[0].isdisjoint(idents[1])
    assert (tmp_path / "1.json").read_bytes() != (tmp_path / "2.json").read_bytes()


@pytest.mark.parametrize("format_", list(Format))
def test_memory_does_not_grow_with_the_number_of_deltakere(tmp_path: Path, format_: Format) -> None:
    """Peak resident memory in KiB; five hundred deltakere held would be some forty megabytes."""
    valg = (f"--format={format_.value}", f"--ut={tmp_path}")
    fa, mange = (int(_python(_MINNE, f"--deltakere={antall}", *valg)) for antall in (150, 650))
    assert mange - fa < 10 * 1024
