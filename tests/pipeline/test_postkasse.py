"""A recipient that fetches from a folder in our own bucket: what lies there is ours to remove."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.pipeline.conftest import START, Linje
from tests.pipeline.fellesanlegg import Fellesanlegg
from tests.pipeline.saker import ENHET, document, make_oppsett, plan, running
from tests.pipeline.test_kvittering import functional
from tiltaksflyt.pipeline import pakker, sletting

MAPPE = f"mottakere/{ENHET}"
SLUTT = START + timedelta(days=1)
SISTE_DAG = SLUTT + timedelta(days=84)
AVSLUTTET = {"status": "HAR_SLUTTET", "sluttDato": SLUTT.isoformat(), "statusGyldigFra": SLUTT.isoformat()}


@pytest.fixture
def linje(tmp_path: Path, felles: Fellesanlegg) -> Iterator[Linje]:
    mal = make_oppsett(tmp_path / "mal")
    fil = mal / "mottakere.yaml"
    (kontor,) = yaml.safe_load(fil.read_text(encoding="utf-8"))["mottakere"]
    bucket = {"bucket": {"inn": f"{MAPPE}/inn", "kvitteringer": f"{MAPPE}/kvitteringer"}}
    fil.write_text(yaml.safe_dump({"mottakere": [{**kontor, "kanal": bucket}]}), encoding="utf-8")
    with felles.open(tmp_path / "anlegg", mal) as anlegg, anlegg.omgivelser() as omgivelser:
        yield Linje(anlegg, omgivelser).on(START)


def _inbox(linje: Linje) -> list[str]:
    return [objekt.nokkel for objekt in linje.om.storage.list_objects(f"{MAPPE}/inn/")]


@pytest.fixture
def sendt(linje: Linje) -> Linje:
    linje.receive(document(START, [running(1, date(2026, 2, 10))], plan=[plan(1, START)]))
    linje.run("rapportering", "levering")
    assert len(_inbox(linje)) == 1
    return linje


def test_what_it_has_answered_and_left_lying_goes_with_the_answer(sendt: Linje) -> None:
    (rad,) = sendt.om.ledger.dokumenter.forsendelser(ref=sendt.ref("D1"))
    assert rad.leveranse_id is not None
    svar = functional(rad.leveranse_id, rad.melding_id, "GODTATT", datetime.now(UTC))
    sendt.om.storage.put_once(f"{MAPPE}/kvitteringer/svar.json", svar, "application/json")
    sendt.run("kvittering")
    assert _inbox(sendt) == []


def test_what_it_never_fetched_is_gone_on_day_85(sendt: Linje) -> None:
    sendt.on(SLUTT).receive(document(SLUTT, [running(1, date(2026, 2, 10)) | AVSLUTTET]))
    assert sendt.on(SISTE_DAG).run("sletting")["slettet"] == 0
    assert len(_inbox(sendt)) == 1
    assert sendt.on(SISTE_DAG + timedelta(days=1)).run("sletting")["slettet"] == 1
    assert _inbox(sendt) == []


def test_the_erasure_is_not_believed_while_it_lies_there_and_the_next_run_finishes_it(
    sendt: Linje, monkeypatch: pytest.MonkeyPatch
) -> None:
    sendt.on(SLUTT).receive(document(SLUTT, [running(1, date(2026, 2, 10)) | AVSLUTTET]))
    (postkasse,) = _inbox(sendt)
    innhold = sendt.om.storage.read(postkasse, maks_bytes=1 << 20)
    ekte = sletting.remove_package

    def lay_back(*args: object) -> None:
        """A worker that was slow to send lays it there once more."""
        ekte(*args)  # type: ignore[arg-type]
        sendt.om.storage.put_once(postkasse, innhold, "application/pkcs7-mime")

    monkeypatch.setattr(sletting, "remove_package", lay_back)
    dagen_etter = sendt.on(SISTE_DAG + timedelta(days=1))
    assert dagen_etter.run("sletting")["ufullstendig"] == 1
    monkeypatch.undo()
    assert _inbox(sendt) == [postkasse]
    assert dagen_etter.run("sletting")["slettet"] == 1
    assert _inbox(sendt) == []


def test_what_is_given_up_is_not_fetched_any_more(sendt: Linje) -> None:
    (rad,) = sendt.om.ledger.leveranser.list()
    pakker.remove_package(sendt.om, rad)
    assert _inbox(sendt) == []
