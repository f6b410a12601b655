"""The step mottak on real parts: what is taken, held, refused and answered, twice and after a crash."""

import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schemas.oppsett import load_oppsett
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ANNEN, AVSENDER, document, from_other, person, plan, running
from tiltaksflyt.ledger import Innsendingsrad, Innsendingstilstand
from tiltaksflyt.pipeline import mottak
from tiltaksflyt.pipeline.forsok import AvsendereFeilet
from tiltaksflyt.storage import Storage

DAG = date(2026, 3, 2)
_NAA = datetime(2026, 3, 2, tzinfo=UTC)
_ROW = Innsendingsrad(
    innsending_id="x",
    avsender=AVSENDER,
    sha256="0",
    er_glemt=False,
    storrelse=0,
    objekt="x",
    tilstand=Innsendingstilstand.OPPDAGET,
    forsok=0,
    status=None,
    omfang=None,
    avdeling=None,
    kildesystem=None,
    opprettet=None,
    sist_endret=_NAA,
    mottatt=_NAA,
    besvart=None,
    antall={},
    mengder=None,
)


def two(dato: date = DAG) -> dict[str, object]:
    return document(dato, [running(1, dato - timedelta(days=20)), running(2, dato - timedelta(days=10))])


def test_a_clean_drop_is_accepted_answered_and_gone(linje: Linje) -> None:
    antall = linje.receive(two())
    assert (antall["GODTATT_MED_ADVARSEL" if "GODTATT" not in antall else "GODTATT"], antall["godtatt"]) == (1, 2)
    assert sorted(navn.rsplit("/", 1)[1] for navn in linje.outbox()) == [
        "avvik.csv",
        "avvik.xlsx",
        "kvittering.html",
        "kvittering.json",
    ]
    assert not list(linje.om.storage.list_versions("innboks/"))
    assert not list(linje.om.storage.list_versions("mottatt/"))
    assert not linje.om.ledger.innsendinger.with_raw()


def test_what_is_stored_is_what_was_dropped(linje: Linje) -> None:
    linje.receive(two())
    post = linje.om.ledger.deltakelser.read(linje.ref("D2"))
    assert post["deltaker"] == person(2)
    assert post["deltakelse"] == running(2, DAG - timedelta(days=10))


def test_a_file_that_cannot_be_read_is_refused_and_stops_no_other(linje: Linje) -> None:
    linje.drop(b"PK\x03\x04 not a workbook", "ødelagt.xlsx")
    linje.drop(two(), "god.json")
    antall = linje.run("mottak")
    assert antall["AVVIST"] == 1
    assert antall["godtatt"] == 2
    svar = [data for navn, data in linje.outbox().items() if navn.endswith("kvittering.html")]
    assert any(b"Filen kan ikke brukes" in data for data in svar)


@pytest.mark.parametrize("innhold", [b"", b"\x00" * 10, b"{", b"<!DOCTYPE x>", b"\xff\xfe\xfd"])
def test_every_kind_of_rubbish_has_one_outcome_row(linje: Linje, innhold: bytes) -> None:
    assert linje.receive(innhold)["AVVIST"] == 1
    assert [rad.status for rad in linje.om.ledger.innsendinger.list(AVSENDER)] == ["AVVIST"]


def test_a_bad_row_holds_its_own_deltakelse_only(linje: Linje) -> None:
    drop = two()
    drop["deltakelse"][1]["sluttDato"] = "2020-01-01"  # type: ignore[index]
    antall = linje.receive(drop)
    assert (antall["DELVIS_HOLDT"], antall["godtatt"], antall["holdt"]) == (1, 1, 1)
    feil = [avvik for avvik in linje.answer()["avvik"] if avvik["alvorlighet"] == "FEIL"]
    assert {(avvik["regelId"], avvik["tabell"], avvik["rad"]) for avvik in feil} == {("DAT001", "deltakelse", 2)}
    assert linje.om.ledger.deltakelser.find_ref(AVSENDER, "D2") is None


def test_no_answer_holds_a_value_of_a_person(linje: Linje) -> None:
    drop = two()
    drop["deltakelse"][1]["sluttDato"] = "2020-01-01"  # type: ignore[index]
    drop["deltaker"][0]["personident"] = drop["deltaker"][0]["personident"][:-1]  # type: ignore[index]
    linje.receive(drop)
    for navn, data in linje.outbox().items():
        for verdi in (person(1)["personident"][:-1], person(2)["personident"], "Fornavn1", "Etternavn2"):
            assert verdi.encode() not in data, navn


