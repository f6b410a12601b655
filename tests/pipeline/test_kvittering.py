"""The step kvittering with several recipients: two that share a channel, and one with a channel of its own."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Oppsett, load_mottakere
from tests.pipeline.conftest import START, Linje
from tests.pipeline.fellesanlegg import Fellesanlegg
from tests.pipeline.saker import AVSENDER, ENHET, document, make_oppsett, plan, running, slutt
from tiltaksflyt.delivery.kanal import MAKS_KVITTERING
from tiltaksflyt.ledger import Forsendelsestilstand
from tiltaksflyt.pipeline import avvisning

FYLKE, FREMMED = "9603", "9799"
OPPSTART = date(2026, 2, 10)
DAG = timedelta(days=1)


@pytest.fixture
def linje(tmp_path: Path, felles: Fellesanlegg) -> Iterator[Linje]:
    """The Nav-kontor of the cases, a Nav fylke on the same channel, and a recipient that fetches from our bucket."""
    mal = make_oppsett(tmp_path / "mal")
    fil = mal / "mottakere.yaml"
    (kontor,) = yaml.safe_load(fil.read_text(encoding="utf-8"))["mottakere"]
    fylket = {**kontor, "navEnhet": FYLKE, "navn": "TEST Nav fylke", "fylkeskontorFor": ["03"]}
    mappe = f"mottakere/{FREMMED}"
    bucket = {"bucket": {"inn": f"{mappe}/inn", "kvitteringer": f"{mappe}/kvitteringer"}}
    fremmed = {**kontor, "navEnhet": FREMMED, "navn": "TEST Nav Fremmed", "kanal": bucket}
    fil.write_text(yaml.safe_dump({"mottakere": [fylket, kontor, fremmed]}), encoding="utf-8")
    with felles.open(tmp_path / "anlegg", mal) as anlegg, anlegg.omgivelser() as omgivelser:
        yield Linje(anlegg, omgivelser).on(START)


def receipts(linje: Linje) -> Path:
    """Where the reference receiver lays its answers."""
    return next(sti for sti in linje.anlegg.mottakerkatalog.rglob("kvitteringer") if sti.is_dir())


def lay_in_bucket(linje: Linje, innhold: bytes, navn: str = "svar.json") -> None:
    linje.om.storage.put_once(f"mottakere/{FREMMED}/kvitteringer/{navn}", innhold, "application/json")


def change_answers(linje: Linje, endre: Callable[[dict[str, Any]], None]) -> None:
    for fil in receipts(linje).iterdir():
        innhold = json.loads(fil.read_text(encoding="utf-8"))
        for svar in innhold.get("dokumenter", ()):
            endre(svar)
        fil.write_text(json.dumps(innhold), encoding="utf-8")


def reject(svar: dict[str, Any]) -> None:
    svar |= {"status": "AVVIST", "kode": "MANGLER", "tekst": "Et punkt mangler."}


def functional(leveranse_id: str, melding_id: str, status: str, tid: datetime) -> bytes:
    svar = {"meldingId": melding_id, "status": status} | ({"kode": "A1"} if status == "AVVIST" else {})
    return json.dumps(
        {
            "kvitteringsversjon": "1.0",
            "type": "FUNKSJONELL",
            "leveranseId": leveranse_id,
            "tid": tid.isoformat(),
            "dokumenter": [svar],
        }
    ).encode()


@pytest.fixture
def sendt(linje: Linje) -> Linje:
    """One plan at the recipient, with its answers lying ready."""
    linje.receive(document(START, [running(1, OPPSTART)], plan=[plan(1, START)]))
    linje.run("rapportering", "levering")
    linje.wait_for_receipts(1)
    return linje


def the_plan(linje: Linje, versjon: int = 1) -> Any:
    rader = linje.om.ledger.dokumenter.forsendelser(ref=linje.ref("D1"))
    return next(rad for rad in rader if (rad.type, rad.versjon) == ("PLAN", versjon))


def remarks(linje: Linje) -> dict[str, int]:
    merknader: dict[str, int] = linje.om.ledger.oversikt(linje.now).as_json()["kvitteringer"]["merknader"]
    return merknader


# --- who may answer ---


def test_recipients_that_share_a_channel_are_one_counterpart(linje: Linje) -> None:
    grupper = linje.om.oppsett.counterparts(er_test=True)
    assert [{m.nokkel for m in gruppe} for gruppe in grupper] == [{FYLKE, ENHET}, {FREMMED}]
    assert linje.om.oppsett.counterparts(er_test=False) == ()


def test_the_folder_of_packages_and_our_key_do_not_make_another_counterpart(tmp_path: Path) -> None:
    mal = make_oppsett(tmp_path / "mal")
    (kontor,) = yaml.safe_load((mal / "mottakere.yaml").read_text(encoding="utf-8"))["mottakere"]

    def other(enhet: str, **endret: str) -> dict[str, Any]:
        return {**kontor, "navEnhet": enhet, "kanal": {"sftp": {**kontor["kanal"]["sftp"], **endret}}}

    rader = [
        kontor,
        other("9704", inn="inn2", nokkelfil="y"),
        other("9705", kvitteringer="k2"),
        other("9706", bruker="z"),
        *({**kontor, "navEnhet": enhet, "kanal": {"manuell": {}}} for enhet in ("9707", "9708")),
    ]
    (mal / "mottakere.yaml").write_text(yaml.safe_dump({"mottakere": rader}), encoding="utf-8")
    oppsett = Oppsett({}, load_mottakere(mal / "mottakere.yaml"), ())
    grupper = oppsett.counterparts(er_test=True)
    assert [[m.nokkel for m in gruppe] for gruppe in grupper] == [
        [ENHET, "9704"],
        ["9705"],
        ["9706"],
        ["9707"],
        ["9708"],
    ]


def test_a_forged_receipt_changes_nothing_is_counted_and_the_real_one_counts(sendt: Linje) -> None:
    rad = the_plan(sendt)
    lay_in_bucket(sendt, functional(rad.leveranse_id, rad.melding_id, "AVVIST", datetime.now(UTC)))
    antall = sendt.run("kvittering")
    assert (antall["falske"], antall["avvist"], antall["dokumentsvar"]) == (1, 0, 1)
    assert the_plan(sendt).tilstand is Forsendelsestilstand.GODTATT
    assert remarks(sendt) == {"FALSK_KVITTERING": 1}
    assert not [navn for navn in sendt.outbox() if navn.startswith("avvist/")]
    assert not list(sendt.om.storage.list_objects(f"mottakere/{FREMMED}/kvitteringer/"))
    assert sendt.run("kvittering").get("falske", 0) == 0


def test_a_receipt_for_a_document_of_another_sender_tells_neither(sendt: Linje) -> None:
    """Of a package that we do not know, about a document that is one sender's: nothing moves and nobody is told."""
    rad = the_plan(sendt)
    ukjent = "00000000-0000-4000-8000-000000000000"
    (receipts(sendt) / "x.json").write_bytes(functional(ukjent, rad.melding_id, "AVVIST", datetime.now(UTC)))
    sendt.run("kvittering")
    assert the_plan(sendt).tilstand is Forsendelsestilstand.GODTATT
    assert remarks(sendt) == {"SVAR_UTENFOR_LEVERANSEN": 1}
    assert not [navn for navn in sendt.outbox() if navn.startswith("avvist/")]


