"""Writes the examples beside the schemas, valid and invalid: `python -m tests.golden.eksempler`.

The valid ones are the documents of the golden cases, the smallest document of each type, and one with letters from many
scripts. Each invalid one is a valid one with one fault, the same fault in both forms. Run by hand when a version of the
schemas is made; once that version has been released its examples are frozen.
"""

import copy
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.dokumentform import dokumentform
from schemas.loader import SCHEMAS
from tests.golden.regenerate import build_case
from transforms.dokument_json import to_json
from transforms.dokument_xml import to_xml

EKSEMPLER = SCHEMAS / "eksempler"
SJEKKSUMMER = "SHA256SUMS"
Dokument = dict[str, Any]
_FAKTA = '<fakta kode="kortFortalt">'


@dataclass(frozen=True)
class Feil:
    """One fault: in which example, what is wrong in words, and how it is made in each form."""

    type: str
    navn: str
    hva: str
    i_json: Callable[[Dokument], object]
    i_xml: tuple[str, str]


FEIL = (
    Feil(
        "plan",
        "uten-deltaker",
        "hode mangler deltaker",
        lambda d: d["hode"].pop("deltaker"),
        (r"<deltaker>.*?</deltaker>", ""),
    ),
    Feil(
        "plan",
        "ukjent-tiltakskode",
        "tiltakskode er AFT, som ikke er i kodeverket",
        lambda d: d["hode"].update(tiltakskode="AFT"),
        (r">ARBEIDSFORBEREDENDE_TRENING<", ">AFT<"),
    ),
    Feil(
        "plan",
        "dag-som-ikke-finnes",
        "frist er 30. februar",
        lambda d: d["hode"].update(frist="2026-02-30"),
        (r"<frist>.*?<", "<frist>2026-02-30<"),
    ),
    Feil(
        "plan",
        "tom-tekst",
        "en overskrift er tom",
        lambda d: d["seksjoner"][0].update(overskrift=""),
        (r"<overskrift>.*?<", "<overskrift><"),
    ),
    Feil(
        "plan",
        "ukjent-felt",
        "hode har et felt som ikke er i skjemaet",
        lambda d: d["hode"].update(saksnummer="1"),
        (r"</hode>", "<saksnummer>1</saksnummer></hode>"),
    ),
    Feil(
        "plan",
        "uten-seksjoner",
        "dokumentet har ingen punkter",
        lambda d: d.update(seksjoner=[]),
        (r"<seksjoner>.*</seksjoner>", "<seksjoner/>"),
    ),
    Feil(
        "perioderapport",
        "uten-periode",
        "periode mangler, og en perioderapport må ha den",
        lambda d: d["hode"].pop("periode"),
        (r"<periode>.*?</periode>", ""),
    ),
    Feil(
        "perioderapport",
        "over-hundre-prosent",
        "et trinn i omfanget er 101 prosent",
        lambda d: _block(d, "omfang")["trinn"][0].update(prosent=101),
        (r'prosent="\d+"', 'prosent="101"'),
    ),
    Feil(
        "perioderapport",
        "tidspunkt-uten-forskyvning",
        "opprettet mangler tidsforskyvning",
        lambda d: d["hode"].update(opprettet="2026-09-02T06:00:00"),
        (r"<opprettet>.*?<", "<opprettet>2026-09-02T06:00:00<"),
    ),
    Feil(
        "perioderapport",
        "ukjent-blokk",
        "en blokk er av en type som ikke finnes",
        lambda d: d["seksjoner"][0]["blokker"][0].update(type="faktum"),
        (f"{_FAKTA}(.*?)</fakta>", r'<faktum kode="kortFortalt">\1</faktum>'),
    ),
    Feil(
        "perioderapport",
        "versjon-null",
        "versjon er 0",
        lambda d: d["hode"].update(versjon=0),
        (r"<versjon>1<", "<versjon>0<"),
    ),
    Feil(
        "sluttrapport",
        "ukjent-tilbakekallingsgrunn",
        "grunnen til at dokumentet er trukket tilbake, er ikke i listen",
        lambda d: d["hode"].update(tilbakekalt="ANGRET"),
        (r"(<versjon>1</versjon>)", r"\1<tilbakekalt>ANGRET</tilbakekalt>"),
    ),
    Feil(
        "perioderapport",
        "mellomrom-i-orgnr",
        "orgnr er skrevet med mellomrom",
        lambda d: d["hode"]["avsender"].update(orgnr="912 345 009"),
        (r"<orgnr>.*?<", "<orgnr>912 345 009<"),
    ),
    Feil(
        "sluttrapport",
        "feil-dokumenttype",
        "dokumenttype er PLAN i en sluttrapport",
        lambda d: d["hode"].update(dokumenttype="PLAN"),
        (r">SLUTTRAPPORT<", ">PLAN<"),
    ),
    Feil(
        "sluttrapport",
        "med-nummer",
        "en sluttrapport har ikke nummer",
        lambda d: d["hode"].update(nummer=1),
        (r"</dokumenttype>", "</dokumenttype><nummer>1</nummer>"),
    ),
    Feil(
        "sluttrapport",
        "kort-personident",
        "personident har ti sifre",
        lambda d: d["hode"]["deltaker"].update(personident="1483941205"),
        (r"<personident>.*?<", "<personident>1483941205<"),
    ),
    Feil(
        "sluttrapport",
        "ukjent-aktivitetstype",
        "en linje på tidslinjen har en kode som ikke er i kodeverket",
        lambda d: _block(d, "tidslinje")["linjer"][0].update(kode="KURS"),
        (r'<linje kode="\w+"', '<linje kode="KURS"'),
    ),
    Feil(
        "sluttrapport",
        "styretegn",
        "en tekst har et styretegn som XML ikke kan ha",
        lambda d: d["seksjoner"][0].update(overskrift="Kort\u0001fortalt"),
        (r"<overskrift>.*?<", "<overskrift>Kort&#1;fortalt<"),
    ),
    Feil(
        "sluttrapport",
        "annen-hovedversjon",
        "skjemaversjon er 2.0",
        lambda d: d["hode"].update(skjemaversjon="2.0"),
        (r"<skjemaversjon>.*?<", "<skjemaversjon>2.0<"),
    ),
    Feil(
        "bestillingsbekreftelse",
        "med-periode",
        "en bekreftelse av bestilling har ikke periode",
        lambda d: d["hode"].update(periode={"fra": "2026-03-02", "til": "2027-03-01"}),
        (r"</deltaker>", "</deltaker><periode><fra>2026-03-02</fra><til>2027-03-01</til></periode>"),
    ),
    Feil(
        "bestillingsbekreftelse",
        "uten-mottaker",
        "hode mangler mottaker",
        lambda d: d["hode"].pop("mottaker"),
        (r"<mottaker>.*?</mottaker>", ""),
    ),
    Feil(
        "bestillingsbekreftelse",
        "ukjent-dokumenttype",
        "dokumenttype er MOTTATT, som ikke er i kodeverket",
        lambda d: d["hode"].update(dokumenttype="MOTTATT"),
        (r">BESTILLINGSBEKREFTELSE<", ">MOTTATT<"),
    ),
    Feil(
        "melding-forlengelse",
        "uten-nummer",
        "nummer mangler; en forlengelse er kjent ved det",
        lambda d: d["hode"].pop("nummer"),
        (r"<nummer>.*?</nummer>", ""),
    ),
    Feil(
        "melding-forlengelse",
        "nummer-null",
        "nummer er 0",
        lambda d: d["hode"].update(nummer=0),
        (r"<nummer>.*?<", "<nummer>0<"),
    ),
    Feil(
        "melding-forlengelse",
        "uten-ledetekst",
        "en opplysning mangler ledetekst",
        lambda d: d["opplysninger"][0].pop("ledetekst"),
        (r"<ledetekst>.*?</ledetekst>", ""),
    ),
    Feil(
        "melding-avslutning",
        "fylke-som-ikke-finnes",
        "navFylke er 99",
        lambda d: d["hode"]["mottaker"].update(navFylke="99"),
        (r"<navFylke>.*?<", "<navFylke>99<"),
    ),
    Feil(
        "melding-avslutning",
        "feil-dokumenttype",
        "dokumenttype er MELDING_FORLENGELSE i en melding om avslutning",
        lambda d: d["hode"].update(dokumenttype="MELDING_FORLENGELSE"),
        (r">MELDING_AVSLUTNING<", ">MELDING_FORLENGELSE<"),
    ),
    Feil(
        "melding-avslutning",
        "framhevet-nei",
        "framhevet er false; det står bare når det gjelder",
        lambda d: _block(d, "fakta")["rader"][0].update(framhevet=False),
        (r'framhevet="true"', 'framhevet="false"'),
    ),
    Feil(
        "resultatrapport",
        "med-deltaker",
        "hode har en deltaker, og ingen person er i en resultatrapport",
        lambda d: d["hode"].update(deltaker={"personident": "14839412052", "navn": "Kari Prøve"}),
        (
            r"(</mottaker>)",
            r"\1<deltaker><personident>14839412052</personident><navn>Kari Prøve</navn></deltaker>",
        ),
    ),
    Feil(
        "resultatrapport",
        "uten-fylke",
        "hode mangler fylket avtalen er med",
        lambda d: d["hode"].pop("fylke"),
        (r"<fylke>.*?</fylke>", ""),
    ),
    Feil(
        "resultatrapport",
        "negativt-antall",
        "det er oppgitt færre enn ingen plasser",
        lambda d: _block(d, "sum")["poster"][0].update(antall=-1),
        (r'antall="\d+"', 'antall="-1"'),
    ),
    Feil(
        "etterrapport",
        "uten-periode",
        "periode mangler, og en etterrapport må ha den",
        lambda d: d["hode"].pop("periode"),
        (r"<periode>.*?</periode>", ""),
    ),
    Feil(
        "etterrapport",
        "ukjent-fylke",
        "fylke er 12, som ikke er i kodeverket",
        lambda d: d["hode"].update(fylke="12"),
        (r"<fylke>.*?<", "<fylke>12<"),
    ),
    Feil(
        "etterrapport",
        "med-deltakelse",
        "hode har arrangørens id for en deltakelse",
        lambda d: d["hode"].update(deltakelseId="D1"),
        (r"(</mottaker>)", r"\1<deltakelseId>D1</deltakelseId>"),
    ),
)

