"""A JSON-lines client on confluent-kafka (Debian's python3-confluent-kafka, over librdkafka)."""

import sys
import warnings

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from json_lines import serve, to_bytes, to_text

warnings.simplefilter("ignore")
bootstrap = sys.argv[1]
producers = {}
the_admin = AdminClient({"bootstrap.servers": bootstrap})


def wait_for(futures):
    return [future.result(30) for future in futures.values()]


def produce(topic, partition, codec, records, idempotent=False, pauseMs=0):
    kind = (codec, idempotent)
    if kind not in producers:
        producers[kind] = Producer({
            "bootstrap.servers": bootstrap, "compression.type": codec, "enable.idempotence": idempotent, "acks": "all",
            "linger.ms": 20, "message.max.bytes": 4 << 20,
        })
    delivered = []

    def on_delivery(error, message):
        if error is not None:
            delivered.append(KafkaException(error))
        else:
            delivered.append(message.offset())

    for one in records:
        producers[kind].produce(
            topic, partition=partition, key=to_bytes(one["key"]), value=to_bytes(one["value"]),
            headers=[(name, to_bytes(value)) for name, value in one["headers"]], timestamp=one["timestamp"],
            on_delivery=on_delivery,
        )
        producers[kind].poll(pauseMs / 1000)
    producers[kind].flush(30)
    for one in delivered:
        if isinstance(one, Exception):
            raise one
    return delivered[0]


def reader(topic, partition, offset):
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "nobody", "enable.auto.commit": False,
        "auto.offset.reset": "error", "fetch.wait.max.ms": 100, "fetch.message.max.bytes": 4 << 20,
    })
    consumer.assign([TopicPartition(topic, partition, offset)])
    return consumer


def consume(topic, partition, offset, count):
    consumer = reader(topic, partition, offset)
    found = []
    while len(found) < count:
        message = consumer.poll(20)
        if message is None:
            raise TimeoutError(f"{len(found)} of {count} records came")
        if message.error():
            raise KafkaException(message.error())
        found.append(message)
    consumer.close()
    return [
        {
            "offset": one.offset(), "timestamp": one.timestamp()[1], "key": to_text(one.key()),
            "value": to_text(one.value()),
            "headers": [[name, to_text(value)] for name, value in one.headers() or []],
        }
        for one in found
    ]


def create_topic(topic, partitions, configs):
    wait_for(the_admin.create_topics([NewTopic(topic, partitions, 1, config=configs)]))


def delete_topic(topic):
    wait_for(the_admin.delete_topics([topic]))


def list_topics():
    return list(the_admin.list_topics(timeout=30).topics)


def count_partitions(topic):
    return len(the_admin.list_topics(timeout=30).topics[topic].partitions)


def describe_cluster():
    cluster = the_admin.list_topics(timeout=30)
    return {"brokers": len(cluster.brokers), "clusterId": cluster.cluster_id}


def describe_configs(kind, name):
    entries = wait_for(the_admin.describe_configs([ConfigResource(kind, name)]))[0]
    return {name: entry.value for name, entry in entries.items()}


def topic_configs(topic):
    return describe_configs("topic", topic)


def broker_configs(broker):
    return describe_configs("broker", str(broker))


def alter_configs(topic, configs):
    wait_for(the_admin.alter_configs([ConfigResource("topic", topic, set_config=configs)]))


def create_partitions(topic, total):
    wait_for(the_admin.create_partitions([NewPartitions(topic, total)]))


def offset_at(topic, partition, at):
    consumer = reader(topic, partition, OFFSET_BEGINNING)
    if at in ("earliest", "latest"):
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)
        found = low if at == "earliest" else high
    else:
        position = consumer.offsets_for_times([TopicPartition(topic, partition, at)], timeout=30)[0]
        if position.error is not None:
            raise KafkaException(position.error)
        found = -1 if position.offset == OFFSET_END else position.offset
    consumer.close()
    return found


serve(
    {
        "produce": produce, "consume": consume, "createTopic": create_topic, "deleteTopic": delete_topic,
        "listTopics": list_topics, "countPartitions": count_partitions, "describeCluster": describe_cluster,
        "topicConfigs": topic_configs, "brokerConfigs": broker_configs, "alterConfigs": alter_configs,
        "createPartitions": create_partitions, "offsetAt": offset_at,
    },
    ["none", "gzip", "snappy", "lz4", "zstd"],
)