# --- what the sender sees ---


def vurdering(nummer: int, fra: date, til: date) -> dict[str, Any]:
    return {
        "deltakelseId": f"D{nummer}",
        "nummer": 1,
        "planVersjon": 1,
        "periodeFra": fra.isoformat(),
        "periodeTil": til.isoformat(),
        "ferdigstilt": START.isoformat(),
        "statusOgFramdrift": "God framdrift i butikken.",
        "endringerIPlan": "Ingen endringer.",
        "deltakersVurdering": "Trives godt i butikken.",
        "gjennomgattMedDeltaker": START.isoformat(),
        "vurderingAvFortsattDeltakelse": "Trenger mer tid i ordinært arbeidsliv.",
        "anbefaling": "FORTSETTE",
        "nestePeriode": "Mer ansvar i kassen.",
        "grunnIkkeOrdinaer": "IKKE_KLAR",
    }


def test_a_rejection_of_any_document_names_its_own_recipient_and_what_to_do_the_same_day(linje: Linje) -> None:
    slutter = {
        **running(2, OPPSTART),
        "planlagtSluttDato": (OPPSTART + timedelta(days=364)).isoformat(),
        "sluttDato": "2026-04-30",
        "avslutningAvtaltMedNav": START.isoformat(),
    }
    ferdig = {
        **running(3, date(2025, 9, 1)),
        "status": "HAR_SLUTTET",
        "statusGyldigFra": "2026-02-27",
        "sluttDato": "2026-02-27",
    }
    forlenget = {
        **running(4, OPPSTART),
        "sluttDato": "2027-06-01",
        "bestillingSendt": "2026-02-26",
        "bestillingBekreftet": "2026-03-02",
    }
    vinter = date(2025, 12, 2)
    rad = {
        "forlengelseId": "F1",
        "deltakelseId": "D4",
        "nySluttDato": "2027-06-01",
        "grunnlag": "HOVEDREGEL",
        "begrunnelse": "Praksisen kom sent i gang.",
        "avtaltMedNav": "2026-03-01",
    }
    linje.receive(
        document(
            START,
            [running(1, OPPSTART), slutter, ferdig, forlenget, running(5, vinter)],
            plan=[plan(1, START), plan(5, START)],
            vurdering=[vurdering(5, vinter, START)],
            sluttvurdering=[slutt(3, START)],
            forlengelse=[rad],
        )
    )
    bygget = linje.run("rapportering")["bygget"]
    linje.run("levering", "levering")  # a copy leaves in the run after its original
    linje.wait_for_receipts(bygget + 1)
    change_answers(linje, reject)
    assert linje.run("kvittering")["avvist"] == bygget + 1

    forsendelser = linje.om.ledger.dokumenter.forsendelser(avsender=AVSENDER)
    assert {rad.type for rad in forsendelser} == {
        "PLAN",
        "PERIODERAPPORT",
        "SLUTTRAPPORT",
        "BESTILLINGSBEKREFTELSE",
        "MELDING_FORLENGELSE",
        "MELDING_AVSLUTNING",
    }
    assert [rad.mottaker for rad in forsendelser if rad.er_kopi] == [FYLKE]
    sider = linje.outbox()
    for rad in forsendelser:
        side = sider[f"avvist/{rad.melding_id}/avvisning.html"].decode()
        assert ("TEST Nav fylke" if rad.er_kopi else "TEST Nav Eksempelbyen") in side, rad.type
        assert ("TEST Nav Eksempelbyen" if rad.er_kopi else "TEST Nav fylke") not in side, rad.type
        assert "Et punkt mangler." in side
        assert "send en ny eksport" in side


