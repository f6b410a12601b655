"""The receiver takes, registers once, archives and answers; and can be stopped at any point."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.loader import validator
from tiltaksflyt.delivery import Pakke
from tiltaksflyt.delivery.package import MEDIETYPER
from tiltaksflyt.referansemottak import Grenser, Mottak, Mottaksoppsett, Mottatt

NAA = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
BRUKER = "tiltaksflyt"


class Avbrudd(Exception):
    """The plug is pulled here."""


@pytest.fixture
def mottak(tmp_path: Path, bygger: Any) -> Mottak:
    return Mottak(
        Mottaksoppsett(tmp_path, frozenset({"0315"}), bygger.apner(), grenser=Grenser(pakke=5 << 20)), lambda: NAA
    )


def deliver(mottak: Mottak, pakke: Any) -> Path:
    """Put a package in the sender's `inn` and let the receiver take it."""
    fil = mottak.home(BRUKER) / "inn" / pakke.filnavn
    fil.write_bytes(pakke.fil.read_bytes())
    mottak.take(BRUKER, fil)
    return fil


def receipts(mottak: Mottak) -> dict[str, Any]:
    """The receipts that lie ready, by name; each satisfies the schema."""
    funnet = {}
    for fil in sorted((mottak.home(BRUKER) / "kvitteringer").iterdir()):
        funnet[fil.name] = json.loads(fil.read_text(encoding="utf-8"))
        validator("kvittering_mottaker").validate(funnet[fil.name])
    return funnet


def test_a_whole_package_is_counted_archived_and_answered_twice(mottak: Mottak, bygger: Any) -> None:
    plan, slutt = bygger.dokument("PLAN"), bygger.dokument("SLUTTRAPPORT")
    pakke = bygger.pakke(plan, slutt).pakke
    fil = deliver(mottak, pakke)
    assert not fil.exists()
    assert mottak.mottatt.count() == {"PLAN": 1, "SLUTTRAPPORT": 1}
    svar = receipts(mottak)
    teknisk = svar[f"{pakke.leveranse_id}.teknisk.json"]
    assert (teknisk["status"], teknisk["sha256"]) == ("LEVERT", pakke.sha256)
    assert teknisk["tid"] == "2026-03-02T07:00:00+00:00"
    dokumenter = svar[f"{pakke.leveranse_id}.kvittering.json"]["dokumenter"]
    assert {d["meldingId"]: d["status"] for d in dokumenter} == {
        plan.melding_id: "GODTATT",
        slutt.melding_id: "GODTATT",
    }
    assert len({d["arkivId"] for d in dokumenter}) == 2
    mappe = mottak.archived(plan.melding_id)
    assert mappe is not None
    assert {f.name: f.read_bytes() for f in mappe.iterdir()} == plan.filer


def test_one_bad_document_never_stops_a_good_one(mottak: Mottak, bygger: Any) -> None:
    god, darlig = bygger.dokument("PLAN"), bygger.dokument("PLAN", filer={"dokument.pdf": b"ikke pdf"})
    pakke = bygger.pakke(god, darlig).pakke
    deliver(mottak, pakke)
    svar = {d["meldingId"]: d for d in receipts(mottak)[f"{pakke.leveranse_id}.kvittering.json"]["dokumenter"]}
    assert svar[god.melding_id]["status"] == "GODTATT"
    assert svar[darlig.melding_id] == {
        "meldingId": darlig.melding_id,
        "status": "AVVIST",
        "kode": "PDF_UGYLDIG",
        "tekst": "PDF-filen er ikke en PDF.",
    }
    assert mottak.mottatt.count() == {"PLAN": 1}
    assert mottak.archived(darlig.melding_id) is None


def test_the_same_meldingid_twice_counts_once(mottak: Mottak, bygger: Any) -> None:
    plan = bygger.dokument()
    en, to = bygger.pakke(plan).pakke, bygger.pakke(plan).pakke
    for pakke in (en, en, to):
        deliver(mottak, pakke)
    assert mottak.mottatt.count() == {"PLAN": 1}
    (svar,) = receipts(mottak)[f"{to.leveranse_id}.kvittering.json"]["dokumenter"]
    assert (svar["status"], svar["kode"]) == ("GODTATT", "ALLEREDE_MOTTATT")
    assert svar["arkivId"] == mottak.mottatt.meldinger()[0].arkiv_id


def test_the_same_meldingid_about_something_else_is_rejected(mottak: Mottak, bygger: Any) -> None:
    plan = bygger.dokument()
    annen = bygger.dokument(meldingId=plan.melding_id, deltakelseId="D-2")
    deliver(mottak, bygger.pakke(plan).pakke)
    pakke = bygger.pakke(annen).pakke
    deliver(mottak, pakke)
    (svar,) = receipts(mottak)[f"{pakke.leveranse_id}.kvittering.json"]["dokumenter"]
    assert (svar["status"], svar["kode"]) == ("AVVIST", "MELDINGID_GJENBRUKT")
    mappe = mottak.archived(plan.melding_id)
    assert mappe is not None
    assert (mappe / "dokument.json").read_bytes() == plan.filer["dokument.json"]


