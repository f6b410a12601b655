"""A proposed profile as YAML for a person to go through: how sure each mapping is, and what is left to decide."""

from collections.abc import Iterator

import yaml

from schemas.koder import kodeverk
from schemas.kontrakt import tabeller
from tiltaksflyt.intake.forslag.kobling import Kobling, Sikkerhet
from tiltaksflyt.intake.forslag.kodeforslag import Kodeforslag
from tiltaksflyt.intake.forslag.navnetreff import converts
from tiltaksflyt.intake.forslag.profilforslag import Kildeforslag, Profilforslag
from tiltaksflyt.intake.gate import Filtype
from tiltaksflyt.intake.notasjon import clean_token

_SKJEMALINJE = "# yaml-language-server: $schema=../../json/profil.schema.json"
_FULL_UKE = "37.5"
_INNLEDNING = (
    "Forslag laget fra en eksport. Gå gjennom hver linje: SIKKER er navn og innhold som stemmer, TROLIG bør",
    "kontrolleres, GJETT må kontrolleres. Kjør `tiltaksflyt profile check` når du er ferdig.",
)


def write_suggestion(forslag: Profilforslag) -> str:
    """The proposal as the text of a profile file."""
    return "\n".join(_lines(forslag)) + "\n"


def _lines(forslag: Profilforslag) -> Iterator[str]:
    yield _SKJEMALINJE
    yield from (f"# {linje}" for linje in _INNLEDNING)
    yield f"profil: {forslag.navn}"
    yield "versjon: 1"
    yield "beskrivelse: Forslag laget fra en eksport; skriv her hvilket system den kommer fra."
    yield from _dialect(forslag)
    for merknad in forslag.merknader:
        yield f"# MERK: {merknad}."
    yield from _code_tables(forslag)
    yield ""
    yield "tabeller:" if any(kilde.er_med for kilde in forslag.kilder) else "tabeller: {}"
    for kilde in forslag.kilder:
        yield ""
        linjer = _source(kilde, forslag)
        yield from linjer if kilde.er_med else (f"# {linje}".rstrip() for linje in linjer)
    yield from _unknown_tables(forslag)


def _dialect(forslag: Profilforslag) -> Iterator[str]:
    lest, notasjon = forslag.lest, forslag.notasjon
    yield f"format: {lest.filtype.value}"
    if lest.filtype in (Filtype.CSV, Filtype.ZIP_CSV):
        if lest.tegnsett:
            yield f"tegnsett: {lest.tegnsett}"
        if lest.skilletegn in (";", ",", "\t"):
            yield f"skilletegn: {_quoted(lest.skilletegn)}"
    if notasjon.datoformat:
        yield f"datoformat: [{', '.join(notasjon.datoformat)}]"
    if notasjon.desimaltegn:
        yield f"desimaltegn: {_quoted(notasjon.desimaltegn)}"
    if notasjon.sann:
        yield f"sann: [{', '.join(map(_quoted, notasjon.sann))}]"
        yield f"usann: [{', '.join(map(_quoted, notasjon.usann))}]"
    if notasjon.listeskille:
        yield f"listeskille: {_quoted(notasjon.listeskille)}"


