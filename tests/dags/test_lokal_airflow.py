"""The local Airflow as a whole: it starts, its scheduler runs DAGs in all three ways, it stops and leaves nothing."""

import json
import os
import re
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import psutil
import pytest

from deploy.lokalt.airflow import LokalAirflow

pytestmark = pytest.mark.e2e

OSLO = ZoneInfo("Europe/Oslo")
KANARI = "ola.nordmann-17"

# `forst` runs by cron and by hand; `sist` by the asset, its own time being long past; `svikt` fails with a value in
# hand; `minne` reaches Airflow's database from inside a task.
DAGER = """
import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, AssetOrTimeSchedule, dag

from dags.metadata import prune, quiet_since
from dags.ramme import dagens_dato, now, omgivelser, oppgave, oslo, standard

HENDELSE = Asset("prove://hendelse")


def arg(navn):
    felles = standard(navn)
    felles["default_args"] |= {"pool": "mottak", "retries": 0}
    return felles


@dag(schedule=oslo("* * * * *"), **arg("forst"))
def forst():
    @oppgave("prove", outlets=[HENDELSE])
    def dato() -> str:
        with omgivelser() as om:
            return dagens_dato(om).isoformat()

    dato()


@dag(schedule=AssetOrTimeSchedule(timetable=oslo("0 12 1 1 *"), assets=[HENDELSE]), **arg("sist"))
def sist():
    @oppgave("prove")
    def dato() -> str:
        with omgivelser() as om:
            return dagens_dato(om).isoformat()

    dato()


@dag(schedule=None, **arg("svikt"))
def svikt():
    @oppgave("prove")
    def feil() -> None:
        raise ValueError(os.environ["KANARI"])

    feil()


@dag(schedule=None, **arg("minne"))
def minne():
    @oppgave("prove")
    def stille() -> list[str]:
        return sorted(quiet_since())

    @oppgave("prove")
    def rydd() -> dict[str, int]:
        return prune(now() - timedelta(days=14))

    stille() >> rydd()


forst()
sist()
svikt()
minne()
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, tiltaksmiljo: dict[str, str]) -> Iterator[LokalAirflow]:
    rot = tmp_path_factory.mktemp("lokal")
    (rot / "dager").mkdir()
    (rot / "dager" / "prove.py").write_text(DAGER, encoding="utf-8")
    miljo = {**tiltaksmiljo, "KANARI": KANARI, "TILTAKSFLYT_VARSLER": str(rot / "varsler.jsonl")}
    lokal = LokalAirflow(rot / "airflow", miljo, dags=rot / "dager", samtidige=2)
    try:
        lokal.start()
        yield lokal
    finally:
        lokal.stop()


def _processes(airflow: LokalAirflow) -> list[psutil.Process]:
    """The programs, the tasks, and whatever else they have started, also in process groups of their own."""
    programmer = [psutil.Process(pid) for pid in airflow.pider.values()]
    return [*programmer, *(barn for program in programmer for barn in program.children(recursive=True))]


def _is_gone(prosess: psutil.Process) -> bool:
    return not prosess.is_running() or prosess.status() == psutil.STATUS_ZOMBIE


def _query(airflow: LokalAirflow, sporring: str, *verdier: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(airflow.katalog / "airflow.db", timeout=30)) as base:
        rader = base.execute(sporring, verdier).fetchall()
        base.commit()
    return rader


def _dates(airflow: LokalAirflow, dag_id: str, run_type: str) -> set[tuple[str, str]]:
    """(the day that a run said it was, the day it was due in Oslo) for the runs of one kind."""
    rader = _query(
        airflow,
        "SELECT x.value, r.run_after FROM xcom x JOIN dag_run r ON r.id = x.dag_run_id"
        " WHERE r.dag_id = ? AND r.run_type = ? AND x.key = 'return_value'",
        dag_id,
        run_type,
    )
    return {
        (
            json.loads(str(verdi)),
            datetime.fromisoformat(str(due)).replace(tzinfo=UTC).astimezone(OSLO).date().isoformat(),
        )
        for verdi, due in rader
    }


def _wait_for_run(airflow: LokalAirflow, dag_id: str, run_type: str) -> None:
    slutt = time.monotonic() + 60
    while (dag_id, run_type, "success") not in airflow.runs():
        assert time.monotonic() < slutt, f"no {run_type} run of {dag_id}"
        time.sleep(0.25)


def test_from_start_to_stop(airflow: LokalAirflow) -> None:
    """One test, since one start costs 20 seconds; the parts say what they check."""
    _is_healthy_and_reached_only_from_this_machine(airflow)
    _runs_dags_by_hand_by_cron_and_by_asset_and_each_knows_its_day(airflow)
    _a_failure_reaches_the_alert_route_and_its_value_reaches_nothing(airflow)
    _a_task_can_ask_and_prune_airflows_own_database(airflow)
    _keeps_its_files_to_the_owner(airflow)
    _stops_and_leaves_no_process(airflow)


def _is_healthy_and_reached_only_from_this_machine(airflow: LokalAirflow) -> None:
    assert 0 < airflow.oppstart_sekunder < 120
    lyttende = {
        forbindelse.laddr.ip
        for prosess in _processes(airflow)
        for forbindelse in prosess.net_connections("inet")
        if forbindelse.status == psutil.CONN_LISTEN
    }
    assert lyttende == {"127.0.0.1"}
    with closing(HTTPConnection(str(urlsplit(airflow.url).netloc), timeout=10)) as anonym:
        anonym.request("GET", "/api/v2/dags")
        assert anonym.getresponse().status == 401


def _runs_dags_by_hand_by_cron_and_by_asset_and_each_knows_its_day(airflow: LokalAirflow) -> None:
    run_id = airflow.trigger("forst", date(2031, 1, 2))
    assert airflow.wait("forst", run_id) == "success"
    assert airflow.task_states("forst", run_id) == [("dato", -1, "success")]
    for dag_id, run_type in (("forst", "scheduled"), ("sist", "asset_triggered"), ("sist", "scheduled")):
        _wait_for_run(airflow, dag_id, run_type)
    assert {sagt for sagt, _ in _dates(airflow, "forst", "manual")} == {"2031-01-02"}
    for dag_id, run_type in (("forst", "scheduled"), ("sist", "asset_triggered"), ("sist", "scheduled")):
        datoer = _dates(airflow, dag_id, run_type)
        assert datoer
        assert all(sagt == forfalt for sagt, forfalt in datoer)
    # Started for the first time, it made up for 1 January.
    assert {sagt[4:] for sagt, _ in _dates(airflow, "sist", "scheduled")} == {"-01-01"}


def _a_failure_reaches_the_alert_route_and_its_value_reaches_nothing(airflow: LokalAirflow) -> None:
    run_id = airflow.trigger("svikt")
    assert airflow.wait("svikt", run_id) == "failed"
    varsler = airflow.katalog.parent / "varsler.jsonl"
    varsel = json.loads(varsler.read_text(encoding="utf-8").splitlines()[0])
    assert (varsel["dag"], varsel["kjoring"], varsel["oppgave"]) == ("svikt", run_id, "feil")
    assert varsel["kode"] == "UVENTET_ValueError"
    filer = [fil for fil in airflow.katalog.rglob("*") if fil.is_file()]
    assert any(varsel["feilId"].encode() in fil.read_bytes() for fil in filer)
    assert [fil.name for fil in (*filer, varsler) if KANARI.encode() in fil.read_bytes()] == []


def _a_task_can_ask_and_prune_airflows_own_database(airflow: LokalAirflow) -> None:
    # The manual run of `svikt` is made to look 30 days old, with its log.
    gammel = (datetime.now(UTC) - timedelta(days=30)).strftime("%Y-%m-%d %H:%M:%S.%f")
    _query(airflow, "UPDATE dag_run SET start_date = ? WHERE dag_id = 'svikt'", gammel)
    _query(airflow, "UPDATE task_instance SET start_date = ? WHERE dag_id = 'svikt'", gammel)
    [logg] = (airflow.logger / "oppgaver").glob("dag_id=svikt/**/*.log")
    os.utime(logg, (0, 0))
    run_id = airflow.trigger("minne")
    assert airflow.wait("minne", run_id) == "success"
    svar = dict(
        _query(airflow, "SELECT task_id, value FROM xcom WHERE dag_id = 'minne' AND run_id = ?", run_id)  # type: ignore[arg-type]
    )
    assert set(json.loads(str(svar["stille"]))) >= {"forst", "sist", "svikt", "minne"}
    ryddet = json.loads(str(svar["rydd"]))
    assert (ryddet["dag_run"], ryddet["task_instance"], ryddet["loggfiler"]) == (1, 1, 1)
    assert _query(airflow, "SELECT dag_id FROM dag_run UNION SELECT dag_id FROM rendered_task_instance_fields") == [
        ("forst",),
        ("minne",),
        ("sist",),
    ]
    assert not (airflow.logger / "oppgaver" / "dag_id=svikt").exists()


def _keeps_its_files_to_the_owner(airflow: LokalAirflow) -> None:
    for fil in airflow.katalog.rglob("*"):
        forventet = 0o700 if fil.is_dir() else 0o600
        assert stat.S_IMODE(fil.stat().st_mode) == forventet, fil.name
    assert re.fullmatch(r"\S{12,}", airflow.passord)


def _stops_and_leaves_no_process(airflow: LokalAirflow) -> None:
    prosesser = _processes(airflow)
    sesjoner = set(airflow.pider.values())
    assert len(prosesser) >= 6  # the four programs, and the two that run tasks
    airflow.stop()
    assert [prosess.pid for prosess in prosesser if not _is_gone(prosess)] == []
    i_live = [prosess.pid for prosess in psutil.process_iter() if not _is_gone(prosess)]
    assert [pid for pid in i_live if _session(pid) in sesjoner] == []
    with pytest.raises(OSError, match="refused"):
        airflow.trigger("forst")


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None
