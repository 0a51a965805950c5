"""librdkafka through confluent-kafka: produces, then consumes, as fast as it can. Prints one line of JSON each.

librdkafka.py produce BOOTSTRAP TOPIC RECORDS BYTES ACKS | consume BOOTSTRAP TOPIC RECORDS
"""

import json
import os
import sys
import time

from confluent_kafka import Consumer, Producer


def produce(bootstrap, topic, records, size, acks):
    failed = 0

    def on_delivery(error, _message):
        nonlocal failed
        if error is not None:
            failed += 1

    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": acks,
            "queue.buffering.max.messages": 1000000,
            # Batches of 16 KiB and more whatever the rate.
            "linger.ms": 5,
            "delivery.report.only.error": True,
        }
    )
    value = os.urandom(int(size))
    producer.list_topics(topic)
    start = time.monotonic()
    for _ in range(int(records)):
        while True:
            try:
                producer.produce(topic, value, on_delivery=on_delivery)
                break
            except BufferError:
                producer.poll(0.01)
    producer.flush()
    print(json.dumps({"seconds": time.monotonic() - start, "failed": failed}))


def consume(bootstrap, topic, records):
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"bench-{time.monotonic_ns()}",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([topic])
    seen = 0
    start = None
    while seen < int(records):
        got = consumer.consume(10000, timeout=1.0)
        if start is None and got:
            start = time.monotonic()
        seen += sum(1 for message in got if message.error() is None)
    print(json.dumps({"seconds": time.monotonic() - start, "seen": seen}))
    consumer.close()


{"produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:])
