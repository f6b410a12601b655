from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule, dag

from dags.ramme import dagens_dato, now, omgivelser, oppgave, oslo, standard


@dag(schedule=oslo("15 0 * * *"), **standard("sletting"))
def sletting() -> None:
    """
    **Everything whose last kept day has passed is erased from every store, and the erasure is proven.**

    | | |
    | --- | --- |
    | in | the deletion clocks in the ledger |
    | out | keys destroyed, bytes removed, evidence in the chain, the sweep's finding, certificates |
    | when | 00:15, so that nothing is left when day 85 begins to be used |
    | again | safe: an erasure is a checklist, finished by the next run if it was interrupted |
    | fails | alarm at once, also when the clock may be wrong; the sweep is run all the same |

    More: docs/pipeline/sletting.md
    """

    # --- 1. choose ----- in: the clocks · out: chunks of [slettesakId]
    @oppgave("sletting")
    def velg() -> list[list[str]]:
        from tiltaksflyt.pipeline import sletting as steg
        from tiltaksflyt.pipeline.klokkevakt import refuse_uncertain_clock

        with omgivelser() as om:
            refuse_uncertain_clock(om, now())
            return steg.choose(om, dagens_dato(om))

    # --- 2. erase ------ in: [slettesakId] · out: counts; the evidence lies in the ledger
    @oppgave("sletting")
    def slett(slettesak_ids: list[str]) -> dict[str, int]:
        from tiltaksflyt.pipeline import sletting as steg

        with omgivelser() as om:
            return steg.erase(slettesak_ids, omgivelser=om, dato=dagens_dato(om), now=now())

    # --- 3. consents --- in: the clocks of the consents · out: counts; whatever became of the deltakelser
    @oppgave("sletting", trigger_rule=TriggerRule.ALL_DONE)
    def slett_samtykker() -> dict[str, int]:
        from tiltaksflyt.pipeline import samtykker as steg
        from tiltaksflyt.pipeline.klokkevakt import refuse_uncertain_clock

        with omgivelser() as om:
            refuse_uncertain_clock(om, now())
            return steg.erase_ended(om, dagens_dato(om), now())

    # --- 4. sweep ------ in: every store · out: counts of what should be gone; also when there was nothing to erase
    @oppgave("sletting", trigger_rule=TriggerRule.ALL_DONE)
    def sveip() -> dict[str, int]:
        from tiltaksflyt.pipeline import sletting as steg

        with omgivelser() as om:
            return steg.sweep(om, dagens_dato(om))

    # --- 5. certify ---- in: the chain of evidence · out: counts; in each outbox last month's page, once
    @oppgave("sletting")
    def attester() -> dict[str, int]:
        from tiltaksflyt.pipeline import sletteattest as steg

        with omgivelser() as om:
            return steg.lay_out(om, dagens_dato(om), now())

    slettet = slett.expand(slettesak_ids=velg())
    samtykker, attestert = slett_samtykker(), attester()
    slettet >> samtykker >> sveip() >> attestert
    # The sweep runs whatever came before it. The run ends well only when everything chosen was erased.
    [slettet, samtykker, attestert] >> EmptyOperator(task_id="alt_slettet", trigger_rule=TriggerRule.NONE_FAILED)


sletting()
