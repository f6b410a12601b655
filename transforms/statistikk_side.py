"""The statistics as a page: one file without a network, every figure with its label, plots that are tables as well."""

from collections.abc import Iterable, Sequence
from html import escape

from schemas.koder import kodeverk
from transforms.statistikk import Utgivelse, Utviklingspunkt
from transforms.statistikk_diagram import bar, line_chart, strip
from transforms.statistikk_filer import area_name
from transforms.statistikk_stil import EKSTRA_STIL
from transforms.statistikk_tekster import Statistikktekster, decimal, statistikktekster
from transforms.svar_ramme import fold, page, section
from transforms.svar_tekster import svartekster
from transforms.tiltaksbilde import Figur, Linje, Niva

_MED, _UTEN = "resultatgradMedAldriMott", "resultatgradUtenAldriMott"
_KORT = (_MED, _UTEN, "avsluttet")
_GIKK_TIL = ("avsluttet", "aldriMott", "tilArbeid", "tilArbeidFast", "tilUtdanning", "tilAnnet")
_VARIG = ("varigSvart", "varigIArbeid", "varigResultatgrad")
_FRISTER = ("planITide", "perioderapportITide", "sluttrapportITide")
_PER_ARRANGOR = ("avsluttet", _MED, _UTEN, "fristerITide")


def render_html(utgivelse: Utgivelse) -> bytes:
    """The page in bokmål. The same release gives the same bytes."""
    t = statistikktekster()
    status = t.status["IKKE_ENDELIG" if utgivelse.forbehold else "ENDELIG"]
    merker = [t.ord["test"]] if utgivelse.er_test else []
    merker += [status] if utgivelse.forbehold else []
    deler = [_reservations(utgivelse, t)]
    deler += [_tiltak(utgivelse, kode, t) for kode in utgivelse.tiltakskoder] or [f"<p>{escape(t.ord['ingen'])}</p>"]
    deler.append(_explained(utgivelse, t))
    return page(
        svartekster("nb"),
        tittel=t.ord["tittel"],
        avsender=t.period(utgivelse),
        under=status,
        merke=" · ".join(merker) or None,
        innhold="".join(deler),
        ekstra_stil=EKSTRA_STIL,
    )


def _reservations(utgivelse: Utgivelse, t: Statistikktekster) -> str:
    return "".join(f"<p>{escape(t.forbehold[kode])}</p>" for kode in utgivelse.forbehold)


def _tiltak(utgivelse: Utgivelse, kode: str, t: Statistikktekster) -> str:
    linjer = [linje for linje in utgivelse.linjer if linje.tiltakskode == kode]
    land = next(linje for linje in linjer if linje.niva is Niva.LAND)
    fylker = [linje for linje in linjer if linje.niva is Niva.FYLKE]
    arrangorer = [linje for linje in linjer if linje.niva is Niva.ARRANGOR]
    har_varig = any(figur.navn in _VARIG for figur in land.figurer)
    deler = (
        _cards(land, (*_KORT, *(("varigResultatgrad",) if har_varig else ())), t),
        _development([p for p in utgivelse.utvikling if p.tiltakskode == kode], kode, t),
        _bars(kode, [land, *fylker], t),
        _arrangorer(kode, fylker, arrangorer, utgivelse, t),
        _figures_table(kode, "frister", [land, *fylker], _FRISTER, t),
        _figures_table(kode, "flere", [land, *fylker], (*_GIKK_TIL, *(_VARIG if har_varig else ())), t),
        "" if har_varig else f'<p class="dempet">{escape(t.ord["varigMangler"])}</p>',
    )
    return section(kode, kodeverk("tiltakskode").tekst(kode), "".join(deler))


def _cards(linje: Linje, navn: Iterable[str], t: Statistikktekster) -> str:
    kort = "".join(
        f"<div><strong{_dim(figur)}>{escape(t.value(figur))}</strong><span>{escape(t.figurer[figur.navn].navn)}</span>"
        f"<p>{escape(t.figurer[figur.navn].nevner)}</p></div>"
        for figur in _pick(linje, navn)
    )
    return f'<div class="tall">{kort}</div>'


def _pick(linje: Linje, navn: Iterable[str]) -> list[Figur]:
    figurer = {figur.navn: figur for figur in linje.figurer}
    return [figurer[ett] for ett in navn]


def _dim(figur: Figur) -> str:
    return ' class="skjermet"' if figur.er_skjermet else ""


def _whole(linje: Linje) -> str:
    return ' class="samlet"' if linje.niva is Niva.LAND else ""


def _cell(figur: Figur, t: Statistikktekster) -> str:
    return f"<td{_dim(figur)}>{escape(t.value(figur))}</td>"


def _heading(navn: str, t: Statistikktekster) -> str:
    etikett = t.figurer[navn]
    return f'<th scope="col">{escape(etikett.navn)}<span class="nevner">{escape(etikett.nevner)}</span></th>'


def _plain_heading(tekst: str) -> str:
    return f'<th scope="col">{escape(tekst)}</th>'


def _part(navn: str, overskrift: str, innhold: str) -> str:
    return f'<h3 id="{navn}" class="deltittel">{escape(overskrift)}</h3>{innhold}'


def _wide(kode: str, navn: str, hoder: Iterable[str], rader: Iterable[str], klasse: str) -> str:
    """A table that scrolls by itself on a narrow screen. `navn` is what a screen reader calls it."""
    tittel = escape(f"{kodeverk('tiltakskode').tekst(kode)}: {navn}")
    return (
        f'<div class="bred" tabindex="0" role="region" aria-label="{tittel}"><table class="{klasse}">'
        f"<thead><tr>{''.join(hoder)}</tr></thead><tbody>{''.join(rader)}</tbody></table></div>"
    )


