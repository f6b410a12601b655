"""A tiltak is a policy file, not code: each one that ships, and one made up, from an export to a delivered document."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from schemas.regelverk import REGELVERK
from tests.pipeline.conftest import Linje
from tests.pipeline.fellesanlegg import Fellesanlegg
from tests.pipeline.saker import AFT, ENHET, document, make_oppsett, plan, running, slutt
from tiltaksflyt.pipeline.omgivelser import Omgivelser

DAG = date(2026, 3, 2)
START = DAG - timedelta(days=20)
OPPFUNNET = "JOBBKLUBB"
KOMMUNENS = ("SUPPORTED_EMPLOYMENT", "KVALIFISERINGSPROGRAM")
POLICY = """\
tiltakskode: JOBBKLUBB
versjon: JOBBKLUBB-prove
gyldigFra: 2026-01-01
parametre:
  frister:
    plan: {dager: {verdi: 10, styrke: skal, kilde: oppfunnet for prøven}}
    perioderapport: {maanedsliste: {verdi: [1, 5], styrke: skal, kilde: oppfunnet for prøven}}
    sluttrapport: {dager: {verdi: 5, styrke: skal, kilde: oppfunnet for prøven}}
    varsel:
      snartDager: {verdi: 3, styrke: kontrakt, kilde: oppfunnet for prøven}
      horisontMaaneder: {verdi: 6, styrke: kontrakt, kilde: oppfunnet for prøven}
  sletting:
    dager: {verdi: 60, styrke: skal, kilde: oppfunnet for prøven}
    minUker: {verdi: 4, styrke: kontrakt, kilde: oppfunnet for prøven}
    varselDager: {verdi: [28, 7, 1], styrke: kontrakt, kilde: oppfunnet for prøven}
  kvittering:
    sluttrapport:
      forsteDag: {verdi: 21, styrke: kontrakt, kilde: oppfunnet for prøven}
      dagligFraDag: {verdi: 35, styrke: kontrakt, kilde: oppfunnet for prøven}
      overleveresDag: {verdi: 53, styrke: kontrakt, kilde: oppfunnet for prøven}
  omfang:
    minProsent: {verdi: 1, styrke: skal, kilde: oppfunnet for prøven}
    maksProsent: {verdi: 100, styrke: skal, kilde: oppfunnet for prøven}
    minDager: {verdi: 1, styrke: skal, kilde: oppfunnet for prøven}
    maksDager: {verdi: 5, styrke: skal, kilde: oppfunnet for prøven}
  varighet: {lopMaaneder: {verdi: 2, styrke: praksis, kilde: oppfunnet for prøven}}
  arbeid: {timerFullUke: {verdi: 37.5, styrke: praksis, kilde: oppfunnet for prøven}}
  mottaker: {behandlingsansvarlig: {verdi: NAV, styrke: skal, kilde: oppfunnet for prøven}}
  dokument:
    stilleDager: {verdi: 1, styrke: kontrakt, kilde: oppfunnet for prøven}
    plan: {pakrevdePunkter: {verdi: [hensikt], styrke: skal, kilde: oppfunnet for prøven}}
"""


def add_policy(oppsett: Path) -> None:
    """The made-up tiltak: one file in the operator's set-up."""
    fil = oppsett / "regelverk" / OPPFUNNET / "2026-01-01.yaml"
    fil.parent.mkdir(parents=True)
    fil.write_text(POLICY, encoding="utf-8")


def add_kommune(oppsett: Path) -> None:
    """The kommune of the Nav-kontor, on the same server."""
    fil = oppsett / "mottakere.yaml"
    register = yaml.safe_load(fil.read_text(encoding="utf-8"))
    (nav,) = register["mottakere"]
    register["mottakere"].append({**nav, "behandlingsansvarlig": "KOMMUNE", "navn": "TEST Eksempelbyen kommune"})
    fil.write_text(yaml.safe_dump(register), encoding="utf-8")


