"""The supervisor ends what it started, whatever that did with its signals and process groups."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.lokalt.prosess import Prosess

# A child in a process group of its own, as an Airflow task is, that does not listen; and its parent likewise.
STRIDIG = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgid(0, 0)
print(os.getpid(), flush=True)
time.sleep(60)
"""
LYDIG = "import time; print('klar', flush=True); time.sleep(60)"
FORELDER = """
import sys, time
from pathlib import Path
from deploy.lokalt.prosess import Prosess
prosess = Prosess("barn", [sys.executable, "-c", sys.argv[1]], {}, Path(sys.argv[2]))
prosess.start()
print(prosess.pid, flush=True)
time.sleep(60)
"""


def _lives(pid: int) -> bool:
    try:
        tilstand = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return tilstand != "Z"


def _wait(til: Callable[[], bool], sekunder: float = 10.0) -> bool:
    slutt = time.monotonic() + sekunder
    while not til():
        if time.monotonic() > slutt:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Prosess]]:
    startet: list[Prosess] = []

    def begin(program: str) -> Prosess:
        prosess = Prosess("prove", [sys.executable, "-c", program], {"EGEN": str(tmp_path)}, tmp_path / "prove.log")
        prosess.start()
        startet.append(prosess)
        return prosess

    yield begin
    for prosess in startet:
        prosess.stop(0)


def test_ends_a_program_that_listens(start: Callable[[str], Prosess]) -> None:
    prosess = start(LYDIG)
    assert _wait(lambda: "klar" in prosess.hale())
    assert prosess.kjorer()
    assert prosess.stop()
    assert not prosess.kjorer()
    assert not _lives(prosess.pid)
    assert prosess.stop()


def test_ends_a_program_and_its_children_that_do_not(start: Callable[[str], Prosess]) -> None:
    prosess = start(STRIDIG)
    assert _wait(lambda: len(prosess.hale().split()) == 2)
    pider = [int(pid) for pid in prosess.hale().split()]
    assert prosess.pid in pider
    assert all(_lives(pid) for pid in pider)
    assert not prosess.stop(0.2)
    assert not any(_lives(pid) for pid in pider)


def test_ends_what_a_program_left_behind_when_it_ended_by_itself(start: Callable[[str], Prosess]) -> None:
    prosess = start("import os, time\nif os.fork() == 0:\n    print(os.getpid(), flush=True)\n    time.sleep(60)\n")
    assert _wait(lambda: prosess.hale() != "" and not prosess.kjorer())
    etterlatt = int(prosess.hale())
    assert _lives(etterlatt)
    prosess.stop()
    assert not _lives(etterlatt)


def test_gives_only_the_environment_it_was_given_and_keeps_what_is_written_private(
    start: Callable[[str], Prosess], tmp_path: Path
) -> None:
    prosess = start("import os; open(os.environ['EGEN'] + '/skrevet', 'x'); print(sorted(os.environ))")
    assert _wait(lambda: not prosess.kjorer())
    assert "EGEN" in prosess.hale()
    assert "PATH" not in prosess.hale()
    for fil in (prosess.logg, tmp_path / "skrevet"):
        assert stat.S_IMODE(fil.stat().st_mode) == 0o600


def test_a_program_does_not_outlive_the_one_that_started_it(tmp_path: Path) -> None:
    forelder = subprocess.Popen(
        [sys.executable, "-c", FORELDER, LYDIG, str(tmp_path / "barn.log")], stdout=subprocess.PIPE, text=True
    )
    assert forelder.stdout is not None
    with forelder.stdout:
        barn = int(forelder.stdout.readline())
    try:
        assert _wait(lambda: "klar" in (tmp_path / "barn.log").read_text(encoding="utf-8"))
        forelder.kill()
        forelder.wait()
        assert _wait(lambda: not _lives(barn))
    finally:
        if _lives(barn):
            os.kill(barn, signal.SIGKILL)
