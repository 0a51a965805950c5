// A member on Kafka's own Java client.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

public final class JavaMember {
    private static final ObjectMapper json = new ObjectMapper();
    private static final Map<String, String> assignors = Map.of(
        "range", "org.apache.kafka.clients.consumer.RangeAssignor",
        "roundrobin", "org.apache.kafka.clients.consumer.RoundRobinAssignor",
        "cooperative-sticky", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");

    private static void say(Object line) {
        try {
            System.out.println(json.writeValueAsString(line));
            System.out.flush();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    public static void main(String[] args) throws Exception {
        JsonNode settings = json.readTree(args[0]);
        Map<String, Object> config = Map.ofEntries(
            Map.entry("bootstrap.servers", settings.get("bootstrap").asText()),
            Map.entry("group.id", settings.get("group").asText()),
            Map.entry("client.id", settings.get("clientId").asText()),
            Map.entry("partition.assignment.strategy", assignors.get(settings.get("assignor").asText())),
            Map.entry("auto.offset.reset", "earliest"),
            Map.entry("session.timeout.ms", settings.get("sessionTimeoutMs").asInt()),
            Map.entry("heartbeat.interval.ms", settings.get("heartbeatMs").asInt()),
            Map.entry("auto.commit.interval.ms", settings.get("commitMs").asInt()),
            Map.entry("fetch.max.wait.ms", 200));
        var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            consumer.wakeup();
            try {
                main.join();
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
            }
        }));
        consumer.subscribe(List.of(settings.get("topic").asText()));
        try {
            while (true) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    say(Map.of("record", List.of(record.partition(), record.offset(), record.value())));
                }
            }
        } catch (WakeupException stopped) {
            consumer.close();
        }
    }
}