# Names and texts in the letters of this country and of others, joined emoji, right-to-left, combining marks.
_NAVN = "Áŋŋá Čállit محمد אברהם 王小明"
_TEKST = (
    "Đorđe, Ŧorbjørn & <Žofie> «sitat» 👩🏽‍🔧 🇳🇴 e\u0301 a\u030a\nny linje\n\n"
    "nytt avsnitt\tmed tabulator – 100 % \u00a0 ¼ ≤ ½"
)


def _block(dokument: Dokument, type_: str) -> Dokument:
    funnet: Dokument = next(b for s in dokument["seksjoner"] for b in s["blokker"] if b["type"] == type_)
    return funnet


def smallest(dokument: Mapping[str, Any]) -> Dokument:
    """The same document without what may be left out, with one line and one section."""
    form = dokumentform()
    (type_,) = (t for t in form.dokumenter.values() if t.kode == dokument["hode"]["dokumenttype"])
    pakrevd = {felt.navn for felt in form.hodefelter(type_) if not felt.valgfri}
    merknad = {"type": "merknad", "kode": "ingen", "art": "INGEN", "tekst": "Ingenting er registrert."}
    seksjon = {"kode": "GRUNNLAG", "nummer": 1, "overskrift": "Grunnlag", "blokker": [merknad]}
    mottaker = {navn: verdi for navn, verdi in dokument["hode"]["mottaker"].items() if navn != "navVeileder"}
    hode = {navn: verdi for navn, verdi in dokument["hode"].items() if navn in pakrevd} | {"mottaker": mottaker}
    return {
        "hode": hode,
        "opplysninger": [{"kode": "tiltak", "ledetekst": "Tiltak", "tekst": "-"}],
        "seksjoner": [seksjon],
    }


