"""Airflow on one machine, for the demo and the tests: our own four processes, on loopback, with an end.

Not `airflow standalone`: it leaves orphans and binds every interface. Here each program is started by itself, in a
session of its own. No triggerer: nothing defers.

Two api-servers, one for people and one for tasks. In one process they stop each other on SQLite: a person's request
waits for the write lock on the event loop, which the task's request that holds the lock needs to let it go (measured:
five seconds, then an error for both, and for the scheduler too if it waits at the same time).
"""

import configparser
import json
import os
import secrets
import socket
import sqlite3
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple, Self

from deploy.lokalt.prosess import Prosess

_ROT = Path(__file__).parents[2]
DAGS = _ROT / "dags"
POOLS = _ROT / "deploy" / "pools.json"
BRUKERNAVN = "admin"
_VERT = "127.0.0.1"
_FERDIG = frozenset({"success", "failed"})


class AirflowFeil(Exception):
    """Airflow did not do as it should; says what, and in which log to look."""


class Kjoring(NamedTuple):
    """One DAG run as the metadata database has it. `run_type`: scheduled, asset_triggered or manual."""

    dag_id: str
    run_type: str
    state: str


class LokalAirflow:
    """Airflow 3 with its state, secrets and logs in one folder. The tasks see `miljo` and nothing of our environment.

    A second start on the same folder goes on where the first stopped, on new ports.
    """

    brukernavn = BRUKERNAVN

    def __init__(
        self,
        katalog: Path,
        miljo: Mapping[str, str],
        *,
        dags: Path = DAGS,
        pools: Path = POOLS,
        samtidige: int = 3,
    ) -> None:
        self.katalog = katalog.resolve()
        self._dags = dags.resolve()
        self._pools = pools.resolve()
        self._samtidige = samtidige
        self._oppgavemiljo = dict(miljo)
        self._prosesser: list[Prosess] = []
        self._port = 0
        self._oppgaveport = 0
        self._token = ""
        self.oppstart_sekunder = 0.0

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *feil: object) -> None:
        """Stop, whatever happened."""
        self.stop()

    @classmethod
    def attach(cls, katalog: Path) -> Self:
        """An Airflow that another process has started in the folder and keeps running: to ask, not to stop."""
        airflow = cls(katalog, {})
        config = configparser.ConfigParser(interpolation=None)
        config.read(airflow.katalog / "airflow.cfg", encoding="utf-8")
        airflow._port = config.getint("api", "port")
        return airflow

    @property
    def url(self) -> str:
        """The address of the UI; only this machine reaches it."""
        return f"http://{_VERT}:{self._port}"

    @property
    def passord(self) -> str:
        """The password of the one user. It lies in a file of mode 0600 in the folder."""
        passordene: dict[str, str] = json.loads(self._passordfil.read_text(encoding="utf-8"))
        return passordene[BRUKERNAVN]

    @property
    def pider(self) -> dict[str, int]:
        """The process id of each program, while they run."""
        return {prosess.navn: prosess.pid for prosess in self._prosesser}

    @property
    def logger(self) -> Path:
        """The folder of the programs' own logs; the tasks' logs are in its subfolder `oppgaver`."""
        return self.katalog / "logger"

    def start(self, frist_sekunder: float = 180.0) -> None:
        """Make ready, start the programs, wait until they are healthy, and let every DAG run.

        Raises AirflowFeil, with everything stopped again, when a DAG cannot be read or the time is up.
        """
        begynte = time.monotonic()
        self.logger.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.katalog.chmod(0o700)
        self._port, self._oppgaveport = _free_ports()
        _write_private(self.katalog / "airflow.cfg", _as_text(self._config(self._secrets())))
        try:
            self._prepare(frist_sekunder)
            for navn, argumenter in (
                ("api-server", ["api-server", "--apps", "core"]),
                ("oppgave-api", ["api-server", "--apps", "execution", "--port", str(self._oppgaveport)]),
                ("scheduler", ["scheduler", "--skip-serve-logs"]),
                ("dag-processor", ["dag-processor"]),
            ):
                self._prosesser.append(self._start(navn, [sys.executable, "-m", "airflow", *argumenter]))
            self._wait_for(self._healthy, frist_sekunder, "Airflow is not healthy")
            self._call("PATCH", "/api/v2/dags?dag_id_pattern=%25", {"is_paused": False})
        except BaseException:
            self.stop()
            raise
        self.oppstart_sekunder = time.monotonic() - begynte

    def stop(self) -> None:
        """End everything that was started: first what gives out work, last what the tasks report to."""
        rekkefolge = sorted(self._prosesser, key=lambda prosess: prosess.navn in {"api-server", "oppgave-api"})
        for prosess in rekkefolge:
            prosess.stop()
        self._prosesser.clear()
        self._token = ""

    def trigger(self, dag_id: str, dato: date | None = None) -> str:
        """Start a manual run, as of `dato` when given; the run id comes back."""
        conf = {} if dato is None else {"dato": dato.isoformat()}
        svar = self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})
        return str(svar["dag_run_id"])

    def wait(self, dag_id: str, run_id: str, frist_sekunder: float = 120.0) -> str:
        """Wait for a run to end and return its state, `success` or `failed`. Raises AirflowFeil when the time is up."""
        tilstand = ""

        def ended() -> bool:
            nonlocal tilstand
            tilstand = str(self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])
            return tilstand in _FERDIG

        self._wait_for(ended, frist_sekunder, f"the run {run_id} of {dag_id} has not ended")
        return tilstand

    def runs(self) -> list[Kjoring]:
        """Every run there has been, oldest first, from the metadata database itself."""
        return [Kjoring(*rad) for rad in self._query("SELECT dag_id, run_type, state FROM dag_run ORDER BY id")]

    def successful(self, dag_id: str) -> list[str]:
        """The ids of the DAG's runs that ended well, oldest first."""
        sporring = "SELECT run_id FROM dag_run WHERE dag_id = ? AND state = 'success' ORDER BY id"
        return [run_id for (run_id,) in self._query(sporring, dag_id)]

    def task_states(self, dag_id: str, run_id: str) -> list[tuple[str, int, str]]:
        """(task, map index, state) of one run: what to look at when it failed."""
        svar = self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=1000")
        return [(rad["task_id"], rad["map_index"], str(rad["state"])) for rad in svar["task_instances"]]

    @property
    def _database(self) -> Path:
        return self.katalog / "airflow.db"

    @property
    def _passordfil(self) -> Path:
        return self.katalog / "passord.json"

    def _query(self, sporring: str, *verdier: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"{self._database.as_uri()}?mode=ro", uri=True, timeout=30)) as forbindelse:
            return forbindelse.execute(sporring, verdier).fetchall()

    def _secrets(self) -> dict[str, str]:
        """Made once and kept: a token or an encrypted connection from before a restart must still be readable."""
        fil = self.katalog / "hemmeligheter.json"
        if not fil.exists():
            _write_private(self._passordfil, json.dumps({BRUKERNAVN: secrets.token_urlsafe(12)}))
            nokler = {
                "fernet_key": urlsafe_b64encode(os.urandom(32)).decode(),
                "jwt_secret": secrets.token_urlsafe(48),
                "secret_key": secrets.token_urlsafe(48),
            }
            _write_private(fil, json.dumps(nokler))
        innhold: dict[str, str] = json.loads(fil.read_text(encoding="utf-8"))
        return innhold

    def _config(self, hemmelig: Mapping[str, str]) -> dict[str, dict[str, str | int | bool]]:
        return {
            "core": {
                "executor": "LocalExecutor",
                "parallelism": self._samtidige,
                "dags_folder": str(self._dags),
                "load_examples": False,
                "fernet_key": hemmelig["fernet_key"],
                "simple_auth_manager_users": f"{BRUKERNAVN}:admin",
                "simple_auth_manager_passwords_file": str(self._passordfil),
                "execution_api_server_url": f"http://{_VERT}:{self._oppgaveport}/execution/",
            },
            "database": {
                "sql_alchemy_conn": f"sqlite:///{self._database}",
                "sql_alchemy_connect_args": "deploy.lokalt.airflow_klargjoring.TALMODIG",
            },
            "api": {
                "host": _VERT,
                "port": self._port,
                "workers": 1,
                "base_url": self.url,
                "secret_key": hemmelig["secret_key"],
                "instance_name": "tiltaksflyt",
                "expose_config": False,
            },
            "api_auth": {"jwt_secret": hemmelig["jwt_secret"]},
            "dag_processor": {"parsing_processes": 1, "min_file_process_interval": 120},
            "logging": {
                "base_log_folder": str(self.logger / "oppgaver"),
                "dag_processor_child_process_log_directory": str(self.logger / "lesing"),
                "file_task_handler_new_folder_permissions": "0o700",
                "file_task_handler_new_file_permissions": "0o600",
                "colored_console_log": False,
            },
            "usage_data_collection": {"enabled": False},
        }

    def _environment(self) -> dict[str, str]:
        """Built from nothing: no AIRFLOW__ variable, proxy or home of the person who starts it comes along."""
        return {
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.defpath)),
            "HOME": str(self.katalog),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            # `-m airflow` must never mean a file of that name in the folder where this is started.
            "PYTHONSAFEPATH": "1",
            "AIRFLOW_HOME": str(self.katalog),
            "AIRFLOW_CONFIG": str(self.katalog / "airflow.cfg"),
            "GX_ANALYTICS_ENABLED": "false",
            **self._oppgavemiljo,
        }

    def _start(self, navn: str, kommando: list[str]) -> Prosess:
        prosess = Prosess(navn, kommando, self._environment(), self.logger / f"{navn}.log")
        prosess.start()
        return prosess

    def _prepare(self, frist_sekunder: float) -> None:
        klargjoring = [sys.executable, "-m", "deploy.lokalt.airflow_klargjoring", str(self._pools)]
        prosess = self._start("klargjoring", klargjoring)
        try:
            self._wait_for(lambda: not prosess.kjorer(), frist_sekunder, "the metadata database is not ready")
        finally:
            prosess.stop()
        [(feil,)] = self._query("SELECT group_concat(filename, ', ') FROM import_error")
        [(antall,)] = self._query("SELECT count(*) FROM dag")
        if feil or not antall:
            raise AirflowFeil(f"{feil or self._dags}: no DAG could be read from there; see {prosess.logg}")

    def _healthy(self) -> bool:
        for prosess in self._prosesser:
            if not prosess.kjorer():
                raise AirflowFeil(f"{prosess.navn} ended at once; its log {prosess.logg} ends with\n{prosess.hale()}")
        try:
            deler = _request(self._port, "GET", "/api/v2/monitor/health", None, None)[1]
            for_oppgaver, _ = _request(self._oppgaveport, "GET", "/execution/health", None, None)
        except (OSError, HTTPException):  # not listening yet
            return False
        return for_oppgaver == 200 and all(
            deler[del_]["status"] == "healthy" for del_ in ("metadatabase", "scheduler", "dag_processor")
        )

    def _call(self, metode: str, sti: str, innhold: Mapping[str, Any] | None = None) -> dict[str, Any]:
        status, svar = _request(self._port, metode, sti, innhold, self._token)
        if status == 401:  # no token yet, or it has run out
            innlogging = {"username": BRUKERNAVN, "password": self.passord}
            self._token = _request(self._port, "POST", "/auth/token", innlogging, None)[1]["access_token"]
            status, svar = _request(self._port, metode, sti, innhold, self._token)
        if status >= 400:
            raise AirflowFeil(f"{metode} {sti} answered {status}; see {self.logger / 'api-server.log'}")
        return svar

    def _wait_for(self, inntraff: Callable[[], bool], frist_sekunder: float, ellers: str) -> None:
        slutt = time.monotonic() + frist_sekunder
        while not inntraff():
            if time.monotonic() > slutt:
                raise AirflowFeil(f"{ellers} after {frist_sekunder:.0f} s; see the logs in {self.logger}")
            time.sleep(0.25)


