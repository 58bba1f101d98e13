import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import { type RunningServer, serve } from '../../src/node.ts';
import type { Certificate } from './certificates.ts';

/** What may be done with each repository, by user; `''` is who does not say who it is. */
export type Rights = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Settings of a token service. */
export interface TokenServerOptions {
  /** What tokens are signed with. */
  signer: Certificate;
  /** Passwords by user. */
  users: Readonly<Record<string, string>>;
  /** Who may do what. */
  rights: Rights;
  /** Makes it speak HTTPS. */
  tls?: Certificate;
}

/** A token service for a docker-registry: it signs JWTs as distribution's token specification wants them. */
export interface TokenServer extends RunningServer {
  /** Every question so far: `alice repository:org/hello:pull`. */
  log: string[];
  /** The claims that make it `auth.token` of a docker-registry. */
  settings: { realm: string; service: string; issuer: string };
  /** Seconds that it says a token lasts, and for which one is signed: negative for one that is over already. */
  readonly lifetime: { said: number; signed: number };
}

const service = 'test-registry';
const issuer = 'test-issuer';

/** Starts a token service on the loopback interface. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const log: string[] = [];
  const lifetime = { said: 300, signed: 300 };
  const answer = (request: Request): Response => {
    const user = userOf(request, options.users);
    const scopes = new URL(request.url).searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
    log.push(`${user ?? '?'} ${scopes.join(' ')}`.trim());
    if (user === undefined) return Response.json({ errors: [{ code: 'UNAUTHORIZED' }] }, { status: 401 });
    const token = sign(
      options.signer,
      { sub: user, access: granted(scopes, options.rights[user] ?? {}) },
      lifetime.signed,
    );
    return Response.json({ token, expires_in: lifetime.said });
  };
  const server = await serve(answer, options.tls ? { tls: options.tls } : {});
  return { ...server, log, lifetime, settings: { realm: `${server.url}/token`, service, issuer } };
}

/** Who asks, `''` for nobody in particular; undefined when the password is wrong. */
function userOf({ headers }: Request, users: TokenServerOptions['users']): string | undefined {
  const authorization = headers.get('authorization');
  if (authorization === null) return '';
  const [name = '', password] = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':');
  return users[name] === password ? name : undefined;
}

function granted(scopes: readonly string[], rights: Rights[string]): object[] {
  return scopes.flatMap((scope) => {
    const [type, name = '', wanted = ''] = scope.split(':');
    const actions = wanted.split(',').filter((action) => rights[name]?.includes(action));
    return type === 'repository' && actions.length > 0 ? [{ type, name, actions }] : [];
  });
}

/** A JWT whose key is proved by the certificate in it; a negative lifetime ended that many seconds ago. */
function sign(signer: Certificate, claims: object, lifetime: number): string {
  // Not Date: tests move the client's clock, and the registry has its own.
  const now = Math.floor((performance.timeOrigin + performance.now()) / 1000);
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = { typ: 'JWT', alg: 'RS256', x5c: [new X509Certificate(signer.cert).raw.toString('base64')] };
  const times = { nbf: now - 3600, iat: now - 3600, exp: now + lifetime };
  const payload = { iss: issuer, aud: service, jti: randomUUID(), ...times, ...claims };
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(signer.key, 'base64url')}`;
}
