"""What a tutorial does: a confluent-kafka loop, and ``model.predict`` on each tweet, padded as in the notebook."""

import numpy as np
from confluent_kafka import Consumer, Producer

from bench.contenders.job import Job, read, result
from bench.shared_classify import BUNDLE, Answer
from model.architecture.keras_builder import build_keras, set_weights
from model.bundle.read import load_bundle
from model.preprocessing.encoder import Encoder


def main() -> None:
    """Label until killed."""
    job = Job.given()
    bundle = load_bundle(BUNDLE)
    metadata = bundle.metadata
    encoder = Encoder(metadata.preprocessing, bundle.vocabulary)
    network = build_keras(metadata.architecture, use_cudnn=False)
    set_weights(network, metadata.architecture, bundle.weights)
    columns = metadata.preprocessing.max_length

    consumer = Consumer({"bootstrap.servers": job.bootstrap, "group.id": job.group, "auto.offset.reset": "earliest"})
    producer = Producer({"bootstrap.servers": job.bootstrap})
    consumer.subscribe([job.source])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error() is not None:
            continue
        tweet_id, text = read(message.value() or b"")
        ids = encoder.encode(text).ids
        row = np.zeros((1, columns), np.int32)
        row[0, : len(ids)] = ids
        probabilities = network.predict(row, verbose=0)[0].tolist() if ids else list(metadata.prior)
        best = int(np.argmax(probabilities))
        named = dict(zip(metadata.labels, probabilities, strict=True))
        producer.produce(job.target, result(tweet_id, Answer(metadata.labels[best], probabilities[best], named)))
        producer.poll(0)


if __name__ == "__main__":
    main()