def test_a_corrected_version_goes_out_and_meets_the_same_deadline(sendt: Linje) -> None:
    change_answers(sendt, reject)
    sendt.run("kvittering")
    frist = OPPSTART + timedelta(days=28)
    sendt.run("frister")
    assert {(rad.frist, rad.status) for rad in plan_duties(sendt)} == {(frist, "KOMMENDE")}

    rettet = plan(1, START, hensikt="Komme i ordinært arbeid i butikk.")
    neste = START + DAG
    sendt.on(neste).receive(document(neste, [running(1, OPPSTART)], plan=[rettet]))
    dato = neste
    while sendt.on(dato).run("rapportering")["bygget"] == 0:
        dato += DAG
        assert dato <= frist
    sendt.run("levering")
    sendt.wait_for_receipts(2)
    assert sendt.run("kvittering")["dokumentsvar"] == 1
    assert the_plan(sendt).tilstand is Forsendelsestilstand.ERSTATTET
    assert the_plan(sendt, 2).tilstand is Forsendelsestilstand.GODTATT
    sendt.run("frister")
    assert {(rad.frist, rad.status) for rad in plan_duties(sendt)} == {(frist, "LEVERT_I_TIDE")}


def plan_duties(linje: Linje) -> list[Any]:
    return [rad for rad in linje.om.ledger.forpliktelser.list() if rad.type == "PLAN"]


def test_an_acceptance_after_a_rejection_is_told_in_its_place(sendt: Linje) -> None:
    change_answers(sendt, reject)
    sendt.run("kvittering")
    rad = the_plan(sendt)
    (receipts(sendt) / "snudd.json").write_bytes(
        functional(rad.leveranse_id, rad.melding_id, "GODTATT", datetime.now(UTC) + timedelta(seconds=5))
    )
    antall = sendt.run("kvittering")
    assert (antall["avvist"], antall["motstridende"]) == (0, 1)
    side = sendt.outbox()[f"avvist/{rad.melding_id}/avvisning.html"].decode()
    assert "Et avvist dokument er likevel godtatt" in side
    assert "Et punkt mangler." not in side
    assert remarks(sendt) == {"MOTSTRIDENDE_SVAR": 1}


