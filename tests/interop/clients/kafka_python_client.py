"""A JSON-lines client on kafka-python (Debian's python3-kafka)."""

import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
from kafka.codec import has_gzip, has_lz4, has_snappy, has_zstd
from kafka.errors import for_code

from json_lines import serve, to_bytes, to_text

bootstrap = sys.argv[1]
producers = {}
the_admin = None


def admin():
    global the_admin
    the_admin = the_admin or KafkaAdminClient(bootstrap_servers=bootstrap)
    return the_admin


def consumer(topic, partition):
    reader = KafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, fetch_max_bytes=8 << 20,
    )
    reader.assign([TopicPartition(topic, partition)])
    return reader


def raise_for(code, message):
    if code != 0:
        raise for_code(code)(message)


def produce(topic, partition, codec, records, idempotent=False, pauseMs=0):
    if codec not in producers:
        producers[codec] = KafkaProducer(
            bootstrap_servers=bootstrap, acks="all", linger_ms=20, batch_size=1 << 19, max_request_size=4 << 20,
            compression_type=None if codec == "none" else codec,
        )
    futures = [
        producers[codec].send(
            topic, partition=partition, key=to_bytes(one["key"]), value=to_bytes(one["value"]),
            headers=[(name, to_bytes(value)) for name, value in one["headers"]], timestamp_ms=one["timestamp"],
        )
        for one in records
    ]
    producers[codec].flush(30)
    return [future.get(30) for future in futures][0].offset


def consume(topic, partition, offset, count):
    reader = consumer(topic, partition)
    place = TopicPartition(topic, partition)
    reader.seek(place, offset)
    found = []
    while len(found) < count:
        batch = reader.poll(timeout_ms=20000, max_records=count - len(found))
        if not batch:
            raise TimeoutError(f"{len(found)} of {count} records came")
        found += batch[place]
    reader.close()
    return [
        {
            "offset": one.offset, "timestamp": one.timestamp, "key": to_text(one.key), "value": to_text(one.value),
            "headers": [[name, to_text(value)] for name, value in one.headers],
        }
        for one in found
    ]


def create_topic(topic, partitions, configs):
    admin().create_topics([NewTopic(topic, partitions, 1, topic_configs=configs)])


def delete_topic(topic):
    admin().delete_topics([topic])


def list_topics():
    return admin().list_topics()


def count_partitions(topic):
    return len(admin().describe_topics([topic])[0]["partitions"])


def describe_cluster():
    cluster = admin().describe_cluster()
    return {"brokers": len(cluster["brokers"]), "clusterId": cluster["cluster_id"]}


def describe_configs(kind, name):
    configs = {}
    for response in admin().describe_configs([ConfigResource(kind, name)]):
        for code, message, _, _, entries in response.resources:
            raise_for(code, message)
            configs.update({entry[0]: entry[1] for entry in entries})
    return configs


def topic_configs(topic):
    return describe_configs(ConfigResourceType.TOPIC, topic)


def broker_configs(broker):
    return describe_configs(ConfigResourceType.BROKER, str(broker))


def alter_configs(topic, configs):
    response = admin().alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=configs)])
    for code, message, _, _ in response.resources:
        raise_for(code, message)


def create_partitions(topic, total):
    admin().create_partitions({topic: NewPartitions(total)})


def offset_at(topic, partition, at):
    reader = consumer(topic, partition)
    place = TopicPartition(topic, partition)
    if at == "earliest":
        found = reader.beginning_offsets([place])[place]
    elif at == "latest":
        found = reader.end_offsets([place])[place]
    else:
        position = reader.offsets_for_times({place: at})[place]
        found = -1 if position is None else position.offset
    reader.close()
    return found


serve(
    {
        "produce": produce, "consume": consume, "createTopic": create_topic, "deleteTopic": delete_topic,
        "listTopics": list_topics, "countPartitions": count_partitions, "describeCluster": describe_cluster,
        "topicConfigs": topic_configs, "brokerConfigs": broker_configs, "alterConfigs": alter_configs,
        "createPartitions": create_partitions, "offsetAt": offset_at,
    },
    ["none"] + [
        name for name, there in [
            ("gzip", has_gzip()), ("snappy", has_snappy()), ("lz4", has_lz4()), ("zstd", has_zstd()),
        ] if there
    ],
)
