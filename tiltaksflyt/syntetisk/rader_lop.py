"""Rows about the deltakelse itself: person, dates, extent, extensions, exceptions, work, consent."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from random import Random
from uuid import UUID

from schemas.regelverk import regelverk
from tiltaksflyt.syntetisk import fordelinger
from tiltaksflyt.syntetisk.arrangorer import Arrangor
from tiltaksflyt.syntetisk.forlop import Forlop
from tiltaksflyt.syntetisk.identiteter import telefon
from tiltaksflyt.syntetisk.livslop import TILTAKSKODE, Person, virkedag_at_or_before
from tiltaksflyt.syntetisk.rapporttekster import ANNET
from tiltaksflyt.syntetisk.sak import Sak
from tiltaksflyt.syntetisk.spor import Spor
from tiltaksflyt.syntetisk.tekster import BESTILLING
from tiltaksflyt.syntetisk.trekning import draw, happens, trekning
from transforms.kalender import add_months, add_virkedager

_EN_DAG = timedelta(days=1)
AARSAK = {
    "ARBEID": "FATT_JOBB",
    "UTDANNING": "UTDANNING",
    "MOTTE_IKKE_VED_OPPSTART": "IKKE_MOTT",
    "SLUTTET_A_MOTE": "IKKE_MOTT",
    "MYE_FRAVAER": "IKKE_MOTT",
    "TILTAKSPERIODEN_OVERSKREDET": "ANNET",
    "ANNEN_GRUNN": "ANNET",
}
_BESKRIVELSE = {
    "TILTAKSPERIODEN_OVERSKREDET": "Tiltaksperioden er brukt opp",
    "ANNEN_GRUNN": "Flyttet til en annen kommune",
}
_IKKE_AKTUELL = (("FATT_JOBB", 40.0), ("TRENGER_ANNEN_STOTTE", 40.0), ("UTDANNING", 20.0))


def deltaker_rows(person: Person, samtykker: list[Spor]) -> Iterator[Spor]:
    """The person. Telephone and e-mail stand only while a samtykke does."""
    navn = person.navn
    rad = Spor(
        "deltaker",
        person.lop[0].synlig_fra,
        {
            "deltakerId": person.deltaker_id,
            "personident": person.personident,
            "fornavn": navn.fornavn,
            "mellomnavn": navn.mellomnavn,
            "etternavn": navn.etternavn,
            "adressebeskyttelse": "UGRADERT",
            "navEnhet": person.nav_enhet,
            "navVeileder": person.nav_veileder,
        },
    )
    for samtykke in samtykker:
        nummer = trekning(*person.nokkel, "telefon").randrange(1_000_000)
        rad.then(samtykke.fra, telefonnummer=telefon(nummer), epost=f"{person.deltaker_id.lower()}@eksempel.test")
        for dag, endring in samtykke.endringer:
            if "trukket" in endring:
                rad.then(dag, telefonnummer=None, epost=None)
    yield rad


def deltakelse_rows(sak: Sak) -> Iterator[Spor]:
    """The deltakelse from bestilling to end, and the points of the bestilling."""
    lop, rng = sak.lop, sak.rng("deltakelse")
    rad = sak.row(
        "deltakelse",
        lop.synlig_fra,
        deltakerId=sak.person.deltaker_id,
        tiltakskode=TILTAKSKODE,
        avtaleId=avtale_id(sak.arrangor),
        gjennomforingId=_gjennomforing(sak.person.nokkel[0], sak.arrangor.nummer),
        tiltaksnummer=f"{lop.sendt.year}#{rng.randint(10_000, 99_999)}",
        status="VENTER_PA_OPPSTART",
        statusGyldigFra=lop.sendt,
        bestillingSendt=lop.sendt,
        bestillingTekst=sak.text(rng, BESTILLING["bestillingTekst"]),
        veileder=sak.person.veileder,
        veilederTelefon=telefon(sak.arrangor.nummer * 100 + sak.person.plass // 8),
    )
    rad.then(lop.mottatt, bestillingMottatt=lop.mottatt)
    rad.then(lop.bekreftet, bestillingBekreftet=lop.bekreftet)
    if lop.ikke_aktuell is not None:
        rad.then(
            lop.ikke_aktuell, status="IKKE_AKTUELL", statusGyldigFra=lop.ikke_aktuell, aarsak=draw(rng, _IKKE_AKTUELL)
        )
    if lop.start is not None and lop.slutt is not None and lop.resultat is not None:
        _follow(rad, sak, lop.start, lop.slutt, lop.resultat)
    yield rad
    for nummer in range(1, rng.randint(2, 3) + 1):
        punkt = sak.row("bestillingspunkt", lop.synlig_fra, punktId=f"P{nummer}")
        punkt.felter["tekst"] = sak.text(rng, BESTILLING[f"punkt_{nummer}"])
        if sak.forlop is not None:
            punkt.then(
                sluttvurdering_day(sak, sak.forlop.slutt),
                svar=sak.text(rng, BESTILLING[f"svar_{nummer}"], sak.forlop.slutt),
            )
        yield punkt


@cache
def _gjennomforing(seed: str | int, arrangor: int) -> str:
    return str(UUID(int=trekning(seed, "gjennomføring", arrangor).getrandbits(128), version=4))


def _follow(rad: Spor, sak: Sak, start: date, slutt: date, resultat: str) -> None:
    lop = sak.lop
    rad.then(lop.bekreftet, startDato=start, planlagtSluttDato=lop.planlagt_slutt)
    rad.then(start, status="DELTAR", statusGyldigFra=start, sluttDato=lop.planlagt_slutt)
    if sak.forlop is not None:
        samtale = first_talk(sak, sak.forlop)
        rad.then(samtale, oppstartsamtale=samtale)
    for forlengelse in lop.forlengelser:
        rad.then(forlengelse.avtalt, sluttDato=forlengelse.ny_slutt, planlagtSluttDato=forlengelse.ny_slutt)
    if lop.avslutning_avtalt is not None:
        rad.then(lop.avslutning_avtalt, sluttDato=slutt, avslutningAvtaltMedNav=lop.avslutning_avtalt)
    rad.then(
        slutt + _EN_DAG,
        status="HAR_SLUTTET",
        statusGyldigFra=slutt + _EN_DAG,
        sluttDato=slutt,
        aarsak=AARSAK.get(resultat, "TRENGER_ANNEN_STOTTE"),
        aarsakBeskrivelse=_BESKRIVELSE.get(resultat),
    )


def avtale_id(arrangor: Arrangor) -> str:
    """The sender's id of its avtale with Nav."""
    return f"AVTALE-{arrangor.nummer + 1}"


