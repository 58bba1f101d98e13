import type { Agent, ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';

/** The way to servers of one scheme: its kept connections, and how to make a request. */
export interface HttpAgent {
  /** The connections. */
  agent: Agent;
  /** `request` of node:http or node:https. */
  request: (options: RequestOptions) => ClientRequest;
}

/** Milliseconds a connection is kept that nobody uses, as with Node's fetch; less, where the server says so. */
const keepTime = 4_000;

/** Gives the agent for a scheme. Its module is loaded when it is first asked for, as most programs need only one. */
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

/** Ends the request when its connection, with its TLS, does not come about in time. */
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

/** Ends the kept connections to where one was found dead: the others are most likely dead, too. */
export function forgetIdle({ agent }: HttpAgent, { hostname, port }: RequestOptions): void {
  for (const [name, sockets = []] of Object.entries(agent.freeSockets)) {
    // What follows in a name is how it was connected, which is always the same here.
    if (name.startsWith(`${hostname}:${port}:`)) for (const socket of sockets) socket.destroy();
  }
}
