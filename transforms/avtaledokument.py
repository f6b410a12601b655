"""The two documents about an avtale, with no person in them: RESULTATRAPPORT and ETTERRAPPORT.

Same form, same page and same three renderings as the documents about a person (dokument.py); built from figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.regelverk import Regelverk
from transforms.dokument import Innhold
from transforms.dokument_blokker import (
    Blokk,
    Celle,
    Kolonne,
    celle,
    fakta,
    liste,
    merknad,
    opplysning,
    summer,
    sumpost,
    tabell,
)
from transforms.dokument_endringer import mark_changes
from transforms.dokument_grunnlag import clean
from transforms.dokument_hode import Dokumenthode, make_header
from transforms.dokument_tekster import Tekster, prosent, tall, tekster
from transforms.resultattall import Ettertall, Kapasitet, Resultattall
from transforms.tiltaksbilde import percent

RESULTATRAPPORT = "RESULTATRAPPORT"
ETTERRAPPORT = "ETTERRAPPORT"
AVTALEDOKUMENTER = (RESULTATRAPPORT, ETTERRAPPORT)
_PLASSER, _I_BRUK, _VENTELISTE = "plasser", "iBruk", "venteliste"
_FLERE_FYLKER = "flereFylker"


@dataclass(frozen=True)
class Avtalehode:
    """Which avtale a document is about, and what the reader must know of how its figures came about.

    `rapporterer_fra` is given where the period begins later than it otherwise would, since the arrangør did not report
    from here before; `rettes_til` is the last day a figure may still change, None when all of them are final.
    """

    tiltakskode: str
    fylke: str
    regelverk: Regelverk
    rapporterer_fra: date | None = None
    rettes_til: date | None = None


def build_resultatrapport(
    figurer: Resultattall, avtale: Avtalehode, *, hode: Dokumenthode, forrige: Innhold | None = None
) -> Innhold:
    """The results of an avtale over one period. `forrige` is the innhold of the version before: what is new is marked.

    Raises KeyError where the policy of the tiltak has no `varighet.lopMaaneder`.
    """
    t = tekster(hode.maalform)
    blokker = {
        "KORT_FORTALT": _result_in_short(figurer, t),
        "RESULTAT": _results(figurer, t),
        "PLASSER": _capacity(figurer.kapasitet, figurer.til, t),
        "GRUNNLAG": _result_grounds(figurer, avtale, t),
    }
    return _document(RESULTATRAPPORT, (figurer.fra, figurer.til), blokker, avtale, hode, t, forrige)


def build_etterrapport(
    figurer: Ettertall, avtale: Avtalehode, *, hode: Dokumenthode, forrige: Innhold | None = None
) -> Innhold:
    """How many are still in work, of those who consented to being asked.

    Raises KeyError where the policy of the tiltak has no `frister.etterrapport.maaneder`.
    """
    t = tekster(hode.maalform)
    blokker = {
        "KORT_FORTALT": _follow_up_in_short(figurer, t),
        "RESULTAT": _follow_up(figurer, t),
        "GRUNNLAG": _follow_up_grounds(avtale, t),
    }
    return _document(ETTERRAPPORT, (figurer.fra, figurer.til), blokker, avtale, hode, t, forrige)


def capacity_of(innhold: Innhold) -> Kapasitet:
    """The places as a resultatrapport told them: what a later version repeats, since they cannot be counted again."""
    seksjon = next(s for s in innhold["seksjoner"] if s["kode"] == "PLASSER")
    poster = {post["kode"]: post["antall"] for blokk in seksjon["blokker"] for post in blokk.get("poster", ())}
    i_bruk, ventende = poster.get(_I_BRUK), poster.get(_VENTELISTE)
    grunner = {p.get("verdi") for s in innhold["seksjoner"] for b in s["blokker"] for p in b.get("punkter", ())}
    return Kapasitet(
        plasser=poster.get(_PLASSER),
        i_bruk=None if i_bruk is None else int(i_bruk),
        venteliste=None if ventende is None else int(ventende),
        for_flere_fylker=_FLERE_FYLKER in grunner,
    )


def target_of(innhold: Innhold, felt: str = "resultatmaal") -> float | None:
    """The avtale's target as a report about it told it; None when it told none."""
    kort = next(s for s in innhold["seksjoner"] if s["kode"] == "KORT_FORTALT")
    rader = (rad for blokk in kort["blokker"] for rad in blokk.get("rader", ()))
    return next((float(rad["verdi"]) for rad in rader if rad["kode"] == felt), None)


