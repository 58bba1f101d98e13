import { checked, fields, type Schema } from '../../json/schema.ts';

/** The `oci-layout` file of an image layout (image-spec, image-layout.md, "oci-layout file"). */
export interface LayoutVersion {
  /** Version of the layout; there is only this one. */
  imageLayoutVersion: '1.0.0';
}

/** What the file says of a layout that is written here. */
export const layoutVersion: LayoutVersion = { imageLayoutVersion: '1.0.0' };

/** What it must say of a layout that is read. */
export const layoutVersionSchema: Schema<LayoutVersion> = fields({
  imageLayoutVersion: checked((value) => value === layoutVersion.imageLayoutVersion, layoutVersion.imageLayoutVersion),
});