def with_scripts(dokument: Mapping[str, Any]) -> Dokument:
    """The smallest document with texts in many scripts."""
    kopi = copy.deepcopy(smallest(dokument))
    (kopi["hode"].get("deltaker") or kopi["hode"]["avsender"])["navn"] = _NAVN
    kopi["seksjoner"][0]["blokker"] = [{"type": "avsnitt", "kode": "hensikt", "tekst": _TEKST}]
    return kopi


def valid_examples() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """The valid documents by type and name."""
    arbeid, ikke_mott, forlenget = build_case("arbeid"), build_case("ikke_mott"), build_case("forlenget")
    avtale = build_case("avtale")
    bygde = {
        ("plan", "vanlig"): arbeid["3_plan"],
        ("plan", "ny-versjon"): arbeid["3_plan_2"],
        ("perioderapport", "vanlig"): arbeid["4_perioderapport"],
        ("sluttrapport", "vanlig"): arbeid["5_sluttrapport"],
        ("sluttrapport", "ikke-mott"): ikke_mott["5_sluttrapport"],
        ("bestillingsbekreftelse", "vanlig"): arbeid["3_bestilling"],
        ("bestillingsbekreftelse", "uklar"): forlenget["3_bestilling"],
        ("melding-forlengelse", "vanlig"): forlenget["4_forlengelse"],
        ("melding-avslutning", "vanlig"): arbeid["5_avslutning"],
        ("resultatrapport", "vanlig"): avtale["6_resultatrapport"],
        ("resultatrapport", "ny-versjon"): avtale["6_resultatrapport_2"],
        ("etterrapport", "vanlig"): avtale["7_etterrapport"],
        ("sluttrapport", "tilbakekalt"): build_case("oppfolging")["5_sluttrapport_tilbakekalt"],
    }
    vanlige = {type_: dokument for (type_, navn), dokument in bygde.items() if navn == "vanlig"}
    return {
        **bygde,
        **{(type_, "minst"): smallest(dokument) for type_, dokument in vanlige.items()},
        **{(type_, "mange-skrifter"): with_scripts(dokument) for type_, dokument in vanlige.items()},
    }