def _request(
    port: int, metode: str, sti: str, innhold: Mapping[str, Any] | None, token: str | None
) -> tuple[int, dict[str, Any]]:
    hoder = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with closing(HTTPConnection(_VERT, port, timeout=30)) as forbindelse:
        forbindelse.request(metode, sti, None if innhold is None else json.dumps(innhold), hoder)
        svar = forbindelse.getresponse()
        tekst = svar.read()
    return svar.status, json.loads(tekst) if svar.status < 400 and tekst else {}


def _free_ports() -> tuple[int, int]:
    with closing(socket.socket()) as en, closing(socket.socket()) as annen:
        en.bind((_VERT, 0))
        annen.bind((_VERT, 0))
        return en.getsockname()[1], annen.getsockname()[1]


def _write_private(fil: Path, tekst: str) -> None:
    fil.unlink(missing_ok=True)
    with os.fdopen(os.open(fil, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as ut:
        ut.write(tekst)


def _as_text(config: Mapping[str, Mapping[str, str | int | bool]]) -> str:
    linjer = ["# Written at every start; what is changed here is lost."]
    for navn, valg in config.items():
        linjer += ["", f"[{navn}]", *(f"{nokkel} = {verdi}" for nokkel, verdi in valg.items())]
    return "\n".join(linjer) + "\n"
