"""What holds for every DAG: it can be read, it is there, it has an owner, an alert route and a pool that exists."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

# pathspec has renamed the class that Airflow 3.3.2 reads .airflowignore with.
pytestmark = pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")

ROT = Path(__file__).parents[2]
REGISTER = ("mottak", "rapportering", "levering", "kvittering", "frister", "sletting", "vedlikehold")
OSLO = ZoneInfo("Europe/Oslo")
Starter = Callable[[str, datetime, datetime], list[datetime]]
TUNGE = ("pandas", "great_expectations", "tiltaksflyt.pipeline", "tiltaksflyt.ledger", "sqlalchemy", "typst", "lxml")


@pytest.fixture(scope="module")
def dager() -> dict[str, Any]:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(ROT / "dags")
    assert bag.import_errors == {}
    return dict(bag.dags)


def test_the_bag_holds_the_seven_steps_and_nothing_else(dager: dict[str, Any]) -> None:
    assert sorted(dager) == sorted(REGISTER)


@pytest.mark.parametrize("navn", REGISTER)
class TestEveryDag:
    def test_says_who_owns_it_and_what_it_does(self, dager: dict[str, Any], navn: str) -> None:
        dag = dager[navn]
        assert dag.owner == "tiltaksflyt-drift"
        assert dag.tags == {"tiltaksflyt", navn}
        for felt in ("| in |", "| out |", "| when |", "| again |", "| fails |", f"docs/pipeline/{navn}.md"):
            assert felt in dag.doc_md

    def test_alerts_when_it_fails(self, dager: dict[str, Any], navn: str) -> None:
        from dags.ramme import varsle

        ruter = [dager[navn].on_failure_callback] + [oppgave.on_failure_callback for oppgave in dager[navn].tasks]
        assert all((rute if isinstance(rute, list) else [rute]) == [varsle] for rute in ruter)

    def test_retries_with_back_off(self, dager: dict[str, Any], navn: str) -> None:
        for oppgave in dager[navn].tasks:
            if oppgave.task_id in {
                "vakt",
                "alle_mottatt",
                "alle_bygget",
            }:  # what they tell does not pass by asking again
                assert oppgave.retries == 0
                continue
            assert oppgave.retries == 3
            assert oppgave.retry_delay == timedelta(seconds=30)
            assert oppgave.retry_exponential_backoff == 2
            assert oppgave.max_retry_delay == timedelta(minutes=15)
            assert oppgave.execution_timeout == timedelta(hours=1)

    def test_runs_one_at_a_time_and_makes_up_for_nothing_older_than_the_last(
        self, dager: dict[str, Any], navn: str
    ) -> None:
        dag = dager[navn]
        assert (dag.max_active_runs, dag.catchup, dag.start_date) == (1, False, None)
        assert dag.dagrun_timeout == timedelta(hours=6)

    def test_takes_an_optional_day(self, dager: dict[str, Any], navn: str) -> None:
        from airflow.sdk.exceptions import ParamValidationError

        parameter = dager[navn].params.get_param("dato")
        assert parameter.resolve() is None
        assert parameter.resolve("2026-03-29") == "2026-03-29"
        for galt in ("29.03.2026", "2026-02-30", "i går", 20260329):
            with pytest.raises(ParamValidationError):
                parameter.resolve(galt)

    def test_is_a_table_of_contents(self, navn: str) -> None:
        tekst = (ROT / "dags" / f"{navn}.py").read_text(encoding="utf-8")
        assert len(tekst.splitlines()) < 150
        for tegn in ("{{ ds", "data_interval", "logical_date", "get_current_context", "date.today", "datetime.now"):
            assert tegn not in tekst

    def test_has_every_task_inside_the_boundary_of_its_step(self, dager: dict[str, Any], navn: str) -> None:
        for oppgave in dager[navn].tasks:
            if oppgave.task_type != "EmptyOperator":
                assert oppgave.python_callable.__code__.co_filename.endswith("tiltaksflyt/grense.py"), oppgave.task_id

    def test_hands_on_one_value_per_task(self, dager: dict[str, Any], navn: str) -> None:
        """[a function annotated to return a dict would otherwise push each key as an XCom of its own]"""
        for oppgave in dager[navn].tasks:
            assert oppgave.task_type == "EmptyOperator" or oppgave.multiple_outputs is False

    def test_names_a_mapped_task_by_an_id_of_its_own(self, dager: dict[str, Any], navn: str) -> None:
        for oppgave in dager[navn].tasks:
            if oppgave.is_mapped:
                assert re.fullmatch(
                    r"\{\{ task\.op_kwargs\['(leveranse_id'\]|orgnumre'\] \| join\(' '\)) \}\}|",
                    oppgave.map_index_template or "",
                )

    def test_stands_in_the_overview(self, dager: dict[str, Any], navn: str) -> None:
        side = (ROT / "docs" / "dag-oversikt.md").read_text(encoding="utf-8")
        timetable = getattr(dager[navn].timetable, "timetable", dager[navn].timetable)
        [rad] = [linje for linje in side.splitlines() if linje.startswith(f"| {navn} |")]
        assert f"`{timetable.expression}`" in rad
        for oppgave in dager[navn].tasks:
            assert f"`{navn}.{oppgave.task_id}`" in side


def test_every_pool_exists_and_none_is_idle(dager: dict[str, Any]) -> None:
    """[an undefined pool passes dag.test() and hangs for ever in the scheduler]"""
    pools = json.loads((ROT / "deploy" / "pools.json").read_text(encoding="utf-8"))
    brukt = {oppgave.pool for dag in dager.values() for oppgave in dag.tasks}
    assert brukt == set(pools)
    for pool in pools.values():
        assert pool["slots"] >= 1
        assert pool["description"]


def test_nothing_heavy_is_imported_when_the_dags_are_read() -> None:
    """In a new process, where nothing else has imported it already."""
    program = (
        "import sys, importlib, airflow.sdk, airflow.providers.standard.operators.empty\n"
        "import airflow.providers.standard.decorators.python\n"
        "for_ = set(sys.modules)\n"
        f"for navn in {(*REGISTER, 'ramme', 'metadata')!r}: importlib.import_module('dags.' + navn)\n"
        "print(*sorted(set(sys.modules) - for_))\n"
    )
    resultat = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    nye = resultat.stdout.split()
    assert "dags.mottak" in nye
    assert [modul for modul in nye if any(modul == tung or modul.startswith(f"{tung}.") for tung in TUNGE)] == []


def test_only_dags_are_read_as_dags() -> None:
    """The modules beside them would otherwise be imported twice, under two names."""
    from airflow.utils.file import list_py_file_paths

    assert sorted(Path(fil).stem for fil in list_py_file_paths(ROT / "dags")) == sorted(REGISTER)


@pytest.fixture(scope="module")
def starter(dager: dict[str, Any]) -> Starter:
    """The scheduled starts of a DAG in [from, to], as the scheduler reckons them."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import DataInterval, TimeRestriction
    from pendulum import instance

    timetables = {
        navn: DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable for navn, dag in dager.items()
    }

    def find(navn: str, fra: datetime, til: datetime) -> list[datetime]:
        grense = TimeRestriction(earliest=instance(fra), latest=instance(til), catchup=True)
        funnet: list[datetime] = []
        sist = None
        while info := timetables[navn].next_dagrun_info(last_automated_data_interval=sist, restriction=grense):
            funnet.append(info.run_after)
            sist = DataInterval.exact(info.run_after)
        return funnet

    return find


