"""The last gate of an answer: what the daily rules say of the deltakelser that a drop lets through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from expectations.fristkontroll import Fristgrunnlag, Fristsak, evaluate_deadlines
from expectations.historikk import Historikk, Levert
from schemas.avvik import Avvik
from schemas.oppsett import Avsender
from schemas.regelverk import Regelverk
from tiltaksflyt.intake import Lesing
from transforms.forpliktelser import Oppfylt, forpliktelser, policy_of
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import first_finished, met_elsewhere

Post = Mapping[str, Any]
Fletting = Callable[[Post, Post], Post]


@dataclass(frozen=True)
class Godtatt:
    """The accepted records of one drop, and what is known beside them."""

    poster: Sequence[Post]
    lesing: Lesing
    avsender: Avsender
    historikk: Historikk


def tell_of_time(
    godtatte: Sequence[Godtatt], *, asof: date, flett: Fletting, regelverk: Sequence[Regelverk] | None = None
) -> tuple[tuple[Avvik, ...], ...]:
    """What each sender is told about time, each deviation with the row of its deltakelse in the file.

    A finished text counts as delivered on the day it was finished: this answer is about what is missing in the file,
    and what became of a document is told by the step frister. `flett` puts a dropped record on the stored one.
    """
    grunnlag = [_basis(ett, asof, flett, regelverk) for ett in godtatte]
    svar = evaluate_deadlines(grunnlag, asof=asof, regelverk=regelverk)
    return tuple(
        tuple(_in_the_file(avvik, places(ett.lesing)) for avvik in egne)
        for ett, egne in zip(godtatte, svar, strict=True)
    )


def _basis(godtatt: Godtatt, asof: date, flett: Fletting, regelverk: Sequence[Regelverk] | None) -> Fristgrunnlag:
    lagret = {post.deltakelse["deltakelseId"]: post.innhold for post in godtatt.historikk.poster}
    saker = []
    for dropp in godtatt.poster:
        for_ = lagret.get(dropp["deltakelse"]["deltakelseId"])
        post = Deltakelsespost(dropp if for_ is None else flett(for_, dropp))
        saker.append(_case(post, godtatt.avsender, asof, regelverk))
    return Fristgrunnlag(godtatt.avsender, tuple(saker), asof)


def _case(post: Deltakelsespost, avsender: Avsender, asof: date, regelverk: Sequence[Regelverk] | None) -> Fristsak:
    ferdige = first_finished(post, asof)
    plikter = forpliktelser(
        post,
        policy_of(post.deltakelse["tiltakskode"], regelverk),
        asof,
        oppfylt={nokkel: Oppfylt(dag, dag) for nokkel, dag in ferdige.items()},
        rapporterer_fra=avsender.rapporterer_fra,
        levert_utenom=met_elsewhere(post, asof, avsender.rapporterer_fra),
    )
    id_ = post.deltakelse["deltakelseId"]
    leverte = [Levert(id_, type_.value, n or 0, "SENDT", dag, "GODTATT") for (type_, n), dag in ferdige.items()]
    return Fristsak(post, plikter, tuple(leverte))


def places(lesing: Lesing) -> Mapping[str, tuple[int, int]]:
    """The row and the record of each deltakelse in the file, by the sender's id."""
    deltakelse = lesing.tabeller.get("deltakelse")
    if deltakelse is None:
        return {}
    rader = zip(deltakelse["deltakelseId"], deltakelse["_rad"], deltakelse["_post"], strict=True)
    return {id_: (int(rad), int(post)) for id_, rad, post in rader}


def _in_the_file(avvik: Avvik, steder: Mapping[str, tuple[int, int]]) -> Avvik:
    sted = steder.get(avvik.nokkel or "") if avvik.tabell == "deltakelse" else None
    return avvik if sted is None else replace(avvik, rad=sted[0], post=sted[1])
