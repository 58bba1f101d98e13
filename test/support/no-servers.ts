// A unit test needs nothing but this process. What starts a server or a program, or connects to one, fails here and
// belongs in a file named `*.integration.test.ts`.
import childProcess, { ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { Server, Socket } from 'node:net';

function forbidden(what: string): () => never {
  return () => {
    throw new Error(`A unit test must not ${what}: name its file *.integration.test.ts`);
  };
}

Server.prototype.listen = forbidden('start a server');
Socket.prototype.connect = forbidden('open a connection');
Object.assign(ChildProcess.prototype, { spawn: forbidden('start a process') });
Object.assign(childProcess, {
  spawnSync: forbidden('start a process'),
  execFileSync: forbidden('start a process'),
  execSync: forbidden('start a process'),
});
syncBuiltinESMExports();
