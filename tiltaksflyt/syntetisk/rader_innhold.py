"""Rows about what goes on: activities, goals, the plan, meetings, absence."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from tiltaksflyt.syntetisk.forlop import Forlop, Praksis
from tiltaksflyt.syntetisk.livslop import virkedag_at_or_before
from tiltaksflyt.syntetisk.rader_lop import first_talk
from tiltaksflyt.syntetisk.sak import Sak, last_open_day, open_day
from tiltaksflyt.syntetisk.spor import Spor
from tiltaksflyt.syntetisk.tekster import AKTIVITET, MAL, PLAN
from tiltaksflyt.syntetisk.trekning import draw, happens
from transforms.kalender import add_virkedager

_EN_DAG = timedelta(days=1)
_KORTEST_MELLOM_BESOK = 4
_TIMER_PER_DAG = 7.5
_TIMER_PER_PROSENT = 0.3  # 30 hours a week are offered at full participation (002 L1299-1301)
_FALT_FRA = frozenset({"SLUTTET_A_MOTE", "MYE_FRAVAER"})


def content_rows(sak: Sak) -> Iterator[Spor]:
    """Every row about the content of a løp that took place."""
    if sak.forlop is None:
        return
    yield from _activities(sak, sak.forlop)
    yield from _plans(sak, sak.forlop)
    yield from _goals(sak, sak.forlop)
    yield from _meetings(sak, sak.forlop)
    yield from _absences(sak, sak.forlop)


# --- activities ---- two to five a deltaker, overlapping (002 L4838-4850, L3755-3769)


def _activities(sak: Sak, forlop: Forlop) -> Iterator[Spor]:
    rng = sak.rng("aktivitet")
    kartlagt = min(virkedag_at_or_before(forlop.start + timedelta(days=rng.randint(16, 38))), forlop.slutt)
    yield _activity(
        sak, forlop, rng, "A1", "KARTLEGGING_OG_KARRIEREVEILEDNING", "kartlegging", (forlop.start, kartlagt), "INTERN",
        innholdskode=rng.choice(("karriereveiledning", "kartlegge-grunnleggende-ferdigheter")),
    )  # fmt: skip
    yield from _internal(sak, forlop, rng)
    if kartlagt < forlop.slutt:
        yield _activity(
            sak, forlop, rng, "A3", "KARTLEGGING_OG_KARRIEREVEILEDNING", "veiledning", (kartlagt, forlop.slutt),
            "INTERN", planlagt=sak.lop.planlagt_slutt, innholdskode="karriereveiledning",
        )  # fmt: skip
    for nummer, praksis in enumerate(forlop.praksis, start=1):
        yield _stay(sak, forlop, rng, nummer, praksis)
    if forlop.opplaering is not None:
        yield from _course(sak, forlop, rng, forlop.opplaering)


def _internal(sak: Sak, forlop: Forlop, rng: Random) -> Iterator[Spor]:
    """Work in the arrangør's own rooms, until an ordinary virksomhet takes over."""
    fra = add_virkedager(forlop.start + timedelta(days=5), 1)
    til = virkedag_at_or_before(fra + timedelta(days=rng.randint(50, 150)))
    if forlop.praksis:
        til = min(til, forlop.praksis[0].fra - _EN_DAG)
    til = min(til, forlop.slutt)
    arena = "INTERN" if happens(rng, 0.85) else "TILRETTELAGT_EKSTERN"
    if fra < til:
        rad = _activity(sak, forlop, rng, "A2", "UTPROVING_I_TILRETTELAGT_MILJO", "intern", (fra, til), arena)
        rad.felter["timerPerUke"] = _hours(forlop.prosent(fra))
        rad.felter["arbeidsoppgaver"] = f"{sak.ord['oppgave'].capitalize()} og {sak.ord['oppgave2']}."
        yield rad.then(til, erfaringer=sak.text(rng, AKTIVITET["erfaringer"]))


def _hours(prosent: int) -> float:
    return round(prosent * _TIMER_PER_PROSENT * 2) / 2


