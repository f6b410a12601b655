"""A document: one value, built once from one deltakelse, rendered as XML, JSON and PDF (dokument_formater).

The value (`innhold`) is JSON: a header, the facts at the top of the page, and an ordered list of named sections that
hold typed blocks. It is frozen when it is built (beslutninger 3): lists and sums do not move afterwards.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from schemas.kontrakt import Felttype, tabeller
from schemas.oppsett import NAV
from schemas.regelverk import Regelverk
from transforms import dokument_deler as deler
from transforms.dokument_blokker import Blokk, merknad
from transforms.dokument_endringer import mark_changes
from transforms.dokument_grunnlag import (
    TEKSTTABELLER,
    Grunnlag,
    ManglerGrunnlag,
    clean,
    find_text_row,
    policy_path,
)
from transforms.dokument_hode import Avsenderhode, Dokumenthode, Mottakerhode, make_header
from transforms.dokument_meldinger import BESTILLINGSBEKREFTELSE, MELDING_AVSLUTNING, MELDING_FORLENGELSE
from transforms.dokument_perioderapport import PERIODERAPPORT
from transforms.dokument_plan import PLAN
from transforms.dokument_sluttrapport import SLUTTRAPPORT
from transforms.dokument_tekster import Tekster, tekster, words_of
from transforms.forpliktelser import is_no_show
from transforms.kalender import oslo_dato
from transforms.meldinger import MELDINGER, own_words
from transforms.poster import Deltakelsespost, Rad, read_dato
from transforms.tilbakekalling import is_withdrawal

Innhold = Mapping[str, Any]
DOKUMENTTYPER = (*TEKSTTABELLER, *MELDINGER)
_SEKSJONER: Mapping[str, Mapping[str, Callable[[Grunnlag], list[Blokk]]]] = {
    "PLAN": PLAN,
    "PERIODERAPPORT": PERIODERAPPORT,
    "SLUTTRAPPORT": SLUTTRAPPORT,
    "BESTILLINGSBEKREFTELSE": BESTILLINGSBEKREFTELSE,
    "MELDING_FORLENGELSE": MELDING_FORLENGELSE,
    "MELDING_AVSLUTNING": MELDING_AVSLUTNING,
}
# The types that come one after another, and are known by their number.
_I_REKKE = frozenset({"PERIODERAPPORT", "MELDING_FORLENGELSE"})
# The fields of a text row that are its own words: not its keys and numbers in a row, not its days (beslutninger 4).
_ORDTYPER = frozenset({Felttype.TEKST, Felttype.FRITEKST, Felttype.KODE, Felttype.TALL})

__all__ = [
    "DOKUMENTTYPER",
    "Avsenderhode",
    "Dokumenthode",
    "Innhold",
    "ManglerGrunnlag",
    "Mottakerhode",
    "arkivtittel",
    "avtale_name",
    "build",
    "innhold_avtrykk",
    "is_about_avtale",
    "tittel",
]


def build(
    post: Deltakelsespost,
    dokumenttype: str,
    *,
    nummer: int | None,
    hode: Dokumenthode,
    regelverk: Regelverk,
    forrige: Innhold | None = None,
) -> Innhold:
    """The document `dokumenttype` of one deltakelse.

    `nummer` is plan.versjon or the number of the perioderapport or the extension; None means the latest one, and is
    the only choice for the types that come once. `regelverk` is the policy in force on the event's own day
    (beslutninger 17). `forrige` is the innhold of the version before: what is new since is marked.

    Raises ManglerGrunnlag when the text row does not exist or is not finished, or the fact of a message is not there.
    """
    renset = Deltakelsespost(clean(post.innhold))
    nummer, rad = find_text_row(renset, dokumenttype, nummer)
    fra, til = _days(renset, dokumenttype, rad)
    g = Grunnlag(
        post=renset,
        rad=rad,
        dokumenttype=dokumenttype,
        nummer=nummer,
        fra=fra,
        til=til,
        dato=oslo_dato(hode.opprettet),
        regelverk=regelverk,
        tekster=tekster(hode.maalform),
    )
    innhold: Innhold = {
        "hode": _header(g, hode),
        "opplysninger": _facts(g, hode),
        "seksjoner": _sections(g),
    }
    return innhold if forrige is None or is_withdrawal(forrige) else mark_changes(innhold, forrige, g.tekster)


def _days(post: Deltakelsespost, dokumenttype: str, rad: Rad) -> tuple[date | None, date | None]:
    """The days that a document covers: the whole deltakelse, or the period of the vurdering; none for a message."""
    if dokumenttype in MELDINGER:
        return None, None
    if dokumenttype == "PERIODERAPPORT":
        return read_dato(rad, "periodeFra"), read_dato(rad, "periodeTil")
    if dokumenttype == "PLAN":
        return post.dato("startDato"), None
    return post.dato("startDato"), post.dato("sluttDato")


def _header(g: Grunnlag, hode: Dokumenthode) -> dict[str, Any]:
    person, deltakelse = g.post.deltaker, g.post.deltakelse
    til = g.til or g.slutt
    return make_header(
        hode,
        dokumenttype=g.dokumenttype,
        nummer=g.nummer,
        tittel=_title(g),
        tiltakskode=deltakelse["tiltakskode"],
        nav_veileder=person.get("navVeileder"),
        subjekt={
            "deltakelseId": deltakelse["deltakelseId"],
            "deltaker": {"personident": person["personident"], "navn": _name(person)},
        },
        periode=(g.fra, til) if g.fra and til and g.fra <= til else None,
        regelverk=g.regelverk,
    )


def _name(person: Rad) -> str:
    return " ".join(person[navn] for navn in ("fornavn", "mellomnavn", "etternavn") if navn in person)


def _facts(g: Grunnlag, hode: Dokumenthode) -> list[dict[str, Any]]:
    deltakelse = g.post.deltakelse
    dag = min(g.dato, g.post.dato("sluttDato") or g.dato)
    til_nav = hode.mottaker.behandlingsansvarlig == NAV
    kontor = f"{hode.mottaker.navn} ({hode.mottaker.nav_enhet})"
    linjer = [
        deler.line(g, "tiltak", g.kodetekst("deltakelse", "tiltakskode", deltakelse["tiltakskode"])),
        deler.line(g, "tiltaksnummer", deltakelse.get("tiltaksnummer")),
        deler.line(g, "arrangor", f"{hode.avsender.navn} ({hode.avsender.orgnr})", hode.avsender.orgnr),
        deler.line(g, "jobbveileder", deltakelse.get("veileder")),
        deler.line(g, "telefon", deltakelse.get("veilederTelefon")),
        deler.line(g, "navKontor" if til_nav else "kommune", kontor, hode.mottaker.nav_enhet),
        deler.line(g, "navVeileder", g.post.deltaker.get("navVeileder")),
        deler.date_line(g, "start", g.start),
        deler.date_line(g, "planlagtSlutt", g.post.dato("planlagtSluttDato")),
        deler.date_line(g, "slutt", g.post.dato("sluttDato")),
        deler.line(g, "omfang", deler.extent_on(g, dag)),
    ]
    return [linje for linje in clean(linjer) if linje is not None]


def _sections(g: Grunnlag) -> list[dict[str, Any]]:
    ikke_mott = g.dokumenttype == "SLUTTRAPPORT" and is_no_show(g.post)
    seksjoner = []
    for mal in g.tekster.seksjoner[g.dokumenttype]:
        bygg = _SEKSJONER[g.dokumenttype].get(mal.kode)
        if bygg is None or not g.has_section(mal.kode) or (ikke_mott and not mal.ved_ikke_mott):
            continue
        blokker = bygg(g)
        if mal.tom and all(blokk["type"] == "merknad" for blokk in blokker):
            blokker = merknad("ingen", mal.tom, "INGEN") + blokker
        if blokker:
            seksjoner.append({"kode": mal.kode, "nummer": mal.nummer, "overskrift": mal.overskrift, "blokker": blokker})
    return seksjoner


def _title(g: Grunnlag) -> str:
    sti = policy_path(g.dokumenttype, "tittel")
    return g.tekster.titler[g.dokumenttype] if g.regelverk.mangler(sti) else g.regelverk.verdi(sti)[g.tekster.maalform]


def innhold_avtrykk(post: Deltakelsespost, dokumenttype: str, nummer: int | None) -> str:
    """The fingerprint of what makes a new version of a document (beslutninger 4), as hex SHA-256.

    It covers the words of the document's own text row or the words and days of a message, the points of the avtale and
    the answers to the bestilling that belong to this document, and the person and the Nav-enhet in the header. Lists
    that are derived from other rows do not count: what is registered later belongs to the next report. Nor does another
    veileder at the same Nav-enhet. Raises ManglerGrunnlag.
    """
    renset = Deltakelsespost(clean(post.innhold))
    nummer, rad = find_text_row(renset, dokumenttype, nummer)
    ord_ = own_words(renset, dokumenttype, rad) if dokumenttype in MELDINGER else _words(dokumenttype, rad)
    punkter = [
        [s["kode"], s.get("overskrift"), s["tekst"]]
        for s in renset.rader("seksjon")
        if s["dokumenttype"] == dokumenttype and s.get("nummer", nummer) == nummer
    ]
    svar = [[p["tekst"], p.get("svar")] for p in renset.rader("bestillingspunkt") if dokumenttype == "SLUTTRAPPORT"]
    person = {navn: renset.deltaker.get(navn) for navn in ("personident", "navEnhet")} | {
        "navn": _name(renset.deltaker)
    }
    kanonisk = json.dumps([ord_, punkter, svar, person], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(kanonisk.encode()).hexdigest()


def _words(dokumenttype: str, rad: Rad) -> Mapping[str, Any]:
    felter = tabeller()[TEKSTTABELLER[dokumenttype]].felter.values()
    return {f.navn: rad[f.navn] for f in felter if f.type in _ORDTYPER and f.navn in rad}


def is_about_avtale(innhold: Innhold) -> bool:
    """Whether a document is about an avtale, with no person in it."""
    return "deltakelseId" not in innhold["hode"]


def avtale_name(innhold: Innhold) -> str:
    """The avtale that a document is about, by its tiltak and fylke: «Arbeidsforberedende trening, Vestland»."""
    hode, ord_ = innhold["hode"], words_of(innhold)
    tiltak = ord_.kode("tiltakskode", hode["tiltakskode"])
    return ord_.setning("avtale_navn", tiltak=tiltak, fylke=ord_.kode("fylke", hode["fylke"]))


def period_name(innhold: Innhold) -> str:
    """The period of a document about an avtale: the year when it is a whole one, else its months."""
    fra, til = (date.fromisoformat(innhold["hode"]["periode"][ende]) for ende in ("fra", "til"))
    er_et_ar = (fra, til) == (date(fra.year, 1, 1), date(fra.year, 12, 31))
    return str(fra.year) if er_et_ar else words_of(innhold).manedsspenn(fra, til)


def tittel(innhold: Innhold) -> str:
    """What stands at the top of the page: «Perioderapport 2», «Resultatrapport 2026».

    In the words of the document's own template version.
    """
    navn = _numbered(innhold, words_of(innhold))
    return words_of(innhold).setning("tittel_tilbakekalt", tittel=navn) if is_withdrawal(innhold) else navn


def _numbered(innhold: Innhold, ord_: Tekster) -> str:
    hode = innhold["hode"]
    if is_about_avtale(innhold):
        return ord_.setning("tittel_nummer", type=hode["tittel"], nummer=period_name(innhold))
    if hode["dokumenttype"] in _I_REKKE:
        return ord_.setning("tittel_nummer", type=hode["tittel"], nummer=hode["nummer"])
    return str(hode["tittel"])


def arkivtittel(innhold: Innhold) -> str:
    """The title in Nav's archive: «Perioderapport 2 (mars–mai 2026) – anbefaler forlengelse – Eksempel Vekst AS».

    It names neither the person nor anything of the person's health; a test document says so first.
    """
    hode, ord_ = innhold["hode"], words_of(innhold)
    navn = tittel(innhold)
    if is_about_avtale(innhold):
        avtale = avtale_name(innhold)
        navn = ord_.setning("tittel_avtale", navn=navn, avtale=avtale[:1].lower() + avtale[1:])
    elif hode["dokumenttype"] == "PLAN":
        navn = ord_.setning("tittel_plan", type=navn, nummer=hode["nummer"])
    elif hode["dokumenttype"] == "MELDING_FORLENGELSE" and (ny := _in_short(innhold).get("nySluttDato")):
        navn = ord_.setning("tittel_til", type=hode["tittel"], dato=ord_.dato(date.fromisoformat(ny)))
    elif hode["dokumenttype"] == "MELDING_AVSLUTNING" and (slutt := _in_short(innhold).get("sluttDato")):
        navn = ord_.setning("tittel_periode", tittel=navn, periode=ord_.dato(date.fromisoformat(slutt)))
    elif "periode" in hode:
        fra, til = (date.fromisoformat(hode["periode"][ende]) for ende in ("fra", "til"))
        navn = ord_.setning("tittel_periode", tittel=navn, periode=ord_.manedsspenn(fra, til))
    konklusjon = _conclusion(innhold)
    samlet = " – ".join([navn, *([konklusjon] if konklusjon else []), hode["avsender"]["navn"]])
    if hode["versjon"] > 1 and hode["dokumenttype"] != "PLAN" and not is_withdrawal(innhold):
        samlet = ord_.setning("tittel_rettet", tittel=samlet, versjon=hode["versjon"])
    if "kopiAv" in hode:
        samlet = ord_.setning("tittel_kopi", tittel=samlet)
    return samlet if hode["modus"] == "PROD" else ord_.setning("tittel_test", modus=hode["modus"], tittel=samlet)


def _conclusion(innhold: Innhold) -> str | None:
    verdier, ord_ = _in_short(innhold), words_of(innhold)
    if "anbefaling" in verdier:
        return ord_.anbefalinger.get(verdier["anbefaling"])
    if "resultat" in verdier:
        return ord_.resultater.get(verdier["resultat"])
    if innhold["hode"]["dokumenttype"] == "BESTILLINGSBEKREFTELSE" and not is_withdrawal(innhold):
        return ord_.setning("tittel_uklar" if verdier.get("bestillingUklar") == "true" else "tittel_mottatt")
    return None


def _in_short(innhold: Innhold) -> Mapping[str, str]:
    """The values of «Kort fortalt», by code."""
    kort = next((s for s in innhold["seksjoner"] if s["kode"] == "KORT_FORTALT"), None)
    rader = [rad for blokk in (kort or {"blokker": ()})["blokker"] for rad in blokk.get("rader", ())]
    return {rad["kode"]: rad["verdi"] for rad in rader if "verdi" in rad}
