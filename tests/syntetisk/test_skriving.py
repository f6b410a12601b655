"""What is written in a sender's own layout is read by the door as the rows that were made."""

from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.loader import read_json, validator
from schemas.oppsett import load_avsender
from tiltaksflyt.intake.drop import read_drop
from tiltaksflyt.syntetisk.demo import DAGER, RAPPORTERER_FRA, Demoavsender, demo_drops
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import Innsending
from tiltaksflyt.syntetisk.oppsett import write_sender_setup
from tiltaksflyt.syntetisk.skriving import write_drop
from transforms.kalender import OSLO

# The layouts have no table for these; the avtale a deltakelse names then has no place either.
UTEN_PLASS = {
    Format.JSON: frozenset(),
    Format.XLSX: frozenset({"avtale", "plass", "seksjon", "tidligereLevert"}),
    Format.CSV_ZIP: frozenset({"avtale", "plass", "seksjon"}),
}
Valg = tuple[Demoavsender, Innsending]


@pytest.fixture(scope="module", params=list(Format), ids=lambda format_: format_.value)
def valg(request: pytest.FixtureRequest) -> Valg:
    return next(valg for valg in demo_drops(DAGER[0]) if valg[0].format is request.param)


def _as_text(verdi: Any) -> str:
    if isinstance(verdi, bool):
        return str(verdi).lower()
    if isinstance(verdi, list):
        return "|".join(verdi)
    return f"{verdi:g}" if isinstance(verdi, float) else str(verdi)


def _expected(innsending: Innsending, format_: Format) -> dict[str, list[str]]:
    rader: dict[str, list[str]] = defaultdict(list)
    for tabell, rad in innsending.rader():
        if tabell not in UTEN_PLASS[format_]:
            uten = {"avtaleId"} if "avtale" in UTEN_PLASS[format_] else set()
            rader[tabell].append(str(sorted((navn, _as_text(v)) for navn, v in rad.items() if navn not in uten)))
    return rader


def test_the_door_reads_the_same_rows(valg: Valg, tmp_path: Path) -> None:
    avsender, innsending = valg
    fil = tmp_path / f"eksport.{avsender.format.endelse}"
    write_drop(innsending, avsender.format, fil)
    oppsett = load_avsender(write_sender_setup(avsender.arrangor, avsender.format, RAPPORTERER_FRA, tmp_path))
    mottatt = datetime(2026, 8, 3, 7, 0, tzinfo=OSLO)
    lest = read_drop(fil.read_bytes(), filnavn=fil.name, avsender=oppsett, mottatt=mottatt, modus="TEST")
    assert lest.avvik == ()
    assert lest.problemer.empty
    ventet = _expected(innsending, avsender.format)
    assert lest.tabeller.keys() >= ventet.keys()
    for tabell, ramme in lest.tabeller.items():
        rader = [
            str(sorted((navn, verdi) for navn, verdi in rad.items() if verdi and not navn.startswith("_")))
            for rad in ramme.to_dict("records")
        ]
        assert sorted(rader) == sorted(ventet[tabell]), tabell


def test_the_document_is_valid_by_the_contract(tmp_path: Path) -> None:
    _, innsending = next(valg for valg in demo_drops(DAGER[1]) if valg[0].format is Format.JSON)
    fil = tmp_path / "eksport.json"
    write_drop(innsending, Format.JSON, fil)
    dokument = read_json(fil)
    assert list(validator("innsending").iter_errors(dokument)) == []
    assert dokument["innsending"]["opprettet"] == "2026-09-14T06:30:00+02:00"
    assert dokument["innsending"]["modus"] == "TEST"


def test_a_letter_that_the_encoding_lacks_is_not_lost_in_silence(tmp_path: Path) -> None:
    (uten_tegnsett,) = (
        innsending for avsender, innsending in demo_drops(date(2026, 8, 3)) if avsender.format is Format.XLSX
    )
    with pytest.raises(UnicodeEncodeError):
        write_drop(uten_tegnsett, Format.CSV_ZIP, tmp_path / "eksport.zip")
