"""A ledger with its key store, on SQLite and on a real PostgreSQL server, and records of people who do not exist."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import MetaData

from deploy.lokalt.postgres import Postgres, start_postgres
from schemas.identer import check_personident
from tiltaksflyt.ledger import (
    Deltakelsesrad,
    Dokumentplass,
    Filnokkelvern,
    Ledger,
    LedgerFeil,
    NyForsendelse,
    nokler,
    open_key_store,
    open_ledger,
    tabeller,
)

AVSENDER = "889640782"
NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
I_DAG = date(2026, 3, 2)
ARBEIDER = Path(__file__).parent / "arbeider.py"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Not under tmp_path: its folders are closed to the user that runs the server when the tests run as root.
    katalog = Path(tempfile.mkdtemp(prefix="tiltaksflyt-pg-"))
    try:
        with start_postgres(katalog) as server:
            yield server
    finally:
        shutil.rmtree(katalog)


@pytest.fixture(scope="session")
def tomme(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The URLs of a migrated ledger and key store, which each test empties first: a new database costs 7 MB."""
    urler = postgres.create_database("ledger"), postgres.create_database("nokler")
    lager = open_key_store(urler[1], Filnokkelvern(tmp_path_factory.mktemp("kek")), create=True)
    open_ledger(urler[0], lager, create=True).close()
    return urler


def _empty(url: str, metadata: MetaData) -> None:
    with psycopg.connect(url) as conn:
        for tabell in reversed(metadata.sorted_tables):
            if tabell.name != "kjede_hode":
                conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(tabell.name)))
        if "kjede_hode" in metadata.tables:
            conn.execute("UPDATE kjede_hode SET antall = 0, hash = repeat('0', 64)")


