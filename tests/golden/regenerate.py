"""Writes what stands beside each 1_post.json and 1_tall.json: the documents as JSON, XML and the text of the PDF.

    python -m tests.golden.regenerate

1_post.json and 1_tall.json are written by hand. The rest is what the code makes of it; look at the difference before it
is committed.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from schemas.regelverk import regelverk
from transforms.avtaledokument import ETTERRAPPORT, Avtalehode, build_etterrapport, build_resultatrapport
from transforms.dokument import Avsenderhode, Dokumenthode, Mottakerhode, build
from transforms.dokument_formater import render
from transforms.poster import Deltakelsespost
from transforms.resultattall import Ettertall, Kapasitet, Resultattall
from transforms.tilbakekalling import Tilbakekalling, Tilbakekallingsgrunn, build_withdrawal

GOLDEN = Path(__file__).parent
AVSENDER = Avsenderhode("912345009", "Eksempel Vekst AS", "Eksempelsystem 4")
NAV = Mottakerhode("9901", "55", "Nav Prøvebygd")
KOMMUNEN = Mottakerhode("9901", "55", "Prøvebygd kommune", "KOMMUNE")


@dataclass(frozen=True)
class Stadium:
    """One document of a case: its file name, what is built, when, and which file holds the version before it.

    `tilbakekaller` is the file of a version that this one takes back.
    """

    fil: str
    dokumenttype: str
    nummer: int | None
    opprettet: str
    frist: str | None = None
    forrige: str | None = None
    tilbakekaller: str | None = None


SAKER: Mapping[str, tuple[Stadium, ...]] = {
    "arbeid": (
        Stadium("3_plan", "PLAN", 1, "2026-03-25T06:00:00+01:00", "2026-03-30"),
        Stadium("3_plan_2", "PLAN", 2, "2026-06-16T06:00:00+02:00", "2026-03-30", "3_plan"),
        Stadium("4_perioderapport", "PERIODERAPPORT", 2, "2026-09-02T06:00:00+02:00", "2026-09-02"),
        Stadium("5_sluttrapport", "SLUTTRAPPORT", None, "2026-10-16T06:00:00+02:00", "2026-10-30"),
        Stadium("3_bestilling", "BESTILLINGSBEKREFTELSE", None, "2026-02-18T06:00:00+01:00", "2026-02-19"),
        Stadium("5_avslutning", "MELDING_AVSLUTNING", None, "2026-10-06T06:00:00+02:00"),
    ),
    "ikke_mott": (Stadium("5_sluttrapport", "SLUTTRAPPORT", None, "2026-04-21T06:00:00+02:00", "2026-04-27"),),
    "forlenget": (
        Stadium("3_bestilling", "BESTILLINGSBEKREFTELSE", None, "2026-01-15T06:00:00+01:00", "2026-01-16"),
        Stadium("4_forlengelse", "MELDING_FORLENGELSE", 2, "2027-01-20T06:00:00+01:00", "2027-01-31"),
    ),
    "meldingar": (
        Stadium("3_bestilling", "BESTILLINGSBEKREFTELSE", None, "2026-01-15T06:00:00+01:00", "2026-01-16"),
        Stadium("4_forlengelse", "MELDING_FORLENGELSE", 1, "2026-07-21T06:00:00+02:00"),
        Stadium("5_avslutning", "MELDING_AVSLUTNING", None, "2026-11-30T06:00:00+01:00"),
    ),
    "varig_tilrettelagt": (Stadium("3_plan", "PLAN", 1, "2026-03-17T06:00:00+01:00"),),
    "avklaring": (Stadium("5_sluttrapport", "SLUTTRAPPORT", None, "2026-04-09T06:00:00+02:00"),),
    "oppfolging": (
        Stadium("5_sluttrapport", "SLUTTRAPPORT", None, "2026-07-03T06:00:00+02:00"),
        Stadium(
            "5_sluttrapport_tilbakekalt",
            "SLUTTRAPPORT",
            None,
            "2026-07-06T06:00:00+02:00",
            tilbakekaller="5_sluttrapport",
        ),
    ),
    "rehabilitering": (
        Stadium("3_plan", "PLAN", 1, "2026-03-21T06:00:00+01:00"),
        Stadium("5_sluttrapport", "SLUTTRAPPORT", None, "2026-05-27T06:00:00+02:00"),
    ),
    "arbeidstrening": (
        Stadium("3_plan", "PLAN", 1, "2026-02-07T06:00:00+01:00"),
        Stadium("4_perioderapport", "PERIODERAPPORT", 1, "2026-05-03T06:00:00+02:00", "2026-05-02"),
        Stadium("5_sluttrapport", "SLUTTRAPPORT", None, "2026-09-01T06:00:00+02:00", "2026-09-11"),
    ),
    "supported_employment": (Stadium("3_plan", "PLAN", 1, "2026-04-11T06:00:00+02:00", "2026-04-13"),),
    "kvalifiseringsprogram": (
        Stadium("3_plan", "PLAN", 1, "2026-04-11T06:00:00+02:00", "2026-04-13"),
        Stadium("4_perioderapport", "PERIODERAPPORT", 1, "2026-05-27T06:00:00+02:00"),
    ),
}
# The documents about an avtale: figures in 1_tall.json, and nobody in them.
AVTALESAKER = ("avtale", "avtale_nynorsk")
MAALFORM: Mapping[str, str] = {"rehabilitering": "nn", "meldingar": "nn"}
# The day on which a row of the table becomes known, and what is not known while a row's own end is ahead.
_BLIR_KJENT = {
    "plan": "ferdigstilt",
    "vurdering": "ferdigstilt",
    "sluttvurdering": "ferdigstilt",
    "aktivitet": "fraDato",
    "deltakelsesmengde": "gyldigFra",
    "oppfolging": "registrert",
    "fravaer": "fraDato",
    "arbeidsforhold": "fraDato",
    "forlengelse": "avtaltMedNav",
}
_ETTER_SLUTT = ("tilDato", "erfaringer", "arbeidsgiversVurdering")


def as_it_was(innhold: Mapping[str, Any], dag: date) -> Deltakelsespost:
    """The record as it stood on a day: the case is written as it ended, the documents came along the way."""
    kjent = dag.isoformat()
    post = {tabell: rader for tabell, rader in innhold.items() if isinstance(rader, dict)}
    if post["deltakelse"].get("sluttDato", "") > kjent:
        er_avtalt = post["deltakelse"].get("avslutningAvtaltMedNav", "9999") <= kjent
        ukjent = {"aarsak": None, **({} if er_avtalt else {"sluttDato": None, "avslutningAvtaltMedNav": None})}
        post["deltakelse"] = {**post["deltakelse"], **ukjent, "status": "DELTAR"}
    for tabell, rader in innhold.items():
        if isinstance(rader, list):
            kjente = [rad for rad in rader if rad.get(_BLIR_KJENT.get(tabell), "") <= kjent]
            post[tabell] = [_row_as_it_was(tabell, rad, kjent) for rad in kjente]
    return Deltakelsespost(post)


def _row_as_it_was(tabell: str, rad: Mapping[str, Any], kjent: str) -> dict[str, Any]:
    if tabell == "aktivitet" and rad.get("tilDato", "") > kjent:
        return {navn: verdi for navn, verdi in rad.items() if navn not in _ETTER_SLUTT}
    if rad.get("statusDato", "") > kjent:
        return {**rad, "status": "APENT", "statusDato": None, "gjort": None}
    return dict(rad)


def build_case(sak: str) -> dict[str, Mapping[str, Any]]:
    """The documents of one case by file name."""
    if sak in AVTALESAKER:
        return build_avtale(json.loads((GOLDEN / sak / "1_tall.json").read_text(encoding="utf-8")))
    innhold = json.loads((GOLDEN / sak / "1_post.json").read_text(encoding="utf-8"))
    return build_stages(innhold, SAKER[sak], MAALFORM.get(sak, "nb"))


def build_stages(
    innhold: Mapping[str, Any], stadier: Sequence[Stadium], maalform: str = "nb"
) -> dict[str, Mapping[str, Any]]:
    """The documents of one record, as it stood on the day of each, by file name."""
    dokumenter: dict[str, Mapping[str, Any]] = {}
    for plass, stadium in enumerate(stadier, start=1):
        forrige = dokumenter[stadium.forrige] if stadium.forrige else None
        opprettet = datetime.fromisoformat(stadium.opprettet)
        melding_id = f"0e000000-0000-4000-8000-{plass:012d}"
        if stadium.tilbakekaller:
            ny = Tilbakekalling(melding_id, 2, opprettet, Tilbakekallingsgrunn.FEILREGISTRERT)
            dokumenter[stadium.fil] = build_withdrawal(dokumenter[stadium.tilbakekaller], ny)
            continue
        post = as_it_was(innhold, opprettet.date())
        policy = regelverk(post.deltakelse["tiltakskode"], date.fromisoformat(post.deltakelse["startDato"]))
        hode = Dokumenthode(
            dokument_id=f"0d000000-0000-4000-8000-{plass if forrige is None else plass - 1:012d}",
            melding_id=melding_id,
            versjon=1 if forrige is None else 2,
            erstatter=forrige["hode"]["meldingId"] if forrige else None,
            opprettet=opprettet,
            frist=date.fromisoformat(stadium.frist) if stadium.frist else None,
            modus="TEST",
            maalform=maalform,
            avsender=AVSENDER,
            mottaker=KOMMUNEN if policy.verdi("mottaker.behandlingsansvarlig") == "KOMMUNE" else NAV,
        )
        dokumenter[stadium.fil] = build(
            post,
            stadium.dokumenttype,
            nummer=stadium.nummer,
            hode=hode,
            regelverk=policy,
            forrige=forrige,
        )
    return dokumenter


def build_avtale(innhold: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The documents of one avtale by file name, each from the figures that stand there."""
    dokumenter: dict[str, Mapping[str, Any]] = {}
    for plass, (fil, tall) in enumerate(innhold["dokumenter"].items(), start=1):
        forrige = dokumenter.get(tall.get("forrige", ""))
        hode = Dokumenthode(
            dokument_id=f"0a000000-0000-4000-8000-{plass if forrige is None else plass - 1:012d}",
            melding_id=f"0b000000-0000-4000-8000-{plass:012d}",
            versjon=1 if forrige is None else 2,
            erstatter=forrige["hode"]["meldingId"] if forrige else None,
            opprettet=datetime.fromisoformat(tall["opprettet"]),
            frist=None,
            modus="TEST",
            maalform=innhold["maalform"],
            avsender=AVSENDER,
            mottaker=Mottakerhode(**innhold["mottaker"]),
        )
        dager = {navn: date.fromisoformat(tall[navn]) for navn in ("rapporterer_fra", "rettes_til") if navn in tall}
        kode, fylke = innhold["tiltakskode"], innhold["fylke"]
        fra, til = (date.fromisoformat(tall[ende]) for ende in ("fra", "til"))
        avtale = Avtalehode(kode, fylke, regelverk(kode, til), **dager)
        if tall["dokumenttype"] == ETTERRAPPORT:
            ettertall = Ettertall(fra, til, **tall["tall"])
            dokumenter[fil] = build_etterrapport(ettertall, avtale, hode=hode, forrige=forrige)
        else:
            kapasitet = Kapasitet(**tall["kapasitet"])
            resultattall = Resultattall(fra, til, kapasitet=kapasitet, **tall["tall"])
            dokumenter[fil] = build_resultatrapport(resultattall, avtale, hode=hode, forrige=forrige)
    return dokumenter


def pdf_text(pdf: bytes) -> str:
    """The text of a PDF, page by page, as a reader of it gets it."""
    sider = PdfReader(io.BytesIO(pdf)).pages
    return "".join(f"{side.extract_text()}\n\f\n" for side in sider)


def stages(sak: str) -> dict[str, bytes]:
    """Every file that is made for one case."""
    filer: dict[str, bytes] = {}
    for navn, innhold in build_case(sak).items():
        filer[f"{navn}.json"] = render(innhold, "json")
        filer[f"{navn}.xml"] = render(innhold, "xml")
        filer[f"{navn}.txt"] = pdf_text(render(innhold, "pdf")).encode()
    return filer


def main() -> None:
    """Write every file of every case."""
    for sak in (*SAKER, *AVTALESAKER):
        for navn, innhold in stages(sak).items():
            (GOLDEN / sak / navn).write_bytes(innhold)


if __name__ == "__main__":
    main()