def _bars(kode: str, linjer: Sequence[Linje], t: Statistikktekster) -> str:
    """The two rates of each area, the highest first; who is hidden last."""
    land, *fylker = linjer
    rekke = sorted(fylker, key=lambda linje: (-(linje.verdi(_MED) or -1), area_name(linje, t)))
    rader = (
        f'<tr{_whole(linje)}><th scope="row">{escape(area_name(linje, t))}</th>'
        + "".join(f"<td{_dim(figur)}>{bar(figur.verdi, figur.navn == _UTEN)}"
                  f"<span>{escape(t.value(figur))}</span></td>" for figur in _pick(linje, (_MED, _UTEN)))
        + _cell(_pick(linje, ("avsluttet",))[0], t)
        + "</tr>"
        for linje in (land, *rekke)
    )  # fmt: skip
    tittel = t.ord["resultatPerFylke"]
    hoder = (_plain_heading(t.nivaer["FYLKE"]), _heading(_MED, t), _heading(_UTEN, t), _heading("avsluttet", t))
    return _part(f"{kode}-fylker", tittel, _wide(kode, tittel, hoder, rader, "soyler"))


def _arrangorer(
    kode: str, fylker: Sequence[Linje], arrangorer: Sequence[Linje], utgivelse: Utgivelse, t: Statistikktekster
) -> str:
    navn, tittel = f"{kode}-arrangorer", t.ord["resultatPerArrangor"]
    if not arrangorer:
        return _part(navn, tittel, f"<p>{escape(t.ord['ingenArrangorer'])}</p>")
    ingress = t.ord["arrangorIngress"].format(minAvsluttet=utgivelse.regler.min_avsluttet)
    med_arrangorer = [(fylke, egne) for fylke in fylker if (egne := [a for a in arrangorer if a.fylke == fylke.fylke])]
    rader = (
        f'<tr><th scope="row">{escape(area_name(fylke, t))}</th>{_spread(egne, t)}</tr>'
        for fylke, egne in med_arrangorer
    )
    hoder = (_plain_heading(t.nivaer["FYLKE"]), _plain_heading(t.ord["fordeling"]))
    tabeller = (_arrangor_table(kode, area_name(fylke, t), egne, t) for fylke, egne in med_arrangorer)
    innhold = f"<p>{escape(ingress)}</p>{_wide(kode, tittel, hoder, rader, 'striper')}{''.join(tabeller)}"
    return _part(navn, tittel, innhold)


def _spread(egne: Sequence[Linje], t: Statistikktekster) -> str:
    verdier = [verdi for linje in egne if (verdi := linje.verdi(_MED)) is not None]
    if not verdier:
        return f'<td class="skjermet">{escape(t.skjermet["kort"])}</td>'
    mal = t.ord["fordelingEn" if len(verdier) == 1 else "fordelingTekst"]
    tekst = mal.format(antall=len(verdier), minst=decimal(min(verdier)), mest=decimal(max(verdier)))
    return f"<td>{strip(verdier)}<span>{escape(tekst)}</span></td>"


def _arrangor_table(kode: str, fylke: str, egne: Sequence[Linje], t: Statistikktekster) -> str:
    rader = (
        f'<tr><th scope="row">{escape(linje.arrangor_navn)}<span class="nevner">{linje.arrangor}</span></th>'
        f"{''.join(_cell(figur, t) for figur in _pick(linje, _PER_ARRANGOR))}</tr>"
        for linje in egne
    )
    hoder = (_plain_heading(t.nivaer["ARRANGOR"]), *(_heading(ett, t) for ett in _PER_ARRANGOR))
    tekst = t.ord["enArrangor" if len(egne) == 1 else "arrangorer"].format(fylke=fylke, antall=len(egne))
    return fold(tekst, _wide(kode, tekst, hoder, rader, "tallrekker"))


def _figures_table(kode: str, navn: str, linjer: Sequence[Linje], figurer: Sequence[str], t: Statistikktekster) -> str:
    rader = (
        f'<tr{_whole(linje)}><th scope="row">{escape(area_name(linje, t))}</th>'
        f"{''.join(_cell(figur, t) for figur in _pick(linje, figurer))}</tr>"
        for linje in linjer
    )
    hoder = (_plain_heading(t.nivaer["FYLKE"]), *(_heading(ett, t) for ett in figurer))
    return _part(f"{kode}-{navn}", t.ord[navn], _wide(kode, t.ord[navn], hoder, rader, "tallrekker"))


def _development(punkter: Sequence[Utviklingspunkt], kode: str, t: Statistikktekster) -> str:
    if len(punkter) < 2:
        return ""
    ledd = [
        t.ord["utviklingPunkt"].format(
            nummer=punkt.kvartal.nummer, aar=punkt.kvartal.aar, verdi=decimal(punkt.resultatgrad)
        )
        for punkt in punkter
    ]
    tekst = t.ord["utviklingTekst"].format(punkter=", ".join(ledd))
    diagram = line_chart([(str(punkt.kvartal), punkt.resultatgrad) for punkt in punkter], tekst)
    return _part(f"{kode}-utvikling", t.ord["utvikling"], f"{diagram}<p>{escape(tekst)}</p>")


def _explained(utgivelse: Utgivelse, t: Statistikktekster) -> str:
    regler = utgivelse.regler
    punkter = "".join(
        f"<li>{escape(tekst.format(minAvsluttet=regler.min_avsluttet, minGruppe=regler.min_gruppe))}</li>"
        for tekst in t.forklaringer
    )
    skjermet = f"<p><b>{escape(t.skjermet['kort'].capitalize())}</b>: {escape(t.why_hidden(utgivelse))}</p>"
    return section("slik", t.ord["slik"], f"{skjermet}<ul>{punkter}</ul>")
