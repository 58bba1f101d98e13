/** A program of the command line. */
export interface Program<Arguments> {
  /** Begins the message of a failure. */
  failure: string;
  /** How it is called; shown for `--help`, and after what is wrong with a call. */
  usage: string;
  /** Reads the arguments; undefined when help is asked for, and an error says what is wrong. */
  read(args: string[]): Promise<Arguments | undefined> | Arguments | undefined;
  /** Does its work. */
  run(args: Arguments): Promise<void>;
}

/** Ends a program with a message and its usual status, instead of a trace of its calls. */
export class Failure extends Error {}

/** Runs a program and gives its exit status: 0, 1 for a failure, 2 for a wrong call. */
export async function statusOf<Arguments>({ failure, usage, read, run }: Program<Arguments>): Promise<number> {
  let args: Arguments | undefined;
  try {
    args = await read(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  if (!args) {
    console.log(usage);
    return 0;
  }
  try {
    await run(args);
    return 0;
  } catch (error) {
    console.error(error instanceof Failure ? error.message : `${failure}: ${textOf(error)}`);
    return 1;
  }
}

/** Settles when somebody asks the program to end: with Ctrl-C, or as a service manager does. */
export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
