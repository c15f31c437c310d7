"""``warble broker``: an embedded broker to try things out on."""

import typer

from stream.commands.options import Config


def broker(
    *,
    config: Config = None,
) -> None:
    """Run the embedded broker until Ctrl-C.

    It needs no installation and speaks Kafka's wire protocol, good enough to try Warble out. Its address, on a free
    port that cannot be chosen, is the one line on standard output. The three topics of the settings are created
    with 4 partitions. It is at-least-once only (no transactions) and forgetful: all in memory, at most 5 MiB a
    partition. 'make broker' starts a real Apache Kafka.
    """
    import signal

    from stream.embedded import CAVEAT, EmbeddedBroker
    from stream.logs import quiet_logs
    from stream.settings import load_settings

    quiet_logs()
    kafka = load_settings(config).kafka
    stops = {signal.SIGINT, signal.SIGTERM}
    # Blocked in every thread that starts from here on, so that only the wait below takes them.
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    topics = (kafka.input_topic, kafka.output_topic, kafka.dead_letter_topic)
    with EmbeddedBroker(topics) as embedded:
        typer.echo(embedded.bootstrap)
        typer.echo(
            f"The embedded broker runs with the topics {', '.join(topics)}; Ctrl-C stops it. {CAVEAT}\n"
            "In another terminal:\n"
            f"  WARBLE_KAFKA__BOOTSTRAP_SERVERS={embedded.bootstrap} WARBLE_KAFKA__DELIVERY=at-least-once "
            "warble worker",
            err=True,
        )
        signal.sigwait(stops)
