"""``warble worker``: the main job."""

from typing import Annotated

import typer

from stream.commands.options import Config


def worker(
    *,
    stop_at_end: Annotated[
        bool,
        typer.Option(
            "--stop-at-end", help="Label what is in the topic now, then exit with 0: for backfills and tests."
        ),
    ] = False,
    config: Config = None,
) -> None:
    """Label the tweets of the input topic and publish the results.

    It reads WARBLE_KAFKA__INPUT_TOPIC as a member of the group WARBLE_KAFKA__GROUP_ID, labels each tweet with the
    bundle WARBLE_MODEL__BUNDLE and publishes to WARBLE_KAFKA__OUTPUT_TOPIC; what cannot be labelled goes to
    WARBLE_KAFKA__DEAD_LETTER_TOPIC with its reason. The three topics must exist. By default each record has exactly
    one outcome for a reader with isolation.level=read_committed (WARBLE_KAFKA__DELIVERY=exactly-once).

    While it runs, http://HOST:8000 answers /metrics (Prometheus), /livez and /readyz (WARBLE_HTTP__PORT). SIGTERM or
    Ctrl-C finishes and commits the batch in hand; a second one quits at once, and the next worker starts where
    the last commit ended. Several workers share the partitions: give each its own WARBLE_KAFKA__INSTANCE_ID.
    """
    from stream.run import run_worker
    from stream.settings import load_settings

    run_worker(load_settings(config), stop_at_end=stop_at_end)
