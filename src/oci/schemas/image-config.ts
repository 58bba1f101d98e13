import { checked, type Schema, usable } from '../../json/schema.ts';
import type { Platform } from '../../types.ts';
import { isPlatform } from '../platform.ts';

/** The platform in an image's config (image-spec, config.md); undefined when it is missing or invalid. */
export const imagePlatform: Schema<Platform | undefined> = usable<Platform | undefined>(
  checked(isPlatform, 'a platform'),
);
