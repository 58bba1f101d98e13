import * as z from 'zod/mini';

/** What the page's server says about itself, in config.json. */
export interface Config {
  /** Host of the registry that references without a host mean. */
  registry: string;
  /** A reference worth looking at. */
  sample?: string | undefined;
}

const schema = z.object(
  {
    registry: z.string('config.json does not name a registry'),
    // Without it there is just nothing to click on.
    sample: z.catch(z.optional(z.string()), undefined),
  },
  'config.json is no object',
);

/**
 * Reads what config.json says.
 *
 * @throws Error when it does not name a registry
 */
export function parseConfig(value: unknown): Config {
  const { data, error } = z.safeParse(schema, value);
  if (error) throw new Error(error.issues[0]?.message);
  return data;
}

/** Fetches config.json. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch('config.json', { credentials: 'omit', cache: 'no-store' });
  if (!response.ok) throw new Error(`The page's server has no config.json (${response.status})`);
  return parseConfig(await response.json());
}
