"""A producer or a consumer on librdkafka that works until its standard input ends. One JSON value a line on stdout.

produce BOOTSTRAP TOPIC PARTITIONS NAME RATE
    {"sent": [partition, value]}, {"acked": [partition, offset, value]}, {"failed": [partition, value, reason]},
    {"fatal": reason}, and at the end {"left": records that were never acknowledged}
consume BOOTSTRAP TOPIC PARTITIONS
    {"read": [[partition, offset, value], ...]}, {"failed": reason}
"""

import json
import random
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

stopping = threading.Event()
COMMON = {
    "socket.timeout.ms": 5000, "reconnect.backoff.max.ms": 1000, "topic.metadata.refresh.interval.ms": 5000,
    "broker.address.ttl": 1000,
}


def tell(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def wait_for_end():
    sys.stdin.read()
    stopping.set()


def produce(bootstrap, topic, partitions, name, rate):
    partitions, rate = int(partitions), float(rate)

    def on_error(error):
        if error.fatal():
            tell(fatal=str(error))

    producer = Producer({
        **COMMON, "bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 5,
        "message.timeout.ms": 0, "retry.backoff.ms": 50, "request.timeout.ms": 5000, "error_cb": on_error,
    })

    def on_delivery(error, message):
        value = message.value().decode()
        if error is None:
            tell(acked=[message.partition(), message.offset(), value])
        else:
            tell(failed=[message.partition(), value, str(error)])

    number = 0
    while not stopping.is_set():
        if len(producer) < 2000:
            value = f"{name}:{number}"
            partition = random.randrange(partitions)
            tell(sent=[partition, value])
            producer.produce(topic, value.encode(), partition=partition, on_delivery=on_delivery)
            number += 1
        producer.poll(1 / rate)
    tell(left=producer.flush(60))


def consume(bootstrap, topic, partitions):
    consumer = Consumer({
        **COMMON, "bootstrap.servers": bootstrap, "group.id": "chaos-librdkafka", "enable.auto.commit": False,
        "auto.offset.reset": "error", "fetch.wait.max.ms": 100,
    })
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(int(partitions))])
    while not stopping.is_set():
        found = []
        for message in consumer.consume(500, 0.2):
            error = message.error()
            if error is None:
                found.append([message.partition(), message.offset(), message.value().decode()])
            elif error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
                tell(failed=f"partition {message.partition()} at {message.offset()}: {error}")
        if found:
            tell(read=found)
    consumer.close()


threading.Thread(target=wait_for_end, daemon=True).start()
{"produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:])
