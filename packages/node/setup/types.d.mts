/** How native TensorFlow came to be there, or `javascript` when it did not. */
export type Way = 'present' | 'cache' | 'wheel' | 'official' | 'javascript';

export type Device = 'cpu' | 'gpu';

export type FailureReason =
  | 'option'
  | 'no-package'
  | 'no-python'
  | 'no-pip'
  | 'no-compiler'
  | 'no-headers'
  | 'no-wheel'
  | 'platform'
  | 'musl'
  | 'no-avx'
  | 'disk'
  | 'download'
  | 'unpack'
  | 'compile'
  | 'load'
  | 'official'
  | 'link';

/** What a failed step says: what happened, and the cure. */
export interface Failure {
  way: Way;
  reason: FailureReason;
  message: string;
  advice: string;
}

/** One step of the set-up as it goes on. `progress` comes several times a second on long steps. */
export interface ProgressEvent {
  step: 'check' | 'download' | 'unpack' | 'compile' | 'load' | 'official' | 'link' | 'note';
  state: 'start' | 'progress' | 'done' | 'failed' | 'note';
  text: string;
  seconds: number;
  bytes?: number;
  /** An estimate, good enough for a bar. */
  totalBytes?: number;
}

export type Report = (event: ProgressEvent) => void;

export interface SetupOptions {
  /** Take the build that can use an NVIDIA GPU, with NVIDIA's libraries. Defaults to the device already set up, else CPU. */
  gpu?: boolean | undefined;
  /** Build again even if everything looks right. Defaults to false. */
  force?: boolean | undefined;
  /** Trust file sizes instead of loading the library when everything is in place. Defaults to false. */
  quick?: boolean | undefined;
  /** Folders from which to look upwards for the package. Defaults to the working folder and this package's own. */
  folders?: readonly string[] | undefined;
  /** Environment variables to read instead of `process.env`. */
  environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Called as the steps go on. */
  report?: Report | undefined;
}

/** The addon link of one installed copy of @tensorflow/tfjs-node-gpu. */
export interface LinkResult {
  package: string;
  addon: string;
  state: 'linked' | 'already' | 'kept' | 'failed';
  message?: string;
}

export interface SetupResult {
  /** True when native TensorFlow works. */
  ok: boolean;
  way: Way;
  /** Version of the native library, or null. */
  version: string | null;
  device: Device | null;
  /** Cache folder that holds the libraries, or null. */
  entry: string | null;
  links: LinkResult[];
  /** Why each way that was tried, or could not be tried, did not do. */
  failures: Failure[];
  seconds: number;
}

export interface ProbeResult {
  backend: 'tensorflow' | 'cpu' | null;
  version: string | null;
  device: Device | null;
  threads: number;
  /** Import to first usable tensor. */
  startMilliseconds: number | null;
  /** Rows and columns of the matrices multiplied. */
  matmulSize: number | null;
  matmulMilliseconds: number | null;
  gflops: number | null;
  /** Why native TensorFlow did not load, or null. */
  error: string | null;
}

export type LinkState =
  | { state: 'missing'; addon: string }
  | { state: 'dangling'; addon: string; target: string }
  | { state: 'damaged'; addon: string; target: string; entry: string; problem: string }
  | { state: 'linked'; addon: string; target: string; entry: string; manifest: Manifest }
  | { state: 'foreign'; addon: string; target: string; isLink: boolean };

/** What a finished cache folder says about itself. */
export interface Manifest {
  key: string;
  way: 'wheel' | 'official';
  dist: string;
  version: string;
  device: Device;
  platform: string;
  arch: string;
  /** Path of the addon inside the folder. */
  addon: string;
  /** Size in bytes of every file, by path inside the folder: a cut-off file shows. */
  files: Record<string, number>;
}

export interface CacheEntry {
  key: string;
  folder: string;
  state: 'ready' | 'damaged' | 'unfinished';
  bytes: number;
  problem?: string;
}

export interface DoctorOptions {
  folders?: readonly string[] | undefined;
  environment?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface DoctorReport {
  /** True when native TensorFlow works. */
  ok: boolean;
  node: { version: string; napi: string };
  platform: { os: string; arch: string; libc: string; cpu: string; threads: number; avx: boolean | null; gpuDriver: boolean };
  packages: { folder: string; version: string; link: LinkState }[];
  cache: { folder: string; freeBytes: number; entries: CacheEntry[] };
  tools: { python: string | null; pip: string | null; compiler: string | null; headers: string | null };
  backend: ProbeResult;
  problems: { message: string; advice: string }[];
}
