"""Groups through confluent-kafka: what Debian's version of it can do with them."""

import os
import sys

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "clients"))
from json_lines import serve

bootstrap = sys.argv[1]
admin = AdminClient({"bootstrap.servers": bootstrap})


def list_groups():
    return [group.id for group in admin.list_groups(timeout=30)]


def describe(group):
    found = admin.list_groups(group, timeout=30)[0]
    return {"state": found.state, "clientIds": [member.client_id for member in found.members]}


def with_consumer(group, use):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
    try:
        return use(consumer)
    finally:
        consumer.close()


def offsets(group, topic, partitions):
    places = [TopicPartition(topic, partition) for partition in partitions]
    found = with_consumer(group, lambda consumer: consumer.committed(places, timeout=30))
    return {str(one.partition): one.offset for one in found if one.offset >= 0}


def set_offset(group, topic, partition, offset):
    place = TopicPartition(topic, partition, offset)
    with_consumer(group, lambda consumer: consumer.commit(offsets=[place], asynchronous=False))


serve({"list": list_groups, "describe": describe, "offsets": offsets, "setOffset": set_offset}, [])
