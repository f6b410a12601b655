from airflow.sdk import dag

from dags.ramme import now, omgivelser, oppgave, oslo, standard, varsle_om


@dag(schedule=oslo("*/15 0-1,3-23 * * *"), **standard("kvittering"))
def kvittering() -> None:
    """
    **Receipts are collected, matched to what was sent, and told to the sender.**

    | | |
    | --- | --- |
    | in | the recipients' receipts |
    | out | the state of each delivery and document in the ledger, a line in the sender's outbox |
    | when | every 15 minutes, and never in hour 2 |
    | again | safe: a receipt that is known changes nothing |
    | fails | the receipts lie where they were, and the next run collects them |

    More: docs/pipeline/kvittering.md
    """

    # --- 1. collect ---- in: the recipients' receipts · out: counts; an alert for what a person must see at once
    @oppgave("kvittering")
    def hent() -> dict[str, int]:
        from tiltaksflyt.pipeline import kvittering as steg

        with omgivelser() as om:
            antall = steg.collect(om, now())
        for navn, kode in steg.VARSLER.items():
            if antall.get(navn):
                varsle_om(kode.value, antall[navn])
        for kode in steg.TILGANGSFEIL & antall.keys():
            varsle_om(kode, antall[kode])
        return antall

    hent()


kvittering()
