export type { AccessAction } from './server/access.ts';
export type { AuthOptions } from './server/auth.ts';
export type { CorsOptions } from './server/cors.ts';
export type { Fault, FaultLimit } from './server/fault.ts';
export { faults, withFaults } from './server/faults.ts';
export { createRegistryServer, type RegistryServer } from './server/handler.ts';
export type { AccessRule } from './server/policy.ts';
export type { RegistryServerOptions } from './server/settings.ts';
