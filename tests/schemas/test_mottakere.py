"""The register of recipients: a Nav-kontor has deltakere, a Nav fylke has the avtaler."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.loader import UgyldigFil
from schemas.oppsett import Oppsett, load_mottakere
from schemas.regelverk import alle_regelverk
from tiltaksflyt.syntetisk.oppsett import recipients

AFT = next(versjon for versjon in alle_regelverk() if versjon.tiltakskode == "ARBEIDSFORBEREDENDE_TRENING")


def _read(mappe: Path, rader: list[dict[str, Any]]) -> Oppsett:
    fil = mappe / "mottakere.yaml"
    fil.write_text(yaml.safe_dump({"mottakere": rader}), encoding="utf-8")
    return Oppsett(avsendere={}, mottakere=load_mottakere(fil), regelverk=())


@pytest.mark.parametrize("fylke", ["55", "56"])
def test_two_fylker_may_share_one_nav_fylke(tmp_path: Path, fylke: str) -> None:
    oppsett = _read(tmp_path, recipients()["mottakere"])
    kontor = oppsett.fylkeskontor(fylke)
    assert kontor is not None
    assert kontor.fylkeskontor_for == {"55", "56"}


def test_a_nav_fylke_has_no_deltakere(tmp_path: Path) -> None:
    oppsett = _read(tmp_path, recipients()["mottakere"])
    kontor = oppsett.fylkeskontor("03")
    assert kontor is not None
    assert oppsett.recipient_of(kontor.nav_enhet, AFT) is None
    assert oppsett.recipient_of("9703", AFT) is not None


def test_a_fylke_without_its_own_has_no_nav_fylke(tmp_path: Path) -> None:
    rader = [rad for rad in recipients()["mottakere"] if "03" not in rad.get("fylkeskontorFor", ())]
    assert _read(tmp_path, rader).fylkeskontor("03") is None


@pytest.mark.parametrize(
    ("endring", "grunn"),
    [
        ({"fylkeskontorFor": ["03", "11"]}, "another enhet is Nav fylke"),
        ({"fylkeskontorFor": ["02"]}, "unknown fylke"),
        ({"fylkeskontorFor": []}, "fylkeskontorFor"),
        ({"fylkeskontorFor": ["15"], "behandlingsansvarlig": "KOMMUNE"}, "mottakere"),
    ],
)
def test_a_faulty_nav_fylke_is_refused(tmp_path: Path, endring: dict[str, Any], grunn: str) -> None:
    rader = [rad for rad in recipients()["mottakere"] if rad.get("fylkeskontorFor", ["03"]) == ["03"]]
    ny = rader[0] | {"navEnhet": "9699"} | endring
    with pytest.raises(UgyldigFil, match=grunn):
        _read(tmp_path, [*rader, ny])
