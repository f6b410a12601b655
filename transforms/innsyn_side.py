"""What a deltaker reads of everything that is known about it (art. 15): one page, in plain Norwegian.

It is made of the extract that stands beside it as JSON (tiltaksflyt/pipeline/innsyn.py); nothing else is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape
from types import MappingProxyType
from typing import Any

from schemas.koder import kodeverk
from schemas.kontrakt import tabeller
from schemas.loader import SCHEMAS, load
from transforms.dokument_tekster import kort_dato
from transforms.svar_ramme import facts, fold, page, section, table
from transforms.svar_tekster import svartekster

_MAALFORM = "nb"

Uttrekk = Mapping[str, Any]


def render_page(uttrekk: Uttrekk) -> bytes:
    """The page. An extract without deltakelser says plainly that nothing is there."""
    t = innsyntekster()
    navn = uttrekk["arrangor"]["navn"]
    deler = [*_known(uttrekk, t)] if uttrekk["finnes"] else [f"<p><strong>{_text(t['ingenting'])}</strong></p>"]
    if not uttrekk["finnes"]:
        deler.append(f"<p>{_text(t['ingentingForklaring'].format(arrangor=navn))}</p>")
    return page(
        svartekster(_MAALFORM),
        tittel=t["tittel"],
        avsender=navn,
        under=t["under"].format(dag=_day(uttrekk["laget"]), arrangor=navn),
        innhold="".join((*deler, *_about(uttrekk, t))),
    )


@cache
def innsyntekster() -> Mapping[str, Any]:
    """The words of the page: purposes, grounds, sources and rights. Raises UgyldigFil."""
    return MappingProxyType(load(SCHEMAS / "innsyn" / f"tekster.{_MAALFORM}.yaml", "innsyntekster"))


def _about(uttrekk: Uttrekk, t: Mapping[str, Any]) -> Iterator[str]:
    navn = uttrekk["arrangor"]["navn"]
    for ansvarlig in uttrekk["behandlingsansvarlig"]:
        linje = t["ansvarlige"]["linjer"][ansvarlig].format(arrangor=navn)
        yield section("ansvar", t["ansvarlige"]["overskrift"], f"<p>{_text(linje)}</p>")
    yield section(
        "formal",
        t["formal"]["overskrift"],
        _list(f"{punkt['formal']}: {punkt['grunnlag']}." for punkt in t["formal"]["punkter"]),
    )
    kilde = t["kilder"]["tekst"].format(arrangor=navn, system=", ".join(uttrekk["kildesystemer"]) or "–")
    yield section("kilder", t["kilder"]["overskrift"], f"<p>{_text(kilde)}</p>")
    punkter = (punkt.format(arrangor=navn) for punkt in t["rettigheter"]["punkter"])
    yield section("rettigheter", t["rettigheter"]["overskrift"], _list(punkter))


def _known(uttrekk: Uttrekk, t: Mapping[str, Any]) -> Iterator[str]:
    alle = uttrekk["deltakelser"]
    for nummer, ett in enumerate(alle, start=1):
        overskrift = t["ord"]["deltakelse"].format(nummer=nummer, antall=len(alle))
        yield section(f"deltakelse-{nummer}", overskrift, "".join(_parts(ett, t["ord"], t["hendelser"])))
    if uttrekk["holdt"]:
        linjer = (
            t["ord"]["holdtLinje"].format(dag=_day(rad["siden"]), regler=", ".join(rad["regler"]))
            for rad in uttrekk["holdt"]
        )
        yield section("holdt", t["ord"]["holdt"], _list(linjer))


def _parts(ett: Uttrekk, ord_: Mapping[str, str], hendelser: Mapping[str, str]) -> Iterator[str]:
    yield facts(
        [
            (ord_["sletting"], _text(ord_["sisteDag"].format(dag=_day(ett["sisteDag"])))),
            (ord_["mottattForst"], _day(ett["forstSett"])),
            (ord_["mottattSist"], _day(ett["sistIDrop"])),
            (ord_["endretSist"], _day(ett["sistEndret"])),
        ]
    )
    yield _part(ord_["tilbakehold"], _list(ord_["utsatt"].format(**_days(h)) for h in ett["tilbakehold"]), ord_)
    yield _part(ord_["opplysninger"], "".join(_record(ett["post"])), ord_)
    svar = [samtykke for samtykke in ett["samtykker"] if "iArbeid" in samtykke]
    under_samtykke = {"samtykke": ett["samtykker"], "deltaker": ett["samtykker"], "etteroppfolging": svar}
    yield _part(ord_["samtykker"], "".join(_record(under_samtykke)), ord_)
    frister = [(_text(f["tekst"]), _day(f["frist"]), _text(f["statusTekst"])) for f in ett["frister"]]
    yield _part(ord_["frister"], _rows((ord_["hva"], ord_["frist"], ord_["status"]), frister), ord_)
    yield _part(ord_["dokumenter"], "".join(_document(d, ord_) for d in ett["dokumenter"]), ord_)
    besvart = [(_text(s["dokument"]), _day(s["tid"]), _text(s["tekst"] or s["status"])) for s in ett["kvitteringer"]]
    yield _part(ord_["svar"], _rows((ord_["dokument"], ord_["dag"], ord_["svar"]), besvart), ord_)
    yield _part(ord_["filer"], _list(f["fil"] for f in ett["filer"]), ord_)
    gjort = [
        (_day(h["tid"]), _text(hendelser.get(h["type"], h["type"])), _text(h["grunn"] or "")) for h in ett["hendelser"]
    ]
    yield _part(ord_["hendelser"], _rows((ord_["dag"], ord_["hva"], ord_["hvorfor"]), gjort), ord_)
    apnet = [(_day(a["tid"]), _text(a["handlingTekst"]), _text(a["grunn"])) for a in ett["apninger"]]
    yield _part(ord_["apninger"], _rows((ord_["dag"], ord_["hva"], ord_["hvorfor"]), apnet), ord_)


def _part(overskrift: str, innhold: str, ord_: Mapping[str, str]) -> str:
    ingen = f"<p>{_text(ord_['ingen'])}</p>"
    return f"<h3>{_text(overskrift)}</h3>{innhold or ingen}"


def _record(post: Uttrekk) -> Iterator[str]:
    for navn, tabell in tabeller().items():
        verdi = post.get(navn) or []
        for rad in [verdi] if isinstance(verdi, Mapping) else verdi:
            linjer = [
                (felt.beskrivelse, _text(_in_words(felt.kodeverk, rad[felt.navn])))
                for felt in tabell.felter.values()
                if rad.get(felt.navn) not in (None, "")
            ]
            yield f"<h4>{_text(tabell.beskrivelse)}</h4>{facts(linjer)}"


def _in_words(liste: str | None, verdi: object) -> str:
    if isinstance(verdi, list):
        return ", ".join(_in_words(liste, ett) for ett in verdi)
    if isinstance(verdi, bool):
        return "ja" if verdi else "nei"
    kjent = liste is not None and verdi in kodeverk(liste).koder
    return kodeverk(str(liste)).tekst(str(verdi)) if kjent else str(verdi)


def _document(dokument: Uttrekk, ord_: Mapping[str, str]) -> str:
    navn = ord_["versjon"].format(
        dokument=dokument["typeTekst"], versjon=dokument["versjon"], dag=_day(dokument["bygget"])
    )
    mottakere = [
        (
            _text(m["navn"]),
            _text(m["tilstandTekst"]),
            _text(ord_["sendt"].format(dag=_day(m["sendt"])) if m["sendt"] else ord_["ikkeSendt"]),
        )
        for m in dokument["mottakere"]
    ]
    tekst = "".join(f"<p>{_text(linje)}</p>" for linje in _texts(dokument["innhold"]))
    tabell = _rows((ord_["mottaker"], ord_["tilstand"], ord_["dag"]), mottakere)
    return f"<h4>{_text(navn)}</h4>{tabell}{fold(ord_['innhold'], tekst, apen=True)}"


def _texts(verdi: object) -> Iterator[str]:
    """What a reader of the document reads, in its order."""
    if isinstance(verdi, list):
        for ett in verdi:
            yield from _texts(ett)
    elif isinstance(verdi, Mapping):
        if "tekst" in verdi:
            yield ": ".join(str(verdi[navn]) for navn in ("ledetekst", "tekst") if navn in verdi)
        if "overskrift" in verdi:
            yield str(verdi["overskrift"])
        yield from _texts([verdi[navn] for navn in verdi if navn not in ("hode", "kolonner")])


def _rows(hoder: Sequence[str], linjer: Sequence[Sequence[str]]) -> str:
    return table(hoder, linjer) if linjer else ""


def _list(punkter: Iterator[str]) -> str:
    linjer = "".join(f"<li>{_text(punkt)}</li>" for punkt in punkter)
    return f"<ul>{linjer}</ul>" if linjer else ""


def _days(hold: Uttrekk) -> dict[str, str]:
    return {**hold, "fra": _day(hold["fra"]), "til": _day(hold["til"])}


def _day(tekst: str) -> str:
    return kort_dato(datetime.fromisoformat(tekst).date())


def _text(tekst: str) -> str:
    return escape(tekst)
