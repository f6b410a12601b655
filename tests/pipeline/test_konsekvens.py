"""What another rule version would change, on a real ledger: deltakelser, deadlines, documents, and nothing written."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.lokalt.anlegg import LokaltAnlegg
from schemas.loader import UgyldigFil
from schemas.regelverk import REGELVERK, alle_regelverk
from tests.pipeline.conftest import START, Linje
from tests.pipeline.saker import AFT, ANNEN, AVSENDER, document, from_other, make_ident, make_oppsett, plan, running
from tiltaksflyt import cli
from tiltaksflyt.pipeline import konsekvens
from tiltaksflyt.pipeline.feil import Bruksfeil, Oppsettsfeil
from tiltaksflyt.pipeline.konsekvenstekst import as_json, as_text

HORING = REGELVERK / AFT / "AFT-horing.yaml"
GJELDENDE = REGELVERK / AFT / "2016-01-01.yaml"
DAG = timedelta(days=1)
FERDIG = START - 2 * DAG
TILPASSET = {"tilrettelegging": "Faste tider."}
TILRETTELEGGING = {"regelId": "PLA002", "alvorlighet": "FEIL", "kolonne": "tilrettelegging"}

Spor = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def linje(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Linje]:
    """Three deltakelser of one sender and one of another, each with a finished plan.

    D1 says nothing of how the work is adapted, D3 lacks the goals of mastery. What could be sent of the first sender's
    is sent; the other sender's came later.
    """
    rot = tmp_path_factory.mktemp("konsekvens")
    make_oppsett(rot / "mal")
    with LokaltAnlegg(rot / "anlegg", rot / "mal") as anlegg, anlegg.omgivelser() as omgivelser:
        linje = Linje(anlegg, omgivelser).on(START)
        planer = [plan(1, FERDIG), plan(2, FERDIG, **TILPASSET), plan(3, FERDIG, **TILPASSET, mestringsmal="")]
        linje.receive(state({1: 20, 2: 10, 3: 20}, planer))
        linje.run("rapportering", "levering")
        anlegg.drop(ANNEN, "eksport.json", json.dumps(from_other(state({1: 20}, [plan(1, FERDIG)]))).encode())
        linje.run("mottak")
        yield linje


def state(dager_siden_start: dict[int, int], planer: list[dict[str, Any]]) -> dict[str, Any]:
    """A drop of running deltakelser with their extents and plans."""
    starter = {nummer: START - dager * DAG for nummer, dager in dager_siden_start.items()}
    omfang = [
        {"deltakelseId": f"D{nummer}", "gyldigFra": start.isoformat(), "deltakelsesprosent": 60}
        for nummer, start in starter.items()
    ]
    lop = [running(nummer, start) for nummer, start in starter.items()]
    return document(START, lop, deltakelsesmengde=omfang, plan=planer)


@pytest.fixture
def spor(linje: Linje) -> Spor:
    """Asks what a version would change; the answer as JSON."""

    def ask(fil: Path, fra: date | None = None, dato: date = START, arrangor: str | None = AVSENDER) -> dict[str, Any]:
        ny = konsekvens.read_regelverk(fil, fra, linje.om.oppsett.regelverk)
        return as_json(konsekvens.compare(linje.om, ny, arrangor=arrangor, dato=dato))

    return ask


def version(tmp_path: Path, *parametre: str, fra: str = "2016-01-01") -> Path:
    """A version that changes some parameters («sti: verdi») of today's."""
    innhold: dict[str, Any] = {}
    for parameter in parametre:
        sti, _, verdi = parameter.partition(": ")
        gren = innhold
        for del_ in sti.split("."):
            gren = gren.setdefault(del_, {})
        gren |= {"verdi": json.loads(verdi), "styrke": "skal", "kilde": "prøve"}
    fil = tmp_path / "versjon.json"
    hode = {"tiltakskode": AFT, "versjon": "prøve".replace("ø", "o"), "gyldigFra": fra, "endrer": "AFT-gjeldende"}
    fil.write_text(json.dumps({**hode, "parametre": innhold}), encoding="utf-8")
    return fil


@pytest.mark.parametrize(("fra", "antall"), [(FERDIG - DAG, 1), (FERDIG, 1), (FERDIG + DAG, 0)])
def test_the_proposal_holds_the_plans_that_are_finished_under_it(spor: Spor, fra: date, antall: int) -> None:
    svar = spor(HORING, fra)
    assert svar["regelverk"] == {"tiltakskode": AFT, "versjon": "AFT-horing", "fra": fra.isoformat()}
    assert svar["antall"] == {"deltakelser": 3, "berort": antall, "frister": 0, "dokumenter": antall}
    assert [(rad["deltakelseId"], rad["type"], rad["endring"], rad["nye"]) for rad in svar["dokumenter"]] == [
        ("D1", "PLAN", "HOLDT", [TILRETTELEGGING])
    ][:antall]


