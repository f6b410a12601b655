"""Documents that were sent on a wrong person: taken back, stopped, and told of the same day. docs/feil-person.md

Safe to run twice: what is taken back is not taken back again, and the notice tells what stands.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from schemas.koder import kodeverk
from tiltaksflyt.ledger import Deltakelsesrad, Forsendelsestilstand
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.tilbakekalling import take_back_all_of
from tiltaksflyt.pipeline.tilgang import Apning, log_openings
from tiltaksflyt.pipeline.utkast import put
from tiltaksflyt.storage import nokler
from transforms.bruddmelding import Brudd, SendtDokument, render_notice
from transforms.dokument_kategorier import categories_of
from transforms.forpliktelser import policy_of
from transforms.poster import Deltakelsespost
from transforms.tilbakekalling import is_withdrawal

HENDELSE = "FEIL_PERSON"
MAPPE = "brudd"


@dataclass(frozen=True)
class Tilbaketrekking:
    """How many documents are taken back, and sendings stopped before they left, now or before; the drafted notice."""

    tilbakekalt: int
    trukket: int
    melding: bytes


def withdraw(omgivelser: Omgivelser, avsender: str, deltakelse: str, apning: Apning, *, dato: date) -> Tilbaketrekking:
    """Take back every document of a deltakelse (the sender's own id) that stands on a wrong person; logged first.

    What a recipient has, or is about to get, is followed by a version that takes it back; the rest is stopped. No new
    document is built while the record has the same personident. The notice lies in the sender's outbox too.
    Raises Bruksfeil for a deltakelse that is not there.
    """
    ref = omgivelser.ledger.deltakelser.find_ref(avsender, deltakelse)
    if ref is None:
        raise Bruksfeil("the sender has no such deltakelse; it may be erased, or the id may be another's")
    log_openings(omgivelser, apning, [ref])
    rad = omgivelser.ledger.deltakelser.get(ref)
    post = Deltakelsespost(omgivelser.ledger.deltakelser.read(ref))
    # The mark first: a run that builds meanwhile, or after a crash here, must not send anew what is taken back.
    omgivelser.ledger.hendelser.append(
        HENDELSE,
        {"grunn": apning.grunn, "av": apning.av, "personident": post.deltaker.get("personident")},
        tid=apning.now,
        dato=dato,
        ref=ref,
    )
    sendte, kategorier = _sent(omgivelser, rad)
    take_back_all_of(rad, omgivelser=omgivelser, dato=dato, now=apning.now, antall=Counter())
    tilbakekalt, trukket = _taken_back(omgivelser, ref)
    policy = policy_of(rad.tiltakskode, omgivelser.oppsett.regelverk)(rad.start_dato or dato)
    melding = render_notice(
        Brudd(
            sak=str(rad.slettesak_id),
            arrangor=omgivelser.oppsett.avsendere[avsender].navn,
            ansvarlig=str(policy.verdi("mottaker.behandlingsansvarlig")),
            grunn=apning.grunn,
            oppdaget=dato,
            sendte=sendte,
            kategorier=kategorier,
            tilbakekalt=tilbakekalt,
            trukket=trukket,
        )
    )
    nokkel = nokler.utboks(avsender, f"{MAPPE}/{dato.isoformat()}-{rad.slettesak_id}.txt")
    put(nokkel, melding, "text/plain; charset=utf-8", avsender, {ref}, omgivelser, dato)
    return Tilbaketrekking(tilbakekalt, trukket, melding)


def is_marked(omgivelser: Omgivelser, ref: str, post: Deltakelsespost) -> bool:
    """Whether the record still has the personident that its documents were taken back for."""
    return any(
        hendelse.type == HENDELSE and hendelse.innhold["personident"] == post.deltaker.get("personident")
        for hendelse in omgivelser.ledger.hendelser.for_deltakelse(ref)
    )


def _taken_back(omgivelser: Omgivelser, ref: str) -> tuple[int, int]:
    dokumenter = omgivelser.ledger.dokumenter
    siste = {rad.dokument_id: rad.melding_id for rad in dokumenter.list(ref)}
    innhold = dokumenter.read_many(list(siste.values()))
    trukne = sum(ett.tilstand is Forsendelsestilstand.TILBAKEKALT for ett in dokumenter.forsendelser(ref=ref))
    return sum(map(is_withdrawal, innhold.values())), trukne


def _sent(omgivelser: Omgivelser, rad: Deltakelsesrad) -> tuple[Sequence[SendtDokument], Sequence[str]]:
    """The versions that recipients have got, and the categories in them; what takes one back tells nothing new."""
    dokumenter = omgivelser.ledger.dokumenter
    sendinger = [ett for ett in dokumenter.forsendelser(ref=rad.ref) if ett.sendt_dato is not None]
    innhold = dokumenter.read_many([ett.melding_id for ett in sendinger])
    sendte: list[SendtDokument] = []
    funnet: set[str] = set()
    for ett in sendinger:
        if ett.sendt_dato is None or is_withdrawal(innhold[ett.melding_id]):
            continue
        mottaker = omgivelser.oppsett.mottakere.get(ett.mottaker)
        sendte.append(SendtDokument(ett.type, ett.versjon, mottaker.navn if mottaker else ett.mottaker, ett.sendt_dato))
        funnet |= categories_of(innhold[ett.melding_id])
    return sendte, [kode for kode in kodeverk("personopplysning").koder if kode in funnet]
