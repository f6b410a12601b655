from airflow.sdk import AssetOrTimeSchedule, TriggerRule, dag

from dags.ramme import MOTTATT, dagens_dato, now, omgivelser, oppgave, oslo, standard, varsle_om


@dag(schedule=AssetOrTimeSchedule(timetable=oslo("0 6 * * *"), assets=[MOTTATT]), **standard("rapportering"))
def rapportering() -> None:
    """
    **What is owed is computed, and each document that is complete and due or new is built.**

    | | |
    | --- | --- |
    | in | accepted deltakelser and the policy in force |
    | out | obligations and documents in the ledger, ready for their recipients |
    | when | 06:00, and at once after mottak has accepted something |
    | again | safe: a document is frozen when it is built, and not built twice |
    | alert | ADRESSEBESKYTTELSE and how many, when new documents are held because of it; the log names the sender |
    | fails | one sender's failure leaves the others' documents built; the run fails, and the next one builds the rest |

    More: docs/pipeline/rapportering.md
    """

    # --- 1. choose ----- in: the ledger · out: chunks of [orgnr] of senders with something to compute
    @oppgave("rapportering")
    def velg_arrangorer() -> list[list[str]]:
        from tiltaksflyt.pipeline import rapportering as steg
        from tiltaksflyt.pipeline.forsok import into_chunks

        with omgivelser() as om:
            return into_chunks(steg.due_senders(om, dagens_dato(om)))

    # --- 2. build ------ in: [orgnr] · out: counts; the documents lie in the ledger
    @oppgave("rapportering", map_index_template="{{ task.op_kwargs['orgnumre'] | join(' ') }}")
    def bygg(orgnumre: list[str]) -> dict[str, int]:
        from tiltaksflyt.pipeline import rapportering as steg

        with omgivelser() as om:
            return steg.build(orgnumre, omgivelser=om, dato=dagens_dato(om), now=now())

    # --- 3. say so ----- in: counts · out: an alert for new documents held for a person; fails when some sender failed
    @oppgave("rapportering", retries=0, trigger_rule=TriggerRule.NONE_FAILED)
    def alle_bygget(antall: list[dict[str, int]]) -> None:
        from tiltaksflyt.pipeline.forsok import refuse_failures

        holdt = sum(ett.get("holdt", 0) for ett in antall)
        if holdt:
            varsle_om("ADRESSEBESKYTTELSE", holdt)
        refuse_failures(antall)

    alle_bygget(bygg.expand(orgnumre=velg_arrangorer()))


rapportering()
