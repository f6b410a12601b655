"""What may be wrong with a profile beyond what its JSON Schema sees: by contract, code lists and itself."""

from collections.abc import Iterator, Sequence

from schemas.koder import kodeverk
from schemas.kontrakt import Felt, Felttype, tabeller
from tiltaksflyt.intake.kart import ALTERNATIV, HODE, Maal, Profil
from tiltaksflyt.intake.kilde import name_key
from tiltaksflyt.intake.uttrykk import Kolonne, Konstant, Navnedel, Omregning, Uttrykk


def find_faults(profil: Profil) -> Iterator[tuple[str, str]]:
    """Every fault, as (place, reason)."""
    yield from _find_duplicates("tabeller", [*profil.kilder, *profil.ubrukte_tabeller])
    for navn, tabell in profil.kodetabeller.items():
        yield from _find_duplicates(f"kodetabeller.{navn}", list(tabell))
    fra: dict[str, str] = {}
    for kilde in profil.kilder.values():
        sted = f"tabeller.{kilde.navn}"
        yield from _find_duplicates(sted, [*kilde.kolonner, *kilde.ubrukte_kolonner])
        if len(kilde.maal) > 1 and not kilde.felles_kolonner:
            yield sted, "the two tables share no column, so a row cannot be put together again"
        for maal in kilde.maal:
            if maal.tabell in fra:
                yield sted, f"{maal.tabell} already comes from {fra[maal.tabell]}"
            fra[maal.tabell] = kilde.navn
            yield from _find_target_faults(profil, f"{sted}.til.{maal.tabell}", maal)


def _find_duplicates(sted: str, navn: Sequence[str]) -> Iterator[tuple[str, str]]:
    sett: set[str] = set()
    for ett in navn:
        if name_key(ett) in sett:
            yield sted, f"«{ett}» occurs twice, case and blanks aside"
        sett.add(name_key(ett))


def _find_target_faults(profil: Profil, sted: str, maal: Maal) -> Iterator[tuple[str, str]]:
    kontrakt = tabeller().get(maal.tabell)
    if kontrakt is None:
        yield sted, "the contract has no such table"
        return
    for ukjent in maal.felter.keys() - kontrakt.felter.keys():
        yield f"{sted}.{ukjent}", "the contract has no such field"
    for navn, felt in kontrakt.felter.items():
        dekket = navn in maal.felter or ALTERNATIV.get((maal.tabell, navn), "") in maal.felter
        if felt.pakrevd and not dekket and maal.tabell != HODE:
            yield f"{sted}.{navn}", "the contract requires the field"
    for navn, uttrykk in maal.felter.items():
        if navn in kontrakt.felter:
            yield from _find_expression_faults(profil, f"{sted}.{navn}", kontrakt.felter[navn], uttrykk, maal)


def _find_expression_faults(
    profil: Profil, sted: str, felt: Felt, uttrykk: Uttrykk, maal: Maal
) -> Iterator[tuple[str, str]]:
    if isinstance(uttrykk, Kolonne) and uttrykk.koder is not None:
        yield from _find_code_faults(profil, sted, felt, uttrykk.koder)
    if isinstance(uttrykk, Omregning) and felt.type is not Felttype.TALL:
        yield sted, "only a number can be converted"
    if isinstance(uttrykk, Konstant) and felt.kodeverk and kodeverk(felt.kodeverk).normalise(uttrykk.verdi) is None:
        yield sted, f"the constant is not a code of {felt.kodeverk}"
    if isinstance(uttrykk, Navnedel):
        par = [u for u in maal.felter.values() if isinstance(u, Navnedel) and u.navn == uttrykk.navn]
        if {u.del_ for u in par} != {"fornavn", "etternavn"} or len({u.form for u in par}) != 1:
            yield sted, "both parts of the name must come from the column, in the same form"


def _find_code_faults(profil: Profil, sted: str, felt: Felt, koder: str) -> Iterator[tuple[str, str]]:
    if felt.kodeverk is None:
        yield sted, "the field has no code list"
    elif koder not in profil.kodetabeller:
        yield sted, f"the profile has no code table «{koder}»"
    else:
        for kode in sorted(set(profil.kodetabeller[koder].values()) - kodeverk(felt.kodeverk).koder.keys()):
            yield sted, f"{kode} is not a code of {felt.kodeverk}"