def _quoted(tekst: str) -> str:
    return '"{}"'.format(tekst.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t"))


def _scalar(tekst: str) -> str:
    """A text as YAML, quoted where it must be."""
    return yaml.safe_dump([tekst], allow_unicode=True, default_flow_style=True, width=10**6).strip()[1:-1]


# --- code tables ----


def table_name(tabell: str, felt: str) -> str:
    """What the proposal calls the code table of a field."""
    return f"{tabell} {felt}".lower()


def _code_tables(forslag: Profilforslag) -> Iterator[str]:
    med = {ett.tabell for kilde in forslag.kilder if kilde.er_med for ett in kilde.koblinger}
    koder = {sted: forslaget for sted, forslaget in forslag.koder.items() if sted[0] in med}
    if not any(forslaget.oversatt or forslaget.ukjente or forslaget.skjulte_rader for forslaget in koder.values()):
        return
    yield ""
    yield "kodetabeller:" if any(forslaget.oversatt for forslaget in koder.values()) else "# Koder:"
    for (tabell, felt), forslaget in koder.items():
        if forslaget.oversatt:
            yield f"  {table_name(tabell, felt)}:"
            for ord_, kode in forslaget.oversatt.items():
                yield f"    {_scalar(ord_)}: {_scalar(kode)}"
        yield from _untranslated(tabell, felt, forslaget)


def _untranslated(tabell: str, felt: str, forslaget: Kodeforslag) -> Iterator[str]:
    liste = tabeller()[tabell].felter[felt].kodeverk or ""
    if forslaget.ukjente or forslaget.skjulte_rader:
        yield f"    # OVERSETT for {tabell}.{felt} til en av {', '.join(kodeverk(liste).koder)}:"
    for ord_ in forslaget.ukjente:
        yield f"    # {_scalar(ord_)}: ?"
    if forslaget.skjulte_rader:
        rader = ", ".join(map(str, forslaget.skjulte_rader[:10]))
        yield f"    # {len(forslaget.skjulte_rader)} ord vises ikke her; se rad {rader} i filen."


# --- tables ----


def _source(kilde: Kildeforslag, forslag: Profilforslag) -> Iterator[str]:
    if not kilde.er_med:
        yield f"IKKE MED: {kilde.fil.plass} mangler noe som kreves. Fjern skilletegnet # når det er funnet."
    yield f"  {_scalar(kilde.navn)}:"
    if kilde.gjentas:
        yield "    gjentas: true"
    yield "    til:"
    for koblet in kilde.koblinger:
        yield f"      {koblet.tabell}:"
        for kobling in _in_contract_order(koblet.koblinger):
            sikkerhet = f"{kobling.sikkerhet.value}: {kobling.grunn}"
            yield f"        {kobling.felt}: {_expression(kobling, forslag)}  # {sikkerhet}"
        for felt in koblet.savner:
            yield f"        # MANGLER: {felt} er påkrevd, og ingen kolonne ble funnet."
    if kilde.ukoblede:
        yield "    # Ikke koblet. Koble kolonnen til et felt, eller før den opp i ubrukteKolonner:"
        for kolonne in kilde.ukoblede:
            navn = forslag.shown_name(kolonne)
            yield f"    #   {navn}" + ("" if navn == kolonne.plass else f"  ({kolonne.plass})")


def _in_contract_order(koblinger: tuple[Kobling, ...]) -> list[Kobling]:
    return sorted(koblinger, key=lambda ett: list(tabeller()[ett.tabell].felter).index(ett.felt))


def _expression(kobling: Kobling, forslag: Profilforslag) -> str:
    navn = clean_token(kobling.kolonne.navn)
    if kobling.form is not None:
        return f"{{navn: {_scalar(navn)}, del: {kobling.felt}, form: {kobling.form.value}}}"
    if converts(kobling.tabell, navn, kobling.treff):
        omregning = "timerAvProsent" if "timer" in kobling.felt else "prosentAvTimer"
        return f"{{{omregning}: {_scalar(navn)}, fullUke: {_quoted(_FULL_UKE)}}}"
    koder = forslag.koder.get((kobling.tabell, kobling.felt))
    if koder is not None and koder.oversatt:
        return f"{{kolonne: {_scalar(navn)}, koder: {table_name(kobling.tabell, kobling.felt)}}}"
    return _scalar(navn)


def _unknown_tables(forslag: Profilforslag) -> Iterator[str]:
    if not forslag.ukjente:
        return
    yield ""
    yield "# Ikke gjenkjent. Koble tabellen, eller før den opp i ubrukteTabeller hvis den ikke skal leses:"
    for fil in forslag.ukjente:
        yield f"#   {fil.plass}: {len(fil.kolonner)} kolonner, {fil.rader} rader"


def count_certainty(forslag: Profilforslag) -> dict[str, int]:
    """How many columns are mapped with each certainty, in the tables that are in the proposal."""
    antall = dict.fromkeys((nivaa.value for nivaa in Sikkerhet), 0)
    for kilde in forslag.kilder:
        for koblet in kilde.koblinger if kilde.er_med else ():
            for kobling in koblet.koblinger:
                antall[kobling.sikkerhet.value] += 1
    return antall