def test_a_rejected_document_may_come_again_whole(mottak: Mottak, bygger: Any) -> None:
    plan = bygger.dokument()
    bygget = bygger.pakke(plan)
    pakke = bygget.pakke
    sti = f"{plan.melding_id}/dokument.pdf"
    skadet = bygger.new_file()
    skadet.write_bytes(bygger.tamper(bygget, lambda filer: filer.update({sti: filer[sti][:-1] + b"!"})))
    deliver(mottak, Pakke.of(pakke.leveranse_id, skadet))
    (svar,) = receipts(mottak)[f"{pakke.leveranse_id}.kvittering.json"]["dokumenter"]
    assert svar["kode"] == "FEIL_SJEKKSUM"
    deliver(mottak, pakke)
    (svar,) = receipts(mottak)[f"{pakke.leveranse_id}.kvittering.json"]["dokumenter"]
    assert svar["status"] == "GODTATT"
    assert mottak.mottatt.count() == {"PLAN": 1}


@pytest.mark.parametrize(
    ("endret", "kode"),
    [({"nav_enhet": "9999"}, "UKJENT_MOTTAKER"), ({"modus": "PROD"}, "FEIL_MODUS")],
)
def test_what_is_not_for_this_receiver_is_refused(mottak: Mottak, bygger: Any, endret: Any, kode: str) -> None:
    pakke = bygger.pakke(**endret).pakke
    fil = deliver(mottak, pakke)
    svar = receipts(mottak)
    assert set(svar) == {f"{pakke.leveranse_id}.teknisk.json"}
    teknisk = svar[f"{pakke.leveranse_id}.teknisk.json"]
    assert (teknisk["status"], teknisk["kode"], teknisk["leveranseId"]) == ("FEIL", kode, pakke.leveranse_id)
    assert not fil.exists()
    assert mottak.mottatt.count() == {}


def test_a_file_that_is_no_package_is_answered_without_its_name(mottak: Mottak, tmp_path: Path) -> None:
    fil = mottak.home(BRUKER) / "inn" / "Plan for Kari 01817012345.pdf"
    fil.write_bytes(b"%PDF-1.7")
    mottak.take(BRUKER, fil)
    ((navn, svar),) = receipts(mottak).items()
    assert navn.startswith("ukjent-")
    assert (svar["status"], svar["kode"], svar["leveranseId"]) == ("FEIL", "IKKE_KRYPTERT_FOR_OSS", None)
    assert "Kari" not in json.dumps(svar)
    assert not [f for f in tmp_path.rglob("*") if "Kari" in f.name]


def test_larger_than_the_receiver_takes(mottak: Mottak) -> None:
    fil = mottak.home(BRUKER) / "inn" / "5b1a3c52-2f60-4c56-9f0c-6f8a2f9f1a11.asice.p7m"
    fil.write_bytes(bytes(6 << 20))
    mottak.take(BRUKER, fil)
    assert receipts(mottak)["5b1a3c52-2f60-4c56-9f0c-6f8a2f9f1a11.teknisk.json"]["kode"] == "FOR_STOR"


@pytest.mark.parametrize("hvor", ["_archive", "add", "_write_receipt", "unlink"])
def test_the_plug_may_be_pulled_anywhere(
    mottak: Mottak, bygger: Any, monkeypatch: pytest.MonkeyPatch, hvor: str
) -> None:
    pakke = bygger.pakke(bygger.dokument(), bygger.dokument()).pakke
    with monkeypatch.context() as brudd:
        pull_plug(brudd, hvor)
        with pytest.raises(Avbrudd):
            deliver(mottak, pakke)
    fil = mottak.home(BRUKER) / "inn" / pakke.filnavn
    assert fil.exists(), "the package was let go of before it was answered"
    mottak.take(BRUKER, fil)
    assert mottak.mottatt.count() == {"PLAN": 2}
    svar = receipts(mottak)[f"{pakke.leveranse_id}.kvittering.json"]["dokumenter"]
    assert [d["status"] for d in svar] == ["GODTATT", "GODTATT"]
    for rad in mottak.mottatt.meldinger():
        mappe = mottak.archived(rad.melding_id)
        assert mappe is not None
        assert {f.name for f in mappe.iterdir()} == set(MEDIETYPER)


def pull_plug(brudd: pytest.MonkeyPatch, hvor: str) -> None:
    """Let the second call of a step never happen (the first of `unlink`, which there is one of)."""
    eier: Any = {"add": Mottatt, "unlink": Path}.get(hvor, Mottak)
    ekte: Callable[..., Any] = getattr(eier, hvor)
    kall = []

    def counted(*argumenter: Any, **navngitte: Any) -> Any:
        kall.append(1)
        if len(kall) == (1 if hvor == "unlink" else 2):
            raise Avbrudd
        return ekte(*argumenter, **navngitte)

    brudd.setattr(eier, hvor, counted)


def test_counting_needs_no_running_receiver(mottak: Mottak, bygger: Any, tmp_path: Path) -> None:
    deliver(mottak, bygger.pakke(bygger.dokument("PERIODERAPPORT")).pakke)
    assert Mottatt(tmp_path).count() == {"PERIODERAPPORT": 1}


def test_a_users_name_is_no_path(mottak: Mottak) -> None:
    for navn in ("../x", "", "a/b", "Kari", "."):
        with pytest.raises(ValueError, match="user's name"):
            mottak.home(navn)
