"""Duration: how long a løp may last, and what makes it last longer (group VAR)."""

from collections.abc import Sequence

import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.aktive import HAR_STARTET
from expectations.predikater.form import plassholder
from expectations.predikater.lop import earlier_end, lop_start
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.predikater.tid import add_days, add_months
from expectations.tabeller import Serie
from transforms.sletting import AVSLUTTET


@predikat
def lengre_enn_grunnperioden(k: Kontekst, *, grunnMaaneder: Parameter, fratrekkDager: Parameter) -> Maske:
    """The løp is longer than the ordinary period, and no forlengelse is registered."""
    siste = _last_permitted(lop_start(k), grunnMaaneder, fratrekkDager)
    return k.dato("sluttDato").gt(siste) & ~k.noen("forlengelse", k.rader("forlengelse").nokkel().ne(""))


@predikat
def lengre_uten_formell_kompetanse(k: Kontekst, *, maaneder: Parameter, fratrekkDager: Parameter) -> Maske:
    """The løp is longer than it may be for others than those who take formal competence."""
    formell = k.rader("forlengelse").tekst("grunnlag").eq("FORMELL_KOMPETANSE")
    siste = _last_permitted(lop_start(k), maaneder, fratrekkDager)
    return k.dato("sluttDato").gt(siste) & ~k.noen("forlengelse", formell)


@predikat
def lengre_enn_tiltaket(k: Kontekst, *, maaneder: Parameter, fratrekkDager: Parameter) -> Maske:
    """The løp is longer than the tiltak may be for anyone, by its last day or because it still goes on."""
    start, slutt = k.dato("startDato"), k.dato("sluttDato")
    siste = _last_permitted(lop_start(k), maaneder, fratrekkDager)
    # With a last day that has not come, only an open deltakelse is longer because of the day today.
    pagar = start.le(k.asof) & slutt.isna() & k.tekst("status").isin(HAR_STARTET)
    return slutt.gt(siste) | (pagar & siste.lt(k.asof))


def _last_permitted(fra: Serie, maaneder: Parameter, fratrekkDager: Parameter) -> Serie:
    return add_days(add_months(fra, maaneder), -fratrekkDager)


@predikat
def formell_kompetanse_uten_opplaering(k: Kontekst, *, artOpplaering: Sequence[str]) -> Maske:
    """The forlengelse is for formal competence, and nothing that gives it is registered."""
    kurs = k.noen("aktivitet", k.rader("aktivitet").tekst("formellKompetanse").eq("true"))
    utdanning = k.noen("arbeidsforhold", k.rader("arbeidsforhold").tekst("art").isin(artOpplaering))
    return k.tekst("grunnlag").eq("FORMELL_KOMPETANSE") & ~kurs & ~utdanning


@predikat
def forlengelse_mot_sluttdato(k: Kontekst) -> Maske:
    """The new end is no later than the end it extends or the start; or the latest one is not the end that is given."""
    ny = k.dato("nySluttDato")
    bakover = ny.le(extended_end(k)) | ny.le(k.fra("deltakelse", "startDato", "dato"))
    slutt, planlagt = k.fra("deltakelse", "sluttDato", "dato"), k.fra("deltakelse", "planlagtSluttDato", "dato")
    annen = ny.eq(_latest_new_end(k)) & _is_another_end(ny, slutt, planlagt)
    return bakover | (annen & k.fra("deltakelse", "status").eq("DELTAR"))


@predikat
def sluttdato_mot_lagret_forlengelse(k: Kontekst) -> Maske:
    """The end is not that of the latest forlengelse, which the drop leaves as it was stored."""
    rader, droppet = k.rader("forlengelse"), len(k.kjoring.grunnlag.rammer["forlengelse"])
    lagret = rader.dato("nySluttDato").iloc[droppet:].groupby(rader.nokkel().iloc[droppet:]).max()
    siste = lagret.reindex(k.nokkel()).set_axis(k.nokkel().index)
    annen = _is_another_end(siste, k.dato("sluttDato"), k.dato("planlagtSluttDato"))
    return k.tekst("status").eq("DELTAR") & annen


def _is_another_end(ny: Serie, slutt: Serie, planlagt: Serie) -> Serie:
    """Whether the end is not the forlengelse's. One that is earlier than the planned end is only an early end."""
    return ny.notna() & slutt.notna() & ny.ne(slutt) & ~(slutt.lt(ny) & ny.eq(planlagt))


@predikat
def forlengelse_ubegrunnet(k: Kontekst, *, sendes: Parameter, minTegn: int, plassholdere: Sequence[str]) -> Maske:
    """The agreed forlengelse is one that Nav is told of, and what stands as its reason is none (000 L98)."""
    avtalt = k.finnes("avtaltMedNav") & k.finnes("begrunnelse")
    return sendes.eq(1) & avtalt & plassholder(k, minTegn=minTegn, plassholdere=plassholdere)


@predikat
def forlengelse_avtalt_for_sent(k: Kontekst) -> Maske:
    """No agreement with Nav is registered, or it came after the end that it extends."""
    return k.tom("avtaltMedNav") | k.dato("avtaltMedNav").gt(extended_end(k))


