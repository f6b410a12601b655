"""Packages that lie stored and wait to be sent, and a recipient whose answers the test decides.

The ledger and the bucket are real; each test has a ledger of its own and no stored clock, so `now` is all the time
there is. What a package holds decides nothing here: any bytes do.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from deploy.lokalt.anlegg import LokaltAnlegg
from schemas.oppsett import Mottaker, Vindu
from tests.pipeline.saker import AFT, AVSENDER, ENHET, make_oppsett, person, running
from tiltaksflyt.delivery import Hentetfil, KanalFeil, Kanalkode, Pakke, SendOutcome
from tiltaksflyt.delivery.kanal import Filkanal
from tiltaksflyt.ledger import Leveransetilstand, NyForsendelse, Statuskode, Utfall
from tiltaksflyt.pipeline import levering
from tiltaksflyt.pipeline.omgivelser import Omgivelser, open_omgivelser

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Oslo
I_DAG = date(2026, 3, 2)
ALLTID = Vindu(frozenset(range(7)), time(0), time(0), helligdager=True)
ARBEIDSTID = Vindu(frozenset(range(5)), time(6), time(20), helligdager=False)


class Manuskanal(Filkanal):
    """A recipient that answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.svar: deque[SendOutcome] = deque()
        self.sendt: list[str] = []
        self.henting = 0
        self.hentefeil: Kanalkode | None = None

    def send(self, pakke: Pakke, *, bind: Callable[[str], None]) -> SendOutcome:
        del bind
        self.sendt.append(pakke.leveranse_id)
        return self.svar.popleft() if self.svar else SendOutcome(Kanalkode.OVERFORT)

    def collect(self) -> Sequence[Hentetfil]:
        self.henting += 1
        if self.hentefeil is not None:
            raise KanalFeil(self.hentefeil)
        return []

    def discard(self, filer: Iterable[Hentetfil]) -> None:
        del filer


class Drift:
    """What is to be sent, as a test arranges it."""

    def __init__(self, om: Omgivelser, katalog: Path) -> None:
        self.om = om
        self.kanal = Manuskanal()
        self._katalog = katalog
        self._teller = count(1)

    def with_recipient(self, **endret: Any) -> "Drift":
        """The same with its recipient changed."""
        mottakere = dict(self.om.oppsett.mottakere)
        mottakere[ENHET] = replace(mottakere[ENHET], **endret)
        self.om = replace(self.om, oppsett=replace(self.om.oppsett, mottakere=mottakere))
        return self

    def make_document(self, dag: date = I_DAG, mottaker: str = ENHET) -> str:
        """A document that is ready for the recipient; its meldingId."""
        ledger, nr = self.om.ledger, next(self._teller)
        post = {"deltaker": person(nr), "deltakelse": running(nr, dag) | {"tiltakskode": AFT}}
        ref = ledger.deltakelser.store(
            AVSENDER, post, kildesystem="Fagsystem", accepted_on=dag, siste_dag=lambda _: date(2030, 1, 1)
        )
        plass = ledger.dokumenter.reserve(ref, "PLAN", 1)
        ny = [NyForsendelse(mottaker)]
        assert ledger.dokumenter.add(plass, {}, grunnlag={}, forsendelser=ny, klar_dato=dag, bygget=NA)
        return plass.melding_id

    def make_package(self, now: datetime = NA, *, forsok: int = 1, mottaker: str = ENHET) -> str:
        """A stored package that was tried in vain so many times, and is due at `now`; its leveranseId."""
        leveranser = self.om.ledger.leveranser
        rad = leveranser.create(mottaker, "sftp", "v", [self.make_document(now.date(), mottaker)], now=now)
        assert rad is not None
        fil = self._katalog / rad.leveranse_id
        fil.write_bytes(rad.leveranse_id.encode())
        pakke, nokkel = Pakke.of(rad.leveranse_id, fil), self.om.storage.put_package(rad.leveranse_id, fil)
        for nummer in range(forsok):
            leie = leveranser.take_lease(rad.leveranse_id, now=now, until=now + timedelta(minutes=5))
            assert leie is not None
            if nummer == 0:
                leveranser.attach_package(leie, pakke=nokkel, sha256=pakke.sha256, storrelse=pakke.storrelse)
            nede = Utfall(Leveransetilstand.OPPRETTET, Statuskode.KANAL_NEDE, now, now.date(), neste_forsok=now)
            leveranser.record(leie, nede)
        return rad.leveranse_id

    def send(self, leveranse_id: str, now: datetime) -> str:
        """Try the package once."""
        return levering.send(leveranse_id, omgivelser=self.om, now=now)

    def choose(self, now: datetime) -> list[str]:
        """What a run at `now` would send, on the day that it is then."""
        return levering.choose(self.om, levering.day_of(self.om, now), now)


@pytest.fixture(scope="session")
def anlegg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LokaltAnlegg]:
    """A bucket and a receiver for all tests here; the ledger is each test's own."""
    rot = tmp_path_factory.mktemp("drift")
    make_oppsett(rot / "mal")
    with LokaltAnlegg(rot / "anlegg", rot / "mal") as anlegg:
        yield anlegg


@pytest.fixture
def miljo(anlegg: LokaltAnlegg, tmp_path: Path) -> dict[str, str]:
    """The environment of a deployment with an empty ledger."""
    return anlegg.miljo | {
        "TILTAKSFLYT_LEDGER_URL": f"sqlite:///{tmp_path / 'ledger.db'}",
        "TILTAKSFLYT_NOKKELLAGER_URL": f"sqlite:///{tmp_path / 'nokler.db'}",
        "TILTAKSFLYT_NOKKELVERN": str(tmp_path / "nokkelvern"),
    }


@pytest.fixture
def ekte(miljo: dict[str, str], tmp_path: Path) -> Iterator[Drift]:
    """The same as `drift`, with the recipient's real SFTP server."""
    (tmp_path / "pakker").mkdir()
    with open_omgivelser(miljo) as om:
        yield Drift(om, tmp_path / "pakker").with_recipient(vinduer=(ALLTID,))


@pytest.fixture
def drift(ekte: Drift, monkeypatch: pytest.MonkeyPatch) -> Drift:
    """One recipient that is always open and answers as the test says."""

    def channel(_om: Omgivelser, _mottaker: Mottaker) -> Manuskanal:
        return ekte.kanal

    monkeypatch.setattr(Omgivelser, "channel", channel)
    return ekte
