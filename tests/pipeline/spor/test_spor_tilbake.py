"""From day 85 no thread leads back: whatever the line made of anybody is looked for wherever anything is kept."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.lokalt.anlegg import LokaltAnlegg
from tests.faults.databaser import Databaser, open_databaser
from tests.pipeline.conftest import Linje
from tests.pipeline.fellesanlegg import InnebygdMottak
from tests.pipeline.saker import AVSENDER, ENHET
from tests.pipeline.spor.leting import columns_with, events_with, files_with, objects_with
from tests.pipeline.spor.saken import ALLE, FYLKE, KOMMUNE, LEVER_VIDERE, SISTE_DAG, Sak, make_mal, own_id
from tests.pipeline.spor.samling import Samling
from tests.pipeline.spor.spor import ids_anywhere
from tiltaksflyt.pipeline import sletting

# What may be found on day 85, and why. None of it may be an id that leads to somebody by itself (Samling.til_noen).
OVERLEVER = {
    "avvik.innsending_id": "a drop, by its own id: of many persons, and its rows are numbers",
    "data_nokkel.nokkel_id": "the key of a consent that lives",
    "hendelse.hendelse_id": "random, and what it is about went with its lookup row and its key",
    "innsending.etag": "a drop, by its own id, where its hash was",
    "innsending.innsending_id": "a drop, by its own id",
    "innsending.sha256": "keyed fingerprint of a whole drop, where its hash was",
    "kontroll.kontroll_id": "a run of the checks: counts, no sender",
    "kvitteringsfil.avtrykk": "that a receipt for a whole package was read; keyed, and of no document",
    "leveranse.leveranse_id": "a delivery, by its own id: day, recipient and counts",
    "leveranse.merkle_rot": "the root that Nav's own package proves its documents against",
    "leveranseforsok.leveranse_id": "a delivery, by its own id",
    "oppslagsnokkel.nokkel_id": "a sender's key for fingerprints",
    "samtykke.ekstern_hmac": "a consent that lives, by the fingerprint of its own id",
    "samtykke.nokkel_id": "a consent that lives",
    "samtykke.samtykke_ref": "a consent that lives",
    "slettebevis.innhold": "an erasure, by its random slettesakId, and the entry before it",
    "slettebevis.slettesak_id": "an erasure, by its random slettesakId",
    "slettesak.slettesak_id": "an erasure, by its random slettesakId",
    "slettesak_lager.slettesak_id": "an erasure, by its random slettesakId",
    "tilgang.slettesak_id": "an erasure, by its random slettesakId",
    "tilgang.tilgang_id": "an opening, by its own id",
}


@pytest.fixture(params=[False, True], ids=["sqlite", "postgresql"])
def databaser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databaser]:
    with open_databaser(tmp_path / "anlegg", postgres=request.param) as ett:
        yield ett


@pytest.fixture
def linje(tmp_path: Path, databaser: Databaser) -> Iterator[Linje]:
    mal = make_mal(tmp_path / "mal")
    with ExitStack() as stabel:
        anlegg = LokaltAnlegg(tmp_path / "anlegg", mal, mottak=InnebygdMottak, databaser=databaser.urler)
        stabel.enter_context(anlegg)
        yield Linje(anlegg, stabel.enter_context(anlegg.omgivelser()))
        anlegg.weed.stop(0)


@pytest.fixture
def sak(linje: Linje, caplog: pytest.LogCaptureFixture) -> Sak:
    """On the last evening of ten deltakelser, and beside them one that goes on."""
    caplog.set_level(logging.DEBUG, "tiltaksflyt")
    sak = Sak(linje, Samling())
    sak.live()
    sak.go_on()
    return sak


def analyze(linje: Linje) -> None:
    """What PostgreSQL does by itself once a minute: gathers statistics of every column."""
    for database in (linje.om.ledger.database, linje.om.ledger.nokler.database):
        if not database.er_sqlite:
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as kobling:
                kobling.exec_driver_sql("ANALYZE")


def test_nothing_that_was_made_of_anybody_is_found_on_day_85(
    sak: Sak, databaser: Databaser, caplog: pytest.LogCaptureFixture
) -> None:
    linje, samling = sak.linje, sak.samling
    forsendelser = linje.om.ledger.dokumenter.forsendelser()
    assert {rad.type for rad in forsendelser} == {"PLAN", "PERIODERAPPORT", "SLUTTRAPPORT", "MELDING_AVSLUTNING"}
    assert {"GODTATT", "AVVIST", "ERSTATTET", "HOLDT", "SENDT"} <= {rad.tilstand.value for rad in forsendelser}
    assert {rad.mottaker for rad in forsendelser} == {ENHET, FYLKE, KOMMUNE}
    assert len(linje.om.ledger.innsendinger.held()) == 1
    funn_for = columns_with(linje, samling.til_noen)
    assert {"dokument.melding_id", "holdt.ekstern_hmac", "bekreftelse.sak"} <= funn_for.keys()

    analyze(linje)
    dagen_etter = linje.on(SISTE_DAG + timedelta(days=1))
    assert dagen_etter.run("sletting")["slettet"] == len(ALLE)
    kolonner = columns_with(linje, samling.sett)
    tillatt = set().union(*(kolonner[kolonne] for kolonne in OVERLEVER)) - samling.til_noen
    assert {kolonne for kolonne, ider in kolonner.items() if ider - tillatt} == set()

    soker = samling.sett.keys() - tillatt
    assert {own_id("D", nummer).lower() for nummer in ALLE} < soker
    # On PostgreSQL the server's own vacuum may be in the way of either step's; the next finishes it.
    assert dagen_etter.run("frister", "vedlikehold")["friPlassIkkeTomt"] == 0
    assert columns_with(linje, soker) == {}
    assert objects_with(linje, soker) == set()
    assert events_with(linje, soker) == set()
    # The log names a hold while it is in force, by a random id of its own (docs/pipeline/sletting.md).
    assert {samling.sett[id_] for id_ in ids_anywhere(caplog.text.encode()) if id_ in soker} <= {
        "tilbakehold.tilbakehold_id"
    }
    i_filer = files_with(linje, soker, databaser.kataloger)
    assert {fil for fil in i_filer if not fil.is_relative_to(linje.anlegg.weed.datakatalog)} == set()
    # Names and checksums of deleted objects stand in the embedded store's own index until it is compacted; of what
    # the objects held there is nothing.
    assert set().union(*i_filer.values()) <= samling.navn | samling.avtrykk
    assert linje.om.ledger.deltakelser.find_ref(AVSENDER, own_id("D", LEVER_VIDERE))
    assert sletting.verify(linje.om).ok