def test_a_run_that_breaks_off_before_the_sender_is_told_tells_it_the_next_time(
    sendt: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_answers(sendt, reject)

    class Krasj(BaseException):
        """Stands for kill -9."""

    def crash(*_: object, **__: object) -> None:
        raise Krasj

    with monkeypatch.context() as lapp:
        lapp.setattr(avvisning, "_tell", crash)
        with pytest.raises(Krasj):
            sendt.run("kvittering")
    assert the_plan(sendt).tilstand is Forsendelsestilstand.AVVIST
    assert not [navn for navn in sendt.outbox() if navn.startswith("avvist/")]
    sendt.run("kvittering")
    assert [navn for navn in sendt.outbox() if navn.startswith("avvist/")]


def test_an_answer_from_the_future_does_not_outlive_the_next(sendt: Linje) -> None:
    rad = the_plan(sendt)
    for fil in receipts(sendt).glob("*.kvittering.json"):
        fil.write_bytes(functional(rad.leveranse_id, rad.melding_id, "AVVIST", datetime(2099, 1, 1, tzinfo=UTC)))
    sendt.run("kvittering")
    (receipts(sendt) / "ny.json").write_bytes(
        functional(rad.leveranse_id, rad.melding_id, "GODTATT", datetime.now(UTC) + timedelta(minutes=1))
    )
    sendt.run("kvittering")
    # An answer counts at the latest as of the run that read it.
    assert the_plan(sendt).tilstand is Forsendelsestilstand.GODTATT


# --- files that are no receipts ---


def test_a_file_that_is_no_receipt_is_told_once_and_put_aside_a_day_later(sendt: Linje) -> None:
    soppel = receipts(sendt) / "Ola Nordmann 15819012345.json"
    soppel.write_bytes(b'{"leveranseId": "x"')
    antall = sendt.run("kvittering")
    assert (antall["ulest"], antall["nyeUleste"], antall["dokumentsvar"]) == (1, 1, 1)
    antall = sendt.run("kvittering")
    assert (antall["ulest"], antall["nyeUleste"]) == (1, 0)
    assert soppel.exists()
    assert remarks(sendt) == {"ULESELIG_KVITTERING": 1}

    neste = START + oppbevaring().ulest_kvittering
    assert sendt.on(neste).run("kvittering")["lagtTilSide"] == 1
    assert not soppel.exists()
    (lagt,) = sendt.om.storage.list_objects("tilside/")
    assert sendt.om.storage.read(lagt.nokkel, maks_bytes=100) == b'{"leveranseId": "x"'
    assert "Nordmann" not in lagt.nokkel
    assert sendt.run("kvittering").get("ulest", 0) == 0

    siste = neste + oppbevaring().til_side
    sendt.on(siste).run("vedlikehold")
    assert list(sendt.om.storage.list_objects("tilside/"))
    sendt.on(siste + DAG).run("vedlikehold")
    assert not list(sendt.om.storage.list_objects("tilside/"))
    assert remarks(sendt) == {"ULESELIG_KVITTERING": 1}
    sendt.on(neste + oppbevaring().kvitteringsmerknad + DAG).run("vedlikehold")
    assert remarks(sendt) == {}


def test_a_receipt_that_was_half_written_counts_when_it_is_whole(sendt: Linje) -> None:
    (fil,) = receipts(sendt).glob("*.kvittering.json")
    hel = fil.read_bytes()
    fil.write_bytes(hel[:40])
    assert sendt.run("kvittering")["ulest"] == 1
    fil.write_bytes(hel)
    assert sendt.on(START + oppbevaring().ulest_kvittering).run("kvittering")["dokumentsvar"] == 1
    assert not list(sendt.om.storage.list_objects("tilside/"))


@pytest.mark.parametrize("innhold", [b"", b" " * (MAKS_KVITTERING + 1)], ids=["tom", "for stor"])
def test_a_file_we_do_not_have_the_whole_of_stays_with_the_recipient(sendt: Linje, innhold: bytes) -> None:
    fil = receipts(sendt) / "stor.json"
    fil.write_bytes(innhold)
    sendt.run("kvittering")
    antall = sendt.on(START + oppbevaring().ulest_kvittering).run("kvittering")
    assert (antall["ulest"], antall["nyeUleste"], "lagtTilSide" in antall) == (1, 0, False)
    assert fil.exists()
