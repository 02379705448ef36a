import type { Digest } from "../base/ids.ts";

/** Media types of the OCI image specification and of Docker's image manifest version 2, schema 2. */
export const MEDIA_TYPES = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar",
  ociLayerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  ociLayerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar",
  dockerLayerGzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  dockerSchema1: "application/vnd.docker.distribution.manifest.v1+prettyjws",
} as const;

/** A platform as the OCI image index names it: Go's operating system and architecture names. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly "os.version"?: string | undefined;
  readonly "os.features"?: readonly string[] | undefined;
}

/** Points at content by digest (OCI image specification, descriptor). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly platform?: Platform | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly urls?: readonly string[] | undefined;
  readonly artifactType?: string | undefined;
}

/** An image manifest (OCI image specification; Docker's schema 2 has the same shape). */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string | undefined;
  readonly artifactType?: string | undefined;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** An image index, or Docker's manifest list. */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string | undefined;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The execution part of an image configuration; keys as in the OCI image specification and in Docker. */
export interface ImageRunConfig {
  readonly User?: string | undefined;
  readonly ExposedPorts?: Readonly<Record<string, object>> | undefined;
  readonly Env?: readonly string[] | undefined;
  readonly Entrypoint?: readonly string[] | null | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
  readonly Volumes?: Readonly<Record<string, object>> | null | undefined;
  readonly WorkingDir?: string | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly StopSignal?: string | undefined;
  readonly Shell?: readonly string[] | undefined;
  readonly OnBuild?: readonly string[] | null | undefined;
  readonly Healthcheck?: HealthConfig | undefined;
  readonly ArgsEscaped?: boolean | undefined;
}

/** Docker's health check; durations in nanoseconds. */
export interface HealthConfig {
  readonly Test?: readonly string[] | undefined;
  readonly Interval?: number | undefined;
  readonly Timeout?: number | undefined;
  readonly StartPeriod?: number | undefined;
  readonly StartInterval?: number | undefined;
  readonly Retries?: number | undefined;
}

/** One line of an image's history. */
export interface ImageHistory {
  readonly created?: string | undefined;
  readonly created_by?: string | undefined;
  readonly author?: string | undefined;
  readonly comment?: string | undefined;
  readonly empty_layer?: boolean | undefined;
}

/** An image configuration (OCI image specification, config; Docker adds fields that pass through). */
export interface ImageConfig extends Platform {
  readonly created?: string | undefined;
  readonly author?: string | undefined;
  readonly config?: ImageRunConfig | undefined;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly ImageHistory[] | undefined;
  readonly docker_version?: string | undefined;
}