def _activity(
    sak: Sak, forlop: Forlop, rng: Random, nummer: str, type_: str, tekst: str, tid: tuple[date, date], arena: str,
    *, registrert: date | None = None, planlagt: date | None = None, **felter: Any,  # noqa: ANN401  contract values
) -> Spor:  # fmt: skip
    """An activity that is registered when it begins and closed when it ends, at latest with the løp."""
    fra, til = tid
    rad = sak.row(
        "aktivitet",
        registrert or fra,
        aktivitetId=f"{sak.deltakelse_id}-{nummer}",
        aktivitetstype=type_,
        innholdskode=felter.pop("innholdskode", None),
        beskrivelse=sak.text(rng, AKTIVITET[tekst]),
        hensikt=sak.text(rng, AKTIVITET["hensikt"]),
        fraDato=fra,
        planlagtTilDato=planlagt or til,
        arena=arena,
        **felter,
    )
    return rad.then(til, tilDato=min(til, forlop.slutt))


def _stay(sak: Sak, forlop: Forlop, rng: Random, nummer: int, praksis: Praksis) -> Spor:
    type_ = "BISTAND_TIL_ARBEIDSTRENING_ORDINAERT" if nummer == 1 else "OPPFOLGING_ARBEIDSTRENING_OG_ANSETTELSE"
    rad = _activity(
        sak, forlop, rng, f"B{nummer}", type_, "praksis", (praksis.fra, praksis.til), "ORDINAER",
        registrert=praksis.avtale, innholdskode="arbeidspraksis",
    )  # fmt: skip
    rad.felter |= {
        "arbeidsoppgaver": f"{sak.ord['oppgave'].capitalize()} og {sak.ord['oppgave2']}.",
        "timerPerUke": _hours(forlop.prosent(praksis.fra)),
        "arbeidsgiverOrgnr": praksis.arbeidsgiver.orgnr,
        "arbeidsgiverNavn": praksis.arbeidsgiver.navn,
        "sektor": praksis.arbeidsgiver.sektor,
        "hospiteringsavtale": praksis.avtale,
        "avtaltOppfolging": sak.text(rng, AKTIVITET["avtaltOppfolging"]),
    }
    return rad.then(
        praksis.til,
        erfaringer=sak.text(rng, AKTIVITET["erfaringer"]),
        arbeidsgiversVurdering=sak.text(rng, AKTIVITET["arbeidsgiversVurdering"]),
    )


def _course(sak: Sak, forlop: Forlop, rng: Random, tid: tuple[date, date]) -> Iterator[Spor]:
    fra, til = tid
    formell = happens(rng, 0.6) or any(f.grunnlag == "FORMELL_KOMPETANSE" for f in sak.lop.forlengelser)
    kurs = sak.ord["kurs"]
    rad = _activity(
        sak, forlop, rng, "U1", "OPPLAERING_FORMELL_KOMPETANSE", "opplaering", tid, "UTDANNING",
        timerPerUke=rng.choice((3.0, 4.5, 6.0)), formellKompetanse=formell,
    )  # fmt: skip
    yield rad.then(til, dokumentasjon=f"Bevis for {kurs}")
    linje = sak.row("opplaeringsplan", fra, tema=kurs[:1].upper() + kurs[1:], form="Kurs", fraDato=fra, tilDato=til)
    yield linje.then(til, dokumentasjon=f"Bevis for {kurs}")


# --- plan and goals ----


def _plans(sak: Sak, forlop: Forlop) -> Iterator[Spor]:
    """Each version, a draft for some days before it is finished; later versions rewrite two points."""
    rng = sak.rng("plan")
    punkter = {
        navn: sak.text(rng, setninger) for navn, setninger in PLAN.items() if navn not in ("endring", "trengerFraNav")
    }
    for versjon, ferdig in enumerate(forlop.planer, start=1):
        if versjon > 1:
            for navn in rng.sample(
                ("yrkesmal", "fagligeMalOgFramdrift", "utprovingIOrdinaertArbeidsliv", "mestringsmal"), 2
            ):
                punkter[navn] = sak.text(rng, PLAN[navn])
            punkter["hensikt"] = f"{sak.text(rng, PLAN['endring'])} {sak.text(rng, PLAN['hensikt'])}"
        utkast = max(ferdig - timedelta(days=5), forlop.start)
        rad = sak.row("plan", utkast, versjon=versjon, **punkter)
        rad.then(
            ferdig,
            ferdigstilt=ferdig,
            medvirkning=max(virkedag_at_or_before(ferdig - timedelta(days=rng.randint(0, 4))), forlop.start),
            trengerFraNav=sak.text(rng, PLAN["trengerFraNav"]) if happens(rng, 0.35) else None,
            nesteMote=open_day(sak.arrangor, ferdig + timedelta(days=rng.randint(50, 65))),
        )
        yield rad