def make_examples() -> Mapping[Path, bytes]:
    """Every example of this version by its path under schemas/eksempler/<version>."""
    gyldige = valid_examples()
    filer: dict[Path, bytes] = {}
    for (type_, navn), dokument in gyldige.items():
        filer[Path(type_) / f"gyldig-{navn}.json"] = to_json(dokument)
        filer[Path(type_) / f"gyldig-{navn}.xml"] = to_xml(dokument)
    for feil in FEIL:
        dokument = copy.deepcopy(dict(gyldige[feil.type, "vanlig"]))
        xml = to_xml(dokument).decode()
        feil.i_json(dokument)
        ny = re.sub(feil.i_xml[0], feil.i_xml[1], xml, count=1, flags=re.DOTALL)
        if ny == xml:
            raise ValueError(f"{feil.navn}: the fault changes nothing in the XML")
        tekst = json.dumps(dokument, ensure_ascii=False, indent=2) + "\n"
        filer[Path(feil.type) / f"ugyldig-{feil.navn}.json"] = tekst.encode()
        filer[Path(feil.type) / f"ugyldig-{feil.navn}.xml"] = ny.encode()
    filer[Path("README.md")] = _readme().encode()
    filer[Path(SJEKKSUMMER)] = sums(filer).encode()
    return filer


def sums(filer: Mapping[Path, bytes]) -> str:
    """The checksums as `sha256sum -c` reads them."""
    return "".join(
        f"{hashlib.sha256(innhold).hexdigest()}  {sti.as_posix()}\n"
        for sti, innhold in sorted(filer.items())
        if sti.name != SJEKKSUMMER
    )


def _readme() -> str:
    rader = "".join(f"| {feil.type} | `ugyldig-{feil.navn}` | {feil.hva} |\n" for feil in FEIL)
    return f"""# Eksempler, versjon {dokumentform().versjon}

Alle personer, arrangører og Nav-kontorer er oppdiktede. Hvert eksempel finnes som XML og som JSON, og de to er den
samme meldingen. `gyldig-*` er dokumenter slik systemet lager dem, det minste dokumentet skjemaet godtar, og ett med
bokstaver fra mange skriftspråk. `ugyldig-*` er `gyldig-vanlig` med én feil, den samme i begge former:

| type | fil | hva som er galt |
| --- | --- | --- |
{rader}
Eksemplene endres ikke etter at versjonen er gitt ut: `sha256sum -c SHA256SUMS`. Hvordan de kontrolleres, står i
[docs/skjema.md](../../../docs/skjema.md).
"""


def main() -> None:
    """Write every example of this version."""
    mappe = EKSEMPLER / dokumentform().versjon
    for sti, innhold in make_examples().items():
        (mappe / sti).parent.mkdir(parents=True, exist_ok=True)
        (mappe / sti).write_bytes(innhold)


if __name__ == "__main__":
    main()
