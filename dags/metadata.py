"""Airflow's own database and logs: pruning them, and asking since when each DAG has been quiet.

A task may not open the metadata database; Airflow puts a false address in its environment. So the two questions are
answered by a program of their own, started without that variable. The true address must then stand in a file
(airflow.cfg, or AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD), where a password belongs in any case.
"""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

_LOGG = logging.getLogger("tiltaksflyt.varsel")
_FALSK_ADRESSE = ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CORE__SQL_ALCHEMY_CONN")
_TALTE = ("dag_run", "task_instance", "xcom", "rendered_task_instance_fields", "log", "asset_event")


class MetadataFeil(Exception):
    """The program that reads Airflow's database did not end well. Check that the address stands in a file."""

    kode = "AIRFLOW_METADATA"


class StilleDag(Exception):
    """A DAG has had no run that ended well for too long. Look at the scheduler, and at whether the DAG is paused."""

    kode = "STILLE_DAG"


def prune(before: datetime) -> dict[str, int]:
    """Delete what Airflow remembers from before an instant of the machine's clock; the counts of what went.

    Rows of every table that `airflow db clean` knows, with no archive copy, and the log files. The last run of each
    DAG stays, since the next one is reckoned from it. Safe to run twice.
    """
    return _run("prune", before.isoformat())


def quiet_since() -> dict[str, datetime]:
    """For each DAG, also a paused one: when a run of it last ended well, or else when anything first ran here."""
    return {dag_id: datetime.fromisoformat(tid) for dag_id, tid in _run("quiet_since").items()}


def check_quiet(siden: Mapping[str, datetime], taushet: Mapping[str, timedelta], now: datetime) -> int:
    """The dead man's switch: the number of DAGs that are heard from as they should.

    Raises StilleDag, and logs which, when a DAG has been quiet for longer than `taushet` allows, or is not there.
    """
    stille = [dag_id for dag_id, lengst in taushet.items() if dag_id not in siden or now - siden[dag_id] > lengst]
    if stille:
        _LOGG.error("quiet for too long: %s", ", ".join(stille))
        raise StilleDag("a DAG is quiet; the log says which")
    return len(taushet)


def _run(*kommando: str) -> dict[str, Any]:
    miljo = {navn: verdi for navn, verdi in os.environ.items() if navn not in _FALSK_ADRESSE}
    resultat = subprocess.run(  # noqa: S603  the command is ours
        [sys.executable, "-m", "dags.metadata", *kommando], env=miljo, capture_output=True, text=True, check=False
    )
    if resultat.returncode != 0:
        raise MetadataFeil("Airflow's database could not be read; does its address stand in a file?")
    # Airflow logs to standard output as well; the answer is the last line.
    svar: dict[str, Any] = json.loads(resultat.stdout.splitlines()[-1])
    return svar


def _prune(before: datetime) -> dict[str, int]:
    from airflow.utils.db_cleanup import run_cleanup

    tidligere = _counts()
    run_cleanup(clean_before_timestamp=before, confirm=False, skip_archive=True, error_on_cleanup_failure=True)
    igjen = _counts()
    _release_space()
    return {tabell: tidligere[tabell] - igjen[tabell] for tabell in _TALTE} | {"loggfiler": _prune_logs(before)}


def _counts() -> dict[str, int]:
    from airflow.utils.session import create_session
    from sqlalchemy import func, select, table

    with create_session() as sesjon:
        return {navn: sesjon.scalar(select(func.count()).select_from(table(navn))) for navn in _TALTE}


def _release_space() -> None:
    """A deleted row lies readable in SQLite's free pages until they are written anew. PostgreSQL does it by itself."""
    from airflow import settings
    from sqlalchemy import text

    if settings.engine.dialect.name == "sqlite":
        with settings.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as forbindelse:
            forbindelse.execute(text("VACUUM"))
            forbindelse.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _prune_logs(before: datetime) -> int:
    from airflow.configuration import conf

    slettet = 0
    for valg in ("base_log_folder", "dag_processor_child_process_log_directory"):
        rot = Path(conf.get("logging", valg))
        for fil in rot.rglob("*.log"):
            if fil.is_file() and fil.stat().st_mtime < before.timestamp():
                fil.unlink()
                slettet += 1
        mapper = sorted((sti for sti in rot.rglob("*") if sti.is_dir() and not sti.is_symlink()), reverse=True)
        for mappe in mapper:  # the innermost first
            if not any(mappe.iterdir()):
                mappe.rmdir()
    return slettet


def _quiet_since() -> dict[str, str]:
    from airflow.models.dag import DagModel
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from sqlalchemy import func, select

    lykket = (
        select(DagRun.dag_id, func.max(DagRun.end_date).label("tid"))
        .where(DagRun.state == DagRunState.SUCCESS)
        .group_by(DagRun.dag_id)
        .subquery()
    )
    med_dag = select(DagModel.dag_id, lykket.c.tid).outerjoin(lykket, lykket.c.dag_id == DagModel.dag_id)
    with create_session() as sesjon:
        forst = sesjon.scalar(select(func.min(DagRun.start_date)))
        rader = sesjon.execute(med_dag.where(~DagModel.is_stale)).all()
    return {dag_id: (tid or forst).isoformat() for dag_id, tid in rader if tid or forst}


def main(kommando: str, *argumenter: str) -> None:
    """The program: the answer as JSON on standard output."""
    svar = _prune(datetime.fromisoformat(argumenter[0])) if kommando == "prune" else _quiet_since()
    sys.stdout.write("\n" + json.dumps(svar))


if __name__ == "__main__":
    main(*sys.argv[1:])
