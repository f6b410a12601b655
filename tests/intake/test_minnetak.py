"""A file that asks for all the memory there is gets a deviation, in a process of half a gigabyte."""

import subprocess
import sys
from pathlib import Path

import pytest

TAK_MB = 512
PROGRAM = "tests.intake.bomber"
ROT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("bombe", "regel"),
    [
        ("declared", "FIL003"),
        ("lying", "FIL003"),
        ("padded", "FIL003"),
        ("grid", "FIL003"),
        ("cells", "FIL003"),
        ("strings", "FIL003"),
        ("entity", "FIL003"),
        ("json", "FIL003"),
        ("json rows", "FIL009"),
        ("lines", ""),
        ("xml", "FIL003"),
        ("xml rows", "FIL003"),
        ("xml depth", "FIL002"),
        ("line", "FIL003"),
        ("quotes", "FIL002"),
        ("one text", "FIL003"),
        ("shared", "FIL003"),
        ("csv text", "FIL003"),
        ("json text", "FIL003"),
        ("json letters", "FIL003"),
        ("json escapes", "FIL003"),
        ("xml text", "FIL003"),
        ("xml letters", "FIL003"),
        ("unknown", "FIL003"),
        ("faults", "FIL003"),
        ("rows", ""),
        ("parquet page", "FIL003"),
        ("parquet text", "FIL003"),
        ("parquet cells", "FIL003"),
        ("parquet rows", "FIL003"),
        ("entries", "FIL003"),
    ],
)
def test_a_bomb_costs_less_than_half_a_gigabyte(bombe: str, regel: str) -> None:
    kjoring = subprocess.run(
        [sys.executable, "-m", PROGRAM, bombe], cwd=ROT, capture_output=True, text=True, timeout=300
    )
    assert kjoring.returncode == 0, kjoring.stderr[-2000:]
    svar, megabyte = kjoring.stdout.rstrip("\n").split(" ")
    assert svar == regel
    assert int(megabyte) < TAK_MB