def test_a_corrected_drop_is_accepted(linje: Linje) -> None:
    drop = two()
    drop["deltakelse"][1]["sluttDato"] = "2020-01-01"  # type: ignore[index]
    linje.receive(drop)
    assert linje.om.ledger.innsendinger.held(AVSENDER)
    linje.receive(two())
    assert linje.om.ledger.deltakelser.find_ref(AVSENDER, "D2")
    assert not linje.om.ledger.innsendinger.held(AVSENDER)


def test_the_same_bytes_again_are_told_and_change_nothing(linje: Linje) -> None:
    linje.receive(two())
    # The store tells time in whole seconds; within one, the same bytes are the very same drop.
    time.sleep(1.1)
    antall = linje.receive(two(), "samme igjen.json")
    assert antall["deltakelser"] == 0
    regler = {avvik["regelId"] for navn, avvik in _all_deviations(linje)}
    assert "FIL011" in regler


def _all_deviations(linje: Linje) -> list[tuple[str, dict[str, str]]]:
    return [
        (navn, avvik)
        for navn, data in linje.outbox().items()
        if navn.endswith("kvittering.json")
        for avvik in json.loads(data)["avvik"]
    ]


def test_an_older_whole_export_is_refused_and_changes_nothing(linje: Linje) -> None:
    linje.receive(two())
    eldre = document(DAG - timedelta(days=1), [running(1, DAG - timedelta(days=25))])
    assert linje.receive(eldre)["AVVIST"] == 1
    assert "FIL014" in {avvik["regelId"] for _, avvik in _all_deviations(linje)}
    stored = linje.om.ledger.deltakelser.read(linje.ref("D1"))
    assert stored["deltakelse"]["startDato"] == (DAG - timedelta(days=20)).isoformat()


@pytest.mark.parametrize(("dager", "sagt"), [(-1, True), (0, False)])
def test_older_changes_are_taken_and_told(linje: Linje, dager: int, sagt: bool) -> None:
    linje.receive(two())
    endret = {**running(1, DAG - timedelta(days=20)), "veileder": "Viktor Veileder"}
    drop = document(DAG + timedelta(days=dager), [endret], omfang="ENDRING")
    assert linje.receive(drop)["godtatt"] == 1
    assert ("FIL019" in {avvik["regelId"] for _, avvik in _all_deviations(linje)}) is sagt
    assert linje.om.ledger.deltakelser.read(linje.ref("D1"))["deltakelse"]["veileder"] == "Viktor Veileder"


def test_another_senders_persons_in_the_wrong_house(linje: Linje) -> None:
    drop = two()
    drop["innsending"]["arrangorOrgnr"] = ANNEN  # type: ignore[index]
    assert linje.receive(drop)["AVVIST"] == 1
    assert not linje.om.ledger.deltakelser.list()


def test_a_missing_deltakelse_stays_open_and_is_told(linje: Linje) -> None:
    linje.receive(two())
    linje.receive(document(DAG + timedelta(days=1), [running(1, DAG - timedelta(days=20))]))
    assert len(linje.om.ledger.deltakelser.list(AVSENDER)) == 2
    assert "TVE008" in {avvik["regelId"] for _, avvik in _all_deviations(linje)}


def test_a_table_that_is_absent_leaves_what_is_stored(linje: Linje) -> None:
    forste = document(DAG, [running(1, DAG - timedelta(days=20))], plan=[plan(1, DAG - timedelta(days=2))])
    linje.receive(forste)
    linje.receive(document(DAG + timedelta(days=1), [running(1, DAG - timedelta(days=20))]))
    assert [rad["versjon"] for rad in linje.om.ledger.deltakelser.read(linje.ref("D1"))["plan"]] == [1]


