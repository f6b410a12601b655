"""Pictures of kvittering.html for the documentation, of a synthetic export with ordinary faults in it.

    python -m tests.sider.bilder

Only a maintainer needs them again: when the page looks different.
"""

import tempfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from playwright.sync_api import Page

from schemas.oppsett import load_avsender, load_mottakere
from tests.sider.leser import chromium, open_page
from tiltaksflyt.pipeline.svarinnhold import make_svarinnhold
from tiltaksflyt.pipeline.vurdering import assess
from tiltaksflyt.syntetisk.feil import VANLIGE_RATER
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import generate
from tiltaksflyt.syntetisk.oppsett import write_recipients, write_sender_setup
from tiltaksflyt.syntetisk.skriving import write_drop
from transforms.kalender import OSLO
from transforms.svar_side import render_kvittering_html

BILDER = Path(__file__).parents[2] / "docs" / "bilder"
_DATO = date(2026, 5, 20)
_MOTTATT = datetime(2026, 5, 20, 9, 30, tzinfo=OSLO)


def render_example(katalog: Path) -> bytes:
    """The page that the sender of the export gets."""
    (innsending,) = generate(11, 60, _DATO, arrangorer=1, rater=VANLIGE_RATER)
    fil = katalog / f"eksport-{_DATO}.xlsx"
    write_drop(innsending, Format.XLSX, fil)
    oppsett = load_avsender(write_sender_setup(innsending.arrangor, Format.XLSX, date(2026, 1, 1), katalog))
    avsender = replace(oppsett, filnavn=r"^eksport-[0-9-]{10}\.xlsx$")
    vurdering = assess(
        fil.read_bytes(),
        filnavn=fil.name,
        avsender=avsender,
        mottakere=load_mottakere(write_recipients(katalog)),
        modus="TEST",
        mottatt=_MOTTATT,
        asof=_DATO,
    )
    svar = make_svarinnhold(
        vurdering,
        avsender,
        innsending_id="8b3b2d1a-9b1e-4f0e-9a59-9d1f8e9a7f10",
        storrelse=fil.stat().st_size,
        filnavn=fil.name,
        mottatt=_MOTTATT,
    )
    return render_kvittering_html(svar)


def take_pictures(mappe: Path = BILDER) -> None:
    """Write kvittering-telefon.png and kvittering-skrivebord.png to the folder."""
    with tempfile.TemporaryDirectory() as midlertidig, chromium() as leser:
        fil = Path(midlertidig) / "kvittering.html"
        fil.write_bytes(render_example(Path(midlertidig)))
        for navn, bredde, hoyde in (("telefon", 360, 1480), ("skrivebord", 1280, 1400)):
            side: Page = open_page(leser, fil, bredde, hoyde)[0]
            side.screenshot(path=mappe / f"kvittering-{navn}.png")
            side.close()


if __name__ == "__main__":
    take_pictures()
