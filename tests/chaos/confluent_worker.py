"""A producer or a consumer on librdkafka that works until its standard input ends. One JSON value a line on stdout.

produce BOOTSTRAP TOPIC PARTITIONS NAME RATE
    {"sent": [partition, value]}, {"acked": [partition, offset, value]}, {"failed": [partition, value, reason]},
    {"fatal": reason}, {"restarted": reason}, and at the end {"left": records that were never acknowledged}
consume BOOTSTRAP TOPIC PARTITIONS
    {"read": [[partition, offset, value], ...]}, {"failed": reason}
"""

import json
import random
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition, libversion

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


# Before 2.3.0 librdkafka takes what it sent before a disconnection for persisted, and when it was not and a later
# request is refused, gives up: https://github.com/confluentinc/librdkafka/pull/4438
MISCOUNTS = libversion()[1] < 0x02030000
MISCOUNTED = ("rewound sequence number", "sequence desynchronization")


class Restartable:
    """A producer that is replaced by a new one when librdkafka's own mistake ends it."""

    def __init__(self, bootstrap):
        self.config = {
            **COMMON, "bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 5,
            "message.timeout.ms": 0, "retry.backoff.ms": 50, "request.timeout.ms": 5000,
        }
        self.open()

    def open(self):
        self.is_ending = False
        self.producer = Producer({**self.config, "error_cb": lambda error: None})

    def on_delivery(self, error, message):
        value = message.value().decode()
        if error is None:
            tell(acked=[message.partition(), message.offset(), value])
        elif not self.is_ending and not error.fatal():
            tell(failed=[message.partition(), value, str(error)])

    def attempt(self, action):
        """What `action` gives of the producer; None when the producer had to be replaced."""
        try:
            return action(self.producer)
        except KafkaException as exception:
            error = exception.args[0]
            if not error.fatal():
                raise
            if not (MISCOUNTS and any(words in error.str() for words in MISCOUNTED)):
                tell(fatal=str(error))
                raise
            tell(restarted=str(error))
            self.is_ending = True
            self.producer.purge()
            try:
                self.producer.flush(1)
            except KafkaException:
                pass
            self.open()
            return None


def produce(bootstrap, topic, partitions, name, rate):
    partitions, rate = int(partitions), float(rate)
    producer = Restartable(bootstrap)
    number = 0
    while not stopping.is_set():
        if len(producer.producer) < 2000:
            value = f"{name}:{number}"
            partition = random.randrange(partitions)
            tell(sent=[partition, value])
            producer.attempt(lambda one: one.produce(
                topic, value.encode(), partition=partition, on_delivery=producer.on_delivery))
            number += 1
        producer.attempt(lambda one: one.poll(1 / rate))
    left = producer.attempt(lambda one: one.flush(60))
    tell(left=left or 0)


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
