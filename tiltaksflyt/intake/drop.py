"""The one door: the bytes of a drop in, a `Lesing` out. Pure: the time of arrival is an argument, nothing is kept."""

import logging
import traceback
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from schemas.avvik import Alvorlighet
from schemas.kontrakt import tabeller
from schemas.oppsett import Avsender
from schemas.teksttype import TEKSTTYPE
from tiltaksflyt.intake.avbildning import Avbildning, Raatabell
from tiltaksflyt.intake.gate import inspect
from tiltaksflyt.intake.grenser import Grenser, standardgrenser
from tiltaksflyt.intake.hode import Ankomst, hash_content, read_header
from tiltaksflyt.intake.kart import HODE, Profil
from tiltaksflyt.intake.kilde import Kildetabell, Leseoppsett
from tiltaksflyt.intake.lesere import LESERE
from tiltaksflyt.intake.lesing import SLETTEBEKREFTELSE, Lesing, make_problemer, refused
from tiltaksflyt.intake.minimering import blank_contact_details, keep_known_ids
from tiltaksflyt.intake.portregler import Avvisning, make_avvik
from tiltaksflyt.intake.profil import profile_of
from tiltaksflyt.intake.reparasjon import find_formulas, restore_lost_zeros
from tiltaksflyt.intake.typer import FEIL_ANTALL_CELLER, type_column
from tiltaksflyt.intake.uttrykk import Kolonne

_LOGG = logging.getLogger(__name__)


def read_drop(
    data: bytes, *, filnavn: str, avsender: Avsender, mottatt: datetime, modus: str, grenser: Grenser | None = None
) -> Lesing:
    """Read one drop by its sender's profile, or by the contract's own names when the sender has none.

    `filnavn` is only searched for a fødselsnummer and used to tell which table a single CSV file is. `mottatt` is
    the time of arrival, with offset. `modus` is what this drop may be: the deployment's PROD or TEST, or KONTROLL
    for a file laid in prove/. Never raises for bad input: what is wrong comes back as `avvik`.

    Raises UgyldigFil when the sender's profile, a fault of ours, is missing or invalid, and ValueError for a
    `mottatt` without offset.
    """
    if mottatt.tzinfo is None:
        raise ValueError("mottatt needs an offset; pass an aware datetime")
    profil = profile_of(avsender)
    ankomst = Ankomst(avsender, mottatt, modus, hash_content(data))
    try:
        return _read(data, filnavn, profil, ankomst, grenser or standardgrenser())
    except Avvisning as nei:
        return refused((make_avvik(nei.regel_id, nei.tabell, nei.kolonne),))
    except BaseException as feil:
        # A panic in the spreadsheet library is a BaseException; being asked to stop is not a panic.
        if isinstance(feil, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        _log_surprise(feil)
        return refused((make_avvik("FIL002"),))


def _log_surprise(feil: BaseException) -> None:
    """Say where it happened, for an engineer; never what the exception says, which may be the sender's data."""
    steg = traceback.extract_tb(feil.__traceback__)[-1]
    sted = f"{Path(steg.filename).stem}.{steg.name}:{steg.lineno}"
    _LOGG.error("intake: unexpected %s in %s; the drop is answered with FIL002", type(feil).__name__, sted)


def _read(data: bytes, filnavn: str, profil: Profil, ankomst: Ankomst, grenser: Grenser) -> Lesing:
    dato = ankomst.mottatt.date()
    leser = LESERE.get(inspect(data, filnavn, grenser, dato))
    if leser is None:
        raise Avvisning("FIL001")
    avbildning = Avbildning(profil, dato, grenser)
    oppsett = Leseoppsett(
        filnavn=filnavn,
        dato=dato,
        grenser=grenser,
        kjenn_tabell=avbildning.know_table,
        kjenn_kolonner=avbildning.know_columns,
        er_overskrift=avbildning.is_header,
        tegnsett=profil.tegnsett,
        skilletegn=profil.skilletegn,
    )
    lest_som: dict[str, None] = {}
    for del_ in leser(data, oppsett):
        if isinstance(del_, Kildetabell):
            lest_som[del_.lest_som] = None
        avbildning.add(del_)
    raatabeller = avbildning.tabeller
    hode, avvik = read_header(raatabeller.pop(HODE, None), profil, ankomst)
    avvik = [*avbildning.avvik, *avvik]
    if not avbildning.has_rows() and not any(ett.regelId == "FIL010" for ett in avvik):
        avvik.append(make_avvik("FIL001" if avbildning.is_unknown() else "FIL004"))
    if any(ett.alvorlighet is Alvorlighet.AVVIST_FIL for ett in avvik):
        return refused(tuple(avvik), "; ".join(lest_som))
    hode = _scope_by_content(hode, raatabeller)
    keep_known_ids(raatabeller)
    blank_contact_details(raatabeller)
    avvik += [*restore_lost_zeros(raatabeller, dato), *find_formulas(raatabeller)]
    rammer, problemer = _type_tables(raatabeller, profil, grenser.maks_skadede_celler)
    return Lesing(hode, MappingProxyType(rammer), problemer, tuple(avvik), False, "; ".join(lest_som))


def _scope_by_content(hode: Mapping[str, str], raatabeller: Mapping[str, Raatabell]) -> Mapping[str, str]:
    """A drop with nothing but confirmations of deletion says nothing of who takes part: it is no whole truth."""
    if raatabeller.keys() == {SLETTEBEKREFTELSE}:
        return MappingProxyType({**hode, "omfang": "ENDRING"})
    return hode


def _type_tables(
    raatabeller: Mapping[str, Raatabell], profil: Profil, maks_skadede: int
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    koder = _code_tables(profil)
    rammer: dict[str, pd.DataFrame] = {}
    problemer: list[tuple[str, int, str, str]] = []
    for navn, tabell in tabeller().items():
        raa = raatabeller.get(navn)
        if raa is None:
            continue
        problemer += [(navn, indeks, "", FEIL_ANTALL_CELLER) for indeks in sorted(raa.skadede)]
        # Arrays, not Series: pandas would hold the index of each Series against all the others.
        kolonner: dict[str, pd.api.extensions.ExtensionArray] = {}
        for felt in tabell.felter.values():
            celler = raa.kolonner.get(felt.navn) or [""] * len(raa.rad)
            verdier, feil = type_column(felt, celler, profil.formater, koder.get((navn, felt.navn)))
            kolonner[felt.navn] = pd.array(verdier, dtype=TEKSTTYPE)
            if len(problemer) + len(feil) > maks_skadede:
                raise Avvisning("FIL002", navn, felt.navn)
            problemer += [(navn, indeks, felt.navn, kode) for indeks, kode in feil]
        kolonner["_rad"] = np.array(raa.rad, dtype="int64")
        kolonner["_post"] = np.array(raa.post, dtype="int64")
        rammer[navn] = pd.DataFrame(kolonner)
    return rammer, make_problemer(problemer)


def _code_tables(profil: Profil) -> Mapping[tuple[str, str], Mapping[str, str]]:
    return {
        (maal.tabell, felt): profil.kodetabeller[uttrykk.koder]
        for kilde in profil.kilder.values()
        for maal in kilde.maal
        for felt, uttrykk in maal.felter.items()
        if isinstance(uttrykk, Kolonne) and uttrykk.koder is not None
    }