@dataclass(frozen=True)
class Sted:
    """Where a ledger and its key store lie."""

    ledger_url: str
    nokler_url: str
    kek: Path
    er_sqlite: bool
    mappe: Path

    def open(self, *, create: bool = False) -> Ledger:
        lager = open_key_store(self.nokler_url, Filnokkelvern(self.kek), create=create)
        try:
            return open_ledger(self.ledger_url, lager, create=create, er_test=True)
        except LedgerFeil:
            lager.close()
            raise

    def start_workers(self, oppgave: str, antall: int, *mer: object) -> None:
        """Run the task in several processes that begin at the same moment; fail with the first one that fails."""
        startskudd = self.mappe / "start"
        argumenter = [antall, oppgave, self.ledger_url, self.nokler_url, self.kek, startskudd, *mer]
        prosess = subprocess.Popen(
            [sys.executable, "-W", "error", str(ARBEIDER), *map(str, argumenter)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            assert prosess.stdout is not None
            for _ in range(antall):
                linje = prosess.stdout.readline()
                assert linje == "klar\n", linje + prosess.stdout.read()
            startskudd.touch()
            ut, _ = prosess.communicate(timeout=300)
            assert prosess.returncode == 0, ut
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(prosess.pid, signal.SIGKILL)
            prosess.communicate()


def _sqlite_sted(mappe: Path) -> Sted:
    return Sted(
        f"sqlite:///{mappe / 'ledger.db'}",
        f"sqlite:///{mappe / 'nokler.db'}",
        mappe / "kek",
        er_sqlite=True,
        mappe=mappe,
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def sted(request: pytest.FixtureRequest) -> Sted:
    """An empty, migrated ledger on each kind of database."""
    valgt: Sted = request.getfixturevalue(f"{request.param}_sted")
    return valgt


@pytest.fixture
def sqlite_sted(tmp_path: Path) -> Sted:
    sted = _sqlite_sted(tmp_path)
    sted.open(create=True).close()
    return sted


@pytest.fixture
def postgresql_sted(tmp_path: Path, tomme: tuple[str, str]) -> Sted:
    ledger_url, nokler_url = tomme
    _empty(ledger_url, tabeller.metadata)
    _empty(nokler_url, nokler.metadata)
    return Sted(ledger_url, nokler_url, tmp_path / "kek", er_sqlite=False, mappe=tmp_path)


@pytest.fixture
def ledger(sted: Sted) -> Iterator[Ledger]:
    with sted.open() as ledger:
        yield ledger


def _synthetic_ident() -> str:
    """A number of nobody: the month carries + 80, which no living person's has."""
    for lopenr in range(100_00):
        ident = f"158390{lopenr:05d}"
        if check_personident(ident).gyldig and check_personident(ident).er_syntetisk:
            return ident
    raise AssertionError("no synthetic number found")


@dataclass(frozen=True)
class Kanari:
    """Values that may stand nowhere in clear."""

    ident: str
    fornavn: str
    etternavn: str
    deltakelse_id: str
    deltaker_id: str
    fritekst: str

    def values(self) -> tuple[str, ...]:
        return tuple(vars(self).values())


@pytest.fixture(scope="session")
def kanari() -> Kanari:
    return Kanari(
        ident=_synthetic_ident(),
        fornavn="Kanarifuglia",
        etternavn="Gulfjærsen",
        deltakelse_id="EKSTERN-DELTAKELSE-4711",
        deltaker_id="EKSTERN-DELTAKER-4711",
        fritekst="vil bli baker i Testvika",
    )


Bygger = Callable[..., dict[str, Any]]


@pytest.fixture
def post(kanari: Kanari) -> Bygger:
    def build(nr: str = "", /, **tabeller: Any) -> dict[str, Any]:
        """A canonical record; `nr` makes another deltakelse of another person, `deltakelse` changes its own row."""
        egen = tabeller.pop("deltakelse", {})
        return {
            "deltaker": {
                "deltakerId": kanari.deltaker_id + nr,
                "personident": kanari.ident,
                "fornavn": kanari.fornavn,
                "etternavn": kanari.etternavn,
                "navEnhet": "0315",
            },
            "deltakelse": {
                "deltakelseId": kanari.deltakelse_id + nr,
                "deltakerId": kanari.deltaker_id + nr,
                "tiltakskode": "ARBEIDSFORBEREDENDE_TRENING",
                "status": "DELTAR",
                "startDato": "2026-01-05",
                "avdelingOrgnr": "974760673",
                **egen,
            },
            **tabeller,
        }

    return build


def last_day(rad: Deltakelsesrad) -> date:
    """A stand-in for the rules' own function: the ledger only asks it and keeps the answer."""
    return (rad.slutt_dato or rad.sist_i_drop) + timedelta(days=84)


Lagrer = Callable[..., str]


@pytest.fixture
def store(post: Bygger) -> Lagrer:
    def lagre(ledger: Ledger, nr: str = "", /, *, dag: date = I_DAG, **tabeller: Any) -> str:
        return ledger.deltakelser.store(
            AVSENDER, post(nr, **tabeller), kildesystem="Fagsystem", accepted_on=dag, siste_dag=last_day
        )

    return lagre


Dokumentbygger = Callable[..., Dokumentplass]


@pytest.fixture
def build_document(kanari: Kanari) -> Dokumentbygger:
    def bygg(
        ledger: Ledger,
        ref: str,
        type: str = "PLAN",
        nummer: int = 1,
        *,
        tekst: str = "",
        forsendelser: Sequence[NyForsendelse] = (NyForsendelse("0315"),),
    ) -> Dokumentplass:
        plass = ledger.dokumenter.reserve(ref, type, nummer)
        innhold = {"meldingId": plass.melding_id, "personident": kanari.ident, "hensikt": kanari.fritekst + tekst}
        assert ledger.dokumenter.add(
            plass,
            innhold,
            grunnlag={"hensikt": kanari.fritekst + tekst},
            forsendelser=forsendelser,
            klar_dato=I_DAG,
            bygget=NA,
        )
        return plass

    return bygg