def test_all_senders_are_counted_and_what_is_sent_is_said_to_be(spor: Spor) -> None:
    svar = spor(HORING, arrangor=None)
    assert {rad["arrangor"]: (rad["deltakelser"], rad["berort"]) for rad in svar["avsendere"]} == {
        AVSENDER: (3, 1),
        ANNEN: (1, 1),
    }
    sendt = {(rad["arrangor"], rad["deltakelseId"]): rad["sendt"] for rad in svar["dokumenter"]}
    assert sendt == {(AVSENDER, "D1"): True, (ANNEN, "D1"): False}


def test_deadlines_are_told_before_and_after(spor: Spor, tmp_path: Path) -> None:
    svar = spor(version(tmp_path, "frister.plan.dager: 8", "frister.perioderapport.maaneder: 6"))
    planer = {rad["deltakelseId"]: (rad["for"], rad["etter"]) for rad in svar["frister"] if rad["type"] == "PLAN"}
    start = START - 20 * DAG
    assert [stand["frist"] for stand in planer["D1"]] == [(start + n * DAG).isoformat() for n in (28, 8)]
    rapporter = [rad for rad in svar["frister"] if (rad["type"], rad["deltakelseId"]) == ("PERIODERAPPORT", "D1")]
    assert [(rad["n"], rad["for"] is None, rad["etter"] is None) for rad in rapporter] == [
        (1, False, False),
        (2, False, True),
        (3, False, True),
    ]
    assert svar["dokumenter"] == []


def test_the_events_own_day_decides_which_deadline_moves(spor: Spor, tmp_path: Path) -> None:
    svar = spor(version(tmp_path, "frister.plan.dager: 21"), fra=START - 10 * DAG)
    assert [rad["deltakelseId"] for rad in svar["frister"]] == ["D2"]


def test_rules_that_a_deltakelse_would_break_are_told(spor: Spor, tmp_path: Path) -> None:
    svar = spor(version(tmp_path, "omfang.gulvProsent: 65"), fra=START - 10 * DAG)
    merknad = {"regelId": "OMF003", "alvorlighet": "ADVARSEL", "kolonne": "deltakelsesprosent"}
    assert svar["deltakelser"] == [{"arrangor": AVSENDER, "deltakelseId": "D2", "nye": [merknad], "borte": []}]


def test_a_document_that_would_be_let_go(spor: Spor, tmp_path: Path) -> None:
    punkter = ["hensikt", "yrkesmal", "fagligeMalOgFramdrift", "utprovingIOrdinaertArbeidsliv", "avtaltOppfolging"]
    svar = spor(version(tmp_path, f"dokument.plan.pakrevdePunkter: {json.dumps(punkter)}"))
    borte = [{"regelId": "PLA001", "alvorlighet": "FEIL", "kolonne": "mestringsmal"}]
    assert [(rad["deltakelseId"], rad["endring"], rad["nye"], rad["borte"]) for rad in svar["dokumenter"]] == [
        ("D3", "FRIGITT", [], borte)
    ]


def test_the_same_version_changes_nothing_and_says_so(linje: Linje, spor: Spor) -> None:
    assert spor(GJELDENDE)["antall"] == {"deltakelser": 3, "berort": 0, "frister": 0, "dokumenter": 0}
    ny = konsekvens.read_regelverk(GJELDENDE, None, linje.om.oppsett.regelverk)
    tekst = as_text(konsekvens.compare(linje.om, ny, arrangor=AVSENDER, dato=START))
    assert "nothing would change for the 3 deltakelser" in tekst


def test_one_sender_alone(spor: Spor) -> None:
    alene = spor(HORING, arrangor=ANNEN)
    assert [rad["arrangor"] for rad in alene["avsendere"]] == [ANNEN]
    assert [(rad["arrangor"], rad["deltakelseId"]) for rad in alene["dokumenter"]] == [(ANNEN, "D1")]
    with pytest.raises(Oppsettsfeil):
        spor(HORING, arrangor="999999999")


def test_many_senders_are_asked_a_few_at_a_time(spor: Spor, monkeypatch: pytest.MonkeyPatch) -> None:
    sammen = spor(HORING, arrangor=None)
    monkeypatch.setattr(konsekvens, "_POSTER_SAMTIDIG", 1)
    assert spor(HORING, arrangor=None) == sammen


