"""Make a new Airflow home ready, in one process: the metadata tables, the pools, the DAGs.

Runs as a program of its own inside the environment that deploy.lokalt.airflow has written. Three `airflow` commands
would do the same and cost three starts. Airflow itself imports `TALMODIG` from here while it starts.
"""

import sys
from pathlib import Path

TALMODIG = {"timeout": 30}
"""How many seconds a program waits for SQLite's write lock. Five, as it comes, is too few on a busy machine."""


def _run(*kommando: str) -> None:
    from airflow.cli.cli_parser import get_parser

    argumenter = get_parser().parse_args(kommando)
    argumenter.func(argumenter)


def main(pools: Path) -> None:
    """Migrate, import the pools (an undefined pool hangs for ever in the scheduler), read in the DAGs."""
    _run("db", "migrate")
    _run("pools", "import", str(pools))
    _run("dags", "reserialize")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
