import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.config.ConfigSynonym;
import org.apache.kafka.server.config.DynamicBrokerConfig;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.server.metrics.ClientMetricsConfigs;
import org.apache.kafka.storage.internals.log.LogConfig;

/** Writes what a real broker answers to DescribeConfigs, and the tables behind the answers, as one JSON file. */
public final class CaptureConfigs {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    public static void main(String[] args) throws Exception {
        ObjectNode root = JSON.createObjectNode();
        root.put("kafka", org.apache.kafka.common.utils.AppInfoParser.getVersion());
        root.set("definitions", definitions());
        root.set("described", described(args[0]));
        JSON.writeValue(new File(args[1]), root);
    }

    private static ObjectNode definitions() {
        ObjectNode out = JSON.createObjectNode();
        out.set("broker", table(AbstractKafkaConfig.CONFIG_DEF));
        out.set("topic", table(LogConfig.configDefCopy()));
        out.set("group", table(GroupConfig.CONFIG_DEF));
        out.set("clientMetrics", table(ClientMetricsConfigs.configDef()));
        ObjectNode modes = out.putObject("brokerUpdateModes");
        new TreeMap<>(DynamicBrokerConfig.dynamicConfigUpdateModes()).forEach(modes::put);
        ObjectNode synonyms = out.putObject("topicSynonyms");
        new TreeMap<>(ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS).forEach((name, list) -> {
            ArrayNode array = synonyms.putArray(name);
            for (ConfigSynonym synonym : list) array.add(synonym.name());
        });
        ObjectNode groups = out.putObject("groupSynonyms");
        for (Map.Entry<String, Optional<String>> e : new TreeMap<>(GroupConfig.ALL_GROUP_CONFIG_SYNONYMS).entrySet()) {
            groups.put(e.getKey(), e.getValue().orElse(null));
        }
        return out;
    }

    private static ArrayNode table(ConfigDef def) {
        ArrayNode out = JSON.createArrayNode();
        for (String name : new TreeSet<>(def.names())) {
            ConfigDef.ConfigKey key = def.configKeys().get(name);
            ObjectNode row = out.addObject();
            row.put("name", key.name);
            row.put("type", key.type.toString());
            if (key.hasDefault()) row.put("default", ConfigDef.convertToString(key.defaultValue, key.type));
            else row.put("required", true);
            if (key.validator != null) row.put("valid", key.validator.toString());
            row.put("importance", key.importance.toString());
            if (key.internalConfig) row.put("internal", true);
        }
        return out;
    }

    private static ObjectNode described(String bootstrap) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        ObjectNode out = JSON.createObjectNode();
        try (Admin admin = Admin.create(properties)) {
            admin.createTopics(List.of(
                new NewTopic("plain", 1, (short) 1),
                new NewTopic("overridden", 1, (short) 1).configs(Map.of(
                    "cleanup.policy", "compact,delete", "retention.ms", "60000", "max.message.bytes", "2000000"))
            )).all().get();
            ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
            ConfigResource cluster = new ConfigResource(ConfigResource.Type.BROKER, "");
            ConfigResource plain = new ConfigResource(ConfigResource.Type.TOPIC, "plain");
            ConfigResource overridden = new ConfigResource(ConfigResource.Type.TOPIC, "overridden");
            ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "a-group");
            ConfigResource metrics = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "a-subscription");
            out.set("broker", describe(admin, broker));
            out.set("clusterDefault", describe(admin, cluster));
            out.set("topic", describe(admin, plain));
            out.set("topicOverridden", describe(admin, overridden));
            out.set("group", describe(admin, group));
            out.set("clientMetrics", describe(admin, metrics));
            set(admin, cluster, "log.retention.ms", "7200000", "message.max.bytes", "3000000");
            set(admin, broker, "log.cleaner.threads", "2", "message.max.bytes", "4000000");
            set(admin, group, "consumer.session.timeout.ms", "50000");
            set(admin, metrics, "interval.ms", "5000", "metrics", "");
            Thread.sleep(1500);
            ObjectNode changed = out.putObject("afterDynamicChanges");
            changed.set("broker", describe(admin, broker));
            changed.set("clusterDefault", describe(admin, cluster));
            changed.set("topic", describe(admin, plain));
            changed.set("topicOverridden", describe(admin, overridden));
            changed.set("group", describe(admin, group));
            changed.set("clientMetrics", describe(admin, metrics));
        }
        return out;
    }

    private static void set(Admin admin, ConfigResource resource, String... pairs) throws Exception {
        List<AlterConfigOp> ops = new ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) {
            ops.add(new AlterConfigOp(new ConfigEntry(pairs[i], pairs[i + 1]), AlterConfigOp.OpType.SET));
        }
        admin.incrementalAlterConfigs(Map.of(resource, ops)).all().get();
    }

    private static ArrayNode describe(Admin admin, ConfigResource resource) throws Exception {
        DescribeConfigsOptions options = new DescribeConfigsOptions().includeSynonyms(true);
        ArrayNode out = JSON.createArrayNode();
        List<ConfigEntry> entries =
            new ArrayList<>(admin.describeConfigs(List.of(resource), options).all().get().get(resource).entries());
        entries.sort((a, b) -> a.name().compareTo(b.name()));
        for (ConfigEntry entry : entries) {
            ObjectNode row = out.addObject();
            row.put("name", entry.name());
            row.put("value", entry.value());
            row.put("type", entry.type().toString());
            row.put("source", entry.source().toString());
            row.put("sensitive", entry.isSensitive());
            row.put("readOnly", entry.isReadOnly());
            ArrayNode synonyms = row.putArray("synonyms");
            for (ConfigEntry.ConfigSynonym synonym : entry.synonyms()) {
                ObjectNode s = synonyms.addObject();
                s.put("name", synonym.name());
                s.put("value", synonym.value());
                s.put("source", synonym.source().toString());
            }
        }
        return out;
    }
}
