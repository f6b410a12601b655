"""The list of what has been received: what stands on it, when it is published, and that asking for it stops nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.loader import validator
from tiltaksflyt.referansemottak import Mottak, Mottaksoppsett, Mottatt, publish_list
from tiltaksflyt.referansemottak.__main__ import main
from tiltaksflyt.referansemottak.liste import PERIODE, list_name, make_list

BRUKER = "tiltaksflyt"
NA = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
L1, L2 = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
M1, M2 = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
MINUTT = timedelta(minutes=1)


@pytest.fixture
def mottatt(tmp_path: Path) -> Mottatt:
    return Mottatt(tmp_path)


def answer(mottatt: Mottatt, leveranse_id: str, melding_id: str, status: str = "GODTATT", tid: datetime = NA) -> None:
    mottatt.note_package(BRUKER, leveranse_id, "LEVERT", tid)
    kode = "X1" if status == "AVVIST" else None
    mottatt.note_answer(BRUKER, leveranse_id, melding_id, status=status, kode=kode, tid=tid)


def listed(mottatt: Mottatt, now: datetime = NA + MINUTT, bruker: str = BRUKER) -> dict[str, dict[str, str]]:
    """The status of each document on the list, by package; the list satisfies its schema."""
    liste = make_list(mottatt, bruker, ["0315"], now)
    validator("avstemming").validate(liste)
    return {ett["leveranseId"]: {m["meldingId"]: m["status"] for m in ett["meldinger"]} for ett in liste["leveranser"]}


def test_it_has_every_document_with_its_answer_and_nothing_of_another_sender(mottatt: Mottatt) -> None:
    answer(mottatt, L1, M1)
    answer(mottatt, L1, M2, "AVVIST")
    assert listed(mottatt) == {L1: {M1: "GODTATT", M2: "AVVIST"}}
    assert listed(mottatt, bruker="annen") == {}


def test_a_document_that_came_again_stands_where_it_came_first(mottatt: Mottatt) -> None:
    answer(mottatt, L1, M1)
    answer(mottatt, L2, M1, tid=NA + MINUTT)
    assert listed(mottatt, NA + 2 * MINUTT) == {L1: {M1: "GODTATT"}, L2: {}}
    # Also when it came first before the time of the list: that it came again is in it.
    senere = NA + PERIODE + MINUTT / 2
    assert listed(mottatt, senere) == {L1: {M1: "GODTATT"}, L2: {}}
    assert listed(mottatt, senere + MINUTT) == {}


def test_a_changed_answer_stands_with_its_own_time(mottatt: Mottatt) -> None:
    answer(mottatt, L1, M1, "AVVIST")
    answer(mottatt, L2, M1, "GODTATT", NA + MINUTT)
    liste = make_list(mottatt, BRUKER, ["0315"], NA + 2 * MINUTT)
    (melding,) = [melding for ett in liste["leveranser"] for melding in ett["meldinger"]]
    assert (melding["status"], "kode" in melding) == ("GODTATT", False)
    assert datetime.fromisoformat(melding["tid"]) == NA + MINUTT


def test_a_package_that_was_refused_is_on_it_without_documents(mottatt: Mottatt) -> None:
    mottatt.note_package(BRUKER, L1, "FEIL", NA)
    liste = make_list(mottatt, BRUKER, ["0315"], NA + MINUTT)
    assert [(ett["status"], ett["meldinger"]) for ett in liste["leveranser"]] == [("FEIL", [])]


def test_the_day_is_the_day_in_oslo() -> None:
    assert list_name(datetime(2026, 3, 1, 22, 59, tzinfo=UTC)) == "avstemming-2026-03-01"
    assert list_name(datetime(2026, 3, 1, 23, 0, tzinfo=UTC)) == "avstemming-2026-03-02"
    assert list_name(datetime(2026, 7, 1, 22, 0, tzinfo=UTC)) == "avstemming-2026-07-02"


def test_what_the_receiver_takes_is_on_its_list(tmp_path: Path, bygger: Any) -> None:
    oppsett = Mottaksoppsett(tmp_path, frozenset({"0315"}), bygger.apner())
    mottak = Mottak(oppsett, lambda: NA)
    god, darlig = bygger.dokument("PLAN"), bygger.dokument("PLAN", filer={"dokument.pdf": b"ikke pdf"})
    pakke = bygger.pakke(god, darlig).pakke
    inn = mottak.home(BRUKER) / "inn"
    for navn, innhold in ((pakke.filnavn, pakke.fil.read_bytes()), (f"{L2}.asice.p7m", b"no package")):
        (inn / navn).write_bytes(innhold)
        mottak.take(BRUKER, inn / navn)
    assert listed(mottak.mottatt) == {
        pakke.leveranse_id: {god.melding_id: "GODTATT", darlig.melding_id: "AVVIST"},
        L2: {},
    }


def test_it_is_published_once_a_day_and_on_demand(start_mottak: Callable[..., Any]) -> None:
    tjeneste = start_mottak().tjeneste
    mappe = tjeneste.mottak.home(BRUKER) / "kvitteringer"
    tjeneste.stop()
    tjeneste.publish_when_due()
    assert list(mappe.iterdir()) == []  # nothing had come when it began
    for dager in (1, 1, 2):
        tjeneste._klokke = lambda dager=dager: datetime.now(UTC) + timedelta(days=dager)
        tjeneste.publish_when_due()
        assert len(list(mappe.glob("avstemming-*.json"))) == dager
    for fil in mappe.iterdir():
        validator("avstemming").validate(json.loads(fil.read_text(encoding="utf-8")))


def test_the_command_publishes_for_every_sender(tmp_path: Path) -> None:
    for bruker in ("a", "b"):
        (tmp_path / "brukere" / bruker / "kvitteringer").mkdir(parents=True)
    assert main(["--katalog", str(tmp_path), "--liste", "--enheter", "0315,0316"]) == 0
    filer = list(tmp_path.rglob("avstemming-*.json"))
    assert len(filer) == 2
    assert all(json.loads(fil.read_text(encoding="utf-8"))["mottaker"] == ["0315", "0316"] for fil in filer)


def test_a_list_of_the_same_day_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "brukere" / BRUKER / "kvitteringer").mkdir(parents=True)
    publish_list(tmp_path, BRUKER, ["0315"], NA)
    answer(Mottatt(tmp_path), L1, M1)
    fil = publish_list(tmp_path, BRUKER, ["0315"], NA + MINUTT)
    assert [navn.name for navn in fil.parent.iterdir()] == ["avstemming-2026-03-02.json"]
    assert len(json.loads(fil.read_text(encoding="utf-8"))["leveranser"]) == 1
