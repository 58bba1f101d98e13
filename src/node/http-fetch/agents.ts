import type { Agent, ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';

/** The connection pool of a scheme, and its request function. */
export interface HttpAgent {
  /** The connection pool. */
  agent: Agent;
  /** `request` of node:http or node:https. */
  request: (options: RequestOptions) => ClientRequest;
}

/** Idle timeout of a kept-alive connection in milliseconds, as in Node's fetch; shorter if the server says so. */
const keepTime = 4_000;

/** Returns the agent of a scheme. Its module is loaded on first use, as most programs need only one of both. */
export function agents(): (protocol: string) => Promise<HttpAgent> {
  const made = new Map<string, Promise<HttpAgent>>();
  return (protocol) => {
    const agent = made.get(protocol) ?? makeAgent(protocol);
    made.set(protocol, agent);
    return agent;
  };
}

async function makeAgent(protocol: string): Promise<HttpAgent> {
  const { Agent, request } = protocol === 'https:' ? await import('node:https') : await import('node:http');
  return { agent: new Agent({ keepAlive: true, timeout: keepTime, maxFreeSockets: 256 }), request };
}

/** Destroys the request if its connection, including TLS, is not established in time. */
export function limitConnecting(request: ClientRequest, address: string, milliseconds: number): void {
  request.once('socket', (socket: Socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => {
      const message = `no connection to ${address} in ${milliseconds / 1000} s`;
      request.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
    }, milliseconds);
    const stop = (): void => clearTimeout(timer);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', stop);
    socket.once('close', stop);
  });
}

/** Closes the kept-alive connections to the server of a dead one: the others are most likely dead too. */
export function forgetIdle({ agent }: HttpAgent, { hostname, port }: RequestOptions): void {
  for (const [name, sockets = []] of Object.entries(agent.freeSockets)) {
    // The rest of the name encodes connection options, which are always the same here.
    if (name.startsWith(`${hostname}:${port}:`)) for (const socket of sockets) socket.destroy();
  }
}
