import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Base64;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs the main methods of Kafka's tools one after the other in a JVM that stays warm: a new one for each would spend
 * the first seconds, on all cores, on loading and compiling the client. Takes a line "CLASS TAB ARGUMENT TAB ..." from
 * standard input; answers with "ok" or "failed" and, in base64, what the tool printed.
 */
public class Driver {
    /** What a tool's call of exit becomes. */
    private static class Exited extends Error {
        final int code;

        Exited(int code, String message) {
            super("exit " + code + (message == null ? "" : ": " + message), null, false, false);
            this.code = code;
        }
    }

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        Exit.setExitProcedure((code, message) -> {
            throw new Exited(code, message);
        });
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null;) {
            String[] words = line.split("\t", -1);
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            PrintStream out = new PrintStream(printed, true);
            System.setOut(out);
            boolean ok = run(words[0], Arrays.copyOfRange(words, 1, words.length), out);
            out.flush();
            answers.println((ok ? "ok " : "failed ") + Base64.getEncoder().encodeToString(printed.toByteArray()));
            answers.flush();
        }
    }

    private static boolean run(String main, String[] args, PrintStream out) {
        try {
            Class.forName(main).getMethod("main", String[].class).invoke(null, (Object) args);
            return true;
        } catch (InvocationTargetException wrapped) {
            if (wrapped.getCause() instanceof Exited exited && exited.code == 0) return true;
            wrapped.getCause().printStackTrace(out);
            return false;
        } catch (ReflectiveOperationException unknown) {
            unknown.printStackTrace(out);
            return false;
        }
    }
}
