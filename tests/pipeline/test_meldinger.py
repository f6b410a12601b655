"""The messages through the steps: from the fact in a drop to two receipts, and what does not become one."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.ikrafttredelse import in_place_of
from tests.pipeline.conftest import START, Linje
from tests.pipeline.fellesanlegg import Fellesanlegg
from tests.pipeline.saker import AFT, AVSENDER, ENHET, document, make_oppsett, running
from tiltaksflyt.ledger import Forsendelsestilstand
from tiltaksflyt.pipeline import frister, konsekvens
from tiltaksflyt.pipeline.konsekvenstekst import as_text

FYLKE = "9603"
OPPSTART = date(2026, 2, 10)
DAG = date(2026, 3, 2)
T = Forsendelsestilstand


@pytest.fixture
def linje(tmp_path: Path, felles: Fellesanlegg) -> Iterator[Linje]:
    """The line with a Nav fylke for the Nav-kontor of the cases."""
    mal = make_oppsett(tmp_path / "mal")
    fil = mal / "mottakere.yaml"
    mottakere = yaml.safe_load(fil.read_text(encoding="utf-8"))["mottakere"]
    fylket = {**mottakere[0], "navEnhet": FYLKE, "navn": "TEST Nav fylke", "fylkeskontorFor": ["03"]}
    fil.write_text(yaml.safe_dump({"mottakere": [*mottakere, fylket]}), encoding="utf-8")
    with felles.open(tmp_path / "anlegg", mal) as anlegg, anlegg.omgivelser() as omgivelser:
        yield Linje(anlegg, omgivelser).on(START)


def ending(**endret: Any) -> dict[str, Any]:
    """A running deltakelse whose end before plan is agreed."""
    return {
        **running(1, OPPSTART),
        "planlagtSluttDato": (OPPSTART + timedelta(days=364)).isoformat(),
        "sluttDato": "2026-04-30",
        "avslutningAvtaltMedNav": DAG.isoformat(),
        **endret,
    }


def forlengelse(nummer: int, ny: str, avtalt: str | None, **endret: Any) -> dict[str, Any]:
    rad = {
        "forlengelseId": f"F{nummer}",
        "deltakelseId": "D1",
        "nySluttDato": ny,
        "grunnlag": "HOVEDREGEL",
        "begrunnelse": "Praksisen kom sent i gang.",
        **endret,
    }
    return rad if avtalt is None else {**rad, "avtaltMedNav": avtalt}


def built(linje: Linje) -> dict[tuple[str, int, int], dict[str, Any]]:
    """The frozen content of each version, by type, number and version."""
    ledger = linje.om.ledger.dokumenter
    return {(rad.type, rad.nummer, rad.versjon): ledger.read(rad.melding_id) for rad in ledger.list(linje.ref("D1"))}


def states(linje: Linje) -> dict[tuple[int, str], Forsendelsestilstand]:
    rader = linje.om.ledger.dokumenter.forsendelser(ref=linje.ref("D1"))
    return {(rad.versjon, rad.mottaker): rad.tilstand for rad in rader}


def archived(linje: Linje, melding_id: str) -> dict[str, bytes]:
    """What the receiver has of one message."""
    (mappe,) = linje.anlegg.mottakerkatalog.glob(f"**/arkiv/*/{melding_id}")
    return {fil.name: fil.read_bytes() for fil in mappe.iterdir()}


def send(linje: Linje, antall: int) -> None:
    """Deliver to every recipient, and take the receipts when the receiver has `antall` documents."""
    linje.run("levering", "levering")  # a copy leaves in the run after its original
    linje.wait_for_receipts(antall)
    linje.run("kvittering")


# --- one document for each fact ---


def test_a_bestilling_that_is_confirmed_becomes_one_document_with_the_deadline_of_the_duty(linje: Linje) -> None:
    ett = {**running(1, OPPSTART), "bestillingSendt": "2026-02-26", "bestillingBekreftet": "2026-03-02"}
    linje.receive(document(DAG, [ett]))
    assert linje.run("rapportering")["bygget"] == 1
    assert linje.run("rapportering")["bygget"] == 0
    innhold = built(linje)["BESTILLINGSBEKREFTELSE", 0, 1]
    assert (innhold["hode"]["frist"], "nummer" in innhold["hode"]) == ("2026-03-03", False)


def test_two_extensions_are_two_documents_each_with_its_own_number(linje: Linje) -> None:
    rader = [forlengelse(1, "2027-06-01", "2026-02-20"), forlengelse(2, "2027-12-01", "2026-03-01")]
    linje.receive(document(DAG, [{**running(1, OPPSTART), "sluttDato": "2027-12-01"}], forlengelse=rader))
    assert linje.run("rapportering")["bygget"] == 2
    assert {nokkel: d["hode"]["nummer"] for nokkel, d in built(linje).items()} == {
        ("MELDING_FORLENGELSE", 1, 1): 1,
        ("MELDING_FORLENGELSE", 2, 1): 2,
    }


def test_an_extension_that_is_not_agreed_waits_and_is_sent_on_the_day_it_is(linje: Linje) -> None:
    ett = {**running(1, OPPSTART), "sluttDato": "2027-06-01"}
    linje.receive(document(DAG, [ett], forlengelse=[forlengelse(1, "2027-06-01", None)]))
    assert linje.run("rapportering")["bygget"] == 0
    dagen_etter = DAG + timedelta(days=1)
    linje.on(dagen_etter)
    linje.receive(document(dagen_etter, [ett], forlengelse=[forlengelse(1, "2027-06-01", dagen_etter.isoformat())]))
    assert linje.run("rapportering")["bygget"] == 1


def test_a_corrected_extension_is_a_new_version_that_names_the_first_and_marks_what_is_new(linje: Linje) -> None:
    ett = {**running(1, OPPSTART), "sluttDato": "2027-06-01"}
    linje.receive(document(DAG, [ett], forlengelse=[forlengelse(1, "2027-06-01", "2026-03-01")]))
    linje.run("rapportering")
    send(linje, 1)
    rettet = forlengelse(1, "2027-06-01", "2026-03-01", begrunnelse="Arbeidsgiveren vil ansette til sommeren.")
    linje.on(DAG + timedelta(days=2)).receive(document(DAG + timedelta(days=2), [ett], forlengelse=[rettet]))
    assert linje.run("rapportering")["bygget"] == 0
    linje.on(DAG + timedelta(days=3))
    assert linje.run("rapportering")["bygget"] == 1
    dokumenter = built(linje)
    forste, andre = (dokumenter["MELDING_FORLENGELSE", 1, versjon] for versjon in (1, 2))
    assert andre["hode"]["erstatter"] == forste["hode"]["meldingId"]
    merket = {s["kode"]: [bool(b.get("endret")) for b in s["blokker"]] for s in andre["seksjoner"]}
    assert merket == {"KORT_FORTALT": [False], "BEGRUNNELSE": [True], "VARIGHET": [False]}


def test_a_sender_that_tells_nav_elsewhere_sends_none_of_those(linje: Linje, monkeypatch: pytest.MonkeyPatch) -> None:
    avsendere = dict(linje.om.oppsett.avsendere)
    utenom = frozenset({"BESTILLINGSBEKREFTELSE", "MELDING_FORLENGELSE"})
    avsendere[AVSENDER] = replace(avsendere[AVSENDER], meldes_pa_annen_mate=utenom)
    monkeypatch.setattr(linje, "om", replace(linje.om, oppsett=replace(linje.om.oppsett, avsendere=avsendere)))
    linje.receive(document(DAG, [ending(bestillingBekreftet="2026-03-02")]))
    linje.run("rapportering")
    assert [type_ for type_, _, _ in built(linje)] == ["MELDING_AVSLUTNING"]


def test_an_extension_without_a_reason_is_held_and_the_sender_is_told_which_point(linje: Linje) -> None:
    ett = {**running(1, OPPSTART), "sluttDato": "2027-06-01"}
    linje.receive(document(DAG, [ett], forlengelse=[forlengelse(1, "2027-06-01", "2026-03-01", begrunnelse="-")]))
    avvik = {(ett["regelId"], ett["kolonne"]) for ett in linje.answer()["avvik"]}
    assert ("VAR015", "begrunnelse") in avvik
    antall = linje.run("rapportering")
    assert (antall["bygget"], antall["ufullstendig"]) == (0, 1)


def test_a_version_that_gives_or_takes_a_message_says_so_beforehand(linje: Linje, tmp_path: Path) -> None:
    linje.receive(document(DAG, [ending()]))
    fil = tmp_path / "versjon.json"
    uten = {"sendes": {"verdi": False, "styrke": "skal", "kilde": "prove"}}
    hode = {"tiltakskode": AFT, "versjon": "prove", "gyldigFra": "2016-01-01", "endrer": "AFT-gjeldende"}
    fil.write_text(json.dumps({**hode, "parametre": {"dokument": {"meldingAvslutning": uten}}}), encoding="utf-8")
    i_kraft = linje.om.oppsett.regelverk
    ny = konsekvens.read_regelverk(fil, None, i_kraft)
    svar = konsekvens.compare(linje.om, ny, arrangor=AVSENDER, dato=DAG)
    assert [(rad.type, rad.endring) for rad in svar.dokumenter] == [("MELDING_AVSLUTNING", "FALLER_BORT")]
    assert "MELDING_AVSLUTNING: no longer made" in as_text(svar)
    omvendt = replace(linje.om, oppsett=replace(linje.om.oppsett, regelverk=in_place_of(i_kraft, ny)))
    gjeldende = next(versjon for versjon in i_kraft if versjon.tiltakskode == AFT)
    svar = konsekvens.compare(omvendt, gjeldende, arrangor=AVSENDER, dato=DAG)
    assert [(rad.type, rad.endring) for rad in svar.dokumenter] == [("MELDING_AVSLUTNING", "KOMMER")]


# --- duties ---


def test_a_message_that_goes_late_makes_no_duty_late(linje: Linje) -> None:
    ett = {**running(1, OPPSTART), "bestillingSendt": "2026-02-26", "bestillingBekreftet": "2026-02-27"}
    linje.on(DAG + timedelta(days=30)).receive(document(DAG + timedelta(days=30), [ett]))
    linje.run("rapportering")
    send(linje, 1)
    linje.run("frister")
    fakta = linje.om.ledger.dokumenter.facts([linje.ref("D1")])[linje.ref("D1")]
    assert [rad.sendt_dato for rad in fakta] == [DAG + timedelta(days=30)]
    assert frister.met_by(fakta) == {}
    status = {rad.type: rad.status for rad in linje.om.ledger.forpliktelser.list(AVSENDER)}
    assert status["BEKREFT_BESTILLING"] == "LEVERT_I_TIDE"


# --- the copy to Nav fylke ---


def test_an_early_end_goes_to_the_nav_kontor_and_as_a_copy_to_nav_fylke(linje: Linje) -> None:
    linje.receive(document(DAG, [ending()]))
    assert linje.run("rapportering")["bygget"] == 1
    send(linje, 2)
    assert states(linje) == {(1, ENHET): T.GODTATT, (1, FYLKE): T.GODTATT}
    original, kopi = sorted(linje.om.ledger.dokumenter.forsendelser(ref=linje.ref("D1")), key=lambda rad: rad.er_kopi)
    filer, kopifiler = archived(linje, original.melding_id), archived(linje, kopi.melding_id)
    hode, kopihode = (json.loads(f["dokument.json"])["hode"] for f in (filer, kopifiler))
    assert (kopihode["meldingId"], kopihode["kopiAv"]) == (kopi.melding_id, original.melding_id)
    assert (kopihode["mottaker"]["navEnhet"], hode["mottaker"]["navEnhet"]) == (FYLKE, ENHET)
    assert {"kopiAv", "erstatter"} & hode.keys() == set()
    assert ("journalpost.json" in filer, "journalpost.json" in kopifiler) == (True, False)
    assert b"Kopimottaker" in kopifiler["arkivmelding.xml"]
    assert linje.run("levering") == {}


def test_a_corrected_copy_replaces_the_copy_and_not_the_original(linje: Linje) -> None:
    linje.receive(document(DAG, [ending()]))
    linje.run("rapportering")
    send(linje, 2)
    linje.on(DAG + timedelta(days=2)).receive(document(DAG + timedelta(days=2), [ending(sluttDato="2026-05-29")]))
    linje.on(DAG + timedelta(days=3))
    assert linje.run("rapportering")["bygget"] == 1
    send(linje, 4)
    assert states(linje) == {
        (1, ENHET): T.ERSTATTET,
        (1, FYLKE): T.ERSTATTET,
        (2, ENHET): T.GODTATT,
        (2, FYLKE): T.GODTATT,
    }
    rader = linje.om.ledger.dokumenter.forsendelser(ref=linje.ref("D1"))
    meldinger = {(rad.versjon, rad.mottaker): rad.melding_id for rad in rader}
    for enhet in (ENHET, FYLKE):
        hode = json.loads(archived(linje, meldinger[2, enhet])["dokument.json"])["hode"]
        assert (hode["meldingId"], hode["erstatter"]) == (meldinger[2, enhet], meldinger[1, enhet])


def test_a_cause_that_comes_when_the_end_is_past_sends_no_second_message(linje: Linje) -> None:
    linje.receive(document(DAG, [ending()]))
    linje.run("rapportering")
    etter = date(2026, 5, 2)
    ferdig = ending(status="HAR_SLUTTET", statusGyldigFra="2026-05-01", aarsak="SYK")
    linje.on(etter).receive(document(etter, [ferdig]))
    linje.on(etter + timedelta(days=3))
    assert linje.run("rapportering")["bygget"] == 0


def test_a_fylke_without_an_enhet_stops_nothing_and_is_told(
    linje: Linje, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mottakere = {nokkel: en for nokkel, en in linje.om.oppsett.mottakere.items() if nokkel != FYLKE}
    monkeypatch.setattr(linje, "om", replace(linje.om, oppsett=replace(linje.om.oppsett, mottakere=mottakere)))
    linje.receive(document(DAG, [ending()]))
    with caplog.at_level(logging.WARNING):
        antall = linje.run("rapportering")
    assert (antall["bygget"], antall["utenFylkeskontor"]) == (1, 1)
    assert "no Nav fylke in mottakere.yaml for fylke 03" in caplog.text
    send(linje, 1)
    assert states(linje) == {(1, ENHET): T.GODTATT}


def test_a_protected_address_holds_both(linje: Linje) -> None:
    innhold = document(DAG, [ending()])
    innhold["deltaker"][0]["adressebeskyttelse"] = "FORTROLIG"
    linje.receive(innhold)
    antall = linje.run("rapportering")
    assert (antall["bygget"], antall["holdt"]) == (1, 1)
    assert states(linje) == {(1, ENHET): T.HOLDT, (1, FYLKE): T.HOLDT}
    assert linje.run("levering") == {}


def wrong(opprettet: date) -> dict[str, Any]:
    return document(opprettet, [ending(status="FEILREGISTRERT", statusGyldigFra=DAG.isoformat())])


def test_a_deltakelse_registered_in_error_withdraws_both_before_they_are_sent(linje: Linje) -> None:
    linje.receive(document(DAG, [ending()]))
    linje.run("rapportering")
    linje.on(DAG + timedelta(days=1)).receive(wrong(DAG + timedelta(days=1)))
    assert linje.run("rapportering")["trukket"] == 2
    assert states(linje) == {(1, ENHET): T.TILBAKEKALT, (1, FYLKE): T.TILBAKEKALT}
    assert linje.run("levering") == {}


def test_a_deltakelse_registered_in_error_takes_back_the_copy_that_was_sent(linje: Linje) -> None:
    linje.receive(document(DAG, [ending()]))
    linje.run("rapportering")
    send(linje, 2)
    linje.on(DAG + timedelta(days=1)).receive(wrong(DAG + timedelta(days=1)))
    assert linje.run("rapportering")["tilbakekalt"] == 1
    send(linje, 4)
    rader = linje.om.ledger.dokumenter.forsendelser(ref=linje.ref("D1"))
    meldinger = {(rad.versjon, rad.mottaker): rad.melding_id for rad in rader}
    kopi = json.loads(archived(linje, meldinger[2, FYLKE])["dokument.json"])
    assert (kopi["hode"]["tilbakekalt"], kopi["hode"]["erstatter"]) == ("FEILREGISTRERT", meldinger[1, FYLKE])
    assert meldinger[1, ENHET] not in json.dumps(kopi)


# --- what is no longer so ---


def without_the_extension(linje: Linje, dag: date) -> None:
    linje.on(dag)
    linje.receive(document(dag, [running(1, OPPSTART)], forlengelse=[]))


def extended(linje: Linje) -> None:
    ett = {**running(1, OPPSTART), "sluttDato": "2027-06-01"}
    linje.receive(document(DAG, [ett], forlengelse=[forlengelse(1, "2027-06-01", DAG.isoformat())]))
    linje.run("rapportering")


def test_a_message_of_what_is_no_longer_so_is_taken_back_when_it_has_been_still(linje: Linje) -> None:
    extended(linje)
    send(linje, 1)
    without_the_extension(linje, DAG + timedelta(days=1))
    assert linje.run("rapportering").get("tilbakekalt", 0) == 0
    linje.on(DAG + timedelta(days=3))
    assert linje.run("rapportering")["tilbakekalt"] == 1
    hode = built(linje)["MELDING_FORLENGELSE", 1, 2]["hode"]
    assert (hode["tilbakekalt"], hode["nummer"]) == ("GJELDER_IKKE", 1)
    assert linje.run("rapportering").get("tilbakekalt", 0) == 0
    send(linje, 2)
    assert states(linje) == {(1, ENHET): T.ERSTATTET, (2, ENHET): T.GODTATT}
    feil = DAG + timedelta(days=4)
    linje.on(feil)
    feilregistrert = {**running(1, OPPSTART), "status": "FEILREGISTRERT", "statusGyldigFra": feil.isoformat()}
    linje.receive(document(feil, [feilregistrert]))
    assert linje.run("rapportering").get("tilbakekalt", 0) == 0


def test_a_message_that_nobody_has_is_withdrawn_when_it_is_no_longer_so(linje: Linje) -> None:
    extended(linje)
    without_the_extension(linje, DAG + timedelta(days=1))
    linje.on(DAG + timedelta(days=3))
    assert linje.run("rapportering")["trukket"] == 1
    assert states(linje) == {(1, ENHET): T.TILBAKEKALT}


def test_an_end_that_is_no_longer_before_plan_is_taken_back_from_both(linje: Linje) -> None:
    linje.receive(document(DAG, [ending()]))
    linje.run("rapportering")
    send(linje, 2)
    etter = DAG + timedelta(days=1)
    linje.on(etter)
    linje.receive(document(etter, [ending(sluttDato=ending()["planlagtSluttDato"])]))
    linje.on(DAG + timedelta(days=3))
    assert linje.run("rapportering")["tilbakekalt"] == 1
    send(linje, 4)
    assert states(linje) == {
        (1, ENHET): T.ERSTATTET,
        (1, FYLKE): T.ERSTATTET,
        (2, ENHET): T.GODTATT,
        (2, FYLKE): T.GODTATT,
    }


def test_a_message_whose_fact_stands_is_not_taken_back_by_another_change(linje: Linje) -> None:
    ett = {**running(1, OPPSTART), "sluttDato": "2027-06-01"}
    rad = forlengelse(1, "2027-06-01", DAG.isoformat())
    extended(linje)
    send(linje, 1)
    etter = DAG + timedelta(days=1)
    linje.on(etter)
    linje.receive(document(etter, [{**ett, "veileder": "Vigdis Veileder"}], forlengelse=[rad]))
    linje.on(DAG + timedelta(days=3))
    antall = linje.run("rapportering")
    assert (antall.get("tilbakekalt", 0), antall.get("trukket", 0)) == (0, 0)
