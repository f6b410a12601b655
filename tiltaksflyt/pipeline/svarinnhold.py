"""From a verdict to what its sender is told: the content of the answer, and the files it is written as."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from expectations.avvik import is_safe_key
from expectations.porter import gate
from expectations.regelsett import regler_etter_id
from schemas.avvik import Avvik, Port
from schemas.oppsett import Avsender
from tiltaksflyt.intake.kart import Profil
from tiltaksflyt.intake.portregler import portregler
from tiltaksflyt.intake.profil import profile_of
from tiltaksflyt.pipeline.vurdering import Vurdering
from transforms.svar import (
    Filomtale,
    Kildested,
    Regelomtale,
    Svarinnhold,
    render_avvik_csv,
    render_kvittering_json,
)
from transforms.svar_regneark import render_avvik_xlsx
from transforms.svar_side import render_kvittering_html

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_svarinnhold(
    vurdering: Vurdering, avsender: Avsender, *, innsending_id: str, storrelse: int, filnavn: str, mottatt: datetime
) -> Svarinnhold:
    """What one sender is told of one drop. `storrelse` in bytes; `mottatt` carries an offset.

    `filnavn` is the sender's own. It may hold a name, and is repeated only when it is of the form agreed on.
    """
    regler = {avvik.regelId for avvik in vurdering.avvik} | {r for stopp in vurdering.stoppet for r in stopp.regler}
    return Svarinnhold(
        innsending_id=innsending_id,
        avsender=avsender.navn,
        maalform=avsender.maalform,
        mottatt=mottatt,
        status=vurdering.status,
        fil=Filomtale(
            storrelse=storrelse,
            navn=filnavn if _is_agreed(filnavn, avsender) else None,
            lest_som=vurdering.lest_som or None,
            omfang=vurdering.hode.get("omfang"),
            modus=vurdering.hode.get("modus"),
            opprettet=_made(vurdering.hode.get("opprettet"), mottatt),
        ),
        tabeller=vurdering.tabeller,
        antall=vurdering.antall,
        avvik=vurdering.avvik,
        stoppet=vurdering.stoppet,
        regler={regel: describe(regel) for regel in sorted(regler)},
        steder=_places(vurdering.avvik, avsender),
    )


def _made(opprettet: str | None, mottatt: datetime) -> datetime | None:
    """When the sender's system made the file; None where nothing says so and the door put the time of arrival."""
    tid = datetime.fromisoformat(opprettet) if opprettet else mottatt
    return tid if mottatt - tid >= timedelta(minutes=1) else None


def render_files(svar: Svarinnhold) -> Iterable[tuple[str, str, bytes]]:
    """The name, media type and bytes of each file of the answer."""
    yield "kvittering.json", "application/json", render_kvittering_json(svar)
    yield "kvittering.html", "text/html; charset=utf-8", render_kvittering_html(svar)
    yield "avvik.csv", "text/csv; charset=utf-8", render_avvik_csv(svar)
    yield "avvik.xlsx", _XLSX, render_avvik_xlsx(svar)


def _is_agreed(filnavn: str, avsender: Avsender) -> bool:
    if avsender.filnavn is None or not is_safe_key(filnavn):
        return False
    return re.fullmatch(avsender.filnavn, filnavn) is not None


def describe(regel_id: str) -> Regelomtale:
    """What is said of a rule besides its text. Raises KeyError for an id that is not among the rules."""
    ved_doren = portregler().get(regel_id)
    if ved_doren is not None:
        return Regelomtale(Port.FIL, ved_doren.kilde)
    regel = regler_etter_id()[regel_id]
    return Regelomtale(gate(regel), regel.kilde)


def _places(avvik: Iterable[Avvik], avsender: Avsender) -> Mapping[tuple[str, str | None], Kildested]:
    """Where the sender finds each place in its own file; nothing where its file has the contract's own names."""
    if avsender.profil is None:
        return {}
    steder = {(ett.tabell, ett.kolonne) for ett in avvik if ett.tabell is not None}
    # Asked only now: a file that was refused unread must be answered also when its profile is at fault.
    profil = profile_of(avsender) if steder else None
    return {sted: _place(profil, *sted) for sted in steder} if profil else {}


def _place(profil: Profil, tabell: str, kolonne: str | None) -> Kildested:
    kilder = tuple(kilde.navn for kilde in profil.kilder.values() if any(maal.tabell == tabell for maal in kilde.maal))
    funnet = profil.kildekolonner(tabell, kolonne) if kolonne else None
    # A column that the profile does not know is the door's, and already in the sender's own words.
    kolonner = (funnet[1] if funnet else ()) or ((kolonne,) if kolonne else ())
    return Kildested(kilder or (tabell,), kolonner)
