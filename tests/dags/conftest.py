"""Airflow with a home of its own for these tests, and a test deployment for the steps to work in."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploy.lokalt.pki import make_pki
from deploy.lokalt.seaweedfs import LokalSeaweedFS, avsenderrettigheter
from tiltaksflyt.syntetisk.demo import RAPPORTERER_FRA, Demoavsender, demo_senders
from tiltaksflyt.syntetisk.oppsett import recipients, write_sender_setup

DAGS = Path(__file__).parents[2] / "dags"
BUCKET = "tiltaksflyt"


@pytest.fixture(scope="session", autouse=True)
def airflow_hjem(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Before anything imports airflow, since the import itself reads the configuration."""
    hjem = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as lapp:
        for navn in [navn for navn in os.environ if navn.startswith("AIRFLOW")]:
            lapp.delenv(navn)
        lapp.setenv("AIRFLOW_HOME", str(hjem))
        lapp.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        lapp.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(DAGS))
        lapp.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{hjem}/airflow.db")
        lapp.setenv("AIRFLOW__USAGE_DATA_COLLECTION__ENABLED", "False")
        yield hjem


@pytest.fixture(scope="session")
def avsender() -> Demoavsender:
    """The one sender of the deployment: 16 deltakere, in the contract's own JSON."""
    return demo_senders()[2]


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory, avsender: Demoavsender) -> Iterator[LokalSeaweedFS]:
    """The bucket."""
    orgnr = avsender.arrangor.orgnr
    rettigheter = {orgnr: avsenderrettigheter(BUCKET, orgnr)}
    with LokalSeaweedFS(tmp_path_factory.mktemp("seaweedfs"), bucket=BUCKET, rettigheter=rettigheter) as lager:
        yield lager


@pytest.fixture(scope="session")
def tiltaksmiljo(
    tmp_path_factory: pytest.TempPathFactory, seaweed: LokalSeaweedFS, avsender: Demoavsender
) -> dict[str, str]:
    """A test deployment: a ledger, a key store, one sender, and recipients that take from the bucket."""
    rot = tmp_path_factory.mktemp("tiltaksflyt")
    for mappe in ("oppsett", "nokkelvern", "forankring"):
        (rot / mappe).mkdir(mode=0o700)
    write_sender_setup(avsender.arrangor, avsender.format, RAPPORTERER_FRA, rot / "oppsett")
    mottakere = recipients()
    for mottaker in mottakere["mottakere"]:
        sti = f"mottakere/{mottaker['navEnhet']}"
        mottaker["kanal"] = {"bucket": {"inn": f"{sti}/inn", "kvitteringer": f"{sti}/kvitteringer"}}
    pki = make_pki(rot / "pki")
    (rot / "oppsett" / "sertifikater").mkdir()
    (rot / "oppsett" / "sertifikater" / "mottaker.pem").write_bytes(pki.mottaker.read_bytes())
    (rot / "oppsett" / "mottakere.yaml").write_text(yaml.safe_dump(mottakere, allow_unicode=True), encoding="utf-8")
    return {
        "TILTAKSFLYT_MODUS": "TEST",
        "TILTAKSFLYT_OPPSETT": str(rot / "oppsett"),
        "TILTAKSFLYT_LEDGER_URL": f"sqlite:///{rot}/ledger.db",
        "TILTAKSFLYT_NOKKELLAGER_URL": f"sqlite:///{rot}/nokler.db",
        "TILTAKSFLYT_NOKKELVERN": str(rot / "nokkelvern"),
        "TILTAKSFLYT_SIGNERINGSNOKKEL": str(rot / "signering.pem"),
        "TILTAKSFLYT_VIRKSOMHETSNOKKEL": str(pki.virksomhetsnokkel),
        "TILTAKSFLYT_VIRKSOMHETSSERTIFIKAT": str(pki.virksomhet),
        "TILTAKSFLYT_FORANKRING": str(rot / "forankring"),
        "TILTAKSFLYT_S3_ENDEPUNKT": seaweed.endepunkt,
        "TILTAKSFLYT_S3_BUCKET": BUCKET,
        "TILTAKSFLYT_S3_NOKKELFIL": str(seaweed.nokkelfil),
    }
