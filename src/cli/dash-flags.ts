/**
 * Arguments with the names of flags written with dashes: KServe and Triton write `--model_name`, others
 * `--model-name`. Values stay as they are, and so does what follows `--`.
 */
export function dashFlags(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, index) => {
    if (!arg.startsWith('--') || (end >= 0 && index >= end)) return arg;
    const [name = '', ...value] = arg.split('=');
    return [name.replaceAll('_', '-'), ...value].join('=');
  });
}