def first_talk(sak: Sak, forlop: Forlop) -> date:
    """The day of the first talk of three parties: in time, and never on the first day itself."""
    dager = regelverk(TILTAKSKODE, forlop.start).heltall("frister.oppstartsamtale.dager")
    onsket = add_virkedager(forlop.start, sak.rng("oppstartsamtale").randint(1, 3))
    return min(onsket, virkedag_at_or_before(forlop.start + timedelta(days=dager)), forlop.slutt)


def sluttvurdering_day(sak: Sak, slutt: date) -> date:
    """The day the sluttvurdering is finished, in good time before 14 days have passed."""
    return add_virkedager(slutt + timedelta(days=sak.rng("sluttvurdering").randint(0, 7)), 1)


def extent_rows(sak: Sak) -> Iterator[Spor]:
    """deltakelsesmengde, forlengelse and unntak."""
    if sak.forlop is None:
        if sak.lop.start is not None:
            yield sak.row("deltakelsesmengde", sak.lop.start, gyldigFra=sak.lop.start, deltakelsesprosent=100)
        return
    forlop, rng = sak.forlop, sak.rng("omfang")
    for i, mengde in enumerate(forlop.mengde):
        lav = i == 0 and mengde.prosent < 50
        rad = sak.row(
            "deltakelsesmengde",
            mengde.fra,
            gyldigFra=mengde.fra,
            deltakelsesprosent=mengde.prosent,
            dagerPerUke=mengde.dager_per_uke,
        )
        if lav:
            rad.felter["begrunnelse"] = sak.text(rng, ANNET["mengde_start"])
            rad.felter["opptrappingsplan"] = sak.text(rng, ANNET["opptrapping"])
            yield _exception(sak, rng, mengde.fra, "OMFANG", "Gradvis opptrapping", "unntak_omfang")
        elif i > 0:
            rad.felter["begrunnelse"] = sak.text(rng, ANNET["mengde_endret"])
        yield rad
    yield from _extensions(sak, rng)
    if forlop.unntak_utproving is not None:
        dag = forlop.unntak_utproving
        rad = _exception(sak, rng, dag, "UTPROVING", "Ikke klar for ordinær virksomhet", "unntak")
        rad.felter["planlagtStart"] = dag + timedelta(days=rng.randint(30, 60))
        yield rad


