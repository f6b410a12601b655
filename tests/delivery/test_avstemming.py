"""The recipient's list is read strictly, and the comparison finds exactly what differs."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltaksflyt.delivery.avstemming import Listetmelding, Tekniskstatus, compare, find_list, parse_list
from tiltaksflyt.delivery.receipts import UgyldigKvittering
from tiltaksflyt.ledger import Differanse, Sendtmelding, Statuskode

NA = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
S = Statuskode
L1, L2 = (str(UUID(int=nr)) for nr in (101, 102))
SVAR = ["GODTATT", "GODTATT_MED_MERKNAD", "AVVIST"]


def as_list(**endret: Any) -> dict[str, Any]:
    melding = {"meldingId": str(UUID(int=1)), "status": "GODTATT", "tid": "2026-03-01T12:00:00Z"}
    return {
        "avstemmingsversjon": "1.0",
        "type": "AVSTEMMING",
        "mottaker": ["9703"],
        "dag": "2026-03-02",
        "fra": "2026-02-16T00:00:00Z",
        "til": "2026-03-02T00:00:00Z",
        "leveranser": [
            {"leveranseId": L1, "status": "LEVERT", "tid": "2026-03-01T12:00:00+01:00", "meldinger": [melding]}
        ],
        **endret,
    }


def test_a_list_is_read() -> None:
    liste = parse_list(json.dumps(as_list()).encode())
    assert liste.enheter == {"9703"}
    assert [(p.leveranse_id, p.status) for p in liste.leveranser] == [(L1, Tekniskstatus.LEVERT)]
    (melding,) = liste.meldinger
    assert (melding.leveranse_id, melding.status, melding.er_besvart) == (L1, "GODTATT", True)
    assert liste.til == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "endret",
    [
        {"type": "TEKNISK"},
        {"mottaker": []},
        {"mottaker": ["Kari"]},
        {"til": "i går"},
        {"til": "2026-03-02T00:00:00"},
        {"ekstra": 1},
        {"leveranser": [{"leveranseId": L1, "status": "LEST", "tid": "2026-03-01T12:00:00Z", "meldinger": []}]},
        {
            "leveranser": [
                {
                    "leveranseId": L1,
                    "status": "LEVERT",
                    "tid": "2026-03-01T12:00:00Z",
                    "meldinger": [{"meldingId": L2, "status": "AVVIST", "tid": "2026-03-01T12:00:00Z"}],
                }
            ]
        },
    ],
)
def test_what_is_not_exactly_a_list_is_none(endret: dict[str, Any]) -> None:
    innhold = json.dumps(as_list(**endret)).encode()
    with pytest.raises(UgyldigKvittering):
        parse_list(innhold)
    assert find_list(innhold, frozenset({"9703"})) is None


def test_a_list_speaks_for_those_it_names() -> None:
    innhold = json.dumps(as_list(mottaker=["9703", "9704"])).encode()
    assert find_list(innhold, frozenset({"9704", "9999"})) == parse_list(innhold)
    assert find_list(innhold, frozenset({"9999"})) is None


def listed(nr: int, status: str = "GODTATT", leveranse_id: str = L1) -> Listetmelding:
    return Listetmelding(str(UUID(int=nr)), leveranse_id, status, NA)


def sent(nr: int, svar: str | None = "GODTATT", leveranse_id: str = L1) -> Sendtmelding:
    return Sendtmelding(str(UUID(int=nr)), leveranse_id, svar)


@pytest.mark.parametrize(
    ("svar", "status", "kode"),
    [
        ("GODTATT", "GODTATT", None),
        ("GODTATT", "GODTATT_MED_MERKNAD", None),
        ("AVVIST", "AVVIST", None),
        (None, "MOTTATT", None),
        (None, "GODTATT", S.SVAR_MANGLER),
        (None, "AVVIST", S.SVAR_MANGLER),
        ("GODTATT", "AVVIST", S.ANNET_SVAR),
        ("AVVIST", "GODTATT_MED_MERKNAD", S.ANNET_SVAR),
        ("GODTATT", "MOTTATT", S.ANNET_SVAR),
    ],
)
def test_each_pair_of_answers(svar: str | None, status: str, kode: Statuskode | None) -> None:
    funn = compare([sent(1, svar)], [listed(1, status)], {})
    assert [ett.kode for ett in funn.differanser] == ([] if kode is None else [kode])
    assert funn.like == (kode is None)


def test_the_package_does_not_matter_for_a_document_that_came_first_in_another() -> None:
    assert compare([sent(1, leveranse_id=L2)], [listed(1)], {}).differanser == frozenset()


def test_a_document_on_the_list_twice_is_told() -> None:
    funn = compare([sent(1)], [listed(1), listed(1, leveranse_id=L2)], {})
    assert funn.differanser == {Differanse(S.DOBBELT_MOTTATT, L1, str(UUID(int=1)))}


def test_as_many_unknown_ones_as_were_erased_are_no_difference() -> None:
    listet = [listed(nr) for nr in range(3)]
    assert compare([], listet, {L1: 3}).differanser == frozenset()
    assert compare([], listet, {L1: 3}).slettet == 3
    funn = compare([], listet, {L1: 2, L2: 1})
    assert funn.differanser == {Differanse(S.UKJENT_HOS_OSS, L1, antall=1)}
    assert funn.slettet == 2


ids = st.integers(0, 12)
ours = st.dictionaries(ids, st.tuples(st.sampled_from([None, *SVAR]), st.sampled_from([L1, L2])))
theirs = st.dictionaries(ids, st.tuples(st.sampled_from(["MOTTATT", *SVAR]), st.sampled_from([L1, L2])))


@given(vare=ours, deres=theirs, slettede=st.dictionaries(st.sampled_from([L1, L2]), st.integers(0, 4)))
def test_the_differences_are_the_symmetric_difference_and_the_other_answers(
    vare: dict[int, tuple[str | None, str]], deres: dict[int, tuple[str, str]], slettede: dict[str, int]
) -> None:
    sendte = [sent(nr, svar, leveranse_id) for nr, (svar, leveranse_id) in vare.items()]
    listet = [listed(nr, status, leveranse_id) for nr, (status, leveranse_id) in deres.items()]
    funn = compare(sendte, listet, slettede)
    per_kode: dict[Statuskode, set[str | None]] = {kode: set() for kode in S}
    for ett in funn.differanser:
        per_kode[ett.kode].add(ett.melding_id)

    def as_ids(nummer: set[int]) -> set[str | None]:
        return {str(UUID(int=nr)) for nr in nummer}

    felles = vare.keys() & deres.keys()
    assert per_kode[S.IKKE_HOS_MOTTAKER] == as_ids(vare.keys() - deres.keys())
    mangler = {nr for nr in felles if vare[nr][0] is None and deres[nr][0] != "MOTTATT"}
    assert per_kode[S.SVAR_MANGLER] == as_ids(mangler)
    andre = {nr for nr in felles if (svar := vare[nr][0]) is not None and svar[:2] != deres[nr][0][:2]}
    assert per_kode[S.ANNET_SVAR] == as_ids(andre)
    assert not per_kode[S.DOBBELT_MOTTATT]

    ukjente = Counter(deres[nr][1] for nr in deres.keys() - vare.keys())
    rest = {leveranse_id: antall - slettede.get(leveranse_id, 0) for leveranse_id, antall in ukjente.items()}
    assert {ett.leveranse_id: ett.antall for ett in funn.differanser if ett.kode is S.UKJENT_HOS_OSS} == {
        leveranse_id: antall for leveranse_id, antall in rest.items() if antall > 0
    }
    assert funn.slettet + sum(antall for antall in rest.values() if antall > 0) == ukjente.total()
    assert funn.like == len(felles - mangler - andre)
    # Idempotent, and the order of either side does not matter.
    assert compare(sendte[::-1], listet[::-1], slettede) == funn


@given(vare=ours)
def test_when_the_list_says_what_we_say_every_difference_is_gone(vare: dict[int, tuple[str | None, str]]) -> None:
    enige = {nr: (svar or "MOTTATT", leveranse_id) for nr, (svar, leveranse_id) in vare.items()}
    sendte = [sent(nr, svar, leveranse_id) for nr, (svar, leveranse_id) in vare.items()]
    funn = compare(sendte, [listed(nr, *rest) for nr, rest in enige.items()], {})
    assert (funn.differanser, funn.like, funn.slettet) == (frozenset(), len(vare), 0)


def test_times_are_kept_with_their_offset() -> None:
    liste = parse_list(json.dumps(as_list()).encode())
    assert liste.leveranser[0].tid == datetime(2026, 3, 1, 11, 0, tzinfo=UTC)
    assert liste.til - liste.fra == timedelta(days=14)
