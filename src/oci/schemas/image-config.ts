import { checked, type Schema, usable } from '../../json/schema.ts';
import type { Platform } from '../../types.ts';
import { isPlatform } from '../platform.ts';

/** What the config of an image says it runs on (image-spec, config.md); undefined when it says nothing of use. */
export const imagePlatform: Schema<Platform | undefined> = usable<Platform | undefined>(
  checked(isPlatform, 'a platform'),
);
