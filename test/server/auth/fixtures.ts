import { expect } from 'vitest';
import type { TestClient } from '../client.ts';

/** The header of a user (RFC 7617, in UTF-8). */
export function basic(name: string, password: string): { authorization: string } {
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** The header of a token. */
export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** The challenges of a refusal, which a registry's are all quoted. */
export function challengesOf(response: Response): Record<string, string>[] {
  const header = response.headers.get('www-authenticate') ?? '';
  const challenge = /(\w+) ((?:\w+="(?:[^"\\]|\\.)*",?)+)(?:, |$)/y;
  const found: Record<string, string>[] = [];
  for (let match = challenge.exec(header); match; match = challenge.exec(header)) {
    const parameters = [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const values = parameters.map(([, name = '', value = '']) => [name, value.replace(/\\(.)/g, '$1')]);
    found.push({ ...Object.fromEntries(values), scheme: (match[1] ?? '').toLowerCase() });
    if (challenge.lastIndex === header.length) return found;
  }
  throw new Error(`Not challenges: ${header}`);
}

/** What a token is asked for with, each value a parameter of its own. */
export type TokenQuery = Record<string, string | string[] | undefined>;

/** The path of a question for a token. */
export function tokenPath(query: TokenQuery): string {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one) => (one === undefined ? [] : [[name, one]])),
  );
  return `/token?${new URLSearchParams(parameters)}`;
}

/** Gets a token with GET. */
export async function tokenFor(
  client: TestClient,
  headers: Record<string, string>,
  query: TokenQuery,
): Promise<string> {
  const response = await client.send('GET', tokenPath(query), { headers });
  expect(response.status).toBe(200);
  return (await response.json()).token;
}
