import { checked, fields, listOf, mapOf, object, optional, type Schema, text, usable } from '../../json/schema.ts';
import type { HistoryEntry, ImageConfig, ImageExecution, Platform, RootFs } from '../../types.ts';
import { isPlatform } from '../platform.ts';

/** The platform in an image's config (image-spec, config.md); undefined when it is missing or invalid. */
export const imagePlatform: Schema<Platform | undefined> = usable<Platform | undefined>(
  checked(isPlatform, 'a platform'),
);

const truth: Schema<boolean> = checked((value) => typeof value === 'boolean', 'true or false');
const texts = optional(listOf(usable(text)));
/** Go's sets: an object whose values say nothing. */
const set = optional(mapOf(object)) as Schema<Record<string, Record<never, never>> | undefined>;

const execution: Schema<ImageExecution> = fields({
  User: optional(text),
  ExposedPorts: set,
  Env: texts,
  Entrypoint: texts,
  Cmd: texts,
  Volumes: set,
  WorkingDir: optional(text),
  Labels: optional(mapOf(text)),
  StopSignal: optional(text),
  ArgsEscaped: optional(truth),
});

const rootFs: Schema<RootFs> = fields({ type: text, diff_ids: listOf(text) });

const historyEntry: Schema<HistoryEntry> = fields({
  created: optional(text),
  author: optional(text),
  created_by: optional(text),
  comment: optional(text),
  empty_layer: optional(truth),
});

/** The config of an image (image-spec, config.md): platform and layers are required, other invalid fields are left out. */
export const imageConfigSchema: Schema<ImageConfig> = fields({
  architecture: text,
  os: text,
  rootfs: rootFs,
  'os.version': optional(text),
  'os.features': texts,
  variant: optional(text),
  created: optional(text),
  author: optional(text),
  config: optional(execution),
  history: optional(listOf(usable(historyEntry))),
});
