"""A key that is refused is tried once: the house stops the recipient, and a person lets it go."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest

from tests.pipeline.drift.conftest import NA, Drift
from tests.pipeline.saker import ENHET
from tiltaksflyt.delivery import Kanalkode, SendOutcome
from tiltaksflyt.ledger import LeieTapt, Leveransetilstand, Statuskode
from tiltaksflyt.pipeline import driftsinngrep, kvittering, levering
from tiltaksflyt.pipeline.driftsinngrep import make_inngrep

SENERE = NA + timedelta(hours=1)


def stops(drift: Drift) -> list[tuple[str, str, str, str]]:
    return [(ett.gjelder, ett.verdi, ett.av, ett.grunn) for ett in drift.om.ledger.stanser.active()]


@pytest.mark.parametrize("kode", [Kanalkode.TILGANG_NEKTET, Kanalkode.UKJENT_VERTSNOKKEL])
def test_no_other_package_is_tried_with_a_key_that_is_refused(drift: Drift, kode: Kanalkode) -> None:
    forste, andre = drift.make_package(), drift.make_package()
    drift.kanal.svar.append(SendOutcome(kode))
    assert drift.send(forste, NA) == kode.value
    assert kode.value in levering.TRENGER_PERSON
    assert drift.send(andre, NA) == "IKKE_FORFALT"
    drift.make_document()
    assert drift.choose(NA) == []
    assert drift.kanal.sendt == [forste]
    assert stops(drift) == [("MOTTAKER", ENHET, "tiltaksflyt", kode.value)]
    (hendelse,) = drift.om.ledger.hendelser.about_no_one(["STANSET"])
    assert hendelse.innhold == {"gjelder": "MOTTAKER", "verdi": ENHET, "av": "tiltaksflyt", "grunn": kode.value}


def test_a_release_tries_what_was_refused_again(drift: Drift) -> None:
    forste, andre = drift.make_package(), drift.make_package()
    drift.kanal.svar.append(SendOutcome(Kanalkode.TILGANG_NEKTET))
    drift.send(forste, NA)
    assert drift.om.ledger.leveranser.get(forste).tilstand is Leveransetilstand.FEIL
    igjen = driftsinngrep.release(drift.om, "MOTTAKER", ENHET, make_inngrep("Kari", "Ny nøkkel er lagt inn.", SENERE))
    assert igjen == (forste,)
    assert stops(drift) == []
    assert sorted(drift.choose(SENERE)) == sorted([forste, andre])
    assert {drift.send(leveranse_id, SENERE) for leveranse_id in (forste, andre)} == {"OVERFORT"}


def test_a_release_leaves_alone_what_stopped_for_another_reason(drift: Drift) -> None:
    full, nektet = drift.make_package(), drift.make_package()
    drift.kanal.svar += [SendOutcome(Kanalkode.MAPPE_MANGLER), SendOutcome(Kanalkode.TILGANG_NEKTET)]
    drift.send(full, NA)
    assert stops(drift) == []
    drift.send(nektet, NA)
    assert driftsinngrep.release(drift.om, "MOTTAKER", ENHET, make_inngrep("K", "g", SENERE)) == (nektet,)
    assert drift.om.ledger.leveranser.get(full).tilstand is Leveransetilstand.FEIL


def test_a_real_server_that_refuses_the_key_is_asked_once(ekte: Drift, tmp_path: Path) -> None:
    """The receiver's own SFTP server, and a key that it does not know."""
    nokkel = tmp_path / "feil_nokkel"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(nokkel)
    forste, andre = ekte.make_package(), ekte.make_package()
    rett = ekte.om.oppsett.mottakere[ENHET].innstillinger
    ekte.with_recipient(innstillinger={**rett, "nokkelfil": str(nokkel)})
    assert ekte.send(forste, NA) == "TILGANG_NEKTET"
    assert ekte.send(andre, NA) == "IKKE_FORFALT"
    assert stops(ekte) == [("MOTTAKER", ENHET, "tiltaksflyt", "TILGANG_NEKTET")]
    driftsinngrep.release(ekte.om, "MOTTAKER", ENHET, make_inngrep("Kari", "Rett nøkkel.", SENERE))
    ekte.with_recipient(innstillinger=rett)
    assert {ekte.send(leveranse_id, SENERE) for leveranse_id in (forste, andre)} == {"OVERFORT"}


def test_receipts_are_not_asked_for_either_until_it_is_let_go(drift: Drift) -> None:
    drift.kanal.hentefeil = Kanalkode.TILGANG_NEKTET
    antall = kvittering.collect(drift.om, NA)
    assert (antall["kanalfeil"], antall["TILGANG_NEKTET"]) == (1, 1)
    assert stops(drift) == [("MOTTAKER", ENHET, "tiltaksflyt", "TILGANG_NEKTET")]
    assert kvittering.collect(drift.om, NA) == {}
    assert drift.kanal.henting == 1
    driftsinngrep.release(drift.om, "MOTTAKER", ENHET, make_inngrep("Kari", "Ny nøkkel.", SENERE))
    drift.kanal.hentefeil = Kanalkode.KANAL_NEDE
    assert kvittering.collect(drift.om, SENERE) == {"kanalfeil": 1}
    assert stops(drift) == []


def test_what_an_operator_holds_is_still_asked_for_receipts(drift: Drift) -> None:
    driftsinngrep.hold(drift.om, "MOTTAKER", ENHET, make_inngrep("Kari", "Vedlikehold hos mottakeren.", NA))
    kvittering.collect(drift.om, NA)
    assert drift.kanal.henting == 1


def test_the_stop_stands_or_falls_with_what_is_recorded(drift: Drift, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has lost its lease records nothing: neither the fault nor the stop."""
    leveranse_id = drift.make_package()
    drift.kanal.svar.append(SendOutcome(Kanalkode.TILGANG_NEKTET))

    def lose(*_: object) -> None:
        raise LeieTapt("leveranse")

    monkeypatch.setattr(type(drift.om.ledger.leveranser), "record", lose)
    assert drift.send(leveranse_id, NA) == "LEIE_UTLOPT"
    assert stops(drift) == []
    assert drift.om.ledger.hendelser.about_no_one(["STANSET"]) == ()


def test_another_recipient_goes_on(drift: Drift) -> None:
    annen = replace(drift.om.oppsett.mottakere[ENHET], nav_enhet="9704")
    mottakere = {**drift.om.oppsett.mottakere, "9704": annen}
    drift.om = replace(drift.om, oppsett=replace(drift.om.oppsett, mottakere=mottakere))
    forste, andre = drift.make_package(), drift.make_package(mottaker="9704")
    drift.kanal.svar.append(SendOutcome(Kanalkode.TILGANG_NEKTET))
    drift.send(forste, NA)
    assert drift.send(andre, NA) == "OVERFORT"
    assert drift.om.ledger.leveranser.get(forste).statuskode is Statuskode.TILGANG_NEKTET
