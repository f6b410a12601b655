"""The sections of «Sluttrapport»: tiltaksløpet, resources and possibilities, the answer to the bestilling, the result
(000 L106; 001 L1012-1016). Nothing here is limited to a period: the whole deltakelse is the ground."""

from collections.abc import Callable, Mapping

from transforms import dokument_deler as deler
from transforms import dokument_grenser as grenser
from transforms.dokument_blokker import Blokk, Celle, avsnitt, fakta, summer, sumpost, tabell
from transforms.dokument_grunnlag import Grunnlag, first_sentence
from transforms.dokument_tekster import prosent
from transforms.forpliktelser import is_no_show
from transforms.poster import read_dato


def _resultat(g: Grunnlag) -> str | None:
    return g.kodetekst("sluttvurdering", "resultat", g.tekst("resultat"))


def _kort_fortalt(g: Grunnlag) -> list[Blokk]:
    ikke_mott = g.tekster.setning("ikke_mott") if is_no_show(g.post) else None
    svar = next((rad["svar"] for rad in g.post.rader("bestillingspunkt") if "svar" in rad), None)
    return fakta(
        "kortFortalt",
        [
            deler.line(g, "resultat", _resultat(g), g.tekst("resultat"), framhevet=True),
            deler.line(g, "ikkeMott", ikke_mott),
            None if ikke_mott else deler.line(g, "svarKort", first_sentence(g.tekst("svarPaBestilling") or svar)),
            None if ikke_mott else deler.line(g, "grenser", grenser.passed(g)),
            deler.line(g, "trengerFraNavSlutt", g.tekst("trengerFraNav")),
        ],
    )


def _svar_pa_bestilling(g: Grunnlag) -> list[Blokk]:
    punkter = g.post.rader("bestillingspunkt")
    tabellen = tabell(
        "bestillingspunkt",
        deler.columns(g, punkter, ("navBaOm", deler.text_cell("tekst")), ("svar", deler.text_cell("svar"))),
    )
    bestilt = [] if punkter else avsnitt("bestillingTekst", g.post.deltakelse.get("bestillingTekst"), g.ord("navBaOm"))
    return tabellen + bestilt + deler.own_text(g, "svarPaBestilling", "svar")


def _resultat_seksjon(g: Grunnlag) -> list[Blokk]:
    deltakelse = g.post.deltakelse
    linjer = fakta(
        "resultat",
        [
            deler.line(g, "resultat", _resultat(g), g.tekst("resultat")),
            deler.line(
                g, "aarsak", g.kodetekst("deltakelse", "aarsak", deltakelse.get("aarsak")), deltakelse.get("aarsak")
            ),
            deler.line(g, "aarsakBeskrivelse", deltakelse.get("aarsakBeskrivelse")),
        ],
    )
    slutt = deltakelse.get("sluttDato", "")
    varer = [rad for rad in g.post.rader("arbeidsforhold") if rad.get("tilDato", "9999") >= slutt]
    return linjer + deler.work_table(g, varer)


def _tiltakslopet(g: Grunnlag) -> list[Blokk]:
    tidslinje = deler.timeline(g, deler.activities(g)) + deler.extent(g, g.fra, g.til, g.ord("omfang"))
    return deler.own_text(g, "beskrivelseAvTiltakslopet") + tidslinje + grenser.varighet(g)


def _utproving(g: Grunnlag) -> list[Blokk]:
    kolonner = ("virksomhet", "oppgaver", "periode", "omfang", "erfaringer", "arbeidsgiversVurdering")
    rader = deler.activities(g, ordinaere=True)
    return (
        deler.activity_table(g, rader, *kolonner, kode="utproving")
        + grenser.utproving(g)
        + deler.exceptions(g, "UTPROVING")
    )


