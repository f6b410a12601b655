"""What every DAG has in common: its schedule in Oslo time, its day, its retries and its alert route."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from airflow.sdk import Asset, Context, CronTriggerTimetable, Param, get_current_context, task

from tiltaksflyt.grense import boundary

if TYPE_CHECKING:
    from airflow.sdk.bases.decorator import Task

    from tiltaksflyt.pipeline.omgivelser import Omgivelser

P = ParamSpec("P")
R = TypeVar("R")

MOTTATT = Asset("tiltaksflyt://mottatt")
"""Something was accepted. It only hurries rapportering: the daily run finds what an event lost."""

_LOGG = logging.getLogger("tiltaksflyt.varsel")


def standard(navn: str) -> dict[str, Any]:
    """The arguments that all seven DAGs share. The pool bears the step's own name (deploy/pools.json)."""
    return {
        "dag_id": navn,
        "tags": ["tiltaksflyt", navn],
        "catchup": False,
        # Two runs of one step at once would be safe (claims are leases), but they would only wait for each other.
        "max_active_runs": 1,
        # A run that hangs would hold the one place for ever.
        "dagrun_timeout": timedelta(hours=6),
        "params": {
            "dato": Param(
                None,
                type=["null", "string"],
                format="date",
                title="Day",
                description="The day to run as, YYYY-MM-DD in Oslo. Empty: the day of the run.",
            )
        },
        "on_failure_callback": varsle,
        "default_args": {
            "owner": "tiltaksflyt-drift",
            "pool": navn,
            "retries": 3,
            "retry_delay": timedelta(seconds=30),
            "retry_exponential_backoff": 2,
            "max_retry_delay": timedelta(minutes=15),
            "execution_timeout": timedelta(hours=1),
            "on_failure_callback": varsle,
        },
    }


def oslo(cron: str) -> CronTriggerTimetable:
    """The cron expression as Oslo's clock shows it. Nothing may start in hour 2, which a switch repeats or leaves out.

    The latest missed run is caught up at start-up, also on the first day: a deletion that was due while
    the machine was off is done when it is on again.
    """
    return CronTriggerTimetable(cron, timezone="Europe/Oslo", run_immediately=True)


def oppgave(steg: str, **valg: object) -> Callable[[Callable[P, R]], "Task[P, R]"]:
    """A task inside the boundary of its step. It hands on one value: an id, a list of ids, or counts."""

    def wrap(funksjon: Callable[P, R]) -> "Task[P, R]":
        return task(multiple_outputs=False, **valg)(boundary(steg)(funksjon))

    return wrap


@contextmanager
def omgivelser() -> Iterator["Omgivelser"]:
    """The ledger, the bucket and the set-up that the environment names, open for one task. Imported only here."""
    from tiltaksflyt.pipeline.klokkevakt import beat
    from tiltaksflyt.pipeline.omgivelser import from_environment

    with from_environment() as om:
        beat(om, now())
        yield om


def dagens_dato(om: "Omgivelser") -> date:
    """Today, for the running task: the day asked for, else the day in Oslo on which the run was due.

    The one place that decides it. `ds` and templates are UTC, and unset in asset-triggered runs. A test deployment has
    a stored clock that the demo moves forward, and every run without a day of its own follows that.

    Raises FramtidigDato when a production deployment is asked for a day that has not come.
    """
    from tiltaksflyt.pipeline import klokke

    kontekst = get_current_context()
    i_dag = klokke.day_of(om, kontekst["dag_run"].run_after)
    valgt = kontekst["params"]["dato"]
    dato = date.fromisoformat(valgt) if valgt else i_dag
    om.refuse_future(dato, i_dag)
    return dato


def now() -> datetime:
    """The instant, UTC: for leases, time stamps and the age of a file; never to decide which day it is."""
    return datetime.now(UTC)


def varsle(kontekst: Context) -> None:
    """The alert route: one line of ids in the log, and in the file TILTAKSFLYT_VARSLER that operations watch.

    Never the exception's text. A failed task says which, with its code. A failed run says so once more, with a `grunn`
    such as `timed_out`: a run can fail without any task of it failing.
    """
    feil = kontekst.get("exception")
    _tell(
        kontekst,
        grunn=kontekst.get("reason"),
        kode=getattr(feil, "kode", None),
        feil_id=getattr(feil, "feil_id", None),
    )


def varsle_om(kode: str, antall: int) -> None:
    """The same route for what fails nothing and still needs a person, told by the running task: a code and how many."""
    _tell(get_current_context(), kode=kode, antall=antall)


def _tell(
    kontekst: Context,
    *,
    kode: str | None,
    grunn: str | None = None,
    feil_id: str | None = None,
    antall: int | None = None,
) -> None:
    kjoring = kontekst["dag_run"]
    oppgave_ = kontekst.get("task_instance")
    varsel = {
        "tid": now().isoformat(timespec="seconds"),
        "dag": kjoring.dag_id,
        "kjoring": kjoring.run_id,
        "oppgave": oppgave_.task_id if oppgave_ else None,
        "indeks": oppgave_.map_index if oppgave_ else None,
        "grunn": grunn,
        "kode": kode,
        "feilId": feil_id,
        "antall": antall,
    }
    linje = json.dumps(varsel, ensure_ascii=False)
    _LOGG.error("varsel %s", linje)
    if fil := os.environ.get("TILTAKSFLYT_VARSLER"):
        with Path(fil).open("a", encoding="utf-8") as varsler:
            varsler.write(linje + "\n")