def test_nothing_is_written_and_no_person_is_named(
    linje: Linje, spor: Spor, capsys: pytest.CaptureFixture[str]
) -> None:
    def everything() -> tuple[object, ...]:
        with closing(sqlite3.connect(linje.anlegg.katalog / "ledger" / "ledger.db")) as db:
            return "".join(db.iterdump()), [(o.nokkel, o.etag) for o in linje.om.storage.list_objects("")]

    for_ = everything()
    ny = konsekvens.read_regelverk(HORING, None, linje.om.oppsett.regelverk)
    svar = konsekvens.compare(linje.om, ny, arrangor=None, dato=START)
    tekst = as_text(svar) + json.dumps(spor(HORING))
    assert everything() == for_
    assert "D1" in tekst
    for hemmelig in (make_ident(1), "Fornavn1", "Etternavn1", "P1", "Butikkmedarbeider"):
        assert hemmelig not in tekst + "".join(capsys.readouterr())


def test_an_id_that_may_be_a_persons_number_is_not_repeated() -> None:
    assert konsekvens.printed_id((AVSENDER, "D1")) == "D1"
    assert konsekvens.printed_id((AVSENDER, make_ident(7))) is None


# --- a file that is wrong ---


@pytest.mark.parametrize(
    ("parameter", "sted", "grunn"),
    [
        ("frister.plan.dager: -1", "parametre.frister.plan.dager", "between 0"),
        ("frister.plan.dager: 99999", "parametre.frister.plan.dager", "between 0"),
        ('frister.plan.dager: "tre"', "parametre.frister.plan.dager", "must be a whole number"),
        ("frister.plan.timer: 3", "parametre.frister.plan.timer", "has no such parameter"),
        ("sletting.dager: 14", "parametre.sletting.dager", "deletion before"),
        ("frister.perioderapport.maaneder: 0", "parametre.frister.perioderapport.maaneder", "never end"),
        ('dokument.plan.pakrevdePunkter: ["drommejobb"]', "parametre.dokument.plan.pakrevdePunkter", "drommejobb"),
    ],
)
def test_a_version_that_cannot_be_is_refused(tmp_path: Path, parameter: str, sted: str, grunn: str) -> None:
    fil = version(tmp_path, parameter)
    with pytest.raises(UgyldigFil) as feil:
        konsekvens.read_regelverk(fil, None, alle_regelverk())
    assert (feil.value.fil, feil.value.sted) == (fil, sted)
    assert grunn in feil.value.grunn


def test_a_file_that_holds_persons_is_refused_without_a_word_of_it(tmp_path: Path) -> None:
    for navn, innhold in (("eksport.json", document(START, [running(1, START)])), ("liste.json", [make_ident(1)])):
        fil = tmp_path / navn
        fil.write_text(json.dumps(innhold), encoding="utf-8")
        with pytest.raises(UgyldigFil, match="is no rule version") as feil:
            konsekvens.read_regelverk(fil, None, alle_regelverk())
        assert make_ident(1) not in str(feil.value)


def test_a_first_day_after_the_versions_last_is_refused(tmp_path: Path) -> None:
    fil = version(tmp_path, "frister.plan.dager: 21")
    fil.write_text(fil.read_text(encoding="utf-8").replace('"endrer"', '"gyldigTil": "2026-12-31", "endrer"'))
    with pytest.raises(Bruksfeil, match="--from"):
        konsekvens.read_regelverk(fil, date(2027, 1, 1), alle_regelverk())


def test_the_command(linje: Linje, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    for navn, verdi in linje.anlegg.miljo.items():
        monkeypatch.setenv(navn, verdi)

    def run(*valg: str) -> tuple[int, str, str]:
        kode = cli.main(["whatif", *valg])
        lest = capsys.readouterr()
        return kode, lest.out, lest.err

    kode, ut, _ = run("--regelverk", str(HORING), "--from", FERDIG.isoformat(), "--date", START.isoformat(), "--json")
    assert (kode, json.loads(ut)["antall"]["dokumenter"]) == (0, 2)
    kode, ut, _ = run("--regelverk", str(HORING), "--arrangor", AVSENDER)
    assert kode == 0
    assert f"{AVSENDER}: 1 of 3" in ut
    assert "newly held (sent already): +PLA002 tilrettelegging" in ut
    kode, ut, feil = run("--regelverk", str(tmp_path / "borte.yaml"))
    assert (kode, ut) == (64, "")
    assert "--regelverk must name a .yaml file" in feil
    ugyldig = version(tmp_path, "sletting.dager: 14")
    kode, ut, feil = run("--regelverk", str(ugyldig))
    assert (kode, ut) == (78, "")
    assert f"{ugyldig}, line 1: parametre.sletting.dager" in feil
    assert run("--regelverk", str(HORING), "--arrangor", "999999999")[0] == 78
