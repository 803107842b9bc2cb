/** Where this process runs, as far as it decides whether ONNX Runtime has a binary for it. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  /** Linux with another C library than glibc. */
  readonly isMusl: boolean;
}

const SUPPORTED = ['linux x64', 'linux arm64', 'darwin arm64', 'win32 x64', 'win32 arm64'];

/** One sentence for an operator about why the native library could not be loaded, and what to do. */
export function describeRuntimeProblem(error: unknown, host: Host): string {
  const place = `${host.platform} ${host.arch}`;
  if (!SUPPORTED.includes(place)) {
    return `ONNX Runtime has no binary for ${place}; it runs on linux x64 and arm64 (with glibc), darwin arm64, win32 x64 and arm64`;
  }
  if (host.isMusl) {
    return 'ONNX Runtime needs glibc and this system has another C library (Alpine has musl); use an image based on Debian, Ubuntu or another glibc system';
  }
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') {
    return `the ONNX Runtime binary for ${place} is missing from the package onnxruntime-node; install the dependencies again on this platform (npm ci)`;
  }
  const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return `the ONNX Runtime library cannot be loaded: ${reason}`;
}

/** The host of this process. */
export function currentHost(): Host {
  const { platform, arch } = process;
  return { platform, arch, isMusl: platform === 'linux' && !hasGlibc() };
}

function hasGlibc(): boolean {
  // Without this the report looks up the names of network peers, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime !== undefined;
}
