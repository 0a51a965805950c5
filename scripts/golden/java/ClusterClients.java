import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Gives a cluster something to replicate. */
public final class ClusterClients {
    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0], "client.id", "java-admin"))) {
            NewTopic topic = new NewTopic("replicated", 3, (short) 3).configs(Map.of("min.insync.replicas", "2"));
            admin.createTopics(List.of(topic)).all().get();
        }
        Map<String, Object> map = Map.of("bootstrap.servers", args[0], "client.id", "java-producer");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(map, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 9; i++) producer.send(new ProducerRecord<>("replicated", i % 3, "k" + i, "value " + i)).get();
        }
    }
}