def _extensions(sak: Sak, rng: Random) -> Iterator[Spor]:
    for i, forlengelse in enumerate(sak.lop.forlengelser, start=1):
        formell = forlengelse.grunnlag == "FORMELL_KOMPETANSE"
        yield sak.row(
            "forlengelse",
            forlengelse.avtalt,
            forlengelseId=f"{sak.deltakelse_id}-F{i}",
            nySluttDato=forlengelse.ny_slutt,
            grunnlag=forlengelse.grunnlag,
            begrunnelse=sak.text(rng, ANNET["forlengelse_formell" if formell else "forlengelse"]),
            avtaltMedNav=forlengelse.avtalt,
        )
        if formell:
            yield _exception(sak, rng, forlengelse.avtalt, "VARIGHET", "Formell kompetanse", "forlengelse_formell")


def _exception(sak: Sak, rng: Random, dag: date, type_: str, grunn: str, tekst: str) -> Spor:
    begrunnelse = sak.text(rng, ANNET[tekst])
    return sak.row("unntak", dag, type=type_, grunn=grunn, begrunnelse=begrunnelse, avtaltMedNav=dag)


def work_rows(sak: Sak) -> Iterator[Spor]:
    """arbeidsforhold: the job or education it ended with, and a small job beside it that was agreed."""
    if sak.forlop is None:
        return
    forlop, rng = sak.forlop, sak.rng("arbeid")
    if happens(rng, fordelinger.ANDEL_JOBB_VED_SIDEN_AV):
        yield from _small_job(sak, forlop, rng)
    kjent = sak.lop.avslutning_avtalt or forlop.slutt
    if sak.lop.resultat == "ARBEID":
        yield _job(sak, forlop, rng, kjent)
    elif sak.lop.resultat == "UTDANNING":
        art = draw(rng, (("UTDANNING", 80.0), ("LAERLING", 15.0), ("LAEREKANDIDAT", 5.0)))
        fra = forlop.slutt + timedelta(days=rng.randint(1, 100))
        rad = _employment(sak, kjent, 1, art, fra)
        if art != "UTDANNING":
            rad.felter |= {"stillingsprosent": 100, "arbeidsgiverOrgnr": rng.choice(sak.arbeidsgivere).orgnr}
        yield rad


def _employment(sak: Sak, fra: date, nummer: int, art: str, fra_dato: date) -> Spor:
    return sak.row("arbeidsforhold", fra, arbeidsforholdId=f"{sak.deltakelse_id}-J{nummer}", art=art, fraDato=fra_dato)


def _job(sak: Sak, forlop: Forlop, rng: Random, kjent: date) -> Spor:
    """The job: at the last workplace for about a third, over half of them part time (002 L223)."""
    hos_praksis = forlop.praksis and happens(rng, 0.35)
    arbeidsgiver = forlop.praksis[-1].arbeidsgiver if hos_praksis else rng.choice(sak.arbeidsgivere)
    rad = _employment(sak, kjent, 1, "ARBEID", forlop.slutt + timedelta(days=rng.randint(1, 14)))
    rad.felter |= {
        "stillingsprosent": draw(rng, fordelinger.STILLINGSPROSENT),
        "ansettelsesform": "FAST" if happens(rng, 0.5) else "MIDLERTIDIG",
        "lonnstilskudd": happens(rng, 0.15),
        "arbeidsgiverOrgnr": arbeidsgiver.orgnr,
    }
    return rad


