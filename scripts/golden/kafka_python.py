"""Produces and consumes with kafka-python, for its frames to be recorded."""

import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

bootstrap = sys.argv[1]

producer = KafkaProducer(bootstrap_servers=bootstrap, client_id="kafka-python")
producer.send("wire", key=b"k", value=b"from python", headers=[("h", b"1")]).get(10)
producer.close()

consumer = KafkaConsumer(
    "fetched",
    bootstrap_servers=bootstrap,
    client_id="kafka-python",
    group_id="python-group",
    auto_offset_reset="earliest",
    consumer_timeout_ms=5000,
)
for index, record in enumerate(consumer):
    if index == 1:
        break
consumer.commit()
consumer.end_offsets([TopicPartition("fetched", 0)])
consumer.offsets_for_times({TopicPartition("fetched", 0): 1700000000000})
consumer.close()
