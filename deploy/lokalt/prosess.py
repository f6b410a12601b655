"""A small supervisor: one program, its own session, its log file, and its certain end.

A shell starts background jobs with SIGINT ignored, and SIGTERM to `airflow standalone` leaves its children behind. So
each program gets a session of its own, and `stop` ends with everything in that session. If the process that started it
dies without calling `stop`, the kernel sends SIGTERM instead (Linux, PR_SET_PDEATHSIG).
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PAUSE = 0.05


class Prosess:
    """One program under supervision. Start it from a thread that lives as long as the program shall."""

    def __init__(self, navn: str, kommando: Sequence[str], miljo: Mapping[str, str], logg: Path) -> None:
        self.navn = navn
        self.logg = logg
        self._kommando = tuple(kommando)
        self._miljo = dict(miljo)
        self._barn: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its session."""
        if self._barn is None:
            raise RuntimeError(f"{self.navn} is not started")
        return self._barn.pid

    def start(self) -> None:
        """Start the program with only the given environment; what it prints goes to the log file, mode 0600."""
        forelder = [sys.executable, "-m", "deploy.lokalt.prosess", str(os.getpid())]
        utgang = os.open(self.logg, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._barn = subprocess.Popen(  # noqa: S603  the command is ours
                [*forelder, *self._kommando],
                env=self._miljo,
                stdin=subprocess.DEVNULL,
                stdout=utgang,
                stderr=utgang,
                start_new_session=True,
            )
        finally:
            os.close(utgang)

    def kjorer(self) -> bool:
        """Whether the program itself is still running. Does not reap it: its number must not be given away yet."""
        if self._barn is None or self._barn.returncode is not None:
            return False
        return os.waitid(os.P_PID, self._barn.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def stop(self, frist_sekunder: float = 20.0) -> bool:
        """SIGTERM, then SIGKILL to whatever is left of the session. True when it ended by itself within the time.

        Safe to call twice, and on a program that has already ended.
        """
        if self._barn is None or self._barn.returncode is not None:
            return True
        if self.kjorer():
            self._barn.send_signal(signal.SIGTERM)
        frivillig = self._wait_until(time.monotonic() + frist_sekunder)
        # The leader is not reaped until the session is empty: until then the kernel gives its number to nobody else.
        while rester := [pid for pid in _session(self._barn.pid) if pid != self._barn.pid or self.kjorer()]:
            for pid in rester:
                _kill(pid)
            time.sleep(_PAUSE)
        self._barn.wait()
        return frivillig

    def hale(self, linjer: int = 20) -> str:
        """The last lines of the log, for an error that must say why."""
        return "\n".join(self.logg.read_text(encoding="utf-8", errors="replace").splitlines()[-linjer:])

    def _wait_until(self, slutt: float) -> bool:
        while self.kjorer():
            if time.monotonic() > slutt:
                return False
            time.sleep(_PAUSE)
        return True


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _session(sesjon: int) -> Iterator[int]:
    """The processes of a session that are not zombies, as the kernel lists them."""
    for mappe in Path("/proc").glob("[0-9]*"):
        try:
            # The name in parentheses may hold blanks and parentheses itself; what follows it is fixed.
            felt = (mappe / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        tilstand, sesjon_id = felt[0], int(felt[3])
        if sesjon_id == sesjon and tilstand not in {"Z", "X"}:
            yield int(mappe.name)


def _become(forelder: int, kommando: list[str]) -> None:
    """Turn this process into the program, bound to its parent's life, leaving files only for its owner."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != forelder:  # it died before we asked to be told
        raise SystemExit(1)
    os.umask(0o077)
    os.execvpe(kommando[0], kommando, os.environ)  # noqa: S606  no shell, and the command is ours


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
