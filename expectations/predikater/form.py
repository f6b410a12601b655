"""Shape: required fields, types, lengths (group SKJ)."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, bare_problemer, bare_utfylte, leser_problemer, predikat
from schemas.koder import kodeverk
from schemas.kontrakt import Felttype, felt

# A sentence mark, also before a quotation mark or a bracket that closes.
_ENDER_SETNING = re.compile(r"[.!?…:;][\s»”\"')\]]*\Z")
INNHOLD_SOM_MA_FERDIGSTILLES = frozenset({"plan", "vurdering", "sluttvurdering"})


@predikat
def mangler(k: Kontekst) -> Maske:
    """The field is empty after trimming."""
    return k.blant(k.kolonne(), lambda tekst: not tekst.strip())


@predikat
@leser_problemer
@bare_utfylte
def ikke_dato(k: Kontekst, *, koder: Sequence[str]) -> Maske:
    """The cell was no date when it was read, or is none now."""
    kolonne = k.kolonne()
    return k.maske(k.problem(koder).to_numpy() | ((k.celler(kolonne) != "") & np.isnat(k.dato(kolonne).to_numpy())))


@predikat
@bare_problemer
def ikke_lesbar(k: Kontekst, *, koder: Sequence[str]) -> Maske:
    """The cell could not be read for one of the reasons."""
    return k.problem(koder)


@predikat
@leser_problemer
@bare_utfylte
def ikke_tall(k: Kontekst, *, koder: Sequence[str]) -> Maske:
    """The cell was no number, yes/no or list when it was read, or is none now."""
    kolonne = k.kolonne()
    type_ = felt(k.sted.kontrakttabell, kolonne).type
    brudd = k.problem(koder)
    if type_ is Felttype.JANEI:
        return brudd | k.blant(kolonne, lambda tekst: tekst not in ("", "true", "false"))
    if type_ in (Felttype.TALL, Felttype.HELTALL):
        tall = k.tall(kolonne)
        brudd |= k.finnes(kolonne) & tall.isna()
        if type_ is Felttype.HELTALL:
            brudd |= tall.notna() & (tall != tall.round())
    return brudd


@predikat
@bare_problemer
def forskjovet_rad(k: Kontekst, *, koder: Sequence[str]) -> Maske:
    """The row has more or fewer cells than its header."""
    return k.problem(koder, hele_raden=True)


@predikat
@bare_utfylte
def for_lang(k: Kontekst, *, maks: int) -> Maske:
    """The text is longer than Nav takes in the field."""
    return k.blant(k.kolonne(), lambda tekst: len(tekst) > maks)


@predikat
@bare_utfylte
def annet_innhold_for_langt(k: Kontekst, *, maksAnnetInnhold: int) -> Maske:
    """The description of the content «annet» is longer than Nav takes."""
    return k.tekst("innholdskode").eq("annet") & k.tekst(k.kolonne()).str.len().gt(maksAnnetInnhold)


@predikat
@bare_utfylte
def mal_for_langt(k: Kontekst, *, maksMal: int) -> Maske:
    """A goal of an arbeidstrening is longer than Nav's avtale takes."""
    arbeidstrening = k.fra("deltakelse", "tiltakskode").eq("ARBEIDSTRENING")
    return arbeidstrening & k.tekst(k.kolonne()).str.len().gt(maksMal)


@predikat
@bare_utfylte
def avkuttet(k: Kontekst, *, avkuttLengder: Sequence[int]) -> Maske:
    """The text is exactly as long as a system's column may be, and ends in the middle of a sentence."""
    lengder = frozenset(avkuttLengder)
    return k.blant(k.kolonne(), lambda tekst: len(tekst) in lengder and not _ENDER_SETNING.search(tekst))


@predikat
@bare_utfylte
def plassholder(k: Kontekst, *, minTegn: int, plassholdere: Sequence[str]) -> Maske:
    """A text that is finished is very short, or is one of the words people write in place of a text."""
    ord_ = frozenset(plassholdere)
    brudd = k.blant(k.kolonne(), lambda tekst: 0 < len(tekst.strip()) < minTegn or tekst.strip().lower() in ord_)
    if k.tabell in INNHOLD_SOM_MA_FERDIGSTILLES:
        brudd &= k.finnes("ferdigstilt")
    return brudd


@predikat
@bare_utfylte
def timer_utenfor(k: Kontekst, *, maksTimer: float) -> Maske:
    """Hours a week are nought or less, or so many that they may be a percentage."""
    timer = k.tall(k.kolonne())
    return timer.le(0) | timer.gt(maksTimer)


@predikat
@bare_utfylte
def prosent_utenfor(k: Kontekst, *, nullTillatt: bool) -> Maske:
    """A percentage is outside what is possible."""
    prosent = k.tall(k.kolonne())
    return (prosent.lt(0) if nullTillatt else prosent.le(0)) | prosent.gt(100)


@predikat
def ma_utledes(k: Kontekst, *, arenaAvType: Mapping[str, str]) -> Maske:
    """A field that may be missing is missing, and can be derived."""
    kolonne = k.kolonne()
    tom = k.tom(kolonne)
    if kolonne == "arena":
        return tom & k.tekst("aktivitetstype").isin(arenaAvType)
    if kolonne == "deltok":
        return tom & k.tekst("oppfolgingstype").isin(kodeverk("oppfolgingstype").koder)
    if (k.tabell, kolonne) == ("deltakelse", "deltakelseId"):
        return tom | k.maske([nummer in k.kjoring.grunnlag.gjenkjent for nummer in range(k.antall)])
    return tom


@predikat
def kontor_slatt_opp(k: Kontekst) -> Maske:
    """The number of the Nav-enhet was missing and was found by its name."""
    return k.maske([nummer in k.kjoring.grunnlag.nav_enheter_slatt_opp for nummer in range(k.antall)])
