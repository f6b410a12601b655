from airflow.sdk import TriggerRule, dag

from dags.ramme import MOTTATT, dagens_dato, now, omgivelser, oppgave, oslo, standard, varsle_om


@dag(schedule=oslo("*/5 0-1,3-23 * * *"), **standard("mottak"))
def mottak() -> None:
    """
    **What the senders have dropped is read, checked, accepted or answered.**

    | | |
    | --- | --- |
    | in | the inboxes `innboks/<orgnr>/` |
    | out | accepted deltakelser in the ledger, a KONTROLL answer in `utboks/<orgnr>/`, one outcome row per drop |
    | when | every 5 minutes, and never in hour 2 |
    | again | safe: a drop is claimed once by sender and SHA-256, a finished one is left alone |
    | alert | STRENGT_FORTROLIG and how many, when a drop named them; the log names the sender |
    | fails | one sender's failure leaves the others received; the run fails, and the next one takes it again |

    More: docs/pipeline/mottak.md
    """

    # --- 1. look ------- in: the inboxes · out: chunks of [orgnr] of senders with something ready
    @oppgave("mottak")
    def finn_klare() -> list[list[str]]:
        from tiltaksflyt.pipeline import mottak as steg
        from tiltaksflyt.pipeline.forsok import into_chunks

        with omgivelser() as om:
            return into_chunks(steg.find_ready(om, now()))

    # --- 2. receive ---- in: [orgnr] · out: counts; a sender's drops in one task, in their order
    @oppgave("mottak", map_index_template="{{ task.op_kwargs['orgnumre'] | join(' ') }}")
    def ta_imot(orgnumre: list[str]) -> dict[str, int]:
        from tiltaksflyt.pipeline import mottak as steg

        with omgivelser() as om:
            return steg.receive(orgnumre, omgivelser=om, dato=dagens_dato(om), now=now())

    # --- 3. tell ------- out: one asset event, so that rapportering need not wait; none when nothing came
    @oppgave("mottak", outlets=[MOTTATT], trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    def meld_fra() -> None:
        return None

    # --- 4. say so ----- in: counts · out: fails when some sender failed; what it dropped is taken by the next run
    @oppgave("mottak", retries=0, trigger_rule=TriggerRule.NONE_FAILED)
    def alle_mottatt(antall: list[dict[str, int]]) -> None:
        from tiltaksflyt.pipeline.forsok import refuse_failures

        strenge = sum(ett.get("strengtFortrolig", 0) for ett in antall)
        if strenge:
            varsle_om("STRENGT_FORTROLIG", strenge)
        refuse_failures(antall)

    mottatt = ta_imot.expand(orgnumre=finn_klare())
    mottatt >> meld_fra()
    alle_mottatt(mottatt)


mottak()
