export type { AccessAction } from './server/auth/access.ts';
export type { AuthOptions } from './server/auth/auth.ts';
export type { AccessRule } from './server/auth/policy.ts';
export type { RegistryServerOptions } from './server/endpoints/settings.ts';
export type { Fault, FaultLimit } from './server/faults/fault.ts';
export { faults, withFaults } from './server/faults/with-faults.ts';
export { createRegistryServer, type RegistryServer } from './server/handler.ts';
export type { CorsOptions } from './server/http/cors.ts';
