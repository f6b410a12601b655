"""The certificate of what was erased for a sender in a month: one page, and a signature on it, in the sender's outbox.

docs/pipeline/sletting.md. A month is closed once, by an entry in the chain; from there on its page is a function of the
chain and the anchors, and is the same whenever it is made. A chain that is broken gives no page.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Avsender
from schemas.regelverk import alle_regelverk
from tiltaksflyt.ledger import MANEDSSTAND, SAMTYKKE, SLETTING, Bevis, Kjedefunn
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.forsok import Forsok, refuse_failures
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.sletting import verify
from tiltaksflyt.retention.bevisutdrag import of_month, of_sender
from tiltaksflyt.retention.forankring import Forankring, anchor_chain, read_dated_anchors
from tiltaksflyt.retention.sletteattest import closing_entry, describe_chain, first_covering
from tiltaksflyt.storage import nokler
from transforms.dokument_pdf import render_attest
from transforms.maned import Maned
from transforms.sletteattest import Sletteattest, attest_file

_MAPPE = "sletting"


class KjedeBrutt(Exception):
    """The chain of evidence is broken, so no certificate is made of it. `tiltaksflyt evidence verify` says where."""

    kode = "KJEDE_BRUTT"


@dataclass(frozen=True)
class Attestside:
    """A page and the signature (Ed25519) on its bytes."""

    pdf: bytes
    signatur: bytes


@dataclass(frozen=True)
class Attestutfall:
    """How the chain was found, and the page: None where the chain is broken or nothing was to be certified."""

    kjede: Kjedefunn
    side: Attestside | None


def lay_out(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Put the page of the month before `dato` in the outbox of each sender that has one to get, and lacks it.

    Safe to run every day: what lies there is left as it is. A month without erasures, and with none left undone, gives
    no page. Raises KjedeBrutt, and AvsendereFeilet when the others are done.
    """
    maned = Maned.before(dato)
    utlagte = omgivelser.ledger.utlagte
    mangler = [ett for ett in omgivelser.oppsett.avsendere.values() if not utlagte.knows(_key(ett.orgnr, maned))]
    if not mangler:
        return {"sletteattester": 0}
    if not verify(omgivelser).ok:
        raise KjedeBrutt("no certificate is made of a broken chain; run tiltaksflyt evidence verify")
    per_avsender = _by_sender(omgivelser.ledger.bevis.entries())
    forsok = Forsok("sletteattest")
    antall: Counter[str] = Counter(sletteattester=0)
    for avsender in mangler:
        egne = per_avsender.get(avsender.orgnr, ())
        antall.update(forsok.attempt(avsender.orgnr, _lay_out_one, avsender, egne, maned, omgivelser, dato, now) or {})
    refuse_failures([forsok.antall])
    return dict(antall)


def make(omgivelser: Omgivelser, orgnr: str, maned: Maned, dato: date, now: datetime) -> Attestutfall:
    """One sender's page, of a month that is over on `dato`. Raises Bruksfeil, UlestForankring and PdfFeil."""
    avsender = omgivelser.oppsett.avsendere.get(orgnr)
    if avsender is None:
        raise Bruksfeil("the sender is not in the set-up, which says its name and its målform")
    if dato <= maned.siste_dag:
        raise Bruksfeil("the month is not over")
    funn = verify(omgivelser)
    if not funn.ok:
        return Attestutfall(funn, None)
    egne = of_sender(omgivelser.ledger.bevis.entries(), orgnr)
    return Attestutfall(funn, _make_page(avsender, egne, maned, omgivelser, dato, now))


