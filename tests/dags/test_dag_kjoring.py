"""Each DAG run to its end in this process, on a real ledger and a real bucket: from a dropped export to erasure."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest

from deploy.lokalt.seaweedfs import LokalSeaweedFS
from tiltaksflyt.storage import Storage
from tiltaksflyt.syntetisk.demo import DAGER, Demoavsender, demo_drops
from tiltaksflyt.syntetisk.skriving import write_drop

pytestmark = pytest.mark.filterwarnings(
    "ignore:GitWildMatchPattern:DeprecationWarning",  # pathspec has renamed it; Airflow 3.3.2 has not
    "ignore:Using `httpx` with `starlette.testclient`",  # Airflow's own in-process API
)

DAGS = Path(__file__).parents[2] / "dags"
FORSTE_DAG, _, SISTE_DAG = DAGER
OSLO = ZoneInfo("Europe/Oslo")
KANARI = "ola.nordmann-17"


@dataclass(frozen=True)
class Kjort:
    """A run that has ended: its state, the state of each task instance, and what each handed on."""

    tilstand: str
    oppgaver: Mapping[tuple[str, int], str]
    verdier: Mapping[str, list[Any]]


Kjor = Callable[[str, date], Kjort]


@pytest.fixture(scope="module")
def database(airflow_hjem: Path) -> Path:
    """Airflow's metadata database."""
    from airflow.utils.db import initdb

    initdb()
    return airflow_hjem / "airflow.db"