@pytest.mark.parametrize("navn", REGISTER)
def test_no_scheduled_run_starts_in_hour_2(starter: Starter, navn: str) -> None:
    """Every night of a year with its two switches, 28 March and 31 October 2027, where hour 2 comes 0 and 2 times."""
    forste = datetime(2027, 1, 1, tzinfo=UTC)
    timene = [forste + timedelta(hours=antall) for antall in range(365 * 24)]
    hour_2 = [start for start in timene if start.astimezone(OSLO).hour == 2]
    assert len(hour_2) == 365
    assert [start for fra in hour_2 for start in starter(navn, fra, fra + timedelta(minutes=59, seconds=59))] == []


@pytest.mark.parametrize(
    ("navn", "dag", "antall"),
    [
        ("mottak", date(2027, 3, 27), 23 * 12),
        ("mottak", date(2027, 3, 28), 23 * 12),  # the hour that is left out is the one that is never used
        ("mottak", date(2027, 10, 31), 23 * 12),  # the hour that comes twice likewise
        ("kvittering", date(2027, 10, 31), 23 * 4),
        ("sletting", date(2027, 3, 28), 1),
        ("sletting", date(2027, 10, 31), 1),
        ("vedlikehold", date(2027, 3, 28), 1),
        ("vedlikehold", date(2027, 10, 31), 1),
        ("frister", date(2027, 10, 31), 1),
        ("rapportering", date(2027, 3, 28), 1),
        ("levering", date(2027, 3, 26), 15 * 4),  # a Friday
        ("levering", date(2027, 3, 27), 0),
    ],
)
def test_a_day_has_its_runs_also_when_it_has_23_or_25_hours(
    starter: Starter, navn: str, dag: date, antall: int
) -> None:
    fra = datetime.combine(dag, time(), OSLO).astimezone(UTC)
    til = datetime.combine(dag + timedelta(days=1), time(), OSLO).astimezone(UTC) - timedelta(seconds=1)
    assert len(starter(navn, fra, til)) == antall