def _omfang(g: Grunnlag) -> list[Blokk]:
    trinn = [float(rad["deltakelsesprosent"]) for _, rad in grenser.omfangsrader(g)]
    klart = g.rad.get("omfangKlart")
    registrert = fakta(
        "omfangRegistrert",
        [
            deler.line(g, "omfangStart", deler.extent_on(g, g.start)),
            deler.line(g, "omfangHoyest", prosent(max(trinn)) if trinn else None),
            deler.line(g, "omfangSlutt", deler.extent_on(g, g.slutt)),
        ],
    )
    vurdert = fakta(
        "omfangKlart", [deler.line(g, "omfangKlart", None if klart is None else prosent(klart), str(klart))]
    )
    return registrert + vurdert + grenser.omfang(g) + grenser.arbeid(g)


def _kompetanse_og_attest(g: Grunnlag) -> list[Blokk]:
    rader = [rad for rad in deler.activities(g) if "dokumentasjon" in rad or rad.get("formellKompetanse")]
    kolonner = ("aktivitet", "innhold", "periode", "dokumentasjon")
    attest = fakta("attestUtlevert", [deler.date_line(g, "attestUtlevert", read_dato(g.rad, "attestUtlevert"))])
    return deler.activity_table(g, rader, *kolonner, kode="kompetanse") + attest


def _mal(g: Grunnlag) -> list[Blokk]:
    return tabell(
        "mal",
        deler.columns(
            g,
            deler.goals(g),
            ("mal", deler.text_cell("beskrivelse")),
            ("maltype", deler.code_cell(g, "mal", "maltype")),
            ("kriterium", deler.text_cell("kriterium")),
            ("status", deler.code_cell(g, "mal", "status")),
            ("dato", deler.date_cell("statusDato")),
            ("gjort", deler.text_cell("gjort")),
        ),
    )


def _grunnlag(g: Grunnlag) -> list[Blokk]:
    def antall(tabellnavn: str) -> int:
        return sum(bool(rad.get("ferdigstilt")) for rad in g.post.rader(tabellnavn))

    slutt = g.post.dato("sluttDato")
    dager = (slutt - g.start).days + 1 if slutt and g.start and slutt >= g.start else 0
    tellinger = (
        ("dagerITiltaket", dager, "dager"),
        ("aktiviteter", len(g.post.rader("aktivitet")), "aktiviteter"),
        ("ordinaere", len([r for r in g.post.rader("aktivitet") if r.get("arena") == "ORDINAER"]), "aktiviteter"),
        ("oppfolginger", len(g.post.rader("oppfolging")), "ganger"),
        ("planversjoner", antall("plan"), "versjoner"),
        ("perioderapporter", antall("vurdering"), "rapporter"),
    )
    poster: list[Celle] = [
        sumpost(kode, g.ord(kode), tall, enhet, g.tekster.mengde(tall, enhet)) for kode, tall, enhet in tellinger
    ]
    return summer("grunnlag", poster + deler.absence(g))


SLUTTRAPPORT: Mapping[str, Callable[[Grunnlag], list[Blokk]]] = {
    "KORT_FORTALT": _kort_fortalt,
    "SVAR_PA_BESTILLING": _svar_pa_bestilling,
    "RESULTAT": _resultat_seksjon,
    "TILTAKSLOPET": _tiltakslopet,
    "UTPROVING": _utproving,
    "RESSURSER_OG_MULIGHETER": lambda g: deler.own_text(g, "ressurserOgMuligheter"),
    "OMFANG": _omfang,
    "TILRETTELEGGING": lambda g: deler.own_text(g, "tilretteleggingSomVirker"),
    "MAL": _mal,
    "KOMPETANSE_OG_ATTEST": _kompetanse_og_attest,
    "ANBEFALT_OPPFOLGING": lambda g: deler.own_text(g, "anbefaltOppfolging"),
    "DELTAKERS_VURDERING": deler.own_view,
    "GRUNNLAG": _grunnlag,
    "AVTALEN": deler.agreement,
    "TRINN": deler.steps,
    "TILLEGGSPUNKTER": deler.extra_points,
}