def test_a_crash_before_the_answer_is_written_is_finished_by_the_next_run(
    linje: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Krasj(BaseException):
        """Stands for kill -9."""

    def crash(*_: object) -> str:
        raise Krasj

    linje.drop(two())
    with monkeypatch.context() as lapp:
        lapp.setattr(Storage, "put_outbox", crash)
        with pytest.raises(Krasj):
            linje.run("mottak")
    assert not linje.outbox()
    assert mottak.find_ready(linje.om, linje.now) == [AVSENDER]
    linje.run("mottak")
    assert len([navn for navn in linje.outbox() if navn.endswith("kvittering.html")]) == 1
    assert len(linje.om.ledger.deltakelser.list(AVSENDER)) == 2
    assert not list(linje.om.storage.list_versions("mottatt/"))
    assert mottak.find_ready(linje.om, linje.now) == []


def test_a_drop_that_another_worker_reads_is_left_alone(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stanset(BaseException):
        """Stands for a worker that is stopped from outside."""

    def stall(*_: object, **__: object) -> None:
        raise Stanset

    linje.drop(two())
    with monkeypatch.context() as lapp:
        lapp.setattr(mottak, "assess_chunk", stall)
        with pytest.raises(Stanset):
            linje.run("mottak")
    assert linje.run("mottak") == {}  # the lease still runs
    assert mottak.receive([AVSENDER], omgivelser=linje.om, dato=DAG, now=linje.now + timedelta(hours=1))["godtatt"] == 2


def test_a_later_drop_does_not_overtake_one_that_another_worker_reads(linje: Linje) -> None:
    linje.drop(two(), "1.json")
    [objekt] = linje.om.storage.list_inbox(AVSENDER)
    innsending_id = mottak._take(objekt, AVSENDER, linje.om, linje.now)
    assert linje.om.ledger.innsendinger.claim(innsending_id, now=linje.now, until=linje.now + timedelta(minutes=15))
    time.sleep(1.1)  # the store tells time in whole seconds
    linje.drop(two(DAG - timedelta(days=1)), "2.json")
    assert linje.run("mottak") == {}
    om_litt = linje.now + timedelta(hours=1)
    assert mottak.receive([AVSENDER], omgivelser=linje.om, dato=DAG, now=om_litt)["AVVIST"] == 1  # older than the first


def test_senders_in_one_chunk_are_accepted_each_for_itself(linje: Linje) -> None:
    linje.drop(two())
    linje.anlegg.drop(ANNEN, "eksport.json", json.dumps(from_other(two())).encode())
    antall = linje.run("mottak")
    assert (antall["godtatt"], antall.get("feilet")) == (4, None)
    for orgnr in (AVSENDER, ANNEN):
        assert len(linje.om.ledger.deltakelser.list(orgnr)) == 2


def _is_of_other(verdi: Any) -> bool:
    """Whether an argument is of the other sender, directly or in a chunk."""
    if isinstance(verdi, list):
        return any(_is_of_other(ett) for ett in verdi)
    return getattr(getattr(verdi, "avsender", verdi), "orgnr", None) == ANNEN


@pytest.mark.parametrize("sted", ["read_drop", "assess_chunk", "accept", "tell"])
def test_a_sender_for_whom_something_fails_stops_no_other_and_is_taken_again(
    linje: Linje, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, sted: str
) -> None:
    ekte = getattr(mottak, sted)

    def fail_for_one(*deler: Any, **valg: Any) -> Any:
        if any(_is_of_other(verdi) for verdi in (*deler, *valg.values())):
            raise ValueError("Fornavn1 Etternavn1")
        return ekte(*deler, **valg)

    linje.drop(two())
    linje.anlegg.drop(ANNEN, "eksport.json", json.dumps(from_other(two())).encode())
    with monkeypatch.context() as lapp:
        lapp.setattr(mottak, sted, fail_for_one)
        with pytest.raises(AvsendereFeilet):
            linje.run("mottak")
    assert len(linje.om.ledger.deltakelser.list(AVSENDER)) == 2
    assert len(list(linje.om.storage.list_objects(f"utboks/{AVSENDER}/"))) == 4
    assert not list(linje.om.storage.list_objects(f"utboks/{ANNEN}/"))
    assert f"sender {ANNEN} failed with UVENTET_ValueError" in caplog.text
    assert "Etternavn1" not in caplog.text
    linje.run("mottak")
    assert len(linje.om.ledger.deltakelser.list(ANNEN)) == 2
    assert len(list(linje.om.storage.list_objects(f"utboks/{ANNEN}/"))) == 4
    assert not linje.om.ledger.innsendinger.with_raw()


_PROFIL = """\
profil: annen
versjon: 1
beskrivelse: Oppsettet til den andre avsenderen.
format: JSON
tabeller:
  Personer:
    til:
      deltaker:
        deltakerId: Nr
        personident: Fnr
        fornavn: Fornavn
        etternavn: Etternavn
        navEnhet: Kontor
        adressebeskyttelse: {konstant: UGRADERT}
  Tiltak:
    til:
      deltakelse:
        deltakerId: Nr
        deltakelseId: Løp
        tiltakskode: {konstant: ARBEIDSFORBEREDENDE_TRENING}
        status: Status
        startDato: Start
        sluttDato: Slutt
"""


def _own_layout() -> bytes:
    """The drop of `two` in the layout of _PROFIL."""
    personer = [person(nummer) for nummer in (1, 2)]
    innhold = {
        "Personer": [
            {"Nr": p["deltakerId"], "Fnr": p["personident"], "Fornavn": p["fornavn"], "Etternavn": p["etternavn"],
             "Kontor": p["navEnhet"]}
            for p in personer
        ],
        "Tiltak": [
            {"Nr": f"P{nummer}", "Løp": f"D{nummer}", "Status": "DELTAR", "Start": "2026-02-10", "Slutt": "2027-02-09"}
            for nummer in (1, 2)
        ],
    }  # fmt: skip
    return json.dumps(innhold, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("profil", "linje_nr", "grunn"),
    [
        (None, None, "the file does not exist"),
        (_PROFIL.replace("Status", "[Status"), 22, "not valid YAML"),
        (_PROFIL.replace("format: JSON", "format: PDF"), 4, "'PDF' is not one of"),
        (_PROFIL.replace("        navEnhet: Kontor\n", ""), 8, "the contract requires the field"),
        (_PROFIL.replace("konstant: UGRADERT", "konstant: HEMMELIG"), 14, "not a code of adressebeskyttelse"),
    ],
)
def test_a_broken_profile_stops_its_sender_only_and_the_log_says_what_to_mend(
    linje: Linje, caplog: pytest.LogCaptureFixture, profil: str | None, linje_nr: int | None, grunn: str
) -> None:
    fil = linje.anlegg.oppsett / "profiler" / "annen" / "1.yaml"
    fil.parent.mkdir(parents=True)
    if profil is not None:
        fil.write_text(profil, encoding="utf-8")
    oppsett = linje.anlegg.oppsett / "avsendere" / f"{ANNEN}.yaml"
    oppsett.write_text(oppsett.read_text(encoding="utf-8") + "profil: {navn: annen, versjon: 1}\n", encoding="utf-8")
    linje.om = replace(linje.om, oppsett=load_oppsett(linje.anlegg.oppsett))
    linje.drop(two())
    linje.anlegg.drop(ANNEN, "eksport.json", _own_layout())

    with pytest.raises(AvsendereFeilet):
        linje.run("mottak")
    assert len(linje.om.ledger.deltakelser.list(AVSENDER)) == 2
    assert len(linje.outbox()) == 4
    assert not list(linje.om.storage.list_objects(f"utboks/{ANNEN}/"))
    assert f"sender {ANNEN} failed with UGYLDIG_FIL" in caplog.text
    hvor = f"{fil}, line {linje_nr}: " if linje_nr else f"{fil}: "
    assert [melding for melding in caplog.messages if melding.startswith(hvor) and grunn in melding]
    for verdi in (person(1)["personident"], "Etternavn1"):
        assert verdi not in caplog.text

    # Mended, the drop that waited is taken as if nothing had happened.
    fil.write_text(_PROFIL, encoding="utf-8")
    assert linje.run("mottak")["godtatt"] == 2
    assert len(linje.om.ledger.deltakelser.list(ANNEN)) == 2


@pytest.mark.parametrize(
    ("storrelser", "bunter"),
    [([], []), ([1, 2], [[1, 2]]), ([10, 6], [[10, 6]]), ([10, 7], [[10], [7]]), ([40, 1, 1], [[40], [1, 1]])],
)
def test_what_is_in_memory_together_is_bounded(storrelser: list[int], bunter: list[list[int]]) -> None:
    rader = [replace(_ROW, storrelse=mib * 1024**2) for mib in storrelser]
    delt = [[rad.storrelse // 1024**2 for rad in bunt] for bunt in mottak._split(rader)]
    assert delt == bunter


def test_a_file_that_is_still_being_written_is_not_taken(linje: Linje) -> None:
    linje.drop(two())
    assert mottak.find_ready(linje.om, datetime.now(UTC)) == []
    assert mottak.find_ready(linje.om, linje.now) == [AVSENDER]


def test_the_senders_own_file_name_goes_no_further_than_the_door(linje: Linje) -> None:
    linje.receive(two(), "Etternavn1, Fornavn1.json")
    assert not [v.nokkel for v in linje.om.storage.list_versions() if "Etternavn1" in v.nokkel]
