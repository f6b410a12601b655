"""The page of the statistics, of a synthetic country: its file and its pictures for the documentation.

    python -m tests.sider.statistikkbilder DELTAKERE DIR

Only a maintainer needs them again: when the page looks different. A country of 7 600 deltakere takes minutes.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from schemas.statistikk import Telling, statistikkregler
from tests.sider.leser import chromium, open_page
from tiltaksflyt.syntetisk.arrangorer import NAVENHETER
from tiltaksflyt.syntetisk.generering import generate
from transforms.forpliktelser import Forpliktelsestype, Nokkel, Oppfylt, forpliktelser, policy_of
from transforms.kvartal import Kvartal
from transforms.poster import Deltakelsespost, read_dato
from transforms.statistikk import Celle, Utgivelse, publish
from transforms.statistikk_bidrag import contribution, ended_on
from transforms.statistikk_filer import render_csv, render_json
from transforms.statistikk_side import render_html
from transforms.tiltaksbilde import Arrangor

KVARTAL = Kvartal(2026, 3)
FRA = date(2024, 12, 31)
# Shorter than a deltakelse is kept after its end, so that nobody ends between two looks unseen.
_STEG = timedelta(days=40)
_FYLKER = {enhet: fylke for enhet, fylke, _ in NAVENHETER}


def country(deltakere: int, seed: int = 1) -> tuple[Sequence[Celle], dict[str, Arrangor]]:
    """What ended in two years, counted, and who the arrangører are."""
    antall: dict[tuple[str, str, str, Kvartal], Counter[Telling]] = defaultdict(Counter)
    arrangorer = {}
    forrige = FRA
    while forrige < KVARTAL.siste_dag:
        dato = min(forrige + _STEG, KVARTAL.siste_dag)
        for innsending in generate(seed, deltakere, dato):
            arrangorer[innsending.arrangor.orgnr] = Arrangor(innsending.arrangor.navn, FRA)
            for post in innsending.poster():
                slutt = ended_on(post, dato)
                if slutt is None or slutt <= forrige:
                    continue
                plikter = forpliktelser(post, policy_of(post.deltakelse["tiltakskode"]), dato + timedelta(days=84),
                                        oppfylt=dict(_delivered(post)))  # fmt: skip
                bidrag = contribution(post, dato, [(p.type, p.status) for p in plikter], _FYLKER)
                assert bidrag is not None
                sted = innsending.arrangor.orgnr, bidrag.fylke, bidrag.tiltakskode, bidrag.kvartal
                antall[sted].update(bidrag.tellinger)
        forrige = dato
    celler = [Celle(*sted, telling, n) for sted, tellinger in antall.items() for telling, n in tellinger.items()]
    return celler, arrangorer


def _delivered(post: Deltakelsespost) -> Iterator[tuple[Nokkel, Oppfylt]]:
    """Every finished text as if sent on the day."""
    for tabell, type_ in (("plan", Forpliktelsestype.PLAN), ("sluttvurdering", Forpliktelsestype.SLUTTRAPPORT)):
        dager = [dag for rad in post.rader(tabell) if (dag := read_dato(rad, "ferdigstilt"))]
        if dager:
            yield (type_, None), Oppfylt(min(dager), min(dager))
    for rad in post.rader("vurdering"):
        if (dag := read_dato(rad, "ferdigstilt")) and rad.get("nummer"):
            yield (Forpliktelsestype.PERIODERAPPORT, rad["nummer"]), Oppfylt(dag, dag)


def release(deltakere: int) -> Utgivelse:
    """What is published of the country."""
    celler, arrangorer = country(deltakere)
    regler = statistikkregler(KVARTAL.siste_dag)
    return publish(celler, KVARTAL, regler, arrangorer=arrangorer, delt_fra=Kvartal.of(FRA), forbehold=(), er_test=True)


def take_pictures(deltakere: int, mappe: Path) -> None:
    """Write statistikk-telefon.png and statistikk-skrivebord.png, and the files that are released."""
    utgivelse = release(deltakere)
    for endelse, gjengi in (("html", render_html), ("json", render_json), ("csv", render_csv)):
        (mappe / f"statistikk.{endelse}").write_bytes(gjengi(utgivelse))
    with chromium() as leser:
        for navn, bredde, hoyde in (("telefon", 360, 1480), ("skrivebord", 1280, 1400)):
            side = open_page(leser, mappe / "statistikk.html", bredde, hoyde)[0]
            side.screenshot(path=mappe / f"statistikk-{navn}.png")
            side.close()


if __name__ == "__main__":
    _, antall, katalog = sys.argv
    take_pictures(int(antall), Path(katalog))
