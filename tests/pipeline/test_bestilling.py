"""Nav's own text of the bestilling, from the drop until the sluttrapport is accepted, by the ordinary steps."""

from datetime import date, timedelta
from typing import Any

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import document, running, slutt

START = date(2026, 1, 12)
SLUTT = START + timedelta(days=49)
DAG = SLUTT + timedelta(days=2)
TEKST = "Nav ber om avklaring av arbeidsevne og utprøving i butikk."
AVSLUTTET = {"status": "HAR_SLUTTET", "sluttDato": SLUTT.isoformat(), "statusGyldigFra": SLUTT.isoformat()}
BEKREFTET = {
    "bestillingSendt": (START - timedelta(days=5)).isoformat(),
    "bestillingMottatt": (START - timedelta(days=5)).isoformat(),
    "bestillingBekreftet": (START - timedelta(days=4)).isoformat(),
    "bestillingUklar": True,
}


def _export(dato: date, **endret: Any) -> dict[str, Any]:
    ferdig = {"resultat": "ANNET", **endret}
    return document(dato, [running(1, START) | AVSLUTTET | BEKREFTET], sluttvurdering=[slutt(1, DAG, **ferdig)])


def _stored(linje: Linje) -> dict[str, Any]:
    return dict(linje.om.ledger.deltakelser.read(linje.ref("D1"))["deltakelse"])


def _versions(linje: Linje) -> list[tuple[str, int]]:
    return [(rad.type, rad.versjon) for rad in linje.om.ledger.dokumenter.list(linje.ref("D1"))]


def test_it_goes_when_the_sluttrapport_is_accepted_and_nothing_is_sent_for_it(linje: Linje) -> None:
    linje.on(DAG).receive(_export(DAG))
    bygget = linje.run("rapportering")["bygget"]
    forst = _versions(linje)
    assert {type for type, _ in forst} == {"BESTILLINGSBEKREFTELSE", "SLUTTRAPPORT"}
    linje.run("levering")
    linje.wait_for_receipts(bygget)
    assert linje.run("vedlikehold")["bestillingerGlemt"] == 0
    assert _stored(linje)["bestillingTekst"] == TEKST

    linje.run("kvittering")
    assert linje.run("vedlikehold")["bestillingerGlemt"] == 1
    igjen = _stored(linje)
    assert "bestillingTekst" not in igjen
    assert igjen["bestillingUklar"] is True

    # The sender's system has it still, and exports it every day: no new version, and it is not stored.
    for dager in range(1, 5):
        linje.on(DAG + timedelta(days=dager)).receive(_export(linje.dato))
        assert linje.run("rapportering")["bygget"] == 0
        assert _stored(linje) == igjen
    assert _versions(linje) == forst


def test_a_sluttrapport_that_is_corrected_afterwards_goes_without_it(linje: Linje) -> None:
    linje.on(DAG).receive(_export(DAG))
    bygget = linje.run("rapportering")["bygget"]
    linje.run("levering")
    linje.wait_for_receipts(bygget)
    linje.run("kvittering", "vedlikehold")
    linje.on(DAG + timedelta(days=1)).receive(_export(linje.dato, svarPaBestilling="Arbeidsevnen er førti prosent."))
    stille = 0
    while linje.run("rapportering")["bygget"] == 0:
        stille += 1
        assert stille < 10, "the correction is never built"
        linje.on(linje.dato + timedelta(days=1))
    dokumenter = linje.om.ledger.dokumenter
    versjoner = [rad for rad in dokumenter.list(linje.ref("D1")) if rad.type == "SLUTTRAPPORT"]
    forste, rettet = (dokumenter.read(rad.melding_id) for rad in versjoner)
    assert TEKST in str(forste)
    assert TEKST not in str(rettet)
    assert "førti prosent" in str(rettet)
