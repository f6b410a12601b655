"""The front door, end to end: the demo in the real scheduler, then everything it says checked by other means.

One run, many looks: what Airflow's own database says, what the receiver has, whether documents say what was dropped,
and whether any of the persons stands anywhere but where they must.
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from deploy.lokalt.anlegg import LokaltAnlegg
from schemas.loader import SCHEMAS
from tests.sidetekst import page_text, squeeze
from tiltaksflyt.pipeline import sletting
from tiltaksflyt.referansemottak.register import Mottatt
from tiltaksflyt.retention.sveip import Sveip, make_naler, search_bytes, search_tree
from tiltaksflyt.syntetisk.demo import DAGER, demo_drops

pytestmark = pytest.mark.e2e

ROT = Path(__file__).parents[2]
DAGENE = {"mottak", "rapportering", "levering", "kvittering", "frister", "sletting", "vedlikehold"}
TYPER = {
    "PLAN",
    "PERIODERAPPORT",
    "SLUTTRAPPORT",
    "BESTILLINGSBEKREFTELSE",
    "MELDING_FORLENGELSE",
    "MELDING_AVSLUTNING",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a finished demo leaves behind."""
    katalog = tmp_path_factory.mktemp("demo")
    hjem = katalog / "hjem"
    hjem.mkdir()
    miljo = {"PATH": os.defpath, "HOME": str(hjem), "DEMO_EXIT": "1", "PYTHONPATH": str(ROT)}
    utfall = subprocess.run(
        [sys.executable, "-m", "deploy.lokalt.demo"],
        cwd=katalog,
        env=miljo,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert utfall.returncode == 0, utfall.stdout + utfall.stderr
    return katalog / "var" / "demo"


@pytest.fixture(scope="module")
def anlegg(demo: Path) -> Iterator[LokaltAnlegg]:
    """The same deployment, started again on what the demo left."""
    with LokaltAnlegg(demo, demo / "oppsett") as anlegg:
        yield anlegg


@pytest.fixture(scope="module")
def status(anlegg: LokaltAnlegg) -> dict[str, Any]:
    """`tiltaksflyt status --json`, as an operator asks for it."""
    utfall = subprocess.run(
        [Path(sys.executable).with_name("tiltaksflyt"), "status", "--json"],
        env={"PATH": os.defpath, **anlegg.miljo},
        capture_output=True,
        text=True,
        check=True,
    )
    svar: dict[str, Any] = json.loads(utfall.stdout)
    return svar


def airflow_rows(demo: Path, sporring: str) -> list[tuple[Any, ...]]:
    (fil,) = (demo / "airflow").glob("*.db")
    with closing(sqlite3.connect(f"{fil.as_uri()}?mode=ro", uri=True)) as kobling:
        return kobling.execute(sporring).fetchall()


def persons() -> dict[str, str]:
    """Every identity that any of the drops held, and the full name that goes with it."""
    funnet = {}
    for dag in DAGER:
        for _, innsending in demo_drops(dag):
            for tabell, rad in innsending.rader():
                if tabell == "deltaker":
                    navn = (rad.get(del_) for del_ in ("fornavn", "mellomnavn", "etternavn"))
                    funnet[rad["personident"]] = " ".join(del_ for del_ in navn if del_)
    return funnet


def documents(demo: Path) -> list[Path]:
    """The folder of each document that the receiver took."""
    return sorted(fil.parent for fil in (demo / "mottaker").rglob("dokument.xml"))


def test_every_dag_ran_by_itself_and_well(demo: Path) -> None:
    rader = airflow_rows(demo, "SELECT dag_id, run_type, state FROM dag_run")
    av_seg_selv = {
        dag for dag, type_, utfall in rader if utfall == "success" and type_ in ("scheduled", "asset_triggered")
    }
    assert av_seg_selv == DAGENE
    assert ("rapportering", "asset_triggered", "success") in rader
    assert not [rad for rad in rader if rad[2] == "failed"]


def test_what_the_receiver_has_is_what_the_ledger_sent(demo: Path, status: dict[str, Any]) -> None:
    mottatt = dict(Mottatt(demo / "mottaker").count())
    assert set(mottatt) == TYPER
    assert sum(mottatt.values()) == status["dokumenter"]["sendt"] == status["dokumenter"]["godtatt"] > 0
    assert (status["dokumenter"]["avvist"], status["sittendeFast"]) == (0, 0)
    assert status["innsendinger"] == {"GODTATT": 3 * len(DAGER)}
    assert status["slettet"] > 0


def test_every_delivered_xml_is_valid(demo: Path) -> None:
    navn = [type_.lower().replace("_", "-") for type_ in TYPER]
    skjemaer = {ett: etree.XMLSchema(etree.parse(SCHEMAS / "xsd" / f"{ett}.xsd")) for ett in navn}
    for mappe in documents(demo):
        dokument = etree.parse(mappe / "dokument.xml")
        skjemaer[etree.QName(dokument.getroot()).localname].assertValid(dokument)


def test_every_page_says_what_its_xml_says(demo: Path) -> None:
    for mappe in documents(demo):
        innhold = json.loads((mappe / "dokument.json").read_text(encoding="utf-8"))
        side = page_text(innhold, (mappe / "dokument.pdf").read_bytes())
        for element in etree.parse(mappe / "dokument.xml").getroot().iter("{*}seksjon"):
            for tekst in element.itertext():
                assert squeeze(tekst) in side, f"{mappe.name}: a text of {element.get('kode')} is not on the page"


def test_a_plan_says_what_was_dropped(demo: Path) -> None:
    planer = {}
    for dag in DAGER:
        for avsender, innsending in demo_drops(dag):
            for tabell, rad in innsending.rader():
                if tabell == "plan" and rad.get("ferdigstilt"):
                    planer[avsender.arrangor.orgnr, rad["deltakelseId"], str(rad.get("versjon"))] = rad
    sett = 0
    for mappe in documents(demo):
        dokument = json.loads((mappe / "dokument.json").read_text(encoding="utf-8"))
        hode = dokument["hode"]
        rad = planer.get((hode["avsender"]["orgnr"], hode["deltakelseId"], str(hode.get("nummer"))))
        if hode["dokumenttype"] == "PLAN" and rad is not None:
            alt = squeeze(json.dumps(dokument["seksjoner"], ensure_ascii=False).replace("\\n", " "))
            for felt in ("hensikt", "yrkesmal", "avtaltOppfolging"):
                assert squeeze(rad[felt]) in alt, f"{felt} of a dropped plan is not in its document"
            sett += 1
    assert sett > 0


def test_no_person_stands_in_airflow_in_clear_anywhere(demo: Path) -> None:
    """Logs, XCom, rendered fields, notes, the metadata database and its WAL: of everyone who was ever dropped."""
    naler = tuple(nal for ident in persons() for nal in make_naler(ident))
    assert len(naler) > 500
    for lager in ("airflow", "ledger", "nokkellager", "s3", "oppsett", "forankring"):
        assert list(search_tree(demo / lager, naler)) == [], lager
    varsler = (demo / "varsler.jsonl").read_bytes()
    assert list(search_bytes(varsler, naler, "varsler.jsonl")) == []
    # Nobody in the demo tells that it has deleted in its own system, and that is asked after.
    assert {json.loads(linje)["kode"] for linje in varsler.splitlines()} == {"SLETTING_UBEKREFTET"}


def test_no_answer_and_no_name_in_the_bucket_tells_who(anlegg: LokaltAnlegg) -> None:
    alle = persons()
    naler = tuple(nal for verdi in (*alle, *alle.values()) if len(verdi) > 9 for nal in make_naler(verdi))
    sveip = Sveip(naler)
    with anlegg.omgivelser() as om:
        objekter = list(om.storage.list_objects())
        assert {objekt.nokkel.split("/")[0] for objekt in objekter} == {"utboks"}
        for objekt in objekter:
            data = om.storage.read(objekt.nokkel, maks_bytes=1 << 26)
            assert list(sveip.bytes_(objekt.nokkel.encode() + b"\n" + data, "objekt")) == []


def test_the_receiver_does_hold_them(demo: Path) -> None:
    """The looks above can find something: Nav's copy is full of what they look for."""
    naler = tuple(nal for ident in persons() for nal in make_naler(ident))
    assert len(list(search_tree(demo / "mottaker", naler))) > 50


def test_the_evidence_is_whole_and_the_persons_are_gone(anlegg: LokaltAnlegg, status: dict[str, Any]) -> None:
    with anlegg.omgivelser() as om:
        funn = sletting.verify(om)
        assert (funn.ok, funn.antall) == (True, status["slettet"])
        assert sletting.sweep(om, DAGER[-1])["kanarier"] > 0
