"""A member on kafka-python (Debian's python3-kafka)."""

import json
import signal
import sys

from kafka import KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

settings = json.loads(sys.argv[1])
assignors = {"range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor}
running = True


def say(line):
    print(json.dumps(line), flush=True)


def stop(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
consumer = KafkaConsumer(
    bootstrap_servers=settings["bootstrap"], group_id=settings["group"], client_id=settings["clientId"],
    partition_assignment_strategy=[assignors[settings["assignor"]]], auto_offset_reset="earliest",
    session_timeout_ms=settings["sessionTimeoutMs"], heartbeat_interval_ms=settings["heartbeatMs"],
    auto_commit_interval_ms=settings["commitMs"], fetch_max_wait_ms=200, max_poll_interval_ms=10000,
)
consumer.subscribe([settings["topic"]])
while running:
    for records in consumer.poll(timeout_ms=100, max_records=100).values():
        for record in records:
            say({"record": [record.partition, record.offset, record.value.decode()]})
consumer.close()
