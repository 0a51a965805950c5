import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** The loads of NATS JetStream, through its own client, as like those of Kafka's tools as it can be. */
public class NatsLoad {
    /** Messages that wait for their acknowledgement: as many as fit into what Kafka's producer may have under way. */
    private static final int IN_FLIGHT = 4096;

    public static void main(String[] args) throws Exception {
        Options options = new Options.Builder().server("nats://" + args[1]).maxMessagesInOutgoingQueue(100_000)
            .connectionTimeout(Duration.ofSeconds(5)).build();
        try (Connection connection = Nats.connect(options)) {
            switch (args[0]) {
                case "create" -> connection.jetStreamManagement().addStream(StreamConfiguration.builder().name(args[2])
                    .subjects(args[2]).storageType(StorageType.File).build());
                case "delete" -> connection.jetStreamManagement().deleteStream(args[2]);
                case "produce" -> produce(connection, args);
                case "consume" -> consume(connection, args);
                case "latency" -> latency(connection, args);
                default -> throw new IllegalArgumentException(args[0]);
            }
        }
    }

    private static JetStream jetStream(Connection connection) throws Exception {
        return connection.jetStream(JetStreamOptions.builder().requestTimeout(Duration.ofSeconds(20)).build());
    }

    /** produce SERVER STREAM RECORDS BYTES: as fast as it can; the first fifth warms it up. */
    private static void produce(Connection connection, String[] args) throws Exception {
        JetStream stream = jetStream(connection);
        long records = Long.parseLong(args[3]);
        byte[] value = new byte[Integer.parseInt(args[4])];
        new Random(1).nextBytes(value);
        ArrayDeque<CompletableFuture<PublishAck>> waiting = new ArrayDeque<>();
        long start = System.nanoTime();
        for (long i = 0; i < records; i++) {
            if (i == records / 5) start = System.nanoTime();
            if (waiting.size() >= IN_FLIGHT) waiting.remove().get(20, TimeUnit.SECONDS);
            waiting.add(stream.publishAsync(args[2], value));
        }
        while (!waiting.isEmpty()) waiting.remove().get(20, TimeUnit.SECONDS);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("{\"recordsPerSecond\":%.1f}%n", (records - records / 5) / seconds);
    }

    /** consume SERVER STREAM RECORDS: an ordered consumer, from the first record. */
    private static void consume(Connection connection, String[] args) throws Exception {
        JetStream stream = jetStream(connection);
        long records = Long.parseLong(args[3]);
        JetStreamSubscription subscription =
            stream.subscribe(args[2], PushSubscribeOptions.builder().ordered(true).build());
        subscription.setPendingLimits(-1, -1);
        long start = 0;
        for (long seen = 0; seen < records; seen++) {
            if (subscription.nextMessage(Duration.ofSeconds(20)) == null) {
                throw new IllegalStateException("saw " + seen + " of " + records);
            }
            if (seen == 0) start = System.nanoTime();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("{\"recordsPerSecond\":%.1f}%n", records / seconds);
    }

    /** latency SERVER STREAM RATE SECONDS WARMUP_SECONDS BYTES: as Load's, from when each record was due. */
    private static void latency(Connection connection, String[] args) throws Exception {
        JetStream stream = jetStream(connection);
        double rate = Double.parseDouble(args[3]);
        long total = (long) (rate * (Long.parseLong(args[4]) + Long.parseLong(args[5])));
        long measuredFrom = (long) (rate * Long.parseLong(args[5]));
        Histogram histogram = new Histogram(3_600_000_000L, 3);
        JetStreamSubscription subscription =
            stream.subscribe(args[2], PushSubscribeOptions.builder().ordered(true).build());
        CountDownLatch done = new CountDownLatch(1);
        Thread reader = new Thread(() -> {
            try {
                for (long seen = 0; seen < total; seen++) {
                    Message message = subscription.nextMessage(Duration.ofSeconds(20));
                    if (message == null) return;
                    long now = System.nanoTime();
                    byte[] value = message.getData();
                    if (Load.number(value, 0) >= measuredFrom) {
                        histogram.recordValue(Math.max(0, (now - Load.number(value, 8)) / 1000));
                    }
                }
                done.countDown();
            } catch (InterruptedException stopped) {
                // The time is up.
            }
        });
        reader.start();
        byte[] filler = new byte[Integer.parseInt(args[6])];
        new Random(1).nextBytes(filler);
        ArrayDeque<CompletableFuture<PublishAck>> waiting = new ArrayDeque<>();
        long start = System.nanoTime();
        for (long i = 0; i < total; i++) {
            long due = start + (long) (i * 1e9 / rate);
            for (long ahead; (ahead = due - System.nanoTime()) > 0;) LockSupport.parkNanos(ahead);
            byte[] value = filler.clone();
            Load.setNumber(value, 0, i);
            Load.setNumber(value, 8, due);
            if (waiting.size() >= IN_FLIGHT) waiting.remove().get(20, TimeUnit.SECONDS);
            waiting.add(stream.publishAsync(args[2], value));
        }
        while (!waiting.isEmpty()) waiting.remove().get(20, TimeUnit.SECONDS);
        long sendEnd = System.nanoTime();
        boolean complete = done.await(20, TimeUnit.SECONDS);
        reader.interrupt();
        reader.join();
        Load.print(total, complete, (sendEnd - start) / 1e9, histogram);
    }
}
