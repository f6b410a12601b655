"""Documents built from records that nobody writes on purpose, and somebody will: very long, very many, any letters."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from schemas.kontrakt import Felttype, tabeller
from tests.golden.regenerate import GOLDEN, SAKER, build_stages

MAKS = 4000
MANGE = 60
SKRIFTER = (
    "Áŋŋá Čáhci Đavvi Ŋuorta Šuoš Ŧeahtta Žvak åæø",
    "محمد علي الحسين",
    "אברהם בן שלמה",
    "王小明 かな 한국어",
    "नमस्ते สวัสดี Ґанна Ελένη Łódź",
    "e\u0301 a\u030a o\u0308 n\u0303 s\u0323\u0307",
    "👩🏽‍🔧 👨‍👩‍👧 🇳🇴 1️⃣ 😀",
)
Post = dict[str, Any]


def numbered(merke: str, lengde: int = MAKS) -> str:
    """A text of whole sentences up to a length, in which every word says where it stands."""
    setninger = (f"{merke}{n} forteller hvordan det går, og hva som gjenstår før neste møte." for n in range(lengde))
    tekst = ""
    for n, setning in enumerate(setninger):
        ny = f"{tekst}{chr(10) * 2 if n % 9 == 8 else ' ' if tekst else ''}{setning}"
        if len(ny) > lengde:
            return tekst
        tekst = ny
    return tekst


def _free_texts(post: Post) -> Iterator[tuple[Post, str]]:
    for navn, rader in post.items():
        fritekst = [felt.navn for felt in tabeller()[navn].felter.values() if felt.type is Felttype.FRITEKST]
        for rad in rader if isinstance(rader, list) else [rader]:
            yield from ((rad, felt) for felt in fritekst if rad.get(felt))


def long_texts(post: Post) -> None:
    """Every free text as long as it may be."""
    for nummer, (rad, felt) in enumerate(_free_texts(post)):
        rad[felt] = numbered(f"F{nummer}s")


def many_rows(post: Post) -> None:
    """Sixty goals, activities and contacts, and an extent that changes every week."""
    start = date(2026, 3, 2)
    dager = [(start + timedelta(days=3 * n)).isoformat() for n in range(MANGE)]
    for navn, id_ in (("mal", "malId"), ("aktivitet", "aktivitetId"), ("oppfolging", "oppfolgingId")):
        rader = post[navn]
        post[navn] = [{**rader[n % len(rader)], id_: f"{navn}-{n}"} for n in range(MANGE)]
    for n, dag in enumerate(dager):
        post["mal"][n] |= {
            "beskrivelse": f"Mål nummer {n} er å klare en oppgave til på egen hånd",
            "frist": "2026-12-31",
        }
        post["aktivitet"][n] |= {"fraDato": dag, "beskrivelse": f"Aktivitet nummer {n} i rekken"}
        post["aktivitet"][n].pop("tilDato", None)
        post["oppfolging"][n] |= {"dato": dag, "registrert": dag}
    mengde = post["deltakelsesmengde"][0]
    post["deltakelsesmengde"] = [
        {**mengde, "gyldigFra": dag, "deltakelsesprosent": 20 + n} for n, dag in enumerate(dager)
    ]


def long_words(post: Post) -> None:
    """Names without a place to break, and texts of one word."""
    post["deltaker"] |= {"fornavn": "Æ" * 60, "mellomnavn": "Karl-Johan-Sebastian-Emanuel", "etternavn": "W" * 90}
    post["deltaker"]["navVeileder"] = "Veiledersen" * 9
    post["deltakelse"] |= {"veileder": "M" * 80, "tiltaksnummer": "2026#" + "1" * 60}
    for rad in post["aktivitet"]:
        rad["arbeidsgiverNavn"] = "Eksempelvirksomhetsnavnsammensetning" * 4
    for rad in post["mal"]:
        rad["kriterium"] = "eksempel.test/" + "æ" * 120
    for rad, felt in _free_texts(post):
        rad[felt] = f"{'Donaudampfschiff' * 12} slutt"


def many_scripts(post: Post) -> None:
    """Names and texts in the letters of many languages."""
    post["deltaker"] |= {"fornavn": SKRIFTER[0], "mellomnavn": SKRIFTER[1], "etternavn": SKRIFTER[2]}
    post["deltakelse"]["veileder"] = SKRIFTER[3]
    for rad, felt in _free_texts(post):
        rad[felt] = "\n\n".join(SKRIFTER)
    for rad in post["mal"]:
        rad["beskrivelse"] = " og ".join(SKRIFTER[:2])
    for rad in post["aktivitet"]:
        rad["arbeidsgiverNavn"] = SKRIFTER[2]


PINSLER: Mapping[str, Callable[[Post], None]] = MappingProxyType(
    {"lange": long_texts, "mange": many_rows, "ord": long_words, "skrifter": many_scripts}
)


def tortured(navn: str) -> Mapping[str, Mapping[str, Any]]:
    """The four documents of the golden record after one treatment, by the name of their stage."""
    post = json.loads((GOLDEN / "arbeid" / "1_post.json").read_text(encoding="utf-8"))
    PINSLER[navn](post)
    return build_stages(post, SAKER["arbeid"])