@pytest.fixture
def linje(tmp_path: Path, felles: Fellesanlegg) -> Iterator[Linje]:
    add_policy(make_oppsett(tmp_path / "mal"))
    add_kommune(tmp_path / "mal")
    with felles.open(tmp_path / "anlegg", tmp_path / "mal") as anlegg, anlegg.omgivelser() as omgivelser:
        yield Linje(anlegg, omgivelser).on(DAG)


def on(tiltakskode: str, nummer: int = 1, **endret: str) -> dict[str, str]:
    """A running deltakelse on a tiltak."""
    return {**running(nummer, START), "tiltakskode": tiltakskode, **endret}


def recipients(om: Omgivelser) -> set[str]:
    """Who each document goes to."""
    return {rad.mottaker for rad in om.ledger.dokumenter.forsendelser()}


def test_a_made_up_tiltak_is_one_file_and_goes_all_the_way(linje: Linje) -> None:
    """Only «hensikt» is required of its plan, which AFT would hold for six more points."""
    tynn = {"deltakelseId": "D1", "versjon": 1, "ferdigstilt": DAG.isoformat(), "hensikt": "Finne jobb sammen."}
    linje.receive(document(DAG, [on(OPPFUNNET)], plan=[tynn]))
    assert linje.answer()["antall"]["godtatt"] == 1
    linje.run("frister")
    frister = {(plikt.type, plikt.n): plikt.frist for plikt in linje.om.ledger.forpliktelser.list()}
    assert frister["PLAN", 0] == START + timedelta(days=10)
    assert frister["PERIODERAPPORT", 1] == date(2026, 3, 10)
    assert not {type_ for type_, _ in frister} & {"OPPSTARTSAMTALE", "HOSPITERING"}
    assert linje.run("rapportering")["bygget"] == 1
    assert linje.run("levering") == {"OVERFORT": 1}
    linje.wait_for_receipts(1)
    assert linje.run("kvittering")["dokumentsvar"] == 1


def test_without_the_file_it_is_held_and_told(linje: Linje) -> None:
    linje.receive(document(DAG, [on("JOBBKLUBB"), on("MENTOR", 2)]))
    assert linje.answer()["antall"] | {"avvik": 0} == {
        "deltakelser": 2,
        "apne": 2,
        "godtatt": 1,
        "holdt": 1,
        "avvik": 0,
    }
    assert "KOD003" in {rad["regelId"] for rad in linje.answer()["avvik"]}


def test_the_thin_plan_of_the_made_up_tiltak_is_held_for_aft(linje: Linje) -> None:
    tynn = {"deltakelseId": "D1", "versjon": 1, "ferdigstilt": DAG.isoformat(), "hensikt": "Finne jobb sammen."}
    linje.receive(document(DAG, [on(AFT)], plan=[tynn]))
    assert linje.run("rapportering")["ufullstendig"] == 1


def test_every_tiltak_that_ships_goes_to_its_recipient(linje: Linje) -> None:
    koder = sorted(mappe.name for mappe in REGELVERK.iterdir() if mappe.is_dir())
    deltakelser = [on(kode, nummer) for nummer, kode in enumerate(koder, start=1)]
    ferdige = [plan(nummer, DAG) for nummer in range(1, len(koder) + 1)]
    avsluttet = on("AVKLARING", 20, status="HAR_SLUTTET", sluttDato=DAG.isoformat(), statusGyldigFra=DAG.isoformat())
    linje.receive(document(DAG, [*deltakelser, avsluttet], plan=ferdige, sluttvurdering=[slutt(20, DAG)]))
    assert linje.answer()["antall"]["holdt"] == 0
    assert linje.run("rapportering")["bygget"] == len(koder) + 1
    assert recipients(linje.om) == {ENHET, f"{ENHET}-KOMMUNE"}
    hos_kommunen = [rad for rad in linje.om.ledger.dokumenter.forsendelser() if rad.mottaker != ENHET]
    assert len(hos_kommunen) == len(KOMMUNENS)
    assert linje.run("levering") == {"OVERFORT": 2}
    linje.wait_for_receipts(len(koder) + 1)
    assert linje.run("kvittering")["dokumentsvar"] == len(koder) + 1
