"""The statistics: what those who are erased left, and what those who are still stored add, as one table.

docs/pipeline/statistikk.md, ADR 17. Reading changes nothing; the counts go up when an erasure begins (sletting.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from schemas.oppsett import NAV
from schemas.regelverk import Regelverk
from schemas.regelverk import regelverk as find_regelverk
from schemas.statistikk import VARIGE, Telling, statistikkregler
from tiltaksflyt.ledger import Deltakelsesrad, Forpliktelsesrad, Statistikkbidrag
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.etteroppfolging import answer_window
from transforms.kvartal import Kvartal
from transforms.poster import Deltakelsespost
from transforms.sletting import ALDRI_REELL, AVSLUTTET
from transforms.statistikk import Celle, Utgivelse, first_apart, newest_final, publish, reservations
from transforms.statistikk_bidrag import Bidrag, contribution, ended_on, is_resumed
from transforms.tiltaksbilde import Arrangor


def look(omgivelser: Omgivelser, dato: date, kvartal: Kvartal | None = None) -> Utgivelse:
    """The figures of the period that ends with `kvartal`, as they stand on `dato`; without it the newest final one."""
    slettedager = deletion_days(omgivelser)
    kvartal = kvartal or newest_final(dato, slettedager)
    regler = statistikkregler(kvartal.siste_dag)
    arrangorer = {
        orgnr: Arrangor(avsender.navn, avsender.rapporterer_fra)
        for orgnr, avsender in omgivelser.oppsett.avsendere.items()
    }
    celler = (*frozen_cells(omgivelser), *live_cells(omgivelser, dato))
    if dato <= _last_answer(omgivelser, kvartal):
        # Each day more would have come: yesterday's figure minus today's is one person.
        celler = tuple(celle for celle in celler if celle.telling not in VARIGE)
    return publish(
        celler,
        kvartal,
        regler,
        arrangorer=arrangorer,
        delt_fra=first_apart(dato, regler),
        forbehold=reservations(kvartal, regler, dato, slettedager, arrangorer.values()),
        er_test=omgivelser.er_test,
    )


def _last_answer(omgivelser: Omgivelser, kvartal: Kvartal) -> date:
    """The last day an answer of whoever ended in a quarter may come, by the policies in force; it is counted later."""
    vinduer = (answer_window(kvartal.siste_dag, versjon) for versjon in omgivelser.oppsett.regelverk)
    return max((vindu.til for vindu in vinduer if vindu is not None), default=date.min) + timedelta(days=1)


def deletion_days(omgivelser: Omgivelser) -> int:
    """How many days after the end anything may be kept, at most, by the policies in force."""
    return max(versjon.heltall("sletting.dager") for versjon in omgivelser.oppsett.regelverk)


def cells_of(orgnr: str, omgivelser: Omgivelser, dato: date) -> list[Celle]:
    """The counts of one sender: what the erased have left, and what those who are still stored add."""
    frosne = list(frozen_cells(omgivelser, orgnr))
    while True:
        levende = list(_live_cells_of(orgnr, omgivelser, dato))
        # An erasure between the two readings moves a count from the one to the other, and it would be in neither.
        frosne, for_ = list(frozen_cells(omgivelser, orgnr)), frosne
        if frosne == for_:
            return [*frosne, *levende]


def frozen_cells(omgivelser: Omgivelser, avsender: str | None = None) -> Iterator[Celle]:
    """What the erased have left, of all senders or one."""
    for rad in omgivelser.ledger.statistikk.cells(avsender):
        kvartal = Kvartal(rad.aar, rad.kvartal)
        yield Celle(rad.avsender, rad.fylke, rad.tiltakskode, kvartal, rad.telling, rad.antall)


def live_cells(omgivelser: Omgivelser, dato: date) -> Iterator[Celle]:
    """What the ended that are still stored add, as their records stand."""
    for orgnr in sorted({rad.avsender for rad in omgivelser.ledger.deltakelser.list()}):
        yield from _live_cells_of(orgnr, omgivelser, dato)


def _live_cells_of(orgnr: str, omgivelser: Omgivelser, dato: date) -> Iterator[Celle]:
    celler: dict[tuple[str, str, Kvartal], Counter[Telling]] = defaultdict(Counter)
    for bidrag in _contributions_of(orgnr, omgivelser, dato):
        celler[bidrag.fylke, bidrag.tiltakskode, bidrag.kvartal].update(bidrag.tellinger)
    for (fylke, tiltakskode, kvartal), tellinger in celler.items():
        for telling, sum_ in tellinger.items():
            yield Celle(orgnr, fylke, tiltakskode, kvartal, telling, sum_)


def contribution_at_erasure(rad: Deltakelsesrad, *, omgivelser: Omgivelser, dato: date) -> Statistikkbidrag | None:
    """What a deltakelse leaves when it is erased; None when it leaves nothing, or its key is gone already."""
    innhold = omgivelser.ledger.deltakelser.read_many([rad.ref]).get(rad.ref)
    if innhold is None:
        return None
    plikter = omgivelser.ledger.forpliktelser.list(ref=rad.ref)
    bidrag = _contribution(rad, Deltakelsespost(innhold), plikter, omgivelser, dato)
    if bidrag is None:
        return None
    kvartal = bidrag.kvartal
    return Statistikkbidrag(bidrag.fylke, bidrag.tiltakskode, kvartal.aar, kvartal.nummer, bidrag.tellinger)


def forget_old(omgivelser: Omgivelser, dato: date) -> int:
    """Merge the counts that are older than any period still to come needs them by arrangør; how many were merged."""
    regler = statistikkregler(dato)
    forste = first_apart(dato, regler)
    return omgivelser.ledger.statistikk.merge_before(forste.aar, forste.nummer, minst=regler.min_gruppe)


def _contributions_of(orgnr: str, omgivelser: Omgivelser, dato: date) -> Iterator[Bidrag]:
    rader = [rad for rad in omgivelser.ledger.deltakelser.list(orgnr) if rad.status in AVSLUTTET]
    poster = omgivelser.ledger.deltakelser.read_many([rad.ref for rad in rader])
    plikter: dict[str, list[Forpliktelsesrad]] = defaultdict(list)
    for plikt in omgivelser.ledger.forpliktelser.list(orgnr):
        plikter[plikt.ref].append(plikt)
    for rad in rader:
        if rad.ref in poster:
            bidrag = _contribution(rad, Deltakelsespost(poster[rad.ref]), plikter[rad.ref], omgivelser, dato)
            if bidrag is not None:
                yield bidrag


def _contribution(
    rad: Deltakelsesrad,
    post: Deltakelsespost,
    plikter: Sequence[Forpliktelsesrad],
    omgivelser: Omgivelser,
    dato: date,
) -> Bidrag | None:
    slutt = ended_on(post, dato)
    if slutt is None:
        return None
    regelverk = find_regelverk(rad.tiltakskode, slutt, omgivelser.oppsett.regelverk)
    if not _is_ordered_by_nav(regelverk) or _goes_on(rad, post, slutt, regelverk, omgivelser):
        return None
    return contribution(post, dato, [(plikt.type, plikt.status) for plikt in plikter], fylke_by_enhet(omgivelser))


def fylke_by_enhet(omgivelser: Omgivelser) -> Mapping[str, str]:
    """The fylke of each Nav-enhet in the register."""
    return {mottaker.nav_enhet: mottaker.fylke for mottaker in omgivelser.oppsett.mottakere.values()}


def _is_ordered_by_nav(regelverk: Regelverk) -> bool:
    """The statistics are made on Nav's instruction: what a kommune is behandlingsansvarlig for is not in them."""
    return bool(regelverk.verdi("mottaker.behandlingsansvarlig") == NAV)


def _goes_on(
    rad: Deltakelsesrad, post: Deltakelsespost, slutt: date, regelverk: Regelverk, omgivelser: Omgivelser
) -> bool:
    opphold = regelverk.valgfritt_heltall("varighet.lopMaaneder") or 0
    andre = [
        (annen.tiltakskode, annen.start_dato)
        for annen in omgivelser.ledger.deltakelser.of_deltaker(rad.avsender, post.deltaker["deltakerId"])
        if annen.ref != rad.ref and annen.status not in ALDRI_REELL
    ]
    return is_resumed(slutt, rad.tiltakskode, andre, opphold)
