import { checked, fields, type Schema } from '../../json/schema.ts';

/** The `oci-layout` file of an image layout (image-spec, image-layout.md, "oci-layout file"). */
export interface LayoutVersion {
  /** Version of the layout; the only one. */
  imageLayoutVersion: '1.0.0';
}

/** The `oci-layout` file that this package writes. */
export const layoutVersion: LayoutVersion = { imageLayoutVersion: '1.0.0' };

/** The `oci-layout` file that this package reads. */
export const layoutVersionSchema: Schema<LayoutVersion> = fields({
  imageLayoutVersion: checked((value) => value === layoutVersion.imageLayoutVersion, layoutVersion.imageLayoutVersion),
});