def _document(
    dokumenttype: str,
    periode: tuple[date, date],
    blokker: Mapping[str, Sequence[Blokk]],
    avtale: Avtalehode,
    hode: Dokumenthode,
    t: Tekster,
    forrige: Innhold | None,
) -> Innhold:
    innhold: Innhold = {
        "hode": make_header(
            hode,
            dokumenttype=dokumenttype,
            tittel=t.titler[dokumenttype],
            tiltakskode=avtale.tiltakskode,
            subjekt={"fylke": avtale.fylke},
            periode=periode,
            regelverk=avtale.regelverk,
        ),
        "opplysninger": _facts(avtale, hode, t),
        "seksjoner": _sections(dokumenttype, blokker, t),
    }
    return innhold if forrige is None else mark_changes(innhold, forrige, t)


def _facts(avtale: Avtalehode, hode: Dokumenthode, t: Tekster) -> list[dict[str, Any]]:
    avsender, mottaker = hode.avsender, hode.mottaker
    linjer = [
        _line(t, "tiltak", t.kode("tiltakskode", avtale.tiltakskode), avtale.tiltakskode),
        _line(t, "fylke", t.kode("fylke", avtale.fylke), avtale.fylke),
        _line(t, "arrangor", f"{avsender.navn} ({avsender.orgnr})", avsender.orgnr),
        _line(t, "navFylke", f"{mottaker.navn} ({mottaker.nav_enhet})", mottaker.nav_enhet),
    ]
    return [linje for linje in clean(linjer) if linje is not None]


def _sections(dokumenttype: str, blokker: Mapping[str, Sequence[Blokk]], t: Tekster) -> list[dict[str, Any]]:
    seksjoner = []
    for mal in t.seksjoner[dokumenttype]:
        innhold = blokker[mal.kode] or (merknad("ingen", mal.tom, "INGEN") if mal.tom else [])
        seksjoner.append({"kode": mal.kode, "nummer": mal.nummer, "overskrift": mal.overskrift, "blokker": innhold})
    return seksjoner


def _line(t: Tekster, kode: str, tekst: str, verdi: str | None = None, *, framhevet: bool = False) -> Celle | None:
    return opplysning(kode, t.ord[kode], tekst, verdi, framhevet=framhevet)


# --- resultatrapport ---


def _result_in_short(figurer: Resultattall, t: Tekster) -> list[Blokk]:
    teller, alle, mott, maal = figurer.med_resultat, figurer.avsluttet, figurer.mott, figurer.maal
    av_alle = _share(t, figurer.resultatgrad_med_aldri_mott, teller, alle) or t.setning("ingen_avsluttet")
    av_mott = _share(t, figurer.resultatgrad_uten_aldri_mott, teller, mott) or t.setning("ingen_motte")
    rader = [
        _line(t, "resultatgradMedAldriMott", av_alle, _number(figurer.resultatgrad_med_aldri_mott), framhevet=True),
        _line(t, "resultatgradUtenAldriMott", av_mott, _number(figurer.resultatgrad_uten_aldri_mott)) if alle else None,
        _line(t, "resultatmaal", prosent(maal), _number(maal)) if maal is not None else None,
    ]
    return fakta("kortFortalt", rader)


def _share(t: Tekster, grad: float | None, teller: int, nevner: int) -> str | None:
    return None if grad is None else t.setning("grad_av", prosent=prosent(grad), teller=teller, nevner=nevner)


def _results(figurer: Resultattall, t: Tekster) -> list[Blokk]:
    if not figurer.avsluttet:
        return []
    rader = [
        ("ARBEID", figurer.arbeid, figurer.mott),
        ("UTDANNING", figurer.utdanning, figurer.mott),
        ("ANNET", figurer.annet, figurer.mott),
        ("ALDRI_MOTT", figurer.aldri_mott, 0),
        ("AVSLUTTET", figurer.avsluttet, 0),
    ]
    return tabell(
        "resultat",
        [
            Kolonne("telling", t.ord["resultat"], [celle(t.ord[kode], kode) for kode, _, _ in rader]),
            Kolonne("antall", t.ord["antall"], [celle(str(antall), str(antall)) for _, antall, _ in rader]),
            Kolonne(
                "avAlleAvsluttede",
                t.ord["avAlleAvsluttede"],
                [_percent_cell(antall, figurer.avsluttet) for _, antall, _ in rader],
            ),
            Kolonne(
                "avDemSomMotte",
                t.ord["avDemSomMotte"],
                [_percent_cell(antall, nevner) for _, antall, nevner in rader],
            ),
        ],
    )


