"""The steps levering and kvittering where a person stands between: laid out, handed over, answered, gone."""

import json
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import ENHET, document, plan, running
from tiltaksflyt.ledger import Leveransetilstand

START = date(2026, 2, 10)
DAG = date(2026, 3, 2)
ANTALL = 2
MAPPE = f"manuell/{ENHET}/"


@pytest.fixture
def overlevert(linje: Linje) -> Linje:
    """Two plans to a recipient that a person serves."""
    mottaker = replace(linje.om.oppsett.mottakere[ENHET], kanal="manuell", innstillinger=MappingProxyType({}))
    linje.om = replace(linje.om, oppsett=replace(linje.om.oppsett, mottakere=MappingProxyType({ENHET: mottaker})))
    deltakelser = [running(n, START) for n in range(1, ANTALL + 1)]
    linje.receive(document(DAG, deltakelser, plan=[plan(n, DAG) for n in range(1, ANTALL + 1)]))
    linje.run("rapportering")
    return linje


def test_a_package_waits_for_a_person_and_goes_with_its_receipt(overlevert: Linje) -> None:
    linje = overlevert
    assert linje.run("levering") == {"GITT_VIDERE": 1}
    (rad,) = linje.om.ledger.leveranser.list()
    assert rad.tilstand is Leveransetilstand.SENDT
    mappe = f"{MAPPE}{rad.leveranse_id}/"
    brev = linje.om.storage.read(f"{mappe}folgebrev.html", maks_bytes=1 << 20).decode()
    assert '<th scope="row">Plan for tiltaket</th><td>2</td>' in brev
    for verdi in ("Etternavn1", "Fornavn1", "158190"):
        assert verdi not in brev
    kvittering = {
        "kvitteringsversjon": "1.0",
        "type": "TEKNISK",
        "leveranseId": rad.leveranse_id,
        "status": "LEVERT",
        "tid": "2026-03-02T12:00:00+01:00",
        "sha256": rad.sha256,
        "storrelse": rad.storrelse,
    }
    linje.om.storage.put_once(f"{MAPPE}kvitteringer/svar.json", json.dumps(kvittering).encode(), "application/json")
    linje.run("kvittering")
    assert linje.om.ledger.leveranser.get(rad.leveranse_id).tilstand is Leveransetilstand.LEVERT
    assert not list(linje.om.storage.list_versions("manuell/"))


def test_what_nobody_handed_over_goes_with_the_erasure(overlevert: Linje) -> None:
    linje = overlevert
    linje.run("levering")
    assert list(linje.om.storage.list_versions(MAPPE))
    slutt = DAG + timedelta(days=1)
    ferdig = [
        {**running(n, START), "status": "HAR_SLUTTET", "statusGyldigFra": slutt.isoformat()}
        | {"sluttDato": slutt.isoformat(), "aarsak": "TRENGER_ANNEN_STOTTE"}
        for n in range(1, ANTALL + 1)
    ]
    linje.on(slutt).receive(document(slutt, ferdig))
    assert linje.on(slutt + timedelta(days=84)).run("sletting")["slettet"] == 0
    assert list(linje.om.storage.list_versions(MAPPE))
    assert linje.on(slutt + timedelta(days=85)).run("sletting")["slettet"] == ANTALL
    assert not list(linje.om.storage.list_versions("manuell/"))
    assert not list(linje.om.storage.list_versions("pakker/"))
