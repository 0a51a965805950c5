// Compiles the capture programs against the Kafka jars that Maven resolves, and runs their main classes.

const here = new URL(".", import.meta.url).pathname;

/** The Kafka class path and the directory our own classes are compiled into. */
export interface JavaTools {
  readonly classPath: string;
  /** Scratch directory that lives as long as the capture run. */
  readonly workDir: string;
}

/** Runs a command with inherited stderr and returns its stdout; fails with the command's name. */
export async function run(command: string, args: string[], cwd?: string): Promise<string> {
  const child = new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    ...(cwd === undefined ? {} : { cwd }),
  });
  const output = await child.output();
  const text = new TextDecoder().decode(output.stdout);
  if (!output.success) throw new Error(`${command} ${args[0] ?? ""} failed (${output.code})\n${text}`);
  return text;
}

/** Resolves Kafka's jars through Maven and compiles every program below `java/`. */
export async function prepareJava(workDir: string): Promise<JavaTools> {
  const classPathFile = `${workDir}/class_path.txt`;
  await run("mvn", ["-q", "-B", "dependency:build-classpath", `-Dmdep.outputFile=${classPathFile}`], here);
  const jars = (await Deno.readTextFile(classPathFile)).trim();
  const classes = `${workDir}/classes`;
  await Deno.mkdir(classes, { recursive: true });
  const sources: string[] = [];
  for await (const entry of Deno.readDir(`${here}java`)) {
    if (entry.name.endsWith(".java")) sources.push(`${here}java/${entry.name}`);
  }
  await run("javac", ["-nowarn", "-d", classes, "-cp", jars, ...sources.sort()]);
  return { classPath: `${classes}:${jars}`, workDir };
}

/** Runs one main class to its end and returns what it printed. */
export function runMain(tools: JavaTools, mainClass: string, args: string[]): Promise<string> {
  return run("java", ["-Xmx512m", "-cp", tools.classPath, mainClass, ...args]);
}