def _percent_cell(teller: int, nevner: int) -> Celle | None:
    if not nevner:
        return None
    grad = percent(teller, nevner)
    return celle(prosent(grad), _number(grad))


def _capacity(kapasitet: Kapasitet, dag: date, t: Tekster) -> list[Blokk]:
    poster = [
        (_PLASSER, kapasitet.plasser, "plasser", "plasser_mangler"),
        (_I_BRUK, kapasitet.i_bruk, "deltakelser", "i_bruk_mangler"),
        (_VENTELISTE, kapasitet.venteliste, "personer", "venteliste_mangler"),
    ]
    kjente = [
        sumpost(kode, t.ord[kode], antall, enhet, t.mengde(antall, enhet))
        for kode, antall, enhet, _ in poster
        if antall is not None
    ]
    ukjente = [
        blokk
        for kode, antall, _, mangler in poster
        if antall is None
        for blokk in merknad(kode, t.setning(mangler, dato=t.dato(dag)))
    ]
    return [*summer("plasser", kjente), *ukjente]


def _result_grounds(figurer: Resultattall, avtale: Avtalehode, t: Tekster) -> list[Blokk]:
    lop = t.mengde(avtale.regelverk.heltall("varighet.lopMaaneder"), "maaneder")
    setninger = [
        celle(t.setning("grunnlag_forst_fra", dato=t.dato(avtale.rapporterer_fra))) if avtale.rapporterer_fra else None,
        celle(t.setning("grunnlag_avsluttet")),
        celle(t.setning("grunnlag_lop", maaneder=lop)),
        celle(t.setning("grunnlag_resultat")),
        celle(t.setning("grunnlag_plasser", dato=t.dato(figurer.til))),
        celle(t.setning("grunnlag_flere_fylker"), _FLERE_FYLKER) if figurer.kapasitet.for_flere_fylker else None,
        celle(t.setning("grunnlag_eksakt")),
        _finality(avtale, t),
    ]
    return liste("grunnlag", setninger)


def _finality(avtale: Avtalehode, t: Tekster) -> Celle | None:
    if avtale.rettes_til is None:
        return celle(t.setning("grunnlag_endelig"))
    return celle(t.setning("grunnlag_ikke_endelig", dato=t.dato(avtale.rettes_til)), avtale.rettes_til.isoformat())


# --- etterrapport ---


def _follow_up_in_short(figurer: Ettertall, t: Tekster) -> list[Blokk]:
    grad, maal = figurer.varig_resultatgrad, figurer.maal
    tekst = _share(t, grad, figurer.i_arbeid, figurer.svart) or t.setning("ingen_svarte")
    rader = [
        _line(t, "varigResultatgrad", tekst, _number(grad), framhevet=True),
        _line(t, "varigResultatmaal", prosent(maal), _number(maal)) if maal is not None else None,
    ]
    return fakta("kortFortalt", rader)


def _follow_up(figurer: Ettertall, t: Tekster) -> list[Blokk]:
    if not figurer.spurt:
        return []
    tallene = (("spurt", figurer.spurt), ("svart", figurer.svart), ("fortsattIArbeid", figurer.i_arbeid))
    poster = [sumpost(kode, t.ord[kode], antall, "personer", t.mengde(antall, "personer")) for kode, antall in tallene]
    return summer("etterrapport", poster)


def _follow_up_grounds(avtale: Avtalehode, t: Tekster) -> list[Blokk]:
    maaneder = t.mengde(avtale.regelverk.heltall("frister.etterrapport.maaneder"), "maaneder")
    koder = ("grunnlag_spurt", "grunnlag_svart", "grunnlag_eksakt")
    return liste("grunnlag", [celle(t.setning(kode, maaneder=maaneder)) for kode in koder])


def _number(verdi: float | None) -> str | None:
    return None if verdi is None else tall(verdi).replace(",", ".")