def _lay_out_one(
    avsender: Avsender, egne: Sequence[Bevis], maned: Maned, omgivelser: Omgivelser, dato: date, now: datetime
) -> dict[str, int]:
    side = _make_page(avsender, egne, maned, omgivelser, dato, now)
    if side is None:
        return {}
    navn = f"{_MAPPE}/{attest_file(maned)}"
    # The page's own row comes last: it says that everything is there, and until then the next run begins anew.
    for fil, innhold, medietype in (
        (f"{navn}.sig", side.signatur, "application/octet-stream"),
        (navn, side.pdf, "application/pdf"),
    ):
        omgivelser.storage.put_outbox(avsender.orgnr, fil, innhold, medietype)
        omgivelser.ledger.utlagte.add(
            nokler.utboks(avsender.orgnr, fil), avsender.orgnr, (), dato + oppbevaring().sletteattest
        )
    return {"sletteattester": 1}


def _make_page(
    avsender: Avsender, egne: Sequence[Bevis], maned: Maned, omgivelser: Omgivelser, dato: date, now: datetime
) -> Attestside | None:
    oppgjor = closing_entry(egne, maned)
    if oppgjor is None:
        oppgjor = _close(avsender, egne, maned, omgivelser, dato, now)
        if oppgjor is None:
            return None
        egne = (*egne, *of_sender(omgivelser.ledger.bevis.entries(_last_number(egne)), avsender.orgnr))
    i_maneden = of_month(egne, maned)
    anker = _anchored(oppgjor, omgivelser, dato)
    per_art: dict[str, list[Mapping[str, object]]] = {SLETTING: [], SAMTYKKE: [], MANEDSSTAND: []}
    for bevis in i_maneden:
        verdier = bevis.values()
        per_art[verdier["art"]].append(verdier)
    attest = Sletteattest(
        orgnr=avsender.orgnr,
        navn=avsender.navn,
        maalform=avsender.maalform,
        maned=maned,
        slettinger=per_art[SLETTING],
        samtykker=per_art[SAMTYKKE],
        stand=oppgjor.values(),
        kjede=describe_chain(i_maneden, anker, omgivelser.signering.public_key()),
        regelverk=(*alle_regelverk(), *omgivelser.oppsett.regelverk),
    )
    pdf = render_attest(attest)
    return Attestside(pdf, omgivelser.signering.sign(pdf))


def _close(
    avsender: Avsender, egne: Sequence[Bevis], maned: Maned, omgivelser: Omgivelser, dato: date, now: datetime
) -> Bevis | None:
    """Close the month; None when nothing was erased in it and nothing was left undone."""
    i_maneden = of_month(egne, maned)
    saker = [bevis.slettesak_id for bevis in i_maneden if bevis.values()["art"] == SLETTING and bevis.slettesak_id]
    stander = omgivelser.ledger.manedsstander
    stand = stander.read(avsender.orgnr, dato=dato, siste_i_maneden=maned.siste_dag, slettesak_ider=saker)
    if not i_maneden and not stand.over_siste_dag:
        return None
    return stander.close(
        avsender.orgnr,
        str(maned),
        stand,
        etter=_last_number(egne),
        dato=dato,
        nokkel=omgivelser.signering,
        now=now,
    )


def _last_number(egne: Sequence[Bevis]) -> int:
    return egne[-1].lopenr if egne else 0


def _anchored(oppgjor: Bevis, omgivelser: Omgivelser, dato: date) -> Forankring:
    """The anchor that the entry stands under; it gets one when it has none."""
    anker = first_covering(read_dated_anchors(omgivelser.forankring), oppgjor)
    if anker is None:
        anchor_chain(omgivelser.forankring, dato, omgivelser.ledger.bevis)
        anker = first_covering(read_dated_anchors(omgivelser.forankring), oppgjor)
    if anker is None:
        raise KjedeBrutt("the entry that closed the month is not in the chain that was anchored; verify it")
    return anker


def _by_sender(oppforinger: Sequence[Bevis]) -> dict[str, list[Bevis]]:
    egne: dict[str, list[Bevis]] = {}
    for bevis in oppforinger:
        avsender = bevis.values().get("avsender")
        if avsender is not None:
            egne.setdefault(avsender, []).append(bevis)
    return egne


def _key(orgnr: str, maned: Maned) -> str:
    return nokler.utboks(orgnr, f"{_MAPPE}/{attest_file(maned)}")