def _goals(sak: Sak, forlop: Forlop) -> Iterator[Spor]:
    if not forlop.planer:
        return
    rng = sak.rng("mål")
    satt = forlop.planer[0]
    yield _main_goal(sak, rng, satt, forlop)
    for nummer, (maltype, dager) in enumerate(
        (("FAGLIG", (45, 110)), (rng.choice(("MESTRING", "SOSIALT")), (60, 140)), ("FAGLIG", (90, 200)))[
            : rng.randint(2, 3)
        ],
        start=2,
    ):
        yield _goal(sak, rng, forlop, nummer, maltype, satt, satt + timedelta(days=rng.randint(*dager)))
    for nummer, dag in enumerate(forlop.planer[1:], start=5):
        yield _goal(sak, rng, forlop, nummer, "FAGLIG", dag, dag + timedelta(days=rng.randint(45, 85)))


def _main_goal(sak: Sak, rng: Random, satt: date, forlop: Forlop) -> Spor:
    """The occupational goal: open to the end, with the planned end as its deadline."""
    rad = _goal_row(sak, rng, 1, "YRKE", satt, sak.lop.planlagt_slutt or forlop.slutt)
    for forlengelse in sak.lop.forlengelser:
        rad.then(forlengelse.avtalt, frist=forlengelse.ny_slutt)
    nadd = sak.lop.resultat in ("ARBEID", "UTDANNING")
    return rad.then(
        forlop.slutt + _EN_DAG,
        status="NADD" if nadd else "FRAFALT",
        statusDato=forlop.slutt,
        gjort=sak.text(rng, MAL["gjort"]),
    )


def _goal(sak: Sak, rng: Random, forlop: Forlop, nummer: int, maltype: str, satt: date, frist: date) -> Spor:
    """A smaller goal, reached, changed with a new plan or given up by its deadline or by the end of the løp."""
    rad = _goal_row(sak, rng, nummer, maltype, satt, frist)
    avgjort = virkedag_at_or_before(frist - timedelta(days=rng.randint(0, 12)))
    status = draw(rng, (("NADD", 75.0), ("FRAFALT", 25.0)))
    ny_plan = next(
        (dag for dag in forlop.planer[1:] if satt < dag <= avgjort and avgjort - dag <= timedelta(days=30)), None
    )
    if ny_plan is not None and happens(rng, 0.5):
        avgjort, status = ny_plan, "ENDRET"
    if avgjort > forlop.slutt:
        avgjort, status = forlop.slutt, draw(rng, (("NADD", 45.0), ("FRAFALT", 55.0)))
    return rad.then(avgjort, status=status, statusDato=avgjort, gjort=sak.text(rng, MAL["gjort"]))


def _goal_row(sak: Sak, rng: Random, nummer: int, maltype: str, satt: date, frist: date) -> Spor:
    return sak.row(
        "mal",
        satt,
        malId=f"{sak.deltakelse_id}-M{nummer}",
        maltype=maltype,
        beskrivelse=sak.text(rng, MAL[maltype]),
        kriterium=sak.text(rng, MAL[f"{maltype}_kriterium"]),
        frist=frist,
        status="APENT",
    )


# --- meetings and absence ----


