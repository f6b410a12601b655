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
from transforms.forpliktelser import Oppfylt, forpliktelser, policy_of
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import first_finished, met_elsewhere

Post = Mapping[str, Any]
Fletting = Callable[[Post, Post], Post]
Sted = tuple[int, int]  # a row of the file and a record in it


@dataclass(frozen=True)
class Godtatt:
    """The accepted records of one drop, where in the file each stands, and what is known beside them."""

    poster: Sequence[Post]
    steder: Sequence[Sted | None]
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
    return tuple(_in_the_file(ett, egne) for ett, egne in zip(godtatte, svar, strict=True))


def _basis(godtatt: Godtatt, asof: date, flett: Fletting, regelverk: Sequence[Regelverk] | None) -> Fristgrunnlag:
    poster = put_on_stored(godtatt.poster, godtatt.historikk, flett)
    saker = tuple(_case(post, godtatt.avsender, asof, regelverk) for post in poster)
    return Fristgrunnlag(godtatt.avsender, saker, asof)


def put_on_stored(poster: Sequence[Post], historikk: Historikk, flett: Fletting) -> tuple[Deltakelsespost, ...]:
    """Each dropped record as it will stand once it is stored, in the order of `poster`."""
    lagret = {post.deltakelse["deltakelseId"]: post.innhold for post in historikk.poster}
    return tuple(
        Deltakelsespost(
            dropp if (for_ := lagret.get(dropp["deltakelse"]["deltakelseId"])) is None else flett(for_, dropp)
        )
        for dropp in poster
    )


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


def _in_the_file(godtatt: Godtatt, alle: Sequence[Avvik]) -> tuple[Avvik, ...]:
    """The deviations, each with the place of its deltakelse where the file has a row for it."""
    steder = {
        post["deltakelse"]["deltakelseId"]: sted
        for post, sted in zip(godtatt.poster, godtatt.steder, strict=True)
        if sted is not None
    }
    return tuple(
        replace(avvik, rad=steder[avvik.nokkel][0], post=steder[avvik.nokkel][1])
        if avvik.tabell == "deltakelse" and avvik.nokkel in steder
        else avvik
        for avvik in alle
    )
