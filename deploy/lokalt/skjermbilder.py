"""Pictures of Airflow's own pages for the documentation, from a LokalAirflow that runs: the DAGs, and one run.

    python -m deploy.lokalt.skjermbilder FOLDER_OF_THE_RUNNING_AIRFLOW [DAG]

The browser is Debian's chromium, driven by playwright; nothing is downloaded. Only a maintainer needs either.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from deploy.lokalt.airflow import AirflowFeil, LokalAirflow

CHROMIUM = Path("/usr/bin/chromium")
BILDER = Path(__file__).parents[2] / "docs" / "bilder"
_FLAGG = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_STORRELSE: ViewportSize = {"width": 1440, "height": 1240}  # all seven DAGs without scrolling


def take_pictures(airflow: LokalAirflow, dag_id: str, mappe: Path = BILDER) -> tuple[Path, Path]:
    """Write airflow-dager.png, and airflow-kjoring.png of the DAG's run that did most and ended well, to the folder.

    Raises AirflowFeil when there is no such run, and playwright's TimeoutError when a page does not come.
    """
    ferdige = airflow.successful(dag_id)
    if not ferdige:
        raise AirflowFeil(f"{dag_id} has no run yet that ended well")
    mappe.mkdir(parents=True, exist_ok=True)
    dager, kjoring = mappe / "airflow-dager.png", mappe / "airflow-kjoring.png"
    with _logged_in(airflow) as side:
        side.goto(f"{airflow.url}/dags?limit=25")
        side.get_by_role("link", name=dag_id, exact=True).first.wait_for()
        _picture(side, dager)
        rikest = max(ferdige, key=lambda run_id: len(airflow.task_states(dag_id, run_id)))
        side.goto(f"{airflow.url}/dags/{dag_id}/runs/{rikest}")
        side.get_by_text("Task Instances").first.wait_for()
        _picture(side, kjoring)
    return dager, kjoring


@contextmanager
def _logged_in(airflow: LokalAirflow) -> Iterator[Page]:
    with sync_playwright() as playwright:
        leser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGG))
        try:
            side = leser.new_page(viewport=_STORRELSE, locale="en-GB", timezone_id="Europe/Oslo")
            side.goto(f"{airflow.url}/auth/login")
            side.locator("input[name=username]").fill(airflow.brukernavn)
            side.locator("input[name=password]").fill(airflow.passord)
            side.locator("button[type=submit]").click()
            side.wait_for_url(lambda url: "/auth/login" not in url)
            yield side
        finally:
            leser.close()


def _picture(side: Page, fil: Path) -> None:
    side.wait_for_load_state("networkidle")
    side.screenshot(path=fil)


if __name__ == "__main__":
    take_pictures(LokalAirflow.attach(Path(sys.argv[1])), sys.argv[2] if len(sys.argv) > 2 else "mottak")