def _meetings(sak: Sak, forlop: Forlop) -> Iterator[Spor]:
    """First talk, talks every one to three weeks, meetings with Nav before three months pass, visits, a last talk."""
    rng = sak.rng("oppfølging")
    forste = first_talk(sak, forlop)
    # Its day stands in the deltakelse too, and is registered there on the day itself.
    yield _meeting_row(sak, "O1", forste, forste, "OPPSTARTSSAMTALE", ("DELTAKER", "TILTAKSARRANGOR", "NAV"))
    rytme = rng.choice((7, 14, 14, 21))
    for nummer, dag in enumerate(_every(sak, forste, forlop.slutt, rng, rytme, rytme + 2), start=1):
        yield _meeting(sak, rng, f"S{nummer}", dag, "SAMTALE_MED_DELTAKER", "DELTAKER", "TILTAKSARRANGOR")
    for nummer, dag in enumerate(_every(sak, forste, forlop.slutt, rng, 60, 78), start=1):
        yield _meeting(sak, rng, f"T{nummer}", dag, "TREPARTSMOTE", "DELTAKER", "TILTAKSARRANGOR", "NAV")
    for i, praksis in enumerate(forlop.praksis, start=1):
        yield _meeting(sak, rng, f"K{i}", praksis.avtale, "MOTE_MED_ARBEIDSGIVER", "TILTAKSARRANGOR", "ARBEIDSGIVER")
        for nummer, dag in enumerate(_visits(sak, rng, praksis), start=1):
            type_ = rng.choice(("ARBEIDSPLASSBESOK", "STATUSMOTE"))
            yield _meeting(sak, rng, f"B{i}-{nummer}", dag, type_, "DELTAKER", "TILTAKSARRANGOR", "ARBEIDSGIVER")
    siste = virkedag_at_or_before(forlop.slutt - timedelta(days=rng.randint(1, 10)))
    if siste > forste + timedelta(days=14) and sak.lop.resultat not in _FALT_FRA:
        yield _meeting(sak, rng, "A1", siste, "AVSLUTNINGSMOTE", "DELTAKER", "TILTAKSARRANGOR", "NAV")


def _visits(sak: Sak, rng: Random, praksis: Praksis) -> Iterator[date]:
    """Visits to a workplace: the first within three weeks, and those that would fall in a closure before it."""
    dag, dager = praksis.fra, rng.randint(5, 20)
    while (onsket := dag + timedelta(days=dager)) <= praksis.til:
        foer = last_open_day(sak.arrangor, onsket)
        dag = foer if foer - dag >= timedelta(days=_KORTEST_MELLOM_BESOK) else open_day(sak.arrangor, onsket)
        if dag <= praksis.til:
            yield dag
        dager = rng.randint(14, 35)


def _every(sak: Sak, fra: date, til: date, rng: Random, minst: int, mest: int) -> Iterator[date]:
    dag = fra
    while (dag := open_day(sak.arrangor, dag + timedelta(days=rng.randint(minst, mest)))) <= til:
        yield dag


def _meeting(sak: Sak, rng: Random, nummer: str, dag: date, type_: str, *deltok: str) -> Spor:
    registrert = add_virkedager(dag, draw(rng, ((0, 70.0), (1, 20.0), (3, 10.0))))
    return _meeting_row(sak, nummer, dag, registrert, type_, deltok)


def _meeting_row(sak: Sak, nummer: str, dag: date, registrert: date, type_: str, deltok: Sequence[str]) -> Spor:
    return sak.row(
        "oppfolging",
        registrert,
        oppfolgingId=f"{sak.deltakelse_id}-O-{nummer}",
        dato=dag,
        oppfolgingstype=type_,
        deltok=list(deltok),
        registrert=registrert,
    )


def _absences(sak: Sak, forlop: Forlop) -> Iterator[Spor]:
    """At most one absence in each thirty days; those who fall away are absent without a word towards the end."""
    rng = sak.rng("fravær")
    vindu, nummer = forlop.start, 0
    while vindu + timedelta(days=30) <= forlop.slutt:
        faller_fra = sak.lop.resultat in _FALT_FRA and forlop.slutt - vindu < timedelta(days=75)
        fra = add_virkedager(vindu + timedelta(days=rng.randint(1, 18)), 1)
        dager = rng.randint(2, 5) if faller_fra else rng.randint(1, 3)
        til = add_virkedager(fra, dager - 1)
        type_ = draw(
            rng,
            (("MELDT", 20.0), ("IKKE_MELDT", 80.0))
            if faller_fra
            else (("MELDT", 70.0), ("IKKE_MELDT", 12.0), ("AVTALT", 18.0)),
        )
        if happens(rng, 0.85 if faller_fra else 0.28):
            nummer += 1
            timer = round(dager * _TIMER_PER_DAG * forlop.prosent(fra) / 100 * 2) / 2
            yield sak.row(
                "fravaer",
                til,
                fravaerId=f"{sak.deltakelse_id}-R{nummer}",
                fraDato=fra,
                tilDato=til,
                fravaerstype=type_,
                timer=timer,
            )
        vindu += timedelta(days=30)
