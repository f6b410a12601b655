"""The steps levering and kvittering through Altinn: to the reference receiver, and its receipts back."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.delivery.altinn.altinnsak import NAV, OSS, RESSURS, Altinnsak, open_case
from tests.pipeline.conftest import Linje
from tests.pipeline.saker import document, plan, running
from tiltaksflyt.ledger import Leveransetilstand
from tiltaksflyt.ledger.leveranser import Leveranser
from tiltaksflyt.pipeline import levering

START = date(2026, 2, 10)
DAG = date(2026, 3, 2)
ANTALL = 3


@pytest.fixture
def sak(tmp_path: Path) -> Iterator[Altinnsak]:
    katalog = tmp_path / "altinn"
    katalog.mkdir()
    with open_case(katalog) as sak:
        sak.maskinporten.klokke = sak.altinn.klokke = lambda: datetime.now(UTC)
        yield sak


@pytest.fixture
def klar(linje: Linje, sak: Altinnsak) -> Linje:
    """Three plans that are ready to go to a recipient in Altinn."""
    innstillinger = sak.settings()
    innstillinger["maskinporten"]["nokkelfil"] = str(sak.katalog / "nokkel.pem")
    mottakere = {
        nokkel: replace(mottaker, kanal="altinn", innstillinger=MappingProxyType(innstillinger))
        for nokkel, mottaker in linje.om.oppsett.mottakere.items()
    }
    linje.om = replace(linje.om, oppsett=replace(linje.om.oppsett, mottakere=MappingProxyType(mottakere)))
    deltakelser = [running(n, START) for n in range(1, ANTALL + 1)]
    linje.receive(document(DAG, deltakelser, plan=[plan(n, DAG) for n in range(1, ANTALL + 1)]))
    assert linje.run("rapportering")["bygget"] == ANTALL
    return linje


class Nav:
    """The recipient: takes what lies in Altinn, and answers there."""

    def __init__(self, klar: Linje, sak: Altinnsak) -> None:
        self._klar = klar
        self._sak = sak
        (self._inn,) = klar.anlegg.mottakerkatalog.rglob("inn")
        self._sendte: set[Path] = set()
        self._egenskaper: Mapping[str, str] = {}

    def take(self) -> int:
        """Download, give to the receiver and confirm; how many packages there were."""
        hode = self._sak.headers(NAV)
        ider = self._sak.ask(
            "GET",
            "",
            hode=hode,
            params={"resourceId": RESSURS, "status": "Published", "recipientStatus": "Initialized"},
        ).json()
        for en in ider:
            filnavn = self._sak.altinn.overforinger[en].filnavn
            self._egenskaper = self._sak.altinn.overforinger[en].egenskaper
            innhold = self._sak.ask("GET", f"/{en}/download", hode=hode).content
            (self._inn / f"{filnavn}.part").write_bytes(innhold)
            (self._inn / f"{filnavn}.part").rename(self._inn / filnavn)
            assert self._sak.ask("POST", f"/{en}/confirmdownload", hode=hode).status_code == 200
        return len(ider)

    def answer(self) -> int:
        """Send the receipts that the receiver has written; how many."""
        self._klar.wait_for_receipts(ANTALL)
        filer = set((self._inn.parent / "kvitteringer").glob("*.json")) - self._sendte
        for fil in sorted(filer):
            self._sak.altinn.put(RESSURS, NAV, OSS, fil.read_bytes(), self._egenskaper)
        self._sendte |= filer
        return len(filer)


def state(klar: Linje) -> Leveransetilstand:
    (rad,) = klar.om.ledger.leveranser.list()
    return rad.tilstand


def test_there_and_back_again(klar: Linje, sak: Altinnsak) -> None:
    sak.altinn.publiserer = False
    nav = Nav(klar, sak)
    assert klar.run("levering") == {"GITT_VIDERE": 1}
    (rad,) = klar.om.ledger.leveranser.list()
    assert rad.tilstand is Leveransetilstand.SENDT
    assert rad.kanal_ref is not None
    assert klar.run("kvittering") == {"fulgt": 0}
    assert nav.take() == 0
    sak.altinn.move(rad.kanal_ref, "Published")
    assert klar.run("kvittering") == {"fulgt": 1}
    assert state(klar) is Leveransetilstand.MOTTATT
    assert nav.take() == 1
    assert klar.run("kvittering") == {"fulgt": 1}
    assert state(klar) is Leveransetilstand.LEVERT
    nav.answer()
    assert klar.run("kvittering")["dokumentsvar"] == ANTALL
    dokumenter = klar.om.ledger.oversikt(klar.now).as_json()["dokumenter"]
    assert (dokumenter["sendt"], dokumenter["godtatt"]) == (ANTALL, ANTALL)
    assert {en.status for en in sak.altinn.overforinger.values()} == {"AllConfirmedDownloaded"}
    assert klar.run("kvittering").get("dokumentsvar", 0) == 0
    assert not list(klar.om.storage.list_versions("pakker/"))


def test_a_crash_before_recording_delivers_once(klar: Linje, sak: Altinnsak, monkeypatch: pytest.MonkeyPatch) -> None:
    class Krasj(BaseException):
        """Stands for kill -9."""

    def crash(*_: object) -> None:
        raise Krasj

    with monkeypatch.context() as lapp:
        lapp.setattr(Leveranser, "record", crash)
        with pytest.raises(Krasj):
            klar.run("levering")
    senere = klar.now + timedelta(hours=1)
    (leveranse_id,) = levering.choose(klar.om, DAG, senere)
    assert levering.send(leveranse_id, omgivelser=klar.om, now=senere) == "FINNES_ALLEREDE"
    assert [referanse for referanse, _ in sak.altinn.at(NAV)] == [leveranse_id]


def test_a_package_that_nobody_fetched_is_sent_again(klar: Linje, sak: Altinnsak) -> None:
    klar.run("levering")
    (rad,) = klar.om.ledger.leveranser.list()
    assert rad.kanal_ref is not None
    sak.altinn.move(rad.kanal_ref, "Purged")
    assert klar.run("kvittering")["fulgt"] == 1
    assert state(klar) is Leveransetilstand.LEVETID_UTLOPT
    assert klar.om.ledger.leveranser.get(rad.leveranse_id).pakke is None
    assert list(klar.om.storage.list_versions("pakker/")) == []
    assert klar.run("levering") == {"OVERFORT": 1}
    assert len(sak.altinn.at(NAV)) == 1
