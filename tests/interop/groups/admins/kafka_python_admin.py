"""Groups through kafka-python."""

import os
import sys

from kafka.admin import KafkaAdminClient

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "clients"))
from json_lines import serve

admin = KafkaAdminClient(bootstrap_servers=sys.argv[1])


def list_groups():
    return [name for name, _ in admin.list_consumer_groups()]


def describe(group):
    found = admin.describe_consumer_groups([group])[0]
    return {"state": found.state, "clientIds": [member.client_id for member in found.members]}


def offsets(group, topic, partitions):
    found = admin.list_consumer_group_offsets(group)
    return {str(place.partition): one.offset for place, one in found.items() if place.topic == topic}


def delete_group(group):
    for name, error in admin.delete_consumer_groups([group]):
        if error.errno != 0:
            raise RuntimeError(error.message)


serve({"list": list_groups, "describe": describe, "offsets": offsets, "deleteGroup": delete_group}, [])
