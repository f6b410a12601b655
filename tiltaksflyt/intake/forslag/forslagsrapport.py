"""What `profile suggest` tells beside the profile: every mapping with how sure it is, and what is left to a person."""

from collections.abc import Iterator
from typing import Any

from tiltaksflyt.intake.forslag.forslagsfil import count_certainty
from tiltaksflyt.intake.forslag.profilforslag import Kildeforslag, Profilforslag


def report_as_json(forslag: Profilforslag, *, lastbar: bool) -> dict[str, Any]:
    """The report as `--json` prints it. Holds no value of the file but words of coded columns."""
    notasjon = forslag.notasjon
    return {
        "profil": forslag.navn,
        "lastbar": lastbar,
        "format": forslag.lest.filtype.value,
        "tegnsett": forslag.lest.tegnsett,
        "skilletegn": forslag.lest.skilletegn,
        "datoformat": list(notasjon.datoformat),
        "desimaltegn": notasjon.desimaltegn,
        "antall": count_certainty(forslag),
        "tabeller": [_source_as_json(kilde, forslag) for kilde in forslag.kilder],
        "ukjenteTabeller": [
            {"plass": fil.plass, "kolonner": len(fil.kolonner), "rader": fil.rader} for fil in forslag.ukjente
        ],
        "koder": [
            {
                "tabell": tabell,
                "felt": felt,
                "oversatt": len(koder.oversatt),
                "maaOversettes": list(koder.ukjente),
                "vistesIkkeRad": list(koder.skjulte_rader),
            }
            for (tabell, felt), koder in forslag.koder.items()
            if koder.oversatt or koder.ukjente or koder.skjulte_rader
        ],
        "mangler": [{"tabell": tabell, "felt": felt or None} for tabell, felt in forslag.savner],
        "merknader": list(forslag.merknader),
    }


def _source_as_json(kilde: Kildeforslag, forslag: Profilforslag) -> dict[str, Any]:
    return {
        "kilde": kilde.navn,
        "er_med": kilde.er_med,
        "tabeller": [koblet.tabell for koblet in kilde.koblinger],
        "kolonner": [
            {
                "kolonne": forslag.shown_name(kobling.kolonne).strip("«»"),
                "tabell": koblet.tabell,
                "felt": kobling.felt,
                "sikkerhet": kobling.sikkerhet.value,
                "grunn": kobling.grunn,
            }
            for koblet in kilde.koblinger
            for kobling in koblet.koblinger
        ],
        "ikkeKoblet": [
            {"kolonne": forslag.shown_name(kolonne).strip("«»"), "plass": kolonne.plass} for kolonne in kilde.ukoblede
        ],
        "mangler": [{"tabell": tabell, "felt": felt} for tabell, felt in kilde.savner],
    }


def report_as_text(forslag: Profilforslag, *, lastbar: bool) -> str:
    """The report for a terminal, in Norwegian."""
    return "\n".join(_lines(forslag, lastbar=lastbar))


def _lines(forslag: Profilforslag, *, lastbar: bool) -> Iterator[str]:
    antall = ", ".join(f"{tall} {nivaa}" for nivaa, tall in count_certainty(forslag).items())
    yield f"Profil {forslag.navn}: {'kan lastes' if lastbar else 'kan ikke lastes ennå'}. Kolonner koblet: {antall}."
    for tabell, felt in forslag.savner:
        yield f"  MANGLER {tabell}.{felt}" if felt else f"  MANGLER tabellen {tabell}"
    for kilde in forslag.kilder:
        yield from _source_lines(kilde, forslag)
    for fil in forslag.ukjente:
        yield f"{fil.plass} er ikke gjenkjent ({len(fil.kolonner)} kolonner, {fil.rader} rader)"
    yield from _code_lines(forslag)
    for merknad in forslag.merknader:
        yield f"MERK {merknad}"


def _source_lines(kilde: Kildeforslag, forslag: Profilforslag) -> Iterator[str]:
    med = "" if kilde.er_med else " (ikke med: noe som kreves, mangler)"
    yield f"«{kilde.navn}» er {' og '.join(koblet.tabell for koblet in kilde.koblinger)}{med}"
    for koblet in kilde.koblinger:
        for kobling in koblet.koblinger:
            navn = forslag.shown_name(kobling.kolonne)
            yield f"  {kobling.sikkerhet.value:6} {navn} → {koblet.tabell}.{kobling.felt} ({kobling.grunn})"
        if not kilde.er_med:
            yield from (f"  MANGLER {koblet.tabell}.{felt}" for felt in koblet.savner)
    for kolonne in kilde.ukoblede:
        yield f"  ?      {forslag.shown_name(kolonne)} ({kolonne.plass}) er ikke koblet til noe"


def _code_lines(forslag: Profilforslag) -> Iterator[str]:
    for (tabell, felt), koder in forslag.koder.items():
        if koder.ukjente:
            yield f"OVERSETT {tabell}.{felt}: {', '.join(f'«{ord_}»' for ord_ in koder.ukjente)}"
        if koder.skjulte_rader:
            rader = ", ".join(map(str, koder.skjulte_rader[:10]))
            yield f"OVERSETT {tabell}.{felt}: {len(koder.skjulte_rader)} ord som ikke vises, se rad {rader}"