@pytest.mark.parametrize(
    ("navn", "klokken"),
    [("rapportering", time(6, 0)), ("frister", time(6, 30)), ("sletting", time(0, 15)), ("vedlikehold", time(4, 0))],
)
def test_a_daily_run_starts_at_the_same_hour_in_oslo_all_year(starter: Starter, navn: str, klokken: time) -> None:
    starts = starter(navn, datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 12, 31, 22, 59, tzinfo=UTC))
    assert [start.astimezone(OSLO).timetz().replace(tzinfo=None) for start in starts] == [klokken] * 365


def test_the_dead_mans_switch_knows_every_dag_and_its_longest_pause(starter: Starter) -> None:
    from dags.vedlikehold import TAUSHET

    assert set(TAUSHET) == set(REGISTER)
    for navn, lengst in TAUSHET.items():
        # From Thursday to Tuesday, around the night with 25 hours.
        starts = starter(navn, datetime(2027, 10, 28, tzinfo=UTC), datetime(2027, 11, 2, 12, tzinfo=UTC))
        pause = max(neste - denne for denne, neste in pairwise(starts))
        assert timedelta(minutes=45) <= lengst - pause <= timedelta(hours=4), (navn, pause)


def test_a_run_missed_while_the_machine_was_off_is_made_up_for_at_once(dager: dict[str, Any]) -> None:
    """One run, for the latest time it was due: a deletion waits no longer than the machine was off."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import DataInterval, TimeRestriction
    from pendulum import instance

    naa = datetime.now(UTC)
    uten_start = TimeRestriction(earliest=None, latest=None, catchup=False)
    # All of them, since a cron that was due a short while ago would be made up for in any case.
    for navn in ("sletting", "vedlikehold", "rapportering", "frister"):
        timetable = DagSerialization.from_dict(DagSerialization.to_dict(dager[navn])).timetable
        for sist in (None, DataInterval.exact(instance(naa - timedelta(days=5)))):
            info = timetable.next_dagrun_info(last_automated_data_interval=sist, restriction=uten_start)
            assert info is not None
            assert naa - timedelta(days=1, hours=1) < info.run_after <= naa, navn
