"""A member on confluent-kafka (Debian's python3-confluent-kafka, over librdkafka)."""

import json
import signal
import sys

from confluent_kafka import Consumer

settings = json.loads(sys.argv[1])
running = True


def say(line):
    print(json.dumps(line), flush=True)


def stop(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
consumer = Consumer({
    "bootstrap.servers": settings["bootstrap"], "group.id": settings["group"], "client.id": settings["clientId"],
    "partition.assignment.strategy": settings["assignor"], "auto.offset.reset": "earliest",
    "session.timeout.ms": settings["sessionTimeoutMs"], "heartbeat.interval.ms": settings["heartbeatMs"],
    "enable.auto.offset.store": False, "auto.commit.interval.ms": settings["commitMs"], "fetch.wait.max.ms": 200,
})
consumer.subscribe([settings["topic"]])
while running:
    message = consumer.poll(0.1)
    if message is None or message.error():
        continue
    say({"record": [message.partition(), message.offset(), message.value().decode()]})
    try:
        consumer.store_offsets(message)
    except Exception:
        pass  # The partition has just gone to another member.
consumer.close()
