"""Bytewax: a Kafka source in batches, ``flat_map_batch``, a Kafka sink; one worker, whose TensorFlow takes all cores.

Started as its documentation says: ``python -m bytewax.run bench.contenders.bytewax:flow``.
"""

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow

from bench.contenders.job import Job, read, result
from bench.shared_classify import classifier, classify

job = Job.given()
classifier()


def label(messages: "list[KafkaSourceMessage[bytes, bytes]]") -> "list[KafkaSinkMessage[bytes, bytes]]":
    """Label one batch, which comes from one partition."""
    tweets = [read(message.value) for message in messages]
    answers = classify([text for _, text in tweets])
    return [
        KafkaSinkMessage(message.key, result(tweet_id, answer))
        for message, (tweet_id, _), answer in zip(messages, tweets, answers, strict=True)
    ]


flow = Dataflow("labels")
tweets = op.input("tweets", flow, KafkaSource([job.bootstrap], [job.source], tail=True, batch_size=job.batch))
labelled = op.flat_map_batch("label", tweets, label)
op.output("labelled", labelled, KafkaSink([job.bootstrap], job.target))