def _small_job(sak: Sak, forlop: Forlop, rng: Random) -> Iterator[Spor]:
    prosent = rng.choice((10, 20))
    avtalt = virkedag_at_or_before(forlop.start + timedelta(days=rng.randint(20, 90)))
    fra = add_virkedager(avtalt, 3)
    if fra >= forlop.slutt:
        return
    rad = _employment(sak, avtalt, 2, "ARBEID", fra)
    rad.felter |= {
        "stillingsprosent": prosent,
        "ansettelsesform": "MIDLERTIDIG",
        "lonnstilskudd": False,
        "arbeidsgiverOrgnr": rng.choice(sak.arbeidsgivere).orgnr,
        "avtaltUnntak": avtalt,
    }
    yield rad.then(forlop.slutt, tilDato=forlop.slutt)


def consent_rows(sak: Sak) -> Iterator[Spor]:
    """samtykke to be contacted after the end, and for some senders what came of it (002 L2099-2105, L6101-6111)."""
    forlop, lop, rng = sak.forlop, sak.lop, sak.rng("samtykke")
    if forlop is None or lop.resultat not in ("ARBEID", "UTDANNING") or not happens(rng, fordelinger.ANDEL_SAMTYKKE):
        return
    langt = happens(rng, 0.2)
    gitt = max(virkedag_at_or_before(forlop.slutt - timedelta(days=rng.randint(0, 3))), forlop.start)
    samtykke = Spor(
        "samtykke",
        gitt,
        {
            "samtykkeId": f"{sak.deltakelse_id}-K1",
            "deltakerId": sak.person.deltaker_id,
            "deltakelseId": sak.deltakelse_id,
            "formaal": "KUNDEREGISTER_12_MND" if langt else "OPPFOLGING_6_MND",
            "tekstversjon": "2024-1",
            "gitt": gitt,
            "gyldigTil": add_months(forlop.slutt, 12 if langt else 6),
        },
    )
    trukket = happens(rng, 0.05)
    if trukket:
        dag = forlop.slutt + timedelta(days=rng.randint(10, 40))
        samtykke.then(dag, trukket=dag)
    yield samtykke
    if sak.arrangor.etteroppfolging and lop.resultat == "ARBEID" and not trukket:
        dag = add_virkedager(forlop.slutt + timedelta(days=rng.randint(35, 48)), 1)
        i_arbeid = happens(rng, fordelinger.ANDEL_FORTSATT_I_ARBEID)
        svar: dict[str, object] = {"samtykkeId": samtykke.felter["samtykkeId"], "dato": dag, "iArbeid": i_arbeid}
        if i_arbeid:
            svar["stillingsprosent"] = draw(rng, fordelinger.STILLINGSPROSENT)
        yield Spor("etteroppfolging", dag, svar)


def earlier_delivered_rows(sak: Sak) -> Iterator[Spor]:
    """What Nav had before the sender came to this system."""
    fra, forlop = sak.arrangor.rapporterer_fra, sak.forlop
    if fra is None or forlop is None:
        return
    levert: list[tuple[str, int | None, date]] = [("PLAN", None, dag) for dag in forlop.planer[:1]]
    levert += [("PERIODERAPPORT", periode.nummer, periode.ferdigstilt) for periode in forlop.perioder]
    levert.append(("SLUTTRAPPORT", None, sluttvurdering_day(sak, forlop.slutt)))
    for dokumenttype, nummer, ferdig in levert:
        if ferdig < fra:
            yield sak.row(
                "tidligereLevert",
                ferdig,
                dokumenttype=dokumenttype,
                nummer=nummer,
                levert=ferdig,
            )