def extended_end(k: Kontekst) -> Serie:
    """The last day that each row of forlengelse extends; NaT where it is not known.

    That is the end in force just before the row first came: the stored one, or the new end of the forlengelse before
    it, whichever is later. A row seen before, or one that only tells how the stored end came about, extends the
    forlengelse before it.
    """
    ny, lagret = k.dato("nySluttDato"), k.fra("lagret.deltakelse", "sluttDato", "dato")
    forklarer = lagret.eq(ny) | (lagret.gt(ny) & ny.ne(_latest_new_end(k)))
    i_kraft = lagret.mask(forklarer | _seen_before(k))
    return pd.concat([i_kraft, _new_end_before(k)], axis=1).max(axis=1).astype("datetime64[us]")


def _seen_before(k: Kontekst) -> Serie:
    lagret = k.rader("lagret.forlengelse")
    egne_id = k.finnes("forlengelseId") & _same(k.nokkel(), k.tekst("forlengelseId")).isin(
        _same(lagret.nokkel(), lagret.tekst("forlengelseId"))
    )
    like = _same(k.nokkel(), k.tekst("grunnlag"), k.tekst("nySluttDato")).isin(
        _same(lagret.nokkel(), lagret.tekst("grunnlag"), lagret.tekst("nySluttDato"))
    )
    return egne_id | like


def _same(*kolonner: Serie) -> Serie:
    return pd.Series(list(zip(*kolonner, strict=True)), dtype=object)


def _latest_new_end(k: Kontekst) -> Serie:
    """The latest new end among the forlengelser of each row's deltakelse."""
    rader = k.rader("forlengelse")
    return k.egne(rader.dato("nySluttDato").groupby(rader.nokkel()).transform("max"))


def _new_end_before(k: Kontekst) -> Serie:
    """The new end next before each row's own, among the forlengelser of its deltakelse."""
    rader = k.rader("forlengelse")
    slutter = pd.DataFrame({"nokkel": rader.nokkel(), "ny": rader.dato("nySluttDato")})
    rekke = slutter[slutter["nokkel"].ne("")].dropna().drop_duplicates().sort_values(["nokkel", "ny"])
    rekke["forrige"] = rekke.groupby("nokkel")["ny"].shift()
    return k.egne(slutter.merge(rekke, on=["nokkel", "ny"], how="left")["forrige"])


@predikat
def forlenget_etter_ansettelse(k: Kontekst, *, etteroppfolgingUtenAvtale: Parameter) -> Maske:
    """The forlengelse is for follow-up after hiring, which the policy does not give without an agreement."""
    etter_ansettelse = k.tekst("grunnlag").eq("OPPFOLGING_ETTER_ANSETTELSE")
    return etter_ansettelse & k.tom("avtaltMedNav") & etteroppfolgingUtenAvtale.eq(0)


@predikat
def slutt_utsatt_uten_forlengelse(k: Kontekst) -> Maske:
    """The end of a running deltakelse was moved forward, and no forlengelse reaches the new day."""
    rader = k.rader("forlengelse")
    ny_slutt = rader.dato("nySluttDato").ge(rader.fra("deltakelse", "sluttDato", "dato"))
    utsatt = k.dato("sluttDato").gt(_stored_end(k)) & ~k.fra("lagret.deltakelse", "status").isin(AVSLUTTET)
    return utsatt & ~k.noen("forlengelse", ny_slutt)


@predikat
def slutt_framskyndet(k: Kontekst) -> Maske:
    """The end is earlier than it was, and no agreement with Nav about that is registered."""
    return k.dato("sluttDato").lt(_stored_end(k)) & k.tom("avslutningAvtaltMedNav")


def _stored_end(k: Kontekst) -> Serie:
    """The end that was stored; NaT where the first day has changed since, for then more than the end was corrected."""
    uendret = k.fra("lagret.deltakelse", "startDato").eq(k.tekst("startDato")) & k.finnes("startDato")
    return k.fra("lagret.deltakelse", "sluttDato", "dato").where(uendret)


@predikat
def lengre_enn_uten_nedsatt_arbeidsevne(
    k: Kontekst, *, grunnMaaneder: Parameter, maksMaaneder: Parameter, fratrekkDager: Parameter
) -> Maske:
    """The løp is longer than it may be for others than those with reduced capacity for work."""
    fra, slutt = lop_start(k), k.dato("sluttDato")
    over_grunn = slutt.gt(_last_permitted(fra, grunnMaaneder, fratrekkDager))
    return over_grunn & slutt.le(_last_permitted(fra, maksMaaneder, fratrekkDager))


@predikat
def deltakelse_for_lang(k: Kontekst, *, maksMaaneder: Parameter, fratrekkDager: Parameter) -> Maske:
    """The deltakelse itself is longer than the tiltak may be for anyone."""
    return k.dato("sluttDato").gt(_last_permitted(k.dato("startDato"), maksMaaneder, fratrekkDager))


@predikat
def lengre_enn_navs_grense(k: Kontekst, *, maksDager: Parameter) -> Maske:
    """The deltakelse is longer than Nav ordinarily lets this tiltak be."""
    return k.dato("sluttDato").gt(add_days(k.dato("startDato"), maksDager))


@predikat
def uten_planlagt_slutt(k: Kontekst) -> Maske:
    """The person takes part, and no last day is planned."""
    return k.tekst("status").eq("DELTAR") & k.tom("sluttDato")


@predikat
def tilbake_i_samme_lop(k: Kontekst, *, loepMaaneder: Parameter) -> Maske:
    """The person had the same tiltak so shortly before that this goes on with it."""
    slutt, start = earlier_end(k), k.dato("startDato")
    return slutt.lt(start) & start.lt(add_months(slutt, loepMaaneder))
