"""The statistics for machines: JSON (schemas/json/statistikk.schema.json) and CSV, every figure with its own label."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from schemas.koder import kodeverk
from transforms.statistikk import Utgivelse
from transforms.statistikk_tekster import Statistikktekster, statistikktekster
from transforms.svar import neutralise
from transforms.tiltaksbilde import Figur, Linje, Niva

STATISTIKKVERSJON = "1.0"
_KOLONNER = (
    "periodeFra", "periodeTil", "status", "modus", "tiltakskode", "tiltak", "niva", "fylkesnummer", "fylke",
    "organisasjonsnummer", "arrangor", "figur", "etikett", "enhet", "verdi", "skjermet",
)  # fmt: skip


def as_json(utgivelse: Utgivelse) -> dict[str, Any]:
    """The release as one JSON document."""
    t = statistikktekster()
    regler = utgivelse.regler
    return {
        "statistikkversjon": STATISTIKKVERSJON,
        "kvartal": str(utgivelse.kvartal),
        "periode": {"fra": utgivelse.fra.isoformat(), "til": utgivelse.til.isoformat()},
        "status": _status(utgivelse),
        "forbehold": [{"kode": kode.value, "tekst": t.forbehold[kode]} for kode in utgivelse.forbehold],
        "modus": _mode(utgivelse),
        "grenser": {
            "gyldigFra": regler.gyldig_fra.isoformat(),
            "minAvsluttet": regler.min_avsluttet,
            "minGruppe": regler.min_gruppe,
        },
        "skjermet": t.why_hidden(utgivelse),
        "linjer": [_line(linje, t) for linje in utgivelse.linjer],
        "utvikling": [
            {
                "tiltakskode": punkt.tiltakskode,
                "kvartal": str(punkt.kvartal),
                "etikett": t.label("resultatgradMedAldriMott"),
                "verdi": punkt.resultatgrad,
            }
            for punkt in utgivelse.utvikling
        ],
    }


def render_json(utgivelse: Utgivelse) -> bytes:
    """The JSON document as bytes; the same release gives the same."""
    return (json.dumps(as_json(utgivelse), ensure_ascii=False, indent=1) + "\n").encode()


def render_csv(utgivelse: Utgivelse) -> bytes:
    """One row a figure, for a spreadsheet: semicolon, UTF-8 with BOM, decimal comma."""
    ut = io.StringIO()
    skriver = csv.writer(ut, delimiter=";", lineterminator="\r\n")
    skriver.writerow(_KOLONNER)
    for rad in _rows(utgivelse):
        skriver.writerow([neutralise(celle) for celle in rad])
    return b"\xef\xbb\xbf" + ut.getvalue().encode()


def _rows(utgivelse: Utgivelse) -> Iterator[tuple[str, ...]]:
    t = statistikktekster()
    hode = (utgivelse.fra.isoformat(), utgivelse.til.isoformat(), _status(utgivelse), _mode(utgivelse))
    for linje in utgivelse.linjer:
        sted = (
            linje.tiltakskode,
            kodeverk("tiltakskode").tekst(linje.tiltakskode),
            linje.niva.value,
            linje.fylke,
            area_name(linje, t) if linje.niva is Niva.FYLKE else _fylke(linje.fylke),
            linje.arrangor,
            linje.arrangor_navn,
        )
        for figur in linje.figurer:
            enhet = t.figurer[figur.navn].enhet
            verdi = "" if figur.verdi is None else str(figur.verdi).replace(".", ",")
            skjermet = t.skjermet["kort"] if figur.er_skjermet else ""
            yield (*hode, *sted, figur.navn, t.label(figur.navn), enhet, verdi, skjermet)


def area_name(linje: Linje, t: Statistikktekster) -> str:
    """The area of a line as a person calls it."""
    if linje.niva is Niva.ARRANGOR:
        return linje.arrangor_navn
    return _fylke(linje.fylke) or t.nivaer[Niva.LAND]


def _fylke(kode: str) -> str:
    return kodeverk("fylke").tekst(kode) if kode else ""


def _status(utgivelse: Utgivelse) -> str:
    return "IKKE_ENDELIG" if utgivelse.forbehold else "ENDELIG"


def _mode(utgivelse: Utgivelse) -> str:
    return "TEST" if utgivelse.er_test else "PROD"


def _line(linje: Linje, t: Statistikktekster) -> dict[str, Any]:
    return {
        "niva": linje.niva.value,
        "tiltakskode": linje.tiltakskode,
        "fylke": linje.fylke or None,
        "arrangor": {"orgnr": linje.arrangor, "navn": linje.arrangor_navn} if linje.arrangor else None,
        "figurer": [_figure(figur, t) for figur in linje.figurer],
    }


def _figure(figur: Figur, t: Statistikktekster) -> dict[str, Any]:
    return {
        "figur": figur.navn,
        "etikett": t.label(figur.navn),
        "enhet": t.figurer[figur.navn].enhet,
        "verdi": figur.verdi,
        "skjermet": figur.er_skjermet,
    }
