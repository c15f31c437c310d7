"""PySpark Structured Streaming: Kafka source, ``mapInPandas``, Kafka sink, two local cores."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from pyspark.sql import SparkSession

from bench.contenders.job import Job, result
from bench.shared_classify import classify
from model.cpus import usable_cores

if TYPE_CHECKING:
    import pandas as pd

BATCHES_A_TRIGGER = 4


def label(frames: "Iterator[pd.DataFrame]") -> "Iterator[pd.DataFrame]":
    """Label the rows of one partition, a frame of at most ``maxRecordsPerBatch`` at a time."""
    for frame in frames:
        tweets = [orjson.loads(bytes(value)) for value in frame["value"]]
        answers = classify([tweet["text"] for tweet in tweets])
        frame["value"] = [result(tweet["id"], answer) for tweet, answer in zip(tweets, answers, strict=True)]
        yield frame


def main() -> None:
    """Label until killed."""
    job = Job.given()
    cores = usable_cores()
    # Its workers would take the first python3 of the PATH, which lacks all that this environment has.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    jars = sorted(str(jar) for jar in Path(os.environ["BENCH_JARS"]).glob("*.jar"))
    spark = (
        SparkSession.builder.master(f"local[{cores}]")
        .appName("labels")
        .config("spark.jars", ",".join(jars))
        .config("spark.ui.enabled", "false")
        .config("spark.python.worker.reuse", "true")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", job.batch)
        .config("spark.local.dir", job.directory)
        .config("spark.sql.warehouse.dir", f"{job.directory}/warehouse")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    tweets = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", job.bootstrap)
        .option("subscribe", job.source)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", BATCHES_A_TRIGGER * cores * job.batch)
        .load()
        .select("key", "value")
    )
    query = (
        tweets.coalesce(cores)
        .mapInPandas(label, "key binary, value binary")
        .writeStream.format("kafka")
        .option("kafka.bootstrap.servers", job.bootstrap)
        .option("kafka.linger.ms", "5")
        .option("topic", job.target)
        .option("checkpointLocation", f"{job.directory}/checkpoint")
        .start()
    )
    query.awaitTermination()


if __name__ == "__main__":
    main()