@pytest.fixture
def kjor(database: Path, tiltaksmiljo: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Kjor:
    """Runs a DAG as of a day. The file is read anew each time: `run_conf` would otherwise leak into the next run."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    assert database.exists()
    for navn, verdi in tiltaksmiljo.items():
        monkeypatch.setenv(navn, verdi)

    def run(navn: str, dato: date) -> Kjort:
        dag = DagBag(DAGS / f"{navn}.py").dags[navn]
        for oppgave in dag.tasks:
            oppgave.retries = 0
        kjoring = dag.test(run_conf={"dato": dato.isoformat()})
        with create_session() as sesjon:
            rader = sesjon.scalars(select(TaskInstance).where(TaskInstance.run_id == kjoring.run_id)).all()
            tilstander = {(rad.task_id, rad.map_index): str(rad.state) for rad in rader}
            verdier: dict[str, list[Any]] = {}
            alle = select(XComModel).where(XComModel.run_id == kjoring.run_id, XComModel.key == "return_value")
            for rad in sesjon.scalars(alle.order_by(XComModel.map_index)):
                verdier.setdefault(rad.task_id, []).append(rad.value)
        return Kjort(str(kjoring.state), tilstander, verdier)

    return run


@pytest.fixture(scope="module")
def storage(seaweed: LokalSeaweedFS) -> Iterator[Storage]:
    with Storage(seaweed.oppsett) as lager:
        yield lager


def _export(avsender: Demoavsender, dato: date, mappe: Path) -> Path:
    """What the sender's system writes on a day."""
    [innsending] = [innsending for hvem, innsending in demo_drops(dato) if hvem == avsender]
    fil = mappe / f"eksport-{dato.isoformat()}.json"
    write_drop(innsending, avsender.format, fil)
    return fil


def _drop(seaweed: LokalSeaweedFS, avsender: Demoavsender, fil: Path) -> None:
    """As the sender does it: with its own key, by an ordinary S3 client."""
    tilgang = seaweed.tilganger[avsender.arrangor.orgnr]
    klient = boto3.client(
        "s3",
        endpoint_url=seaweed.endepunkt,
        region_name="us-east-1",
        aws_access_key_id=tilgang.tilgangsnokkel,
        aws_secret_access_key=tilgang.hemmelig,
    )
    with closing(klient):
        klient.upload_file(str(fil), seaweed.bucket, f"innboks/{avsender.arrangor.orgnr}/{fil.name}")


def _personal_values(fil: Path) -> set[bytes]:
    """Every identifier, and every text long enough to be somebody's, of an export in the contract's JSON."""
    verdier: set[bytes] = set()
    for rader in json.loads(fil.read_text(encoding="utf-8")).values():
        for rad in rader if isinstance(rader, list) else ():
            for navn, verdi in rad.items():
                if isinstance(verdi, str) and (navn == "personident" or len(verdi) > 30):
                    verdier |= {verdi.encode(), json.dumps(verdi)[1:-1].encode()}
    return verdier


@pytest.mark.parametrize(
    ("navn", "oppgaver"),
    [
        (
            "mottak",
            {"finn_klare": "success", "ta_imot": "skipped", "meld_fra": "skipped", "alle_mottatt": "success"},
        ),
        ("rapportering", {"velg_arrangorer": "success", "bygg": "skipped", "alle_bygget": "success"}),
        ("levering", {"velg": "success", "send": "skipped"}),
        ("kvittering", {"hent": "success"}),
        ("frister", {"folg_opp": "success", "list_slettinger": "success", "etterlys": "success"}),
        (
            "sletting",
            {"velg": "success", "slett": "skipped", "slett_samtykker": "success", "sveip": "success"}
            | {"attester": "success", "alt_slettet": "success"},
        ),
        (
            "vedlikehold",
            dict.fromkeys(("avstem", "sammenlign", "rydd", "sertifikater", "vakt"), "success"),
        ),
    ],
)
def test_a_dag_runs_well_when_there_is_nothing_to_do(kjor: Kjor, navn: str, oppgaver: dict[str, str]) -> None:
    kjort = kjor(navn, FORSTE_DAG)
    assert kjort.tilstand == "success"
    assert {oppgave: tilstand for (oppgave, _), tilstand in kjort.oppgaver.items()} == oppgaver


def test_the_walk_from_a_drop_to_erasure(
    kjor: Kjor,
    seaweed: LokalSeaweedFS,
    storage: Storage,
    avsender: Demoavsender,
    airflow_hjem: Path,
    tmp_path: Path,
) -> None:
    orgnr = avsender.arrangor.orgnr
    eksport = _export(avsender, FORSTE_DAG, tmp_path)
    _drop(seaweed, avsender, eksport)
    sleep(5)  # a drop is ready when it has been still for five seconds

    mottatt = kjor("mottak", FORSTE_DAG)
    assert mottatt.tilstand == "success"
    assert mottatt.verdier["finn_klare"] == [[[orgnr]]]
    [antall] = mottatt.verdier["ta_imot"]
    assert antall["godtatt"] > 10
    assert mottatt.oppgaver["meld_fra", -1] == "success"
    assert kjor("mottak", FORSTE_DAG).verdier["finn_klare"] == [[]]

    assert kjor("rapportering", FORSTE_DAG).verdier["velg_arrangorer"] == [[[orgnr]]]
    levert = kjor("levering", FORSTE_DAG)
    assert levert.tilstand == "success"
    assert len(levert.verdier["send"]) == len(levert.verdier["velg"][0]) > 0
    assert len([o for o in storage.list_objects("mottakere/") if "/inn/" in o.nokkel]) >= len(levert.verdier["velg"][0])
    [kopier] = kjor("levering", FORSTE_DAG).verdier["velg"]
    assert len(kopier) > 0  # those for the Nav fylke leave in the run after their originals
    assert kjor("levering", FORSTE_DAG).verdier["velg"] == [[]]

    for navn in ("kvittering", "frister"):
        assert kjor(navn, FORSTE_DAG + timedelta(days=1)).tilstand == "success"

    # What Airflow keeps of it: ids and counts.
    verdier = _personal_values(eksport)
    assert len(verdier) > 50
    filer = [fil for fil in airflow_hjem.rglob("*") if fil.is_file()]
    assert any(kjent.encode() in fil.read_bytes() for fil in filer for kjent in levert.verdier["velg"][0])
    assert [fil.name for fil in filer if any(verdi in fil.read_bytes() for verdi in verdier)] == []

    slettet = kjor("sletting", SISTE_DAG)
    assert slettet.tilstand == "success"
    assert sum(antall["slettet"] for antall in slettet.verdier["slett"]) > 0
    assert kjor("sletting", SISTE_DAG).oppgaver["slett", -1] == "skipped"


def test_a_failing_step_says_its_code_and_nothing_of_what_it_held(
    kjor: Kjor, airflow_hjem: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    varsler = tmp_path / "varsler.jsonl"
    monkeypatch.setenv("TILTAKSFLYT_VARSLER", str(varsler))
    monkeypatch.setenv("TILTAKSFLYT_MODUS", KANARI)
    assert kjor("frister", FORSTE_DAG).tilstand == "failed"
    alle = [json.loads(linje) for linje in varsler.read_text(encoding="utf-8").splitlines()]
    [oppgave] = [varsel for varsel in alle if varsel["oppgave"] == "folg_opp" and varsel["kode"]]
    assert (oppgave["dag"], oppgave["kode"]) == ("frister", "OPPSETTSFEIL")
    sagt = "".join(capfd.readouterr())
    assert oppgave["feilId"] in sagt
    assert KANARI not in sagt
    filer = [varsler, *(fil for fil in airflow_hjem.rglob("*") if fil.is_file())]
    assert [fil.name for fil in filer if KANARI.encode() in fil.read_bytes()] == []


def test_production_refuses_a_day_that_has_not_come(
    kjor: Kjor, tiltaksmiljo: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    varsler = tmp_path / "varsler.jsonl"
    for navn, verdi in {
        "TILTAKSFLYT_MODUS": "PROD",
        "TILTAKSFLYT_VARSLER": str(varsler),
        "TILTAKSFLYT_LEDGER_URL": f"sqlite:///{tmp_path}/ledger.db",
        "TILTAKSFLYT_NOKKELLAGER_URL": f"sqlite:///{tmp_path}/nokler.db",
    }.items():
        monkeypatch.setenv(navn, verdi)
    assert Path(tiltaksmiljo["TILTAKSFLYT_SIGNERINGSNOKKEL"]).exists()
    i_dag = datetime.now(UTC).astimezone(OSLO).date()
    assert kjor("frister", i_dag + timedelta(days=2)).tilstand == "failed"
    assert "FRAMTIDIG_DATO" in varsler.read_text(encoding="utf-8")
    assert kjor("frister", i_dag).tilstand == "success"


def test_one_senders_failure_leaves_the_others_received_and_the_run_failed(
    kjor: Kjor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The step cannot be made to fail for one of two real senders here, so it is told to say that it did."""
    from tiltaksflyt.pipeline import mottak

    varsler = tmp_path / "varsler.jsonl"
    monkeypatch.setenv("TILTAKSFLYT_VARSLER", str(varsler))
    monkeypatch.setattr(mottak, "find_ready", lambda *_: ["310000019", "310000027"])
    monkeypatch.setattr(mottak, "receive", lambda *_, **__: {"GODTATT": 1, "feilet": 1})
    kjort = kjor("mottak", FORSTE_DAG)
    assert kjort.tilstand == "failed"
    assert kjort.verdier["finn_klare"] == [[["310000019", "310000027"]]]
    assert kjort.oppgaver["ta_imot", 0] == "success"
    assert kjort.oppgaver["alle_mottatt", -1] == "failed"
    assert kjort.oppgaver["meld_fra", -1] == "success"
    assert "AVSENDERE_FEILET" in varsler.read_text(encoding="utf-8")


def test_a_document_held_for_its_address_alerts_with_a_count_and_fails_nothing(
    kjor: Kjor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tiltaksflyt.pipeline import forsok, rapportering

    varsler = tmp_path / "varsler.jsonl"
    monkeypatch.setenv("TILTAKSFLYT_VARSLER", str(varsler))
    monkeypatch.setattr(forsok, "into_chunks", lambda orgnumre: [[orgnr] for orgnr in orgnumre])
    monkeypatch.setattr(rapportering, "due_senders", lambda *_: ["310000019", "310000027"])
    monkeypatch.setattr(rapportering, "build", lambda *_, **__: {"bygget": 3, "holdt": 1})
    assert kjor("rapportering", FORSTE_DAG).tilstand == "success"
    [varsel] = [json.loads(linje) for linje in varsler.read_text(encoding="utf-8").splitlines()]
    assert (varsel["oppgave"], varsel["kode"], varsel["antall"]) == ("alle_bygget", "ADRESSEBESKYTTELSE", 2)
    monkeypatch.setattr(rapportering, "build", lambda *_, **__: {"bygget": 3})
    assert kjor("rapportering", FORSTE_DAG).tilstand == "success"
    assert len(varsler.read_text(encoding="utf-8").splitlines()) == 1


def _alerts(fil: Path) -> list[tuple[str, str, int]]:
    varsler = [json.loads(linje) for linje in fil.read_text(encoding="utf-8").splitlines()]
    return [(varsel["oppgave"], varsel["kode"], varsel["antall"]) for varsel in varsler]


def test_a_delivery_that_waits_for_a_person_alerts_and_fails_nothing(
    kjor: Kjor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tiltaksflyt.pipeline import levering

    varsler = tmp_path / "varsler.jsonl"
    monkeypatch.setenv("TILTAKSFLYT_VARSLER", str(varsler))
    koder = ["OVERFORT", "TILGANG_NEKTET", "KANAL_NEDE", "FOR_MANGE_FORSOK", "UTENFOR_VINDU"]
    monkeypatch.setattr(levering, "choose", lambda *_: koder)
    monkeypatch.setattr(levering, "send", lambda leveranse_id, **_: leveranse_id)
    assert kjor("levering", FORSTE_DAG).tilstand == "success"
    assert sorted(_alerts(varsler)) == [("send", "FOR_MANGE_FORSOK", 1), ("send", "TILGANG_NEKTET", 1)]


def test_a_recipient_that_does_not_let_us_collect_alerts(
    kjor: Kjor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tiltaksflyt.pipeline import kvittering

    varsler = tmp_path / "varsler.jsonl"
    monkeypatch.setenv("TILTAKSFLYT_VARSLER", str(varsler))
    monkeypatch.setattr(kvittering, "collect", lambda *_: {"kanalfeil": 3, "TILGANG_NEKTET": 2})
    kjort = kjor("kvittering", FORSTE_DAG)
    assert (kjort.tilstand, _alerts(varsler)) == ("success", [("hent", "TILGANG_NEKTET", 2)])


def test_late_receipts_and_what_is_stuck_alert_every_day_until_they_are_gone(
    kjor: Kjor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tiltaksflyt.pipeline import etterlysning

    varsler = tmp_path / "varsler.jsonl"
    monkeypatch.setenv("TILTAKSFLYT_VARSLER", str(varsler))
    monkeypatch.setattr(etterlysning, "alarms", lambda *_: {"KVITTERING_MANGLER": 2, "SITTER_FAST": 1})
    assert kjor("frister", FORSTE_DAG).tilstand == "success"
    assert _alerts(varsler) == [("etterlys", "KVITTERING_MANGLER", 2), ("etterlys", "SITTER_FAST", 1)]
    monkeypatch.setattr(etterlysning, "alarms", lambda *_: {})
    assert kjor("frister", FORSTE_DAG).tilstand == "success"
    assert len(_alerts(varsler)) == 2


def test_a_chunk_that_is_killed_leaves_the_other_chunks_received(kjor: Kjor, monkeypatch: pytest.MonkeyPatch) -> None:
    from tiltaksflyt.pipeline import forsok, mottak

    def receive(orgnumre: list[str], **_: object) -> dict[str, int]:
        if orgnumre == ["310000027"]:
            raise OSError(KANARI)
        return {"GODTATT": 1}

    monkeypatch.setattr(forsok, "into_chunks", lambda orgnumre: [[orgnr] for orgnr in orgnumre])
    monkeypatch.setattr(mottak, "find_ready", lambda *_: ["310000019", "310000027"])
    monkeypatch.setattr(mottak, "receive", receive)
    kjort = kjor("mottak", FORSTE_DAG)
    assert kjort.tilstand == "failed"
    assert kjort.oppgaver["ta_imot", 0] == "success"
    assert kjort.oppgaver["ta_imot", 1] == "failed"
    assert kjort.oppgaver["meld_fra", -1] == "success"
    assert kjort.verdier["ta_imot"] == [{"GODTATT": 1}]


def test_a_failed_erasure_fails_the_run_and_the_sweep_is_run_all_the_same(
    kjor: Kjor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tiltaksflyt.pipeline import sletting

    def erase(_: list[str], **__: object) -> dict[str, int]:
        raise OSError(KANARI)

    monkeypatch.setattr(sletting, "choose", lambda *_: [["sak"]])
    monkeypatch.setattr(sletting, "erase", erase)
    kjort = kjor("sletting", FORSTE_DAG)
    assert kjort.tilstand == "failed"
    assert kjort.oppgaver["slett", 0] == "failed"
    assert kjort.oppgaver["slett_samtykker", -1] == "success"
    assert kjort.oppgaver["sveip", -1] == "success"
    assert kjort.oppgaver["alt_slettet", -1] == "upstream_failed"


def test_no_consent_is_erased_by_a_clock_that_may_be_wrong(kjor: Kjor, monkeypatch: pytest.MonkeyPatch) -> None:
    from tiltaksflyt.pipeline import klokkevakt, samtykker

    def refuse(*_: object) -> None:
        raise klokkevakt.UsikkerKlokke

    monkeypatch.setattr(klokkevakt, "refuse_uncertain_clock", refuse)
    monkeypatch.setattr(samtykker, "erase_ended", lambda *_: pytest.fail("erased"))
    kjort = kjor("sletting", FORSTE_DAG)
    assert kjort.tilstand == "failed"
    assert (kjort.oppgaver["velg", -1], kjort.oppgaver["slett_samtykker", -1]) == ("failed", "failed")
    assert kjort.oppgaver["sveip", -1] == "success"


def test_when_a_choice_fails_nothing_is_done_and_the_run_fails(kjor: Kjor, monkeypatch: pytest.MonkeyPatch) -> None:
    from tiltaksflyt.pipeline import mottak

    def find_ready(*_: object) -> list[str]:
        raise OSError(KANARI)

    monkeypatch.setattr(mottak, "find_ready", find_ready)
    kjort = kjor("mottak", FORSTE_DAG)
    assert kjort.tilstand == "failed"
    assert kjort.oppgaver["meld_fra", -1] == "upstream_failed"
    assert kjort.oppgaver["alle_mottatt", -1] == "upstream_failed"
